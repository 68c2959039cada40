// Zooming and panning of the picture in a stage: by wheel, pinch, drag and double click; by keys through `by` and
// `move`.

import { $ } from "./dom.js";

const CLOSEST = 4; // screen pixels for a pixel of the picture, and at least so many times as large as it fits
const SWIPE = 60; // pixels that a finger moves sideways

// Calls `changed` after each change, and `swiped` with -1 or 1 when a finger wipes a picture aside.
export function zoomable(stage, changed, swiped) {
  const image = $("img", stage);
  const fingers = new Map(); // pointer id -> where it is
  let scale = 1, x = 0, y = 0, wiped = 0;

  function fitting() { // the share of its own size at which the whole picture is seen
    const { naturalWidth: width, naturalHeight: height } = image;
    return width ? Math.min(1, stage.clientWidth / width, stage.clientHeight / height) : 1;
  }

  function apply() {
    const fit = fitting() * scale;
    const most = (side, room) => Math.max(0, (side * fit - room) / 2);
    const [right, bottom] = [most(image.naturalWidth, stage.clientWidth), most(image.naturalHeight, stage.clientHeight)];
    x = Math.min(right, Math.max(-right, x));
    y = Math.min(bottom, Math.max(-bottom, y));
    image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    stage.classList.toggle("zoomed", scale > 1);
    changed(scale);
  }

  function by(factor, at) { // what is under `at` stays there; without, the middle does
    const closest = Math.max(CLOSEST, CLOSEST / fitting());
    const wanted = Math.min(closest, Math.max(1, scale * factor));
    const { left, top, width, height } = stage.getBoundingClientRect();
    const [across, down] = at ? [at.clientX - left - width / 2, at.clientY - top - height / 2] : [0, 0];
    x = across - (across - x) * wanted / scale;
    y = down - (down - y) * wanted / scale;
    scale = wanted;
    apply();
  }

  function move(right, down) {
    x += right;
    y += down;
    apply();
  }

  function reset() {
    [scale, x, y] = [1, 0, 0];
    apply();
  }

  function spread() { // of two fingers: their distance, and the point between them
    const [one, other] = [...fingers.values()];
    return {
      distance: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
      clientX: (one.clientX + other.clientX) / 2,
      clientY: (one.clientY + other.clientY) / 2,
    };
  }

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    by(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event); // with Ctrl, it is a pinch on a touchpad
  }, { passive: false });
  stage.ondblclick = (event) => {
    if (scale > 1) reset();
    else by(Math.max(2, 1 / fitting()), event);
  };
  stage.onpointerdown = (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    wiped = 0;
  };
  stage.onpointermove = (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    if (fingers.size === 2) {
      const from = spread();
      fingers.set(event.pointerId, event);
      const to = spread();
      move(to.clientX - from.clientX, to.clientY - from.clientY);
      if (from.distance) by(to.distance / from.distance, to);
      return;
    }
    fingers.set(event.pointerId, event);
    if (scale > 1) move(event.clientX - before.clientX, event.clientY - before.clientY);
    else if (event.pointerType === "touch") wiped += event.clientX - before.clientX;
  };
  stage.onpointerup = stage.onpointercancel = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size || event.type === "pointercancel") return;
    if (scale === 1 && Math.abs(wiped) > SWIPE) swiped(wiped < 0 ? 1 : -1);
  };
  image.addEventListener("load", apply);
  image.ondragstart = (event) => event.preventDefault(); // a drag moves the picture within its stage
  new ResizeObserver(apply).observe(stage);
  return { by, move, reset, get isZoomed() { return scale > 1; } };
}
