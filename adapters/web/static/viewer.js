// The viewer: one picture of a list at a time, large. It can be zoomed, copied, saved, and drawn from.

import { $, h } from "./dom.js";
import { zoomable } from "./zoom.js";

const STEP = 1.5; // of a press of + or −
const MOVE = 80; // pixels of a press of an arrow key
const SAID_MS = 4000;
// Set by the page that has a composer: attaches a picture to it.
export const composer = { attach: null };
// Each picture has src, alt, width, height and format, and may have a prompt, a caption and the name of its file.
let viewed = { pictures: [], index: 0, more: null, actions: null };

const button = (label, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, label);
const image = h("img");
const stage = h("div", { className: "stage", tabIndex: 0, role: "group", "aria-label": "Picture. + and − zoom, the arrow keys move it." }, image);
const words = h("p", { className: "words", dir: "auto" }), caption = h("p", { className: "caption", dir: "auto" });
const place = h("span", { className: "place" }), size = h("span", { className: "place", "aria-live": "polite" });
const said = h("p", { className: "caption", role: "status" });
const steps = [
  button("←", () => step(-1), { "aria-label": "Previous picture" }),
  place,
  button("→", () => step(1), { "aria-label": "Next picture" }),
];
const copyWords = button("Copy prompt", () => copied(navigator.clipboard?.writeText(shown().prompt), "The prompt"));
const copyPicture = button("Copy picture", () => copied(copyOf(image), "The picture"));
const use = button("Use as reference", useShown);
const save = h("a", { className: "button" }, "Save");
const extras = h("div", { className: "row extras" });
const viewer = h("dialog", { id: "viewer", "aria-label": "Picture" },
  stage,
  h("div", { className: "about" }, words, caption, said),
  h("div", { className: "row tools" },
    h("div", { className: "row steps" }, ...steps),
    h("div", { className: "row" },
      button("−", () => zoom.by(1 / STEP), { "aria-label": "Zoom out" }),
      size,
      button("+", () => zoom.by(STEP), { "aria-label": "Zoom in" })),
    h("div", { className: "row" }, copyWords, copyPicture, use, save, extras, button("Close", () => viewer.close()))));
const zoom = zoomable(stage, (scale) => { size.textContent = `${Math.round(scale * 100)} %`; }, (by) => step(by));
document.body.append(viewer);

const shown = () => viewed.pictures[viewed.index];

// Opens the viewer. `more`: called behind the last picture; it adds further ones to the list, if there are any.
// `actions`: called with each picture that is shown; it returns buttons of the page's own.
export function openViewer(pictures, index, { more = null, actions = null } = {}) {
  viewed = { pictures, index, more, actions };
  show();
  viewer.showModal();
  stage.focus({ focusVisible: false });
}

export const isViewing = () => viewer.open;

async function step(by) {
  const { pictures, more, index } = viewed;
  if (index + by >= pictures.length && more) await more();
  if (!viewer.open || viewed.pictures !== pictures) return;
  viewed.index = (index + by + pictures.length) % pictures.length;
  show();
}

function show() {
  const { src, alt, width, height, format, prompt = "", caption: line = "", file } = shown();
  const count = viewed.pictures.length;
  image.removeAttribute("src"); // else the picture before stays until this one has come
  Object.assign(image, { src, alt, width, height });
  zoom.reset();
  words.textContent = prompt || alt;
  caption.textContent = line;
  said.textContent = "";
  place.textContent = `${viewed.index + 1} of ${count}`;
  for (const each of steps) each.hidden = count < 2;
  copyWords.hidden = !prompt;
  use.hidden = !composer.attach || src.startsWith("data:");
  Object.assign(save, { href: src, download: file ?? `imagine-${viewed.index + 1}.${format}` });
  showActions();
}

export function showActions() { // again, when what can be done has changed
  extras.replaceChildren(...(viewed.actions?.(shown()) ?? []));
}

function useShown() {
  const picture = shown();
  viewer.close();
  composer.attach(picture);
}

// --- copying

async function copied(copying, name) {
  try {
    if (!copying) throw new Error("a page over plain http has no clipboard");
    await copying;
    tell(`${name} is copied.`);
  } catch {
    tell(`Your browser doesn't let this page copy. ${name === "The picture" ? "Use Save instead." : "Select the text above instead."}`);
  }
}

// Copies a picture as PNG, the one kind that every clipboard takes. Safari wants the promise, not its outcome.
function copyOf(picture) {
  if (!navigator.clipboard?.write || !window.ClipboardItem) return null;
  const canvas = h("canvas", { width: picture.naturalWidth, height: picture.naturalHeight });
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const png = new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
}

export function tell(text) {
  said.textContent = text;
  setTimeout(() => { if (said.textContent === text) said.textContent = ""; }, SAID_MS);
}

// --- keys

const KEYS = {
  "+": () => zoom.by(STEP),
  "=": () => zoom.by(STEP), // + without Shift
  "-": () => zoom.by(1 / STEP),
  0: () => zoom.reset(),
  PageUp: () => step(-1),
  PageDown: () => step(1),
};
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

viewer.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const [right, down] = ARROWS[event.key] ?? [0, 0];
  if (zoom.isZoomed && (right || down)) zoom.move(right * MOVE, down * MOVE);
  else if (right) step(-right);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

export function closable(dialog) {
  $("[data-close]", dialog).onclick = () => dialog.close();
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
