// The dialogs: a picture by itself, and a prompt to be edited. Their fields exist only while they are open.

import { $, h } from "./dom.js";
import { chosenIn, fieldsFor } from "./fields.js";

const viewer = $("#viewer"), editor = $("#editor");
let viewed = { pictures: [], index: 0 };

export function openViewer(pictures, index) {
  viewed = { pictures, index };
  step(0);
  viewer.showModal();
}

function step(by) {
  const count = viewed.pictures.length;
  viewed.index = (viewed.index + by + count) % count;
  const { src, alt, width, height, format } = viewed.pictures[viewed.index];
  Object.assign($("img", viewer), { src, alt, width, height });
  $("figcaption", viewer).textContent = alt;
  $(".place", viewer).textContent = count > 1 ? `${viewed.index + 1} of ${count}` : "";
  Object.assign($("a", viewer), { href: src, download: `imagine-${viewed.index + 1}.${format}` });
  for (const button of viewer.querySelectorAll("[data-step]")) button.hidden = count < 2;
}

viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
for (const button of viewer.querySelectorAll("[data-step]")) button.onclick = () => step(Number(button.dataset.step));
for (const dialog of [viewer, editor]) {
  $("[data-close]", dialog).onclick = () => dialog.close();
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

// Gives `draw` the prompt and what was changed: the core keeps the rest as it was.
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
