// The log: every change, newest first, with a button that undoes it.

import { change } from "./changing.js";
import { $, h } from "./dom.js";
import { listed } from "./lists.js";
import { carryOut, drawn, get, panel } from "./office.js";

const form = $("#about"), whose = $("#whose");

export const showEntries = panel("#entries", async () => {
  const [card, { choices }] = await Promise.all([
    carryOut("quotas log", whose.value.trim() ? { person: whose.value } : {}),
    get("/api/admin/suggest", { command: "quotas undo", option: "entry" })]);
  const lines = (card.lines ?? []).map((line) => h("p", { className: "caption" }, line));
  if (card.kind !== "report") return drawn(card);
  if (!card.rows.length) return lines;
  const undoable = new Set(choices.map(({ value }) => value));
  const entries = card.rows.map((row) => {
    const entry = row.find((cell) => undoable.has(cell));
    return [row, entry ? [undo(entry)] : null];
  });
  return [...lines, listed(card.title, card.columns, entries)];
});

function undo(entry) {
  const open = () => change("quotas undo", { entry });
  return h("button", { type: "button", "aria-label": `Undo ${entry}`, onclick: open }, "Undo…");
}

form.onsubmit = (event) => {
  event.preventDefault();
  showEntries();
};
