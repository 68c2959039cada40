// The admins' page: the choice of a workspace, and four views.

import { showSet, showSettings } from "./allowances.js";
import { ask } from "./ask.js";
import { showEntries } from "./audit.js";
import { $, choice } from "./dom.js";
import { isLibrary, leave, library } from "./library.js";
import { hush, office } from "./office.js";
import { showBudget, showFigures } from "./spending.js";
import { tabbed } from "./tabs.js";

const picker = $("#workspace"), status = $("#status");
const NAMES = { "*": "the whole bot", dm: "direct messages" };
const AGAIN_MS = 3000;
const ofOne = document.querySelectorAll(".of-one"); // parts that a workspace has and the whole bot has not
const found = library($("#library"), { base: "/api/admin/library", who: () => ({ workspace: office.workspace }) });
const shows = {
  spending: [showFigures, showBudget],
  allowances: [showSet, showSettings],
  audit: [showEntries],
  library: [found.open],
};

function show() {
  for (const each of ofOne) each.hidden = office.workspace === "*";
  const tab = $("[role=tab][aria-selected=true]").getAttribute("aria-controls");
  for (const each of shows[tab]) each();
}

async function load() {
  try {
    const state = await ask("/api/admin");
    office.commands = state.commands;
    picker.replaceChildren(...state.workspaces.map((each) => choice(each, NAMES[each] ?? each)));
    const before = sessionStorage.getItem("workspace");
    office.workspace = picker.value = state.workspaces.includes(before) ? before : state.workspaces[0];
    $("#playground").hidden = !state.playground;
    status.textContent = "";
    show();
  } catch (error) {
    status.textContent = `${error.message} Trying again…`;
    setTimeout(load, AGAIN_MS);
  }
}

picker.onchange = () => {
  office.workspace = picker.value;
  sessionStorage.setItem("workspace", picker.value);
  hush();
  show();
};
office.changed = show;
const open = tabbed((tab) => {
  if (tab.id !== "tab-library") leave();
  if (office.workspace) show();
});
if (location.search) history.replaceState(null, "", location.pathname + location.hash); // hides a token, which is no longer needed
const follow = () => isLibrary() && open($("#tab-library"));
addEventListener("hashchange", follow);
follow();
load();
