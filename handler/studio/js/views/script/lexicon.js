// How words are said in the whole script: the field `lexicon`, a table of words or the name of a lexicon in the bucket.

import { field, h, icon } from "../../dom.js";

const KINDS = { none: "None of this script's own", table: "A table of words", named: "A lexicon of the bucket" };

/** {element, value, add(word), showProblem(message)}; `value` is undefined, a name or an object. */
export function lexiconEditor(onChange) {
  const kind = h("select", {}, Object.entries(KINDS).map(([value, label]) => h("option", { value }, label)));
  const name = h("input", { spellcheck: "false", autocomplete: "off", placeholder: "brands" });
  const rows = h("tbody");
  const table = h(
    "div",
    { class: "stack" },
    h(
      "table",
      { class: "lexicon" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Word"), h("th", { scope: "col" }, "Said as"), h("td"))),
      rows,
    ),
    h("div", { class: "row" }, h("button", { type: "button", onclick: () => addRow().focus() }, icon("plus"), "Add a word")),
  );
  const chosen = field("Words said otherwise", kind, {
    name: "lexicon", hint: "A lexicon named default in the bucket always applies.",
  });
  const named = field("Name of the lexicon", name, { hint: "The file lexicons/NAME.json" });
  const element = h("div", { class: "stack" }, chosen.element, named.element, table);
  element.addEventListener("input", changed);

  function changed() {
    named.element.hidden = kind.value !== "named";
    table.hidden = kind.value !== "table";
    if (!table.hidden && !rows.children.length) addRow();
    onChange();
  }

  function addRow(word = "", entry = "") {
    const spoken = typeof entry === "string" ? entry : entry.spoken;
    const remove = h("button", { type: "button", class: "plain", onclick: () => drop() }, icon("trash"));
    const cell = (label, value) => h("input", { "aria-label": label, value, dir: "auto", spellcheck: "false" });
    const controls = [cell("Word", word), cell("Said as", spoken)];
    remove.setAttribute("aria-label", "Remove this word");
    const row = h("tr", {}, controls.map((control) => h("td", {}, control)), h("td", {}, remove));
    // An entry that says more than how it is spoken, such as its case, keeps it.
    row.read = () => {
      const said = controls[1].value;
      return [controls[0].value.trim(), typeof entry === "string" ? said : { ...entry, spoken: said }];
    };
    const drop = () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (next?.querySelector("input") ?? kind).focus();
      if (!rows.children.length) kind.value = "none";
      changed();
    };
    rows.append(row);
    return controls[0];
  }

  function set(value) {
    rows.replaceChildren();
    kind.value = typeof value === "string" ? "named" : value ? "table" : "none";
    name.value = typeof value === "string" ? value : "";
    if (kind.value === "table") for (const [word, entry] of Object.entries(value)) addRow(word, entry);
    named.element.hidden = kind.value !== "named";
    table.hidden = kind.value !== "table";
  }

  set(undefined);
  return {
    element,
    showProblem: chosen.showProblem,
    get value() {
      if (kind.value === "named") return name.value.trim() || undefined;
      if (kind.value === "none") return undefined;
      const entries = [...rows.children].map((row) => row.read()).filter(([word]) => word);
      return entries.length ? Object.fromEntries(entries) : undefined;
    },
    set value(given) {
      set(given);
    },
    /** Begin an entry for a word: the focus goes to how it is said. */
    add(word) {
      if (kind.value !== "table") set({});
      kind.value = "table";
      changed();
      const empty = [...rows.children].find((row) => !row.read()[0]);
      empty?.remove();
      addRow(word).closest("tr").querySelectorAll("input")[1].focus();
      onChange();
    },
  };
}
