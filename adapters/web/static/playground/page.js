// The playground's page: tabs, the composer, and the stream of events.

import { get } from "./ask.js";
import { showBench } from "./bench.js";
import { clear, remove, send, show, showAll, toEnd } from "./chat.js";
import { $, choice, h, newId } from "./dom.js";
import { chosenIn, fieldsFor } from "./fields.js";
import { become, here } from "./here.js";
import { close, steer, suggest } from "./hints.js";
import { inspect } from "./inspector.js";
import { keepButtons } from "./keeping.js";
import { refresh } from "./ledger.js";
import { isLibrary, leave, library } from "./library.js";
import { attachShown, hasPictures, putBack, tell, takePictures } from "./pictures.js";
import { tabbed } from "./tabs.js";
import { composer as desk } from "./viewer.js";

const status = $("#status"), composer = $("#composer"), prompt = $("#prompt"), personaPicker = $("#persona");
const form = $("#form"), options = $("#options");
const found = library($("#library"), {
  base: "/api/library",
  who: () => ({ persona: here.persona }),
  actions: keepButtons,
});
desk.attach = attachShown;
let source;

// --- tabs

const open = tabbed((tab, message) => {
  $("footer").hidden = !["tab-chat", "tab-library"].includes(tab.id);
  if (tab.id === "tab-chat") toEnd();
  if (tab.id === "tab-library") found.open();
  else leave();
  refresh();
  inspect(message);
});

$("#log").addEventListener("inspect", ({ detail }) => {
  const tab = $("#tab-inspector");
  open(tab, detail);
  tab.focus();
});

const follow = () => isLibrary() && open($("#tab-library"));
addEventListener("hashchange", follow);

$("#save").onclick = () => h("a", { href: "/api/transcript", download: "transcript.json" }).click();

// --- composer

async function say(text) {
  const isDrawing = !text.startsWith("/") || /^\/(imagine|compare)\b/i.test(text);
  const body = { id: newId(), text, options: isDrawing ? chosenIn(form) : {} };
  const pictures = isDrawing ? await takePictures() : null;
  if (pictures) tell("Sending your pictures…");
  const answer = await send("/api/say", body, pictures?.files);
  if (pictures) tell("");
  const isTaken = pictures ? answer === true || answer.message : answer;
  if (isTaken) return;
  if (pictures) putBack(pictures);
  if (!prompt.value) {
    prompt.value = text; // an unsent line is put back, and so is one whose pictures were refused
    grow();
  }
}

function grow() {
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight + 2}px`;
}

options.onclick = () => { // closing drops the values, since a hidden form must have no effect
  const opening = form.hidden;
  form.replaceChildren(...(opening ? fieldsFor() : []));
  form.hidden = !opening;
  options.setAttribute("aria-expanded", String(opening));
};
composer.onsubmit = (event) => {
  event.preventDefault();
  const text = prompt.value.trim();
  prompt.focus();
  if (!text) {
    if (hasPictures()) tell("Say what to draw from your pictures.");
    return;
  }
  prompt.value = "";
  grow();
  close();
  if ($("#chat").hidden) open($("#tab-chat")); // where the answer is shown
  say(text);
};
prompt.oninput = () => {
  grow();
  suggest();
};
prompt.onblur = close;
prompt.onkeydown = (event) => {
  if (steer(event) || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
};
for (const button of document.querySelectorAll("#empty button")) {
  button.onclick = () => {
    say(button.textContent);
    prompt.focus();
  };
}

// --- the stream

const heard = {
  reload: () => load(),
  gone: ({ id }) => {
    remove(id);
    found.refresh();
  },
  message: ({ message }) => show(message),
  bench: ({ bench }) => showBench(bench),
  spent: () => {
    refresh();
    found.refresh();
  },
};

function listen(after) {
  source?.close();
  const stream = source = new EventSource(`/api/events?${new URLSearchParams({ persona: here.persona, after })}`);
  stream.onopen = () => { status.textContent = ""; };
  stream.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    heard[event.type](event);
  };
  stream.onerror = () => {
    status.textContent = "Connection lost. Trying again…";
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => stream === source && load(), 3000);
  };
}

async function load() {
  const author = here.persona;
  source?.close();
  try {
    const answer = await get("/api/messages", { persona: author });
    if (author !== here.persona) return;
    here.commands = answer.commands;
    personaPicker.replaceChildren(...Object.entries(answer.personas).map(([value, text]) => choice(value, text)));
    personaPicker.value = author;
    showBench(answer.bench);
    showAll(answer.messages);
    toEnd();
    refresh();
    inspect();
    listen(answer.last);
  } catch (error) {
    status.textContent = `${error.message} Trying again…`;
    setTimeout(() => author === here.persona && load(), 3000);
  }
}

personaPicker.onchange = () => {
  become(personaPicker.value);
  clear();
  load();
  if (!$("#library").hidden) found.open();
};
if (location.search) history.replaceState(null, "", location.pathname + location.hash); // hides a token in the address, which is no longer needed
load();
follow();
