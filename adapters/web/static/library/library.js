// The library: a search of what was drawn, whose fields are in the address, and a grid of what it finds.

import { ask } from "./ask.js";
import { $, choice, h } from "./dom.js";
import { sections } from "./tiles.js";
import { isViewing, openViewer } from "./viewer.js";

const PAUSE_MS = 250; // after a letter, before a search
const SETTLED_MS = 800; // after a picture is shown or gone elsewhere: the ledger notes it a moment later
const AHEAD = "800px"; // below what is seen, where the next page is asked for
const FIELDS = ["words", "tier", "by", "channel", "first", "last", "kept"]; // in the address; see also `query`
const IN = "in:"; // before the name of a collection, as a value of "kept"

// Returns the library of a page, which fills `panel` when it is opened first. `base`: of its routes. `who`: returns
// the query that says who asks, and where. `actions`: the page's own buttons for a picture that is viewed.
export function library(panel, about) {
  let made = null;
  return {
    // Shows what the address asks for; if it asks for something else, what the fields ask for.
    open: () => (made ??= fill(panel, about)).open(),
    // Looks again, unless that would take away what somebody looks at.
    refresh: () => made?.refresh(),
  };
}

function fill(panel, { base, who, actions = null }) {
  const fields = Object.fromEntries([
    ["words", h("input", { type: "search", maxLength: 200, autocomplete: "off", dir: "auto" })],
    ...["tier", "by", "channel", "kept"].map((name) => [name, h("select")]),
    ...["first", "last"].map((name) => [name, h("input", { type: "date" })]),
  ]);
  const labels = { words: "Search prompts", tier: "Tier", by: "Person", channel: "Channel", first: "From", last: "To", kept: "Kept" };
  const labelled = (name) => {
    Object.assign(fields[name], { id: `find-${name}`, name });
    return h("div", { className: name }, h("label", { htmlFor: `find-${name}` }, labels[name]), fields[name]);
  };
  const narrow = h("div", { className: "fields", id: "find-narrow" }, ...FIELDS.slice(1).map(labelled));
  const opener = h("button", { type: "button", className: "opener", "aria-expanded": "false", "aria-controls": "find-narrow" }, "Filters");
  const form = h("form", { className: "finder", role: "search", autocomplete: "off" }, labelled("words"), opener, narrow);
  const status = h("p", { role: "status" });
  const clear = h("button", { type: "button", className: "quiet" }, "Clear filters");
  const download = h("button", { type: "button" }, "Download all");
  const list = h("div", { className: "found" });
  const further = h("button", { type: "button", className: "further" }, "Show more");
  const end = h("p", { className: "caption", role: "alert" });
  panel.append(form, h("div", { className: "bar" }, status, h("div", { className: "row" }, clear, download)), list, further, end);

  let search = 0; // of the newest search: what comes of an older one is dropped
  let grid = null; // sections of what was found
  let pictures = []; // of all pages so far
  let after = "", loading = null;

  // --- the fields and the address

  const chosen = () => Object.fromEntries(FIELDS.map((name) => [name, fields[name].value.trim()]).filter(([, value]) => value));

  function query() { // as the server takes it
    const { kept, ...rest } = chosen();
    return { ...who(), ...rest, ...(kept?.startsWith(IN) ? { collection: kept.slice(IN.length) } : kept ? { kept } : {}) };
  }

  const path = (route, more = {}) => `${base}/${route}?${new URLSearchParams({ ...query(), ...more })}`;

  function writeAddress() {
    const text = new URLSearchParams(chosen()).toString();
    history.replaceState(null, "", `#library${text && `?${text}`}`);
  }

  function readAddress() {
    const read = new URLSearchParams(location.hash.split("?")[1] ?? "");
    for (const name of FIELDS) {
      const value = read.get(name) ?? "", field = fields[name];
      if (field.tagName === "SELECT" && ![...field.options].some((each) => each.value === value)) field.append(choice(value));
      field.value = value;
    }
  }

  async function fillChoices() {
    const { tiers, people, channels, collections } = await ask(`${base}/narrowings?${new URLSearchParams(who())}`);
    const own = collections.map((name) => ({ value: IN + name, label: name }));
    const all = { tier: tiers, by: people, channel: channels, kept: [{ value: "1", label: "kept" }, ...own] };
    for (const [name, choices] of Object.entries(all)) {
      const { value } = fields[name];
      fields[name].replaceChildren(choice("", "all"), ...choices.map((each) => choice(each.value, each.label)));
      if (value && !choices.some((each) => each.value === value)) fields[name].append(choice(value));
      fields[name].value = value;
      fields[name].parentNode.hidden = choices.length < 2 && !value && name !== "kept";
    }
  }

  // --- searching

  async function begin() { // shows the first page, and keeps the old one until it is there
    const mine = search += 1;
    loading = null;
    end.textContent = "";
    panel.setAttribute("aria-busy", "true");
    try {
      const page = await ask(path("found"));
      if (mine !== search) return;
      pictures = [];
      grid = sections(list, view);
      list.replaceChildren();
      take(page);
      status.textContent = counted(page.count);
      if (!page.count) list.append(nothing());
    } catch (error) {
      if (mine === search) end.textContent = error.message;
    } finally {
      if (mine === search) panel.removeAttribute("aria-busy");
    }
  }

  function more() { // shows the next page; several calls at once are one
    if (!after) return null;
    const mine = search;
    loading ??= ask(path("found", { after })).then((page) => {
      if (mine !== search) return;
      take(page);
      loading = null;
    }, (error) => {
      if (mine !== search) return;
      end.textContent = error.message;
      loading = null;
    });
    return loading;
  }

  function take({ found, more: next }) {
    for (const { card, day, at, channel, kept } of found) {
      const caption = [card.caption, moment(at), ...(channel ? [`#${channel}`] : [])].join(" · ");
      // What its pictures share; `changed`: called when somebody keeps it, or lets it go.
      const request = { prompt: card.prompt, caption, isPrivate: card.private, kept, buttons: card.buttons, changed: [] };
      const added = card.pictures.map((picture) => pictureOf(request, picture));
      grid.add(day, added, pictures.length);
      pictures.push(...added);
    }
    after = next;
    further.hidden = !after;
    download.hidden = !pictures.length;
    clear.hidden = !Object.keys(chosen()).length;
    if (after) watch(); // again, since a short page may leave the button in sight
  }

  function pictureOf(request, { key, file, alt, width, height, format }) {
    const url = (kind) => `${base}/${kind}/${encodeURIComponent(key)}?${new URLSearchParams(who())}`;
    const { prompt, caption } = request;
    return { src: url("original"), small: url("small"), alt, width, height, format, file, prompt, caption, request };
  }

  function view(index) {
    openViewer(pictures, index, { more, actions });
  }

  function nothing() {
    const words = Object.keys(chosen()).length
      ? ["No picture matches.", "Try fewer words, or another day."]
      : ["Nothing here yet.", "Every picture that is drawn shows up here, and stays until it expires."];
    return h("div", { className: "nothing" }, h("h2", {}, words[0]), h("p", {}, words[1]));
  }

  const counted = (count) => (count === 1 ? "1 result" : `${count.toLocaleString("en")} results`);

  // --- what a person does

  let pause;
  function changed(wait) {
    clearTimeout(pause);
    writeAddress();
    pause = setTimeout(begin, wait);
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    changed(0);
  };
  fields.words.oninput = () => changed(PAUSE_MS);
  for (const name of FIELDS.slice(1)) fields[name].onchange = () => changed(0);
  clear.onclick = () => {
    for (const field of Object.values(fields)) field.value = "";
    changed(0);
    fields.words.focus();
  };
  opener.onclick = () => {
    const isOpen = form.classList.toggle("open");
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  further.onclick = more;
  download.onclick = async () => {
    if (download.getAttribute("aria-disabled")) return;
    download.setAttribute("aria-disabled", "true");
    try {
      await ask(path("zip/size")); // says why there is no zip, which a download would not
      end.textContent = "";
      h("a", { href: path("zip"), download: "imagine-pictures.zip" }).click();
    } catch (error) {
      end.textContent = error.message;
    }
    download.removeAttribute("aria-disabled");
  };

  const watcher = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && more(), { root: scroller(panel), rootMargin: AHEAD });
  function watch() {
    watcher.unobserve(further);
    watcher.observe(further);
  }

  return {
    async open() {
      if (isLibrary()) readAddress();
      writeAddress();
      await Promise.all([begin(), fillChoices().catch((error) => { end.textContent = error.message; })]);
    },
    refresh() {
      clearTimeout(pause);
      pause = setTimeout(() => {
        if (!panel.hidden && !isViewing() && scroller(panel).scrollTop < 100) begin();
      }, SETTLED_MS);
    },
  };
}

export const isLibrary = () => location.hash.split("?")[0] === "#library";

export function leave() { // when another view is opened
  if (isLibrary()) history.replaceState(null, "", location.pathname);
}

function moment(at) {
  return new Date(at * 1000).toLocaleString([], { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

function scroller(node) {
  return ["auto", "scroll"].includes(getComputedStyle(node).overflowY) ? node : scroller(node.parentElement);
}
