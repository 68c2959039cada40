// The playground's page: shows what the server says, sends what the person does. Text from outside is only ever
// set as text, never as markup.

const $ = (selector, root = document) => root.querySelector(selector);
const log = $("#log"), empty = $("#empty"), status = $("#status"), viewer = $("#viewer"), editor = $("#editor");
const composer = $("#composer"), prompt = $("#prompt"), personaPicker = $("#persona");
const REACTIONS = ["🔁", "🗑️"];
const PAUSES = [500, 2000, 4000]; // ms between tries; the same id makes a repeated request the same request
const LONG_PROMPT = 240; // letters; longer ones are folded
const shown = new Map(); // message id -> { message, node }
let persona = sessionStorage.getItem("persona") ?? "web:member";
let choices = {};
let source;

function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

function newId() { // randomUUID exists only on https and on this machine
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// --- asking the server

async function reach(path, options) {
  for (const pause of [...PAUSES, null]) {
    try {
      return await fetch(path, options);
    } catch {
      if (pause === null) throw new Error("The playground cannot be reached. Is it still running?");
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

async function ask(path, options) {
  const response = await reach(path, options);
  if (response.status === 401) location.reload();
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The playground answered ${response.status}.`);
  return answer;
}

async function send(path, body) {
  const author = persona;
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await ask(path, { method: "POST", headers, body: JSON.stringify({ persona: author, ...body }) });
    if (author !== persona) return true;
    if (answer.reply) whisper(answer.reply);
    if (answer.reply || answer.message) log.scrollTop = log.scrollHeight; // what was asked for is not missed
    return true;
  } catch (error) {
    whisper({ kind: "refused", sentence: error.message, hint: "", buttons: [] });
    return false;
  }
}

function whisper(card) { // an answer for this person alone; it lives as long as the page
  show({ id: newId(), at: Date.now() / 1000, card, private_to: persona, reactions: {}, local: true });
}

async function press(button, card, options = {}) {
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true"); // not `disabled`: the focus stays where it is
  const { verb, job, index, text } = card;
  await send("/api/press", { id: newId(), verb, job, index, options: text ? { prompt: text, ...options } : options });
  button.removeAttribute("aria-disabled");
}

// --- messages

function show(message) {
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
  if (pinned) log.scrollTop = log.scrollHeight;
}

function touched(before, message) { // little changed: keep the nodes, so that bars glide and nothing is read out twice
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

function swap(old, fresh) { // the focus goes to the same button of the new node
  const key = old.contains(document.activeElement) && document.activeElement.dataset.key;
  old.replaceWith(fresh);
  if (key) ([...fresh.querySelectorAll("button")].find((each) => each.dataset.key === key) ?? prompt).focus();
  return fresh;
}

function remove(id) {
  const { node } = shown.get(id) ?? {};
  if (!node) return;
  if (node.contains(document.activeElement)) prompt.focus();
  node.remove();
  shown.delete(id);
  empty.hidden = shown.size > 0;
}

function messageNode(message) {
  const { card, at } = message;
  const time = new Date(at * 1000);
  const clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return h("article", { className: `message ${card.kind}`, "aria-label": `imagine, ${clock}` },
    h("div", { className: "avatar", "aria-hidden": "true" }, "✦"),
    h("div", { className: "body" },
      h("p", { className: "head" },
        h("b", {}, "imagine"), h("span", { className: "tag" }, "app"),
        card.name ? h("span", { className: "for" }, "for ", h("b", {}, card.name)) : null,
        h("time", { dateTime: time.toISOString() }, clock),
        message.private_to ? privately(message) : null),
      ...bodies[card.kind](card),
      buttonRow(card),
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

const bodies = {
  working: (card) => [
    asked(card),
    card.stage === "queued" ? null : ghosts(card),
    h("div", { className: "progress", "aria-live": "off" },
      setProgress(h("progress", { max: 1, "aria-label": "Progress" }), card),
      h("span", { className: "line" }, card.line)),
    h("p", { className: "caption" }, card.summary),
    notes(card.notes),
  ],
  delivered: (card) => [
    card.mention ? h("p", { className: "mention" }, `@${card.mention}`) : null,
    asked(card),
    gallery(card),
    h("p", { className: "caption" }, card.caption),
    notes(card.notes),
  ],
  ended: (card) => [asked(card), h("p", { className: "sentence" }, card.sentence)],
  refused: (card) => [
    h("p", { className: "sentence" }, card.sentence),
    card.hint ? h("p", { className: "caption" }, card.hint) : null,
  ],
  report: (card) => [
    h("h3", { dir: "auto" }, card.title),
    ...card.lines.map((line) => h("p", { dir: "auto" }, line)),
    card.rows.length ? table(card) : null,
  ],
  notice: (card) => [h("p", {}, card.sentence)],
};

function asked(card) {
  const quote = h("blockquote", { dir: "auto" }, card.prompt);
  if (card.prompt.length <= LONG_PROMPT) return quote;
  quote.classList.add("folded");
  const toggle = h("button", { type: "button", className: "quiet", "data-key": "fold", "aria-expanded": "false" }, "Show all");
  toggle.onclick = () => {
    const folded = quote.classList.toggle("folded");
    toggle.textContent = folded ? "Show all" : "Show less";
    toggle.setAttribute("aria-expanded", String(!folded));
  };
  return h("div", {}, quote, toggle);
}

function notes(lines) {
  return lines.length ? h("ul", { className: "notes" }, ...lines.map((line) => h("li", {}, line))) : null;
}

function setProgress(bar, card) {
  if (card.progress === null) bar.removeAttribute("value");
  else bar.value = card.progress;
  return bar;
}

function shape(width, height, count) {
  const form = width / height > 1.15 ? "wide" : width / height < 0.87 ? "tall" : "square";
  return `gallery ${form} of${count}`;
}

function ghosts(card) {
  const [width, height] = card.ratio.split(":").map(Number);
  const tiles = Array.from({ length: card.variants }, () => {
    const tile = h("div", { className: "ghost" });
    tile.style.aspectRatio = `${width} / ${height}`;
    return tile;
  });
  return h("div", { className: shape(width, height, card.variants), "aria-hidden": "true" }, ...tiles);
}

function gallery(card) {
  const { width, height } = card.pictures[0];
  return h("div", { className: shape(width, height, card.pictures.length) },
    ...card.pictures.map((picture, index) => {
      const image = h("img",
        { loading: "lazy", src: picture.src, alt: picture.alt, width: picture.width, height: picture.height });
      const open = () => openViewer(card, index);
      return h("button", { type: "button", "data-key": `picture ${index}`, onclick: open }, image);
    }));
}

function table(card) {
  const figure = /^\W*\d[\d\W]*(s|min|h|px)?$/; // amounts stay on one line
  const cell = (text) => h("td", { className: figure.test(text) ? "figure" : "", dir: "auto" }, text);
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": card.title },
    h("table", {},
      card.columns.length ? h("thead", {}, h("tr", {}, ...card.columns.map((name) => h("th", { scope: "col" }, name)))) : null,
      h("tbody", {}, ...card.rows.map((row) => h("tr", {}, ...row.map(cell))))));
}

function buttonRow(card) {
  if (!card.buttons.length) return null;
  return h("div", { className: "row" }, ...card.buttons.map((each) => {
    const key = `${each.verb} ${each.job} ${each.index}`;
    const button = h("button", { type: "button", className: each.style, "data-key": key }, each.label);
    button.onclick = () => (each.verb === "edit" && card.prompt !== undefined ? edit(button, each, card) : press(button, each));
    return button;
  }));
}

function reactionRow(message) {
  return h("div", { className: "reactions" }, ...REACTIONS.map((emoji) => {
    const people = message.reactions[emoji] ?? [];
    const on = !people.includes(persona);
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

// --- dialogs

let viewed = { pictures: [], index: 0 };

function openViewer(card, index) {
  viewed = { pictures: card.pictures, index };
  step(0);
  viewer.showModal();
}

function step(by) {
  const count = viewed.pictures.length;
  viewed.index = (viewed.index + by + count) % count;
  const picture = viewed.pictures[viewed.index];
  Object.assign($("img", viewer), { src: picture.src, alt: picture.alt, width: picture.width, height: picture.height });
  $("figcaption", viewer).textContent = picture.alt;
  $(".place", viewer).textContent = `${viewed.index + 1} of ${count}`;
  Object.assign($("a", viewer), { href: picture.src, download: `imagine-${viewed.index + 1}.${picture.format}` });
  for (const button of viewer.querySelectorAll("[data-step]")) button.hidden = count < 2;
}

viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
for (const button of viewer.querySelectorAll("[data-step]")) button.onclick = () => step(Number(button.dataset.step));
for (const dialog of [viewer, editor]) {
  $("[data-close]", dialog).onclick = () => dialog.close();
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function edit(button, pressed, card) {
  const form = $("form", editor);
  form.prompt.value = card.prompt;
  for (const name of ["tier", "ratio", "variants"]) {
    const values = [...new Set([...(choices[name] ?? []), String(card[name])])];
    form[name].replaceChildren(...values.map((value) => h("option", { value }, value)));
    form[name].value = String(card[name]);
  }
  editor.returnValue = "";
  editor.onclose = () => {
    if (editor.returnValue !== "draw") return;
    const [text, tier, ratio] = [form.prompt.value, form.tier.value, form.ratio.value];
    press(button, pressed, { prompt: text, tier, ratio, variants: Number(form.variants.value) });
  };
  editor.showModal();
}

// --- composer

async function say(text) {
  if (!await send("/api/say", { id: newId(), text }) && !prompt.value) {
    prompt.value = text; // nothing typed is lost
    grow();
  }
}

function grow() {
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight + 2}px`;
}

composer.onsubmit = (event) => {
  event.preventDefault();
  const text = prompt.value.trim();
  prompt.focus();
  if (!text) return;
  prompt.value = "";
  grow();
  say(text);
};
prompt.oninput = grow;
prompt.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
};
for (const button of empty.querySelectorAll("button")) {
  button.onclick = () => {
    say(button.textContent);
    prompt.focus();
  };
}

// --- the stream

function follow(after) {
  source?.close();
  const here = source = new EventSource(`/api/events?${new URLSearchParams({ persona, after })}`);
  here.onopen = () => { status.textContent = ""; };
  here.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "reload") load();
    else if (event.type === "gone") remove(event.id);
    else show(event.message);
  };
  here.onerror = () => {
    status.textContent = "Connection lost. Trying again…";
    if (here.readyState === EventSource.CLOSED) setTimeout(() => here === source && load(), 3000);
  };
}

async function load() {
  const author = persona;
  source?.close();
  try {
    const answer = await ask(`/api/messages?${new URLSearchParams({ persona })}`);
    if (author !== persona) return;
    choices = answer.choices;
    personaPicker.replaceChildren(...Object.entries(answer.personas).map(([value, text]) => h("option", { value }, text)));
    personaPicker.value = persona;
    const known = new Set(answer.messages.map((message) => message.id));
    for (const [id, { message }] of [...shown]) if (!known.has(id) && !message.local) remove(id);
    answer.messages.forEach(show);
    log.scrollTop = log.scrollHeight;
    empty.hidden = shown.size > 0;
    follow(answer.last);
  } catch (error) {
    status.textContent = `${error.message} Trying again…`;
    setTimeout(() => author === persona && load(), 3000);
  }
}

personaPicker.onchange = () => {
  persona = personaPicker.value;
  sessionStorage.setItem("persona", persona);
  for (const id of [...shown.keys()]) remove(id);
  load();
};
if (location.search) history.replaceState(null, "", "/"); // a token in the address has done its work
load();
