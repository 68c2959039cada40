// The grid: the pictures of each day under its date, each as a tile that can be opened and dragged.

import { h } from "./dom.js";
import { draggable } from "./drag.js";

// Returns `add`, which puts the pictures of a day at the end of `root`. `from`: the number of the first among all.
// `view`: called with the number of a picture that is opened.
export function sections(root, view) {
  let last = null; // { day, tiles }
  return {
    add(day, pictures, from) {
      if (last?.day !== day) {
        const tiles = h("ul", { className: "tiles" }), id = `day-${day}`;
        root.append(h("section", { "aria-labelledby": id }, h("h3", { id }, named(day)), tiles));
        last = { day, tiles };
      }
      last.tiles.append(...pictures.map((picture, number) => tile(picture, () => view(from + number))));
    },
  };
}

function tile(picture, open) {
  const { src, small, alt, width, height, request } = picture;
  const image = h("img", { loading: "lazy", src: small, alt, width, height, draggable: false });
  const link = h("a", { href: src, title: picture.prompt }, image, ...badges(request));
  request.changed.push(() => link.replaceChildren(link.firstChild, ...badges(request)));
  link.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // opens it in a tab of its own
    event.preventDefault();
    open();
  };
  image.onerror = () => {
    image.replaceWith(h("span", { className: "lost" }, "This picture is no longer kept."));
  };
  const item = h("li", {}, draggable(link, picture));
  item.style.setProperty("--shape", Math.min(3, Math.max(0.4, width / height)));
  return item;
}

function badges({ isPrivate, kept }) {
  const badge = (sign, label) => h("span", { className: "badge", role: "img", "aria-label": label, title: label }, sign);
  return [
    ...(kept === null ? [] : [badge("★", kept ? `Kept in ${kept}` : "Kept")]),
    ...(isPrivate ? [badge("◉", "Private")] : []),
  ];
}

function named(day) {
  const date = new Date(`${day}T12:00:00`);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", ...year });
}
