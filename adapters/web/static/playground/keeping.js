// The buttons in the viewer that keep a request of the library, or let it go.

import { post } from "./ask.js";
import { fill } from "./dialogs.js";
import { h, newId } from "./dom.js";
import { here } from "./here.js";
import { showActions, tell } from "./viewer.js";

export function keepButtons({ request }) {
  return request.buttons.map((each) => {
    const button = h("button", { type: "button" }, each.label);
    button.onclick = async () => {
      if (button.getAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true"); // not `disabled`, which would lose the focus
      await (each.verb === "collect" ? ask(request, each) : press(request, each));
      button.removeAttribute("aria-disabled");
    };
    return button;
  });
}

async function ask(request, button) { // for the name of a collection
  const answer = await send("/api/form", button);
  if (answer?.form) fill(answer.form, (options) => press(request, button, options));
}

async function press(request, button, options = {}) {
  const answer = await send("/api/press", button, options);
  const { buttons = [], lines = [], sentence } = answer?.reply ?? {};
  if (!buttons.length) return tell(sentence ?? "");
  const isKept = buttons.some(({ verb }) => verb === "drop");
  Object.assign(request, { buttons, kept: isKept ? options.collection ?? request.kept ?? "" : null });
  for (const changed of request.changed) changed();
  showActions();
  return tell(lines.join(" "));
}

async function send(path, { verb, job, index }, options = {}) {
  try {
    return await post(path, { persona: here.persona, id: newId(), verb, job, index, options });
  } catch (error) {
    tell(error.message);
    return null;
  }
}
