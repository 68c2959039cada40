// The chat: its messages, and what a person does with them.

import { post } from "./ask.js";
import { bodies, setProgress } from "./cards.js";
import { edit, fill } from "./dialogs.js";
import { $, h, newId } from "./dom.js";
import { command, here, moment, now } from "./here.js";
import { openPanel } from "./panel.js";

const log = $("#log"), empty = $("#empty"), prompt = $("#prompt");
const REACTIONS = ["🔁", "⭐", "🗑️"];
const shown = new Map(); // message id -> { message, node }

export const messages = () => [...shown.values()].map(({ message }) => message);

// --- what a person does

export async function send(path, body, files = [], page = null) {
  const author = here.persona;
  try {
    const answer = await post(path, { persona: author, ...body }, files);
    if (author !== here.persona) return true;
    if (answer.reply?.kind === "panel") {
      openPanel(answer.reply, act);
      return answer;
    }
    if (answer.reply?.kind === "list" && page?.isConnected) {
      turn(page, answer);
      return answer;
    }
    if (answer.reply) whisper(answer.reply, answer.id, answer.at);
    if (answer.reply || answer.message) toEnd(); // shows the person their own answer
    return answer;
  } catch (error) {
    whisper({ kind: "refused", sentence: error.message, hint: "", buttons: [] });
    return false;
  }
}

function whisper(card, id = newId(), at = now()) { // an answer for this person alone; a reload loses it
  show(whispered(card, id, at));
}

function whispered(card, id, at) {
  return { id, at, card, private_to: here.persona, reactions: {}, local: true };
}

function turn(old, { reply, id, at }) { // shows another page of a list in the place of the old one
  const [before] = [...shown].find(([, { node }]) => node === old);
  const message = whispered(reply, id, at);
  shown.delete(before);
  shown.set(id, { message, node: swap(old, messageNode(message)) });
}

async function press(button, card, options = {}, files = []) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true"); // not `disabled`, which would lose the focus
  const { verb, job, index } = card;
  const page = verb === "page" ? button.closest("article") : null;
  await send("/api/press", { id: newId(), verb, job, index, options }, files, page);
  button.removeAttribute("aria-disabled");
}

async function open(button, card) { // asks the core for the form of a button, and shows it
  const { verb, job, index } = card;
  const answer = await send("/api/form", { id: newId(), verb, job, index });
  if (answer?.form) fill(answer.form, (options, files) => press(button, card, options, files));
}

// Opens the page's own form. Only the core's knows the field *Improve*.
async function openEditor(button, each, card) {
  const body = { id: newId(), verb: each.verb, job: each.job, index: each.index };
  const answer = command("imagine")?.improves ? await send("/api/form", body) : null;
  const more = answer?.form?.fields.filter((field) => field.name === "improve") ?? [];
  if (!answer?.reply) edit(card, more, (options, files) => press(button, each, options, files));
}

function act(button, card) {
  if (["approve", "collect", "compare", "edit"].includes(card.verb)) open(button, card);
  else press(button, card);
}

// --- the list of messages

export function toEnd() {
  log.scrollTop = log.scrollHeight;
}

export function show(message) {
  const pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const before = shown.get(message.id);
  if (!before) {
    const node = messageNode(message);
    log.append(node);
    shown.set(message.id, { message, node });
  } else if (!touched(before, message)) {
    before.node = swap(before.node, messageNode(message));
    before.message = message;
  }
  empty.hidden = true;
  if (pinned) toEnd();
}

export function showAll(history) { // removes every other message, but not the whispers
  const known = new Set(history.map((message) => message.id));
  for (const [id, { message }] of [...shown]) if (!known.has(id) && !message.local) remove(id);
  history.forEach(show);
  empty.hidden = shown.size > 0;
}

export function clear() {
  for (const id of [...shown.keys()]) remove(id);
}

export function remove(id) {
  const { node } = shown.get(id) ?? {};
  if (!node) return;
  if (node.contains(document.activeElement)) prompt.focus();
  node.remove();
  shown.delete(id);
  empty.hidden = shown.size > 0;
}

