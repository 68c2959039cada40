// The state of the admins' page, its requests, and the place where answers appear.

import { ask, post } from "./ask.js";
import { bodies } from "./cards.js";
import { $, h, newId } from "./dom.js";

export const office = { workspace: "", commands: [], changed: () => {} };
const answer = $("#answer");

export function command(name) {
  return office.commands.find((each) => each.name === name);
}

export function get(path, query = {}) {
  return ask(`${path}?${new URLSearchParams({ workspace: office.workspace, ...query })}`);
}

// Sends a command and returns the card of its answer. The same id again is the same request.
export async function carryOut(name, options, id = newId()) {
  const { reply } = await post("/api/admin/command", { id, workspace: office.workspace, command: name, options });
  return reply;
}

export function drawn(card) {
  return bodies[card.kind](card).filter((node) => node !== null);
}

// Shows a card as the answer, and moves the focus to it.
export function tell(card) {
  const { workspace } = office;
  const close = () => answer.replaceChildren();
  const buttons = card.buttons.filter(({ verb }) => verb === "confirm").map((each) => confirming(each, workspace));
  const node = h("article", { className: `told ${card.kind}`, tabIndex: -1 },
    ...drawn(card),
    h("div", { className: "row" }, ...buttons,
      h("button", { type: "button", onclick: close }, buttons.length ? "Leave it as it is" : "Close")));
  answer.replaceChildren(node);
  node.focus();
}

export function hush() {
  answer.replaceChildren();
}

function confirming({ verb, label, job, style }, workspace) {
  const id = newId(); // one id for the button, so that several presses are one request
  const button = h("button", { type: "button", className: style }, label);
  button.onclick = () => once(button, async () => {
    const { reply } = await post("/api/admin/press", { id, workspace, verb, job });
    tell(reply);
    office.changed();
  });
  return button;
}

// Runs the work of a button, once at a time, and shows the error if it fails.
export async function once(button, work) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true"); // not `disabled`, which would lose the focus
  try {
    await work();
  } catch (error) {
    tell(failure(error));
  }
  button.removeAttribute("aria-disabled");
}

export function failure(error) {
  return { kind: "refused", sentence: error.message, hint: "", buttons: [] };
}

// Returns a function that fills a panel with the nodes of `work`. If two calls overlap, the later call wins,
// even if it ends first.
export function panel(selector, work) {
  const node = $(selector);
  let asked = 0;
  return async () => {
    const mine = asked += 1;
    node.setAttribute("aria-busy", "true");
    if (!node.firstChild) node.append(h("p", { className: "caption" }, "Looking it up…"));
    let found;
    try {
      found = await work();
    } catch (error) {
      found = [h("p", { className: "sentence" }, error.message)];
    }
    if (mine !== asked) return;
    node.replaceChildren(...found);
    node.removeAttribute("aria-busy");
  };
}
