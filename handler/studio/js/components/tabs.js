// Tabs: one panel at a time, chosen by arrows.

import { h, uniqueId } from "../dom.js";

/** A card with a tab for each of `panels`: {title: element}. */
export function tabs(label, panels) {
  const id = uniqueId("tabs");
  const titles = Object.keys(panels);
  const buttons = titles.map((title, at) =>
    h("button", { type: "button", role: "tab", id: `${id}-tab-${at}`, "aria-controls": `${id}-panel-${at}`, onclick: () => show(at) }, title),
  );
  const boxes = titles.map((title, at) =>
    h("div", { role: "tabpanel", id: `${id}-panel-${at}`, "aria-labelledby": `${id}-tab-${at}`, class: "stack" }, panels[title]),
  );
  const show = (chosen) => {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === chosen));
      button.tabIndex = at === chosen ? 0 : -1;
      boxes[at].hidden = at !== chosen;
    });
  };
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" }, buttons);
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (target === undefined || at < 0) return;
    event.preventDefault();
    const next = (target + buttons.length) % buttons.length;
    show(next);
    buttons[next].focus();
  });
  show(0);
  return h("div", { class: "card" }, list, boxes);
}
