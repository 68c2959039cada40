// Suggestions while a command is typed: commands after "/", flags after "--", the choices of a flag after it.

import { $, h } from "./dom.js";
import { command, here } from "./here.js";

const prompt = $("#prompt"), list = $("#hints");
let offered = []; // { insert, from, help }
let active = 0;

// Returns the suggestions for the text before the caret; none if it already ends with a whole suggestion.
function fitting(before) {
  const isAdmin = here.persona === "web:admin";
  const line = before.match(/^\/([^\n]*)$/);
  const commands = here.commands.filter((each) => isAdmin || !each.admin);
  if (line) {
    const typed = line[1].toLowerCase();
    const found = commands.filter((each) => each.name.startsWith(typed));
    if (found.some((each) => each.name === typed)) return [];
    if (found.length) return found.map((each) => ({ insert: `/${each.name} `, from: 0, help: each.help }));
  }
  const asked = before.startsWith("/") ? longest(commands, before.slice(1)) : command("imagine");
  return asked ? flagsOf(asked, before) : [];
}

function longest(commands, text) {
  const fits = commands.filter(({ name }) => text === name || text.startsWith(`${name} `));
  return fits.sort((one, other) => other.name.length - one.name.length)[0];
}

function flagsOf({ options }, before) {
  const value = before.match(/(?:^|\s)(--[\w-]+)[ =](?:[^\s,]*,)*([^\s,]*)$/);
  const option = value && options.find((each) => each.flag === value[1]);
  if (option?.choices.length) return starting(option.choices.map((name) => ({ name, help: "" })), value[2], before);
  const flag = before.match(/(?:^|\s)(--[\w-]*)$/);
  if (!flag) return [];
  const left = options.filter((each) => each.name !== "prompt" && !before.includes(`${each.flag} `));
  return starting(left.map((each) => ({ name: each.flag, help: described(each) })), flag[1], before);
}

function described({ help, choices }) {
  return choices.length ? `${help}: ${choices.join(", ")}` : help;
}

function starting(names, typed, before) {
  const found = names.filter(({ name }) => name.startsWith(typed));
  if (found.some(({ name }) => name === typed)) return [];
  return found.map(({ name, help }) => ({ insert: `${name} `, from: before.length - typed.length, help }));
}

export function suggest() {
  const before = prompt.value.slice(0, prompt.selectionStart);
  offered = prompt.selectionStart === prompt.selectionEnd ? fitting(before) : [];
  active = 0;
  draw();
}

export function close() {
  offered = [];
  draw();
}

function draw() {
  list.replaceChildren(...offered.map((each, index) =>
    h("div", { id: `hint-${index}`, role: "option", "aria-selected": String(index === active),
      onmousedown: (event) => event.preventDefault(), // keeps the focus in the prompt
      onclick: () => take(each) },
    h("b", {}, each.insert.trim()), h("span", {}, each.help))));
  list.hidden = !offered.length;
  // A combobox only while there are suggestions: a screen reader should announce a plain field otherwise.
  const state = { role: "combobox", "aria-expanded": "true", "aria-controls": "hints", "aria-autocomplete": "list",
    "aria-activedescendant": `hint-${active}` };
  for (const [name, value] of Object.entries(state)) {
    if (offered.length) prompt.setAttribute(name, value);
    else prompt.removeAttribute(name);
  }
  $("[aria-selected=true]", list)?.scrollIntoView({ block: "nearest" });
}

function take({ insert, from }) {
  const [caret, text] = [prompt.selectionStart, prompt.value];
  const rest = text.slice(caret);
  prompt.value = text.slice(0, from) + (rest.startsWith(" ") ? insert.trimEnd() : insert) + rest;
  prompt.selectionStart = prompt.selectionEnd = from + insert.length;
  prompt.dispatchEvent(new Event("input"));
}

// Handles a key if it is meant for the suggestions; returns true if it was.
export function steer(event) {
  if (!offered.length || event.isComposing || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    active = (active + step + offered.length) % offered.length;
    draw();
  } else if (event.key === "Enter" || event.key === "Tab") take(offered[active]);
  else if (event.key === "Escape") close();
  else return false;
  event.preventDefault();
  return true;
}
