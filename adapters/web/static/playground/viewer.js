// The viewer: one picture of a gallery at a time.

import { $ } from "./dom.js";

const viewer = $("#viewer");
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

export function closable(dialog) {
  $("[data-close]", dialog).onclick = () => dialog.close();
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
for (const button of viewer.querySelectorAll("[data-step]")) button.onclick = () => step(Number(button.dataset.step));
closable(viewer);
