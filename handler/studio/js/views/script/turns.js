// A script of several voices as rows: the field `turns`.

import { h, icon } from "../../dom.js";
import { ofField } from "../../components/problem.js";
import { schemaForm } from "../../components/schema_form.js";
import { voicePicker } from "../../components/voice_picker.js";
import { only } from "./settings.js";
import "./editor.js";

/** The rows: {element, turns, rows}. A row is an `<li>` with its `editor`, `read()` and `showIssues(issues)`. */
export class TurnList {
  #list = h("ol", { class: "cards turns" });
  #studio;
  #schema;
  #onChange;

  /** `schema` is that of a turn. */
  constructor(studio, schema, { onChange }) {
    this.#studio = studio;
    this.#schema = schema;
    this.#onChange = onChange;
    const insert = () => this.#insert({}, null).editor.field.focus();
    const add = h("button", { type: "button", onclick: insert }, icon("plus"), "Add a turn");
    this.element = h("div", { class: "stack" }, this.#list, h("div", { class: "row" }, add));
  }

  get rows() {
    return [...this.#list.children];
  }

  get turns() {
    return this.rows.map((row) => row.read());
  }

  set turns(turns) {
    this.#list.replaceChildren(...turns.map((turn) => this.#row(turn)));
    this.#number();
  }

  #insert(turn, before) {
    const row = this.#row(turn);
    this.#list.insertBefore(row, before);
    this.#number();
    this.#onChange();
    return row;
  }

  #number() {
    this.rows.forEach((row, index) => row.number(index + 1));
  }

  #row(turn) {
    const editor = Object.assign(document.createElement("script-editor"), { value: turn.text ?? "" });
    const onChange = this.#onChange;
    const voice = voicePicker(this.#studio, { value: turn.voice ?? "", fallback: "The script's voice", onChange });
    const forms = [["speaker"], ["language", "speed", "pause_after"]].map((names) => {
      return schemaForm(only(this.#schema, names), { values: turn });
    });
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const heading = h("h2", {});
    const open = Boolean(turn.language || turn.speed || turn.pause_after);
    const further = h("details", { open }, h("summary", {}, "Language, speed, pause"), forms[1].element);
    const name = h("div", { class: "row" }, h("span", { class: "hue", "aria-hidden": "true" }), heading);
    const row = h(
      "li",
      { class: "card turn", oninput: onChange },
      h("div", { class: "row between" }, name, this.#buttons(() => row)),
      h("div", { class: "columns" }, voice.element, forms[0].element),
      editor,
      problem,
      further,
    );
    return Object.assign(row, {
      editor,
      number(number) {
        heading.textContent = `Turn ${number}`;
        editor.field.setAttribute("aria-label", `Text of turn ${number}`);
      },
      read: () => ({ ...(voice.value && { voice: voice.value }), text: editor.value, ...forms[0].values(), ...forms[1].values() }),
      showIssues(issues) {
        const rest = forms.reduce((left, form) => form.showIssues(left), issues);
        if (further.querySelector("[aria-invalid=true]")) further.open = true;
        // The field that has no control here is named, but for that of the turn.
        const names = rest.map(({ field, message }) => ({ field: field.replace(/^turns\.\d+\.?(text$)?/, ""), message }));
        problem.textContent = names.map(ofField).join(" ");
        problem.hidden = rest.length === 0;
        editor.setInvalid(rest.some((issue) => issue.field.endsWith("text")));
      },
    });
  }

  #buttons(row) {
    const move = (step) => (event) => {
      const place = step < 0 ? row().previousElementSibling : row().nextElementSibling;
      if (!place) return;
      if (step < 0) place.before(row());
      else place.after(row());
      this.#number();
      this.#onChange();
      event.currentTarget.focus();
    };
    const remove = () => {
      const next = row().nextElementSibling ?? row().previousElementSibling ?? this.#insert({}, null);
      row().remove();
      this.#number();
      this.#onChange();
      next.editor.field.focus();
    };
    const button = (sign, label, onclick) => {
      return h("button", { type: "button", class: "plain", "aria-label": label, title: label, onclick }, sign);
    };
    return h(
      "div",
      { class: "row" },
      button("↑", "Move up", move(-1)),
      button("↓", "Move down", move(1)),
      button(icon("trash"), "Remove this turn", remove),
    );
  }
}
