// The inspector: a message's card as data, and the payload that each platform would be sent for it.

import { get } from "./ask.js";
import { messages } from "./chat.js";
import { $, choice, h } from "./dom.js";
import { here, moment } from "./here.js";

const panel = $("#inspector"), picker = $("#inspected"), payloads = $("#payloads");
const EXCERPT = 60; // letters of a message in the list
let asked = 0;

export async function inspect(id = picker.value) {
  if (panel.hidden) return;
  const all = messages();
  const wanted = (all.find((message) => message.id === id) ?? all.at(-1))?.id ?? "";
  picker.replaceChildren(...all.map((message) => choice(message.id, `${moment(message.at)} ${excerpt(message.card)}`)));
  picker.value = wanted;
  picker.disabled = !all.length;
  const mine = asked += 1;
  const answer = wanted ? await found(wanted) : [line("There is no message yet. What is said in the chat can be looked at here.")];
  if (mine === asked) payloads.replaceChildren(...answer);
}

async function found(message) {
  try {
    const { card, previews } = await get("/api/inspect", { persona: here.persona, message });
    const platforms = Object.entries(previews);
    const none = line("No platform's payload can be shown here yet; each is made from this card.");
    return [payload("Card", card), ...(platforms.length ? platforms.map(([name, data]) => payload(titled(name), data)) : [none])];
  } catch (error) {
    return [line(error.message)];
  }
}

function payload(title, data) {
  const text = JSON.stringify(data, null, 2);
  const code = h("pre", { tabIndex: 0, role: "region", "aria-label": `${title} as JSON` }, text);
  const copy = h("button", { type: "button", "aria-label": `Copy ${title}` }, "Copy");
  copy.onclick = async () => {
    const done = await copied(text, code);
    copy.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  };
  return h("section", { className: "payload" }, h("div", { className: "bar" }, h("h3", {}, title), copy), code);
}

// Copies the text. A page over plain http may not: then it selects the node, to be copied by hand.
async function copied(text, node) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(node);
    return false;
  }
}

function excerpt(card) {
  const text = card.prompt ?? card.title ?? card.sentence;
  return `${card.kind}: ${text.length > EXCERPT ? `${text.slice(0, EXCERPT - 1)}…` : text}`;
}

function line(text) {
  return h("p", { className: "caption" }, text);
}

function titled(name) {
  return name[0].toUpperCase() + name.slice(1);
}

picker.onchange = () => inspect();
