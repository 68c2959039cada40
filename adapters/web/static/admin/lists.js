// Tables whose rows may have buttons. On a narrow screen admin.css shows each row as a card; the ARIA roles keep
// it a table row for screen readers.

import { h } from "./dom.js";

// `lines`: a list of [cells, nodes or null]. If any line has nodes, the table gets a column for them.
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
