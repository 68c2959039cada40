// The dialogs with forms. Their fields exist only while they are open.

import { $, choice, h } from "./dom.js";
import { chosenIn, fieldsFor } from "./fields.js";
import { closable } from "./viewer.js";

const ONE_LINE = 200; // letters of a field; a longer one has lines
const KINDS = "image/png,image/jpeg,image/webp,image/gif";
const PICTURE_FIELDS = [
  { kind: "picture", name: "reference", label: "Pictures to work from", longest: 4, hint: "They replace those it was drawn from, if any." },
  { kind: "picture", name: "mask", label: "Mask: what may change in the first", longest: 1, hint: "⬜ White or see-through may change, ⬛ black stays." },
];
const editor = $("#editor"), filler = $("#filler");
closable(editor);
closable(filler);

// Calls `draw` with the prompt and the changed options, and with files. The core keeps the other options as they were.
export function edit(card, more, draw) {
  const form = $("form", editor), fields = $("#edit-fields", editor);
  form.prompt.value = card.prompt;
  fields.replaceChildren(...fieldsFor(card), ...more.map(fieldOf), ...PICTURE_FIELDS.map(fieldOf));
  editor.returnValue = "";
  editor.onclose = () => {
    const changed = chosenIn(fields, card), files = filesIn(fields);
    for (const { name } of more) changed[name] = fields.querySelector(`[name="${name}"]`).value;
    fields.replaceChildren();
    if (editor.returnValue === "draw") draw({ prompt: form.prompt.value, ...changed }, files);
  };
  editor.showModal();
}

// Shows a form that the core made, and calls `send` with the value of every field, and with the files.
export function fill({ title, submit, fields }, send) {
  const root = $(".fields", filler);
  $("h2", filler).textContent = title;
  $("button[value=send]", filler).textContent = submit;
  root.replaceChildren(...fields.map(fieldOf));
  filler.returnValue = "";
  filler.onclose = () => {
    const values = {};
    for (const [name, value] of new FormData($("form", filler))) { // of several choices, all that are made
      if (typeof value === "string") values[name] = name in values ? `${values[name]},${value}` : value;
    }
    const files = filesIn(root);
    root.replaceChildren();
    if (filler.returnValue === "send") send(values, files);
  };
  filler.showModal();
}

function filesIn(root) { // as the server takes them: pairs of a field's name and a file
  return [...root.querySelectorAll("input[type=file]")].flatMap(({ name, files }) => [...files].map((file) => [name, file]));
}

function pictureField({ name, label, hint, longest }) {
  const id = `fill-${name}`, hintId = `${id}-hint`;
  const field = h("input", { id, name, type: "file", accept: KINDS, multiple: longest > 1 });
  if (hint) field.setAttribute("aria-describedby", hintId);
  return h("div", { className: "wide" }, h("label", { htmlFor: id }, label), field, hint ? h("small", { id: hintId }, hint) : null);
}

function choicesField({ name, label, value, choices }) {
  const chosen = value.split(",");
  return h("fieldset", {}, h("legend", {}, label), ...choices.map((each) => {
    const id = `fill-${name}-${each.value}`;
    const box = h("input", { id, type: "checkbox", name, value: each.value, checked: chosen.includes(each.value) });
    return h("div", { className: "check" }, box, h("label", { htmlFor: id }, each.label));
  }));
}

function fieldOf({ name, label, kind, value, choices, longest, required, hint }) {
  if (kind === "picture") return pictureField({ name, label, hint, longest });
  if (kind === "choices") return choicesField({ name, label, value, choices });
  const id = `fill-${name}`;
  const field = kind === "choice"
    ? h("select", { id, name, required }, ...choices.map((each) => choice(each.value, each.label)))
    : h(longest > ONE_LINE ? "textarea" : "input", { id, name, required, dir: "auto", ...(longest ? { maxLength: longest } : {}) });
  field.value = value;
  return h("div", {}, h("label", { htmlFor: id }, label), field);
}
