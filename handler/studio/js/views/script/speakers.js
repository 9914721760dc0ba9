// Who speaks, and how captions show it: the fields `speaker_labels` and `speaker_colours`.

import { h } from "../../dom.js";

/** {element, show(names, hues), values(), set(input)}; it is seen only where a script has several speakers. */
export function speakerList({ onChange }) {
  const labels = h("input", { type: "checkbox", onchange: onChange });
  const list = h("ul", { class: "row speakers" });
  const element = h(
    "section",
    { class: "stack", hidden: true, "aria-label": "Speakers" },
    list,
    h("label", { class: "check" }, labels, "Captions say who speaks"),
  );
  let colours = {};
  let shown = "";

  /** A speaker with the colour of their captions, which is the worker's choice until the user has made one. */
  function row(name, hue) {
    const chooser = h("input", {
      type: "color", "aria-label": `Colour of ${name} in captions`, value: colours[name] ?? "#ffffff",
      oninput: () => choose(chooser.value),
    });
    const clear = h("button", { type: "button", class: "plain", onclick: () => choose(null) }, "Default");
    const unset = h("span", { class: "muted small" }, "default colour");
    const dot = h("span", { class: "hue", "aria-hidden": "true" });
    dot.style.setProperty("--hue", hue);
    const choose = (colour) => {
      if (colour) colours[name] = colour;
      else delete colours[name];
      mark();
      if (!colour) chooser.focus();
      onChange();
    };
    const mark = () => {
      clear.hidden = !(name in colours);
      unset.hidden = !clear.hidden;
    };
    mark();
    return h("li", { class: "row" }, dot, h("span", { dir: "auto" }, name), chooser, clear, unset);
  }

  return {
    element,
    show(names, hues) {
      element.hidden = names.length === 0;
      if (names.join("\n") === shown) return;
      shown = names.join("\n");
      list.replaceChildren(...names.map((name) => row(name, hues.get(name) ?? 0)));
    },
    values() {
      const names = shown ? shown.split("\n") : [];
      const own = Object.entries(colours).filter(([name]) => names.includes(name));
      return {
        ...(labels.checked && names.length && { speaker_labels: true }),
        ...(own.length && { speaker_colours: Object.fromEntries(own) }),
      };
    },
    set({ speaker_labels: labelled = false, speaker_colours: given = {} }) {
      labels.checked = Boolean(labelled);
      colours = { ...given };
      shown = "";
    },
  };
}
