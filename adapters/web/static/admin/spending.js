// The spending of a workspace: the report of /usage as a table, a chart and a file, and the budget.

import { $, h } from "./dom.js";
import { carryOut, drawn, once, panel, tell } from "./office.js";

const form = $("#asked"), period = $("#period"), range = $("#range"), by = $("#by"), csv = $("#csv");
const first = $("#first"), last = $("#last");

function asked() {
  return { workspace: true, by: by.value, period: period.value || `${first.value}..${last.value}` };
}

// A report comes without its chart while another of the same person's is drawn.
const AGAIN_MS = 2000, MOST = 10;
let again = 0, asks = 0;

const lookUp = panel("#figures", async () => {
  const card = await carryOut("usage", asked());
  if (card.chart === null && asks < MOST) again = setTimeout(() => lookUp(asks += 1), AGAIN_MS);
  return drawn(card);
});

export function showFigures() {
  clearTimeout(again);
  asks = 0;
  return lookUp();
}

export const showBudget = panel("#budget", async () => {
  const card = await carryOut("quotas budget", {});
  return card.rows?.length && card.rows[0].length === 2 ? [...card.lines.map(line), tiles(card.rows)] : drawn(card);
});

function line(text) {
  return h("p", { className: "caption" }, text);
}

function tiles(rows) {
  return h("dl", { className: "sums" }, ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function choose() {
  range.hidden = period.value !== "";
  first.disabled = last.disabled = range.hidden;
  if (!range.hidden && !(first.value && last.value)) return first.focus();
  if (form.reportValidity()) showFigures();
}

csv.onclick = () => once(csv, async () => {
  const card = await carryOut("usage", { ...asked(), csv: true });
  if (!card.file) return tell(card);
  h("a", { href: card.file.src, download: card.file.name }).click();
});
form.onchange = choose;
form.onsubmit = (event) => {
  event.preventDefault();
  choose();
};
first.disabled = last.disabled = true;
