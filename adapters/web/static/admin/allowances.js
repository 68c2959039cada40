// The settings of a workspace: each allowance with the buttons that change and remove it.

import { h } from "./dom.js";
import { change } from "./changing.js";
import { listed } from "./lists.js";
import { carryOut, drawn, get, panel } from "./office.js";

const NAMES = { reset: "Remove", unblock: "Unblock", resume: "Resume" };

export const showSet = panel("#set", async () => {
  const { rows } = await get("/api/admin/allowances");
  if (!rows.length) return [h("p", { className: "caption" }, "Nothing is set here: the bot's own allowances hold.")];
  const lines = rows.map((row) => [[row.who, row.what, row.until], actions(row)]);
  return [listed("Allowances set here", ["Who", "What", "Until"], lines)];
});

export const showSettings = panel("#settings", async () => {
  const card = await carryOut("quotas settings", {});
  return card.kind === "report" && card.columns.length === 0
    ? [listed("Settings", [], card.rows.map((row) => [row, null]))] : drawn(card);
});

function actions({ who, whom, figures, taken_back_by: verb }) {
  const named = (text) => ({ "aria-label": `${text}: ${who}`, type: "button" });
  const changes = Object.keys(figures).length > 0;
  return [
    changes ? h("button", { ...named("Change"), onclick: () => change("quotas set", { ...whom, ...figures }) }, "Change…") : null,
    h("button", { ...named(NAMES[verb]), onclick: () => change(`quotas ${verb}`, whom) }, `${NAMES[verb]}…`),
  ];
}
