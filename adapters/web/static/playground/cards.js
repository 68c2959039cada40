// A card as nodes, one function for each kind of card.

import { h } from "./dom.js";
import { draggable } from "./drag.js";
import { composer, openViewer } from "./viewer.js";

const LONG_PROMPT = 240; // letters; a longer prompt is folded

export const bodies = {
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
    ...(card.compared.length ? comparison(card) : [gallery(card)]),
    h("p", { className: "caption" }, card.caption),
    notes(card.notes),
  ],
  panel: (card) => [asked(card), gallery(card), h("p", { className: "caption" }, card.caption)],
  list: (card, act) => [
    h("h3", { dir: "auto" }, card.title),
    ...card.lines.map((line) => h("p", { dir: "auto" }, line)),
    card.jobs.length ? h("ul", { className: "jobs", "aria-label": card.title }, ...card.jobs.map((job) => listed(job, act))) : null,
  ],
  ended: (card) => [asked(card), h("p", { className: "sentence" }, card.sentence)],
  refused: (card) => [
    h("p", { className: "sentence" }, card.sentence),
    card.hint ? h("p", { className: "caption" }, card.hint) : null,
  ],
  report: (card) => [
    h("h3", { dir: "auto" }, card.title),
    card.quote ? h("blockquote", { dir: "auto" }, card.quote) : null,
    ...card.lines.map((line) => h("p", { dir: "auto" }, line)),
    card.chart ? chart(card.chart) : null,
    card.rows.length ? table(card) : null,
    card.file ? h("p", { className: "file" }, h("a", { href: card.file.src, download: card.file.name }, card.file.name)) : null,
  ],
  notice: (card) => [h("p", {}, card.sentence)],
};

export function setProgress(bar, card) {
  if (card.progress === null) bar.removeAttribute("value");
  else bar.value = card.progress;
  return bar;
}

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
  const pictures = described(card), { width, height } = pictures[0];
  return h("div", { className: shape(width, height, pictures.length) },
    ...pictures.map((picture, index) => tile(pictures, index)));
}

function described({ pictures, prompt, caption }) { // as the viewer shows them
  return pictures.map((picture) => ({ ...picture, prompt, caption }));
}

function tile(pictures, index) {
  const picture = pictures[index];
  const image = h("img",
    { loading: "lazy", src: picture.src, alt: picture.alt, width: picture.width, height: picture.height });
  const open = () => openViewer(pictures, index);
  const key = `edit picture ${index}`, label = `Edit this picture, ${index + 1} of ${pictures.length}`;
  return h("div", { className: "tile" },
    draggable(h("button", { type: "button", "data-key": `picture ${index}`, onclick: open }, image), picture),
    h("button", { type: "button", className: "use", "data-key": key, "aria-label": label,
      hidden: !composer.attach, onclick: () => composer.attach(picture) }, "Edit this"));
}

// The tiers side by side, each with what it drew, or with why it drew nothing. Their sheet is for saving.
function comparison(card) {
  const { compared, ratio } = card, pictures = described(card);
  const places = compared.map(({ picture }) => picture).filter((place) => place !== null);
  const originals = places.map((place) => pictures[place]);
  const columns = compared.map(({ title, facts, picture }) =>
    h("li", {}, h("figure", {},
      picture === null ? blank(ratio, facts) : tile(originals, places.indexOf(picture)),
      h("figcaption", {}, h("b", {}, title), picture === null ? null : h("span", {}, facts)))));
  const open = () => openViewer(pictures, 0);
  return [
    h("ul", { className: "gallery compared", "aria-label": "Tiers side by side" }, ...columns),
    pictures.length > originals.length
      ? h("button", { type: "button", className: "quiet", "data-key": "sheet", onclick: open }, "All on one sheet")
      : null,
  ];
}

function blank(ratio, reason) {
  const node = h("p", { className: "blank" }, reason);
  node.style.aspectRatio = ratio.replace(":", " / ");
  return node;
}

function listed({ prompt, facts, picture, choose }, act) {
  const image = picture ? h("img", { loading: "lazy", src: picture.src, alt: picture.alt }) : null;
  const thumbnail = h("span", { className: "thumbnail" }, image);
  const words = h("span", { className: "words" }, h("b", { dir: "auto" }, prompt), h("span", { className: "caption" }, facts));
  const button = h("button", { type: "button", "data-key": `${choose.verb} ${choose.job}` }, thumbnail, words);
  button.onclick = () => act(button, choose);
  if (image) image.onerror = () => image.remove(); // it was deleted since
  return h("li", {}, button);
}

function chart(picture) {
  const { src, dark, alt, width, height } = picture;
  const image = h("img", { src, alt, width, height });
  const open = () => openViewer([{ ...picture, src: image.currentSrc || src }], 0);
  const look = dark ? h("source", { media: "(prefers-color-scheme: dark)", srcset: dark }) : null;
  return h("div", { className: "gallery chart" },
    h("button", { type: "button", "data-key": "chart", onclick: open }, h("picture", {}, look, image)));
}

export function table({ title, columns, rows, foot = [] }) {
  const figure = /^\W*\d[\d\W]*(s|min|h|px)?$/; // amounts must not wrap
  const cell = (text) => h("td", { className: figure.test(text) ? "figure" : "", dir: "auto" }, text);
  const line = (row) => h("tr", {}, ...row.map(cell));
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": title },
    h("table", {},
      columns.length ? h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))) : null,
      h("tbody", {}, ...rows.map(line)),
      foot.length ? h("tfoot", {}, line(foot)) : null));
}
