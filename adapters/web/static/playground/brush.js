// The brush: a dialog in which a person paints over what may change in a picture.

import { $, h } from "./dom.js";

const SIDE = 1536; // pixels a side at most, as the core brings pictures to
const COLOUR = "#e5309f"; // seen on most pictures; the page's style makes it half transparent
const dialog = $("#brush"), size = $("#brush-size"), chooser = $("input[type=file]", dialog);
const [below, paint] = dialog.querySelectorAll("canvas");
const context = paint.getContext("2d", { willReadFrequently: true }); // read when the mask is made
const tools = dialog.querySelectorAll("[data-tool]");
let strokes = []; // { points, width, erases }
let stroke = null; // the one that is being painted
let answer = null;

// Opens the dialog; returns null if it was left, else the mask: its file (null if nothing is painted), and the
// strokes that it can be changed by later.
export async function paintMask(file, earlier = []) {
  await show(file);
  strokes = [...earlier ?? []];
  stroke = answer = null;
  choose("brush");
  redraw();
  dialog.showModal();
  await new Promise((resolve) => { dialog.onclose = resolve; });
  return answer;
}

async function show(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  for (const canvas of [below, paint]) {
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  }
  below.getContext("2d").drawImage(bitmap, 0, 0, below.width, below.height);
  bitmap.close();
  $(".easel", dialog).style.setProperty("--shape", below.width / below.height);
  paint.setAttribute("aria-label", `${file.name}, to paint on with a pointer`);
}

// --- painting

function redraw() {
  context.clearRect(0, 0, paint.width, paint.height);
  strokes.forEach((each) => line(each));
}

function line({ points, width, erases }, from = 0) { // from: the first point that is not drawn yet
  context.globalCompositeOperation = erases ? "destination-out" : "source-over";
  context.fillStyle = context.strokeStyle = COLOUR;
  Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round" });
  context.beginPath();
  if (points.length === 1) {
    context.arc(...points[0], width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(...points[Math.max(0, from - 1)]);
  for (const point of points.slice(Math.max(1, from))) context.lineTo(...point);
  context.stroke();
}

function place({ clientX, clientY }) {
  const { left, top, width, height } = paint.getBoundingClientRect();
  return [(clientX - left) * paint.width / width, (clientY - top) * paint.height / height];
}

paint.onpointerdown = (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  event.preventDefault();
  paint.setPointerCapture(event.pointerId);
  const width = size.value / 100 * Math.max(paint.width, paint.height);
  stroke = { points: [place(event)], width, erases: $("[data-tool=eraser]", dialog).ariaPressed === "true" };
  strokes.push(stroke);
  line(stroke);
};
paint.onpointermove = (event) => {
  if (!stroke || !event.isPrimary) return;
  const moved = event.getCoalescedEvents?.() ?? [];
  const from = stroke.points.length;
  stroke.points.push(...(moved.length ? moved : [event]).map(place));
  line(stroke, from);
};
paint.onpointerup = paint.onpointercancel = (event) => {
  if (event.isPrimary) stroke = null;
};

function choose(name) {
  for (const tool of tools) tool.setAttribute("aria-pressed", String(tool.dataset.tool === name));
}

for (const tool of tools) tool.onclick = () => choose(tool.dataset.tool);
$("#brush-undo").onclick = () => {
  strokes.pop();
  redraw();
};
$("#brush-clear").onclick = () => {
  strokes = [];
  redraw();
};

// --- the end

// Makes the mask: transparent where it is painted, opaque elsewhere. Returns null if nothing is painted.
async function maskFile() {
  const { width, height } = paint;
  const painted = context.getImageData(0, 0, width, height).data;
  if (!painted.some((value, index) => index % 4 === 3 && value > 127)) return null;
  const mask = h("canvas", { width, height }), opaque = mask.getContext("2d");
  opaque.fillRect(0, 0, width, height);
  opaque.globalCompositeOperation = "destination-out";
  opaque.drawImage(paint, 0, 0);
  const blob = await new Promise((resolve) => mask.toBlob(resolve, "image/png"));
  return new File([blob], "mask.png", { type: "image/png" });
}

$("#brush-done").onclick = async () => {
  answer = { file: await maskFile(), strokes };
  dialog.close();
};
$("#brush-file").onclick = () => chooser.click();
chooser.onchange = () => {
  const [file] = chooser.files;
  chooser.value = "";
  if (!file) return;
  answer = { file, strokes: null };
  dialog.close();
};
// A click beside the dialog does not close it, as it does others: a stroke may end there.
$("[data-close]", dialog).onclick = () => dialog.close();
