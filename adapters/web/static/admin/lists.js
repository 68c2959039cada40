// Tables whose rows may have buttons. Where there is little room a row is a card, by admin.css: the roles
// keep it a row of a table for those who hear it.

import { h } from "./dom.js";

// `lines`: [cells, nodes or null] each; a column for the nodes is there where any line has some.
export function listed(title, columns, lines) {
  const isActing = lines.some(([, nodes]) => nodes);
  const cell = (text, index) =>
    h("td", { role: "cell", dir: "auto", className: text ? "" : "blank", "data-column": columns[index] ?? "" }, text);
  const row = ([cells, nodes]) => h("tr", { role: "row" }, ...cells.map(cell),
    isActing ? h("td", { role: "cell", className: "actions" }, h("div", { className: "row" }, ...(nodes ?? []))) : null);
  const name = (text) => h("th", { role: "columnheader", scope: "col" }, text);
  const head = h("tr", { role: "row" }, ...columns.map(name), isActing ? h("td", { role: "cell" }) : null);
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": title },
    h("table", { className: "listed", role: "table", "aria-label": title },
      columns.length ? h("thead", { role: "rowgroup" }, head) : null,
      h("tbody", { role: "rowgroup" }, ...lines.map(row))));
}
