// The pictures in the composer, which a drawing starts from: chosen, dropped, pasted or taken from a message. The
// first may have a mask.

import { paintMask } from "./brush.js";
import { $, h } from "./dom.js";
import { droppedPicture, isPicture } from "./drag.js";

const MOST = 4, MOST_BYTES = 25 * 1024 * 1024; // as the core takes
const KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const SIDE = 128; // pixels of a small picture, shown at half its size
const list = $("#attached"), note = $("#note"), prompt = $("#prompt"), chooser = $("#picture-files");
let pictures = []; // { file, small }
let mask = null; // { file, small, strokes }
let coming = Promise.resolve(); // ends when all that was chosen so far is in the list

export const hasPictures = () => pictures.length > 0;

export function tell(text) {
  note.textContent = text;
}

// --- for the line that is sent

// Empties the composer, once what was chosen is in it. Returns what was in it, with the files as the server takes
// them, or null.
export async function takePictures() {
  await coming;
  if (!pictures.length) return null;
  const files = pictures.map(({ file }) => ["reference", file]);
  if (mask) files.push(["mask", mask.file]);
  const taken = { pictures, mask, files };
  [pictures, mask] = [[], null];
  draw();
  return taken;
}

export function putBack(taken) { // unless others were chosen meanwhile
  if (pictures.length) return;
  ({ pictures, mask } = taken);
  draw();
}

// --- what comes in

function attach(files) { // one after the other, so that they keep their order
  coming = coming.then(() => add(files));
  return coming;
}

async function add(files) {
  const complaints = [];
  for (const file of files) {
    try {
      if (pictures.length >= MOST) throw new Error(`I can draw from up to ${MOST} pictures, so I left out ${file.name}.`);
      pictures.push({ file, small: await smallPicture(file) });
    } catch (error) {
      complaints.push(error.message);
    }
  }
  tell(complaints.join(" "));
  draw();
}

export async function attachShown({ src, file = decodeURIComponent(src.split("/").at(-1)) }) { // of a message or the library
  try {
    const answer = await fetch(src);
    if (!answer.ok) throw new Error("This picture is no longer kept.");
    const data = await answer.blob();
    await attach([new File([data], file, { type: data.type })]);
  } catch (error) {
    tell(error instanceof TypeError ? "The bot cannot be reached. Is it still running?" : error.message);
  }
  prompt.focus();
}

// Draws a picture small, and so finds out whether it is one. A canvas needs no URL, which the page's policy would block.
async function smallPicture(file) {
  if (!file.size) throw new Error(`${file.name} is empty.`);
  if (file.size > MOST_BYTES) throw new Error(`${file.name} is too large. A picture can have up to 25 MB.`);
  const bitmap = KINDS.includes(file.type) ? await createImageBitmap(file).catch(() => null) : null;
  if (!bitmap) throw new Error(`${file.name} isn't a picture I can use. Choose a PNG, JPEG, WebP or GIF.`);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const small = h("canvas", { width, height, role: "img" });
  small.getContext("2d").drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return small;
}

// --- the list

function draw() {
  list.replaceChildren(...pictures.map(entry));
  list.hidden = !pictures.length;
}

function entry(picture, index) {
  picture.small.setAttribute("aria-label", picture.file.name);
  const removed = () => {
    pictures.splice(index, 1);
    if (index === 0) mask = null; // it was painted for the first
    draw();
    focusOn(index);
  };
  return h("li", {},
    picture.small,
    h("span", { className: "name", title: picture.file.name }, picture.file.name),
    index === 0 ? maskButton(picture) : null,
    remover(`Remove ${picture.file.name}`, removed),
    index === 0 && mask ? maskEntry() : null);
}

function maskButton(picture) {
  return h("button", { type: "button", className: "quiet mask", onclick: () => mark(picture) }, mask ? "Change mask" : "Mask");
}

function maskEntry() {
  mask.small.setAttribute("aria-label", "Mask");
  const removed = () => {
    mask = null;
    draw();
    $(".mask", list).focus();
  };
  return h("span", { className: "masked" }, mask.small, remover("Remove mask", removed));
}

function remover(label, onclick) {
  return h("button", { type: "button", className: "quiet remove", "aria-label": label, onclick }, "✕");
}

function focusOn(index) { // on the button that took the place of a removed one
  const buttons = list.querySelectorAll("li > .remove");
  (buttons[index] ?? buttons[index - 1] ?? prompt).focus();
}

async function mark(picture) {
  try {
    const made = await paintMask(picture.file, mask?.strokes);
    if (made) mask = made.file ? { ...made, small: await smallPicture(made.file) } : null;
    tell("");
  } catch (error) {
    tell(error.message);
  }
  draw();
  $(".mask", list)?.focus();
}

// --- choosing, dropping, pasting

$("#add-pictures").onclick = () => chooser.click();
chooser.onchange = async () => {
  const files = [...chooser.files];
  chooser.value = ""; // so that the same file can be chosen again
  await attach(files);
  prompt.focus();
};

const footer = $("footer");
const isFree = () => !footer.hidden && !$("dialog[open]");
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

for (const kind of ["dragover", "drop"]) { // a picture of this page; it goes nowhere but into the composer
  footer.addEventListener(kind, (event) => {
    if (!isPicture(event) || !isFree()) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const picture = kind === "drop" && droppedPicture(event);
    if (picture) attachShown(picture);
  });
}
document.addEventListener("dragover", (event) => {
  if (isPicture(event)) {
    document.body.classList.toggle("dropping", isFree());
    return;
  }
  if (!hasFiles(event)) return;
  event.preventDefault(); // else the browser would open the file in place of this page
  event.dataTransfer.dropEffect = isFree() ? "copy" : "none";
  document.body.classList.toggle("dropping", isFree());
});
document.addEventListener("dragend", () => document.body.classList.remove("dropping"));
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  document.body.classList.remove("dropping");
  if (!hasFiles(event) || isPicture(event)) return;
  event.preventDefault();
  if (isFree()) attach([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => { // text that comes with a picture of itself is meant as text
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain") || !isFree()) return;
  event.preventDefault();
  attach([...files]);
});
