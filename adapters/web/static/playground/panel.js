// The panel: one picture of a gallery by itself, with what can be done with it.

import { $, h } from "./dom.js";
import { closable } from "./viewer.js";

const panel = $("#panel");
closable(panel);

// Calls `act` with a button of the panel, and with its node.
export function openPanel({ pictures, number, caption, prompt, buttons, picks }, act) {
  const { src, alt, width, height, format } = pictures[0];
  Object.assign($("img", panel), { src, alt, width, height });
  $("h2", panel).textContent = caption;
  $("figcaption", panel).textContent = prompt;
  $(".actions", panel).replaceChildren(...[...buttons, ...picks].map((each) => {
    if (each.verb === "download") {
      return h("a", { className: "button", href: src, download: `${each.job}-${number}.${format}` }, each.label);
    }
    const button = h("button", { type: "button", className: each.style }, each.label);
    if (each.verb === "pick") button.setAttribute("aria-label", `Picture ${each.label}`);
    button.onclick = () => {
      panel.close();
      act(button, each);
    };
    return button;
  }));
  panel.showModal();
}
