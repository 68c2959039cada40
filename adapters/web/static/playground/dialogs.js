// The dialogs with forms. Their fields exist only while they are open.

import { $, choice, h } from "./dom.js";
import { chosenIn, fieldsFor } from "./fields.js";
import { closable } from "./viewer.js";

const ONE_LINE = 200; // letters of a field; a longer one has lines
const editor = $("#editor"), filler = $("#filler");
closable(editor);
closable(filler);

// Calls `draw` with the prompt and the changed options. The core keeps the other options as they were.
export function edit(card, draw) {
  const form = $("form", editor), fields = $("#edit-fields", editor);
  form.prompt.value = card.prompt;
  fields.replaceChildren(...fieldsFor(card));
  editor.returnValue = "";
  editor.onclose = () => {
    const changed = chosenIn(fields, card);
    fields.replaceChildren();
    if (editor.returnValue === "draw") draw({ prompt: form.prompt.value, ...changed });
  };
  editor.showModal();
}

// Shows a form that the core made, and calls `send` with the value of every field.
export function fill({ title, submit, fields }, send) {
  const root = $(".fields", filler);
  $("h2", filler).textContent = title;
  $("button[value=send]", filler).textContent = submit;
  root.replaceChildren(...fields.map(fieldOf));
  filler.returnValue = "";
  filler.onclose = () => {
    const values = Object.fromEntries(new FormData($("form", filler)));
    root.replaceChildren();
    if (filler.returnValue === "send") send(values);
  };
  filler.showModal();
}

function fieldOf({ name, label, kind, value, choices, longest, required }) {
  const id = `fill-${name}`;
  const field = kind === "choice"
    ? h("select", { id, name, required }, ...choices.map((each) => choice(each.value, each.label)))
    : h(longest > ONE_LINE ? "textarea" : "input", { id, name, required, dir: "auto", ...(longest ? { maxLength: longest } : {}) });
  field.value = value;
  return h("div", {}, h("label", { htmlFor: id }, label), field);
}
