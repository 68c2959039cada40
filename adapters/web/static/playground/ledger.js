// The ledger: spending in total and by the chosen key, with the same figures as every other report.

import { get } from "./ask.js";
import { table } from "./cards.js";
import { $, h, svg } from "./dom.js";

const panel = $("#ledger"), by = $("#by"), books = $("#books");
const FIGURES = [["Jobs", "jobs"], ["Pictures", "images"], ["Charged", "charge_micros"], ["Cost", "cost_micros"],
  ["Uncertain", "uncertain_micros"]], BEYOND = ["Beyond charge", "beyond_micros"];
let asked = 0;

export async function refresh() { // if two calls overlap, the later call wins
  if (panel.hidden) return;
  const mine = asked += 1;
  try {
    const answer = await get("/api/books", { by: by.value });
    if (mine === asked) books.replaceChildren(...drawn(answer));
  } catch (error) {
    if (mine === asked) books.replaceChildren(h("p", { className: "sentence" }, error.message));
  }
}

function drawn({ totals, rows }) {
  const nothing = h("p", { className: "caption" }, "Nothing was drawn yet. What is drawn in the chat shows here at once.");
  if (!totals.jobs) return [nothing];
  if (by.value === "day") rows.sort((one, other) => (one.key < other.key ? -1 : 1));
  const figures = totals.beyond_micros ? [...FIGURES, BEYOND] : FIGURES;
  const line = (name, sums) => [name, ...figures.map(([, key]) => figure(key, sums[key]))];
  const title = by.value[0].toUpperCase() + by.value.slice(1);
  return [
    h("dl", { className: "sums" }, ...figures.map(([name, key]) => h("div", {}, h("dt", {}, name), h("dd", {}, figure(key, totals[key]))))),
    chart(rows),
    table({
      title: "The figures",
      columns: [title, ...figures.map(([name]) => name)],
      rows: rows.map((row) => line(named(row), row)),
      foot: line("In all", totals),
    }),
  ];
}

function named({ key, name }) {
  return name || key;
}

function figure(key, value) {
  return key.endsWith("_micros") ? dollars(value) : value.toLocaleString("en");
}

function dollars(micros) { // exact: two decimals, or more if needed
  const decimals = String(micros % 1e6).padStart(6, "0").replace(/0+$/, "").padEnd(2, "0");
  return `$${Math.floor(micros / 1e6).toLocaleString("en")}.${decimals}`;
}

function chart(rows) {
  const most = Math.max(...rows.map((row) => row.charge_micros));
  if (!most) return "";
  const said = rows.map((row) => `${named(row)} ${dollars(row.charge_micros)}`).join(", ");
  return h("div", { className: "bars", role: "img", "aria-label": `Charged: ${said}` },
    ...rows.flatMap((row) => [
      h("span", { dir: "auto" }, named(row)),
      svg("svg", { class: "bar-of" }, svg("rect", { width: `${(row.charge_micros / most) * 100}%`, height: "100%", rx: 4 })),
      h("span", { className: "figure" }, dollars(row.charge_micros)),
    ]));
}

by.onchange = refresh;