export function retime() { // after a skipped day
  for (const { message, node } of shown.values()) $("time", node).textContent = moment(message.at);
}

// Updates a message in place if little changed, and returns true then. With the old nodes the bars glide, and a
// screen reader reads nothing twice.
function touched(before, message) {
  const [old, card] = [before.message.card, message.card];
  const same = (name) => JSON.stringify(old[name]) === JSON.stringify(card[name]);
  const isMoving = card.kind === "working" && ["kind", "stage", "buttons", "notes"].every(same);
  if (!isMoving && !Object.keys({ ...old, ...card }).every(same)) return false;
  before.message = message;
  if (isMoving) {
    $(".line", before.node).textContent = card.line;
    setProgress($("progress", before.node), card);
  } else if (card.kind === "delivered") {
    swap($(".reactions", before.node), reactionRow(message));
  }
  return true;
}

function swap(old, fresh) { // keeps the focus on the same button
  const key = old.contains(document.activeElement) && document.activeElement.dataset.key;
  old.replaceWith(fresh);
  if (key) ([...fresh.querySelectorAll("button")].find((each) => each.dataset.key === key) ?? prompt).focus();
  return fresh;
}

// --- a message

function messageNode(message) {
  const { card, at } = message;
  const inspect = () => log.dispatchEvent(new CustomEvent("inspect", { detail: message.id }));
  return h("article", { className: `message ${card.kind}`, "aria-label": `imagine, ${moment(at)}` },
    h("div", { className: "avatar", "aria-hidden": "true" }, "✦"),
    h("div", { className: "body" },
      h("p", { className: "head" },
        h("b", {}, "imagine"), h("span", { className: "tag" }, "app"),
        card.name ? h("span", { className: "for" }, "for ", h("b", {}, card.name)) : null,
        h("time", { dateTime: new Date(at * 1000).toISOString() }, moment(at)),
        message.private_to ? privately(message) : null,
        h("button", { type: "button", className: "quiet inspect", "data-key": "inspect", onclick: inspect }, "Inspect")),
      ...bodies[card.kind](card, act),
      buttonRow(card),
      card.picks?.length ? pickRow(card.picks) : null,
      card.kind === "delivered" ? reactionRow(message) : null));
}

function privately(message) {
  const dismissable = !["working", "delivered"].includes(message.card.kind);
  const dismiss = async () => {
    if (message.local || await send("/api/dismiss", { message: message.id })) remove(message.id);
  };
  return h("span", { className: "private" }, "◉ Only you can see this",
    dismissable ? h("button", { type: "button", className: "quiet", onclick: dismiss }, "Dismiss") : null);
}

function buttonRow(card) {
  if (!card.buttons.length) return null;
  return h("div", { className: "row" }, ...card.buttons.map((each) => {
    const key = `${each.verb} ${each.job} ${each.verb === "page" ? each.label : each.index}`;
    const button = h("button", { type: "button", className: each.style, "data-key": key }, each.label);
    const isEdit = each.verb === "edit" && card.prompt !== undefined;
    button.onclick = () => {
      if (isEdit) openEditor(button, each, card);
      else act(button, each);
    };
    return button;
  }));
}

function pickRow(picks) {
  return h("div", { className: "row picks", role: "group", "aria-label": "Each picture by itself" }, ...picks.map((each) => {
    const key = `${each.verb} ${each.index}`, label = `Picture ${each.label}`;
    const button = h("button", { type: "button", "data-key": key, "aria-label": label }, each.label);
    button.onclick = () => press(button, each);
    return button;
  }));
}

function reactionRow(message) {
  return h("div", { className: "reactions" }, ...REACTIONS.map((emoji) => {
    const people = message.reactions[emoji] ?? [];
    const on = !people.includes(here.persona);
    const button = h("button",
      { type: "button", "aria-label": `React ${emoji}`, "aria-pressed": String(!on), "data-key": emoji },
      emoji, people.length ? h("span", {}, String(people.length)) : null);
    button.onclick = async () => {
      if (button.getAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      await send("/api/react", { message: message.id, emoji, on });
      button.removeAttribute("aria-disabled");
    };
    return button;
  }));
}
