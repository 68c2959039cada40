// The dialog to fill in a change, preview it and make it.

import { $, newId } from "./dom.js";
import { chosenIn, fieldsOf } from "./forms.js";
import { carryOut, command, drawn, failure, hush, office, tell } from "./office.js";
import { closable } from "./viewer.js";

const dialog = $("#changer"), form = $("form", dialog), fields = $(".fields", dialog), refusal = $(".refusal", dialog);
const tryButton = $("[data-try]", dialog), send = $(".primary", dialog);
const TITLES = { reset: "Remove", budget: "Change budget", settings: "Change settings" };
let open = { name: "", id: "" };
closable(dialog);

// Opens the form of a command, filled with values as one would type them.
export function change(name, values = {}) {
  const { help, options } = command(name);
  const verb = name.split(" ").at(-1);
  open = { name, id: newId() };
  $("h2", dialog).textContent = send.textContent = TITLES[verb] ?? verb[0].toUpperCase() + verb.slice(1);
  $(".caption", dialog).textContent = help;
  tryButton.hidden = !options.some((option) => option.name === "dry_run");
  fields.replaceChildren(...fieldsOf(name, options, values));
  refusal.replaceChildren();
  dialog.showModal();
}

async function carry(more) {
  if (send.getAttribute("aria-disabled")) return;
  for (const button of [tryButton, send]) button.setAttribute("aria-disabled", "true");
  const mine = open, { name, id } = mine;
  const isTrial = Boolean(more.dry_run);
  const card = await carryOut(name, { ...chosenIn(fields), ...more }, isTrial ? newId() : id).catch(failure);
  for (const button of [tryButton, send]) button.removeAttribute("aria-disabled");
  const isHere = dialog.open && open === mine;
  if (isHere && (isTrial || card.kind === "refused")) {
    refusal.replaceChildren(...drawn(card));
    refusal.scrollIntoView({ block: "nearest" });
  } else if (!isTrial) { // the answer to a change is shown even if its form is closed by now
    if (isHere) dialog.close();
    tell(card);
    office.changed();
  }
}

form.oninput = () => { open.id = newId(); }; // an edited form is a new request; sent again unchanged, it is the same one
form.onsubmit = (event) => {
  event.preventDefault();
  carry({});
};
tryButton.onclick = () => form.reportValidity() && carry({ dry_run: true });
dialog.onclose = () => fields.replaceChildren(); // a hidden form must not keep values
for (const button of document.querySelectorAll("[data-verb]")) {
  button.onclick = () => {
    hush();
    change(button.dataset.verb);
  };
}
