// The workbench: the playground's clock and the gateway's mood. Hidden if the server has no workbench.

import { post } from "./ask.js";
import { retime } from "./chat.js";
import { $, choice, newId } from "./dom.js";
import { day, here, now } from "./here.js";

const SAID_MS = 6000;
const bench = $("#bench"), today = $("#today"), mood = $("#mood"), skip = $("#skip"), status = $("#status");

export function showBench(state) {
  bench.hidden = !state;
  if (!state) return;
  here.ahead = state.now - Date.now() / 1000;
  today.textContent = day(state.now);
  today.dateTime = new Date(state.now * 1000).toISOString();
  mood.replaceChildren(choice("", "behaves"), ...Object.entries(state.moods).map(([name, text]) => choice(name, text)));
  mood.value = state.mood;
  mood.classList.toggle("odd", state.mood !== "");
  retime();
}

async function turn(what) {
  try {
    showBench(await post("/api/workbench", what));
  } catch (error) {
    status.textContent = error.message;
  }
}

skip.onclick = async () => {
  if (skip.getAttribute("aria-disabled")) return;
  skip.setAttribute("aria-disabled", "true");
  await turn({ skip_day: true, id: newId() });
  skip.removeAttribute("aria-disabled");
  const said = status.textContent = `It is ${day(now())} now.`;
  setTimeout(() => { if (status.textContent === said) status.textContent = ""; }, SAID_MS);
};
mood.onchange = () => turn({ mood: mood.value });
