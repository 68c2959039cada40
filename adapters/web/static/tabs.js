// Tabs: one open panel at a time; the arrow keys go from tab to tab.

import { $ } from "./dom.js";

// Makes the page's tabs work and returns a function that opens one. `opened` is called with the tab and with the
// second argument of that function.
export function tabbed(opened) {
  const tabs = [...document.querySelectorAll("[role=tab]")];

  function open(tab, about) {
    for (const each of tabs) {
      const isOpen = each === tab;
      each.setAttribute("aria-selected", String(isOpen));
      each.tabIndex = isOpen ? 0 : -1;
      $(`#${each.getAttribute("aria-controls")}`).hidden = !isOpen;
    }
    opened(tab, about);
  }

  for (const [index, tab] of tabs.entries()) {
    tab.onclick = () => open(tab);
    tab.onkeydown = ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      next.focus();
      open(next);
    };
  }
  return open;
}
