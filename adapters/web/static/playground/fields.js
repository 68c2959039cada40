// Labelled fields for the options of a drawing, in the form beside the prompt and in the edit dialog.

import { choice, h } from "./dom.js";
import { command } from "./here.js";

const KINDS = ["choice", "integer", "flag"];

// The options that a field can show, with their choices; flags come last.
function fitting() {
  const options = command("imagine")?.options ?? [];
  const fit = options.filter(({ kind, choices }) => KINDS.includes(kind) && (kind === "flag" || choices.length));
  return fit.sort((one, other) => (one.kind === "flag") - (other.kind === "flag"));
}

// Fields for a new drawing, or for an edit, filled from its card. An option that the card does not show, such as
// transparency, keeps its value unless the person chooses another.
export function fieldsFor(card = null) {
  return fitting().map((option) => {
    const id = `${card ? "edit" : "new"}-${option.name}`;
    const label = h("label", { htmlFor: id }, option.name[0].toUpperCase() + option.name.slice(1));
    const value = card ? card[option.name] ?? "" : "";
    if (option.kind === "flag" && (!card || value !== "")) {
      const box = h("input", { id, type: "checkbox", name: option.name, checked: Boolean(value) });
      return h("div", { className: "check", title: option.help }, box, label);
    }
    const choices = option.kind === "flag" ? [choice("true", "yes"), choice("false", "no")] : option.choices.map((each) => choice(each));
    if (value === "") choices.unshift(choice("", card ? "as it was" : "default"));
    else if (!option.choices.includes(String(value))) choices.push(choice(String(value)));
    const select = h("select", { id, name: option.name, title: option.help }, ...choices);
    select.value = String(value);
    return h("div", {}, label, select);
  });
}

// Collects the options chosen in `root`, with the types of the registry, without those that equal the card's.
export function chosenIn(root, card = {}) {
  const chosen = {};
  for (const { name, kind } of fitting()) {
    const field = root.querySelector(`[name="${name}"]`);
    const value = field?.type === "checkbox" ? String(field.checked) : field?.value ?? "";
    const before = card[name] ?? (field?.type === "checkbox" ? false : "");
    if (value === "" || value === String(before)) continue;
    chosen[name] = kind === "integer" ? Number(value) : kind === "flag" ? value === "true" : value;
  }
  return chosen;
}
