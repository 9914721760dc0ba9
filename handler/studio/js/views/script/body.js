// The script itself: one text, or turns. Switching keeps what is written.

import { h, icon, uniqueId } from "../../dom.js";
import { insertPause, insertVoice, sayOtherwise } from "./inspector.js";
import { namedVoices, placeOfProblem, plainText, textToTurns, turnsToText } from "./marks.js";
import { TurnList } from "./turns.js";
import "./editor.js";

const GAP = "\n\n"; // between the texts of turns, where the worker counts characters
const HUE_STEP = 67; // degrees: neighbours differ, and none comes again soon

const TOOLS = [
  { icon: "pause", label: "Pause", key: ".", act: insertPause },
  { icon: "script", label: "Say it otherwise", key: ";", act: sayOtherwise },
  { icon: "voices", label: "Voice", key: "/", act: insertVoice },
];

export class ScriptBody {
  #studio;
  #mode = "text";
  #editor = document.createElement("script-editor");
  #turns;
  #active = this.#editor;
  /** The turns that a text was made of, and that text: nothing is lost if it has not been changed since. */
  #converted = null;
  #onInput;
  #problemOf;

  /**
   * `schema` is that of a turn; `onInput()` hears of each change, `onCaret(editor)` of the caret; `problemOf(mark)`
   * says what is wrong with a mark, null if nothing is.
   */
  constructor(studio, schema, { onInput, onCaret, problemOf }) {
    this.#studio = studio;
    this.#problemOf = problemOf;
    this.#turns = new TurnList(studio, schema, { onChange: () => (this.draw(), onInput()) });
    const id = uniqueId("script");
    this.#editor.field.id = id;
    this.#editor.field.setAttribute("placeholder", "Write or paste what shall be said …");
    this.#editor.classList.add("tall");
    this.#editor.addEventListener("input", () => (this.draw(), onInput()));
    this.problem = h("p", { class: "problem", role: "alert", hidden: true, id: `${id}-problem` });
    this.#editor.field.setAttribute("aria-describedby", this.problem.id);
    this.switcher = h("div", { class: "row switch", role: "group", "aria-label": "Kind of script" });
    const tools = TOOLS.map((tool) => this.#tool(tool));
    this.tools = h("div", { class: "row tools-of-script", role: "group", "aria-label": "Marks" }, tools);
    const label = h("label", { for: id, class: "unseen" }, "Script");
    this.element = h("div", { class: "stack body" }, label, this.#editor, this.problem, this.#turns.element);
    this.element.addEventListener("caret", ({ target }) => {
      this.#active = target;
      onCaret(target);
    });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#onInput = onInput;
    this.#show("text");
  }

  get mode() {
    return this.#mode;
  }

  get active() {
    return this.#active;
  }

  /** What is sent of it: {text}, {turns}, or nothing where it is empty. */
  get input() {
    if (this.#mode === "text") return this.#editor.value.trim() ? { text: this.#editor.value } : {};
    const turns = this.parts.map(({ row }) => row.read());
    return turns.length ? { turns } : {};
  }

  /** Its editors, without those of empty turns: {editor, start, row}, `start` is where it begins in `text`. */
  get parts() {
    if (this.#mode === "text") return [{ editor: this.#editor, start: 0 }];
    let start = 0;
    return this.#turns.rows.filter((row) => row.editor.value.trim()).map((row) => {
      const part = { editor: row.editor, start, row };
      start += row.editor.value.length + GAP.length;
      return part;
    });
  }

  /** The whole text, in which the worker counts characters. */
  get text() {
    return this.parts.map(({ editor }) => editor.value).join(GAP);
  }

  /** The text without its marks, for whoever looks at a list of jobs. */
  get title() {
    return plainText(this.text);
  }

  /** The names of those who speak, as captions name them; without the one voice of a script that names none. */
  get speakers() {
    if (this.#mode === "text") return namedVoices(this.#editor.value);
    const names = this.#turns.turns.flatMap((turn) => [turn.speaker || turn.voice, ...namedVoices(turn.text)]);
    return [...new Set(names.filter(Boolean))];
  }

  get draft() {
    return { mode: this.#mode, text: this.#editor.value, turns: this.#mode === "turns" ? this.#turns.turns : [] };
  }

  /** Put a script in: a draft, or the input of a job. */
  set draft({ text = "", turns = [], mode = turns?.length ? "turns" : "text" }) {
    this.#editor.value = text ?? "";
    this.#turns.turns = mode === "turns" ? atLeastOne(turns) : [];
    this.#converted = null;
    this.#show(mode);
    this.draw();
  }

  focus() {
    (this.parts[0] ?? { editor: this.#turns.rows[0]?.editor ?? this.#editor }).editor.field.focus();
  }

  /** Show what the worker says of the script. */
  show({ words = [], marks = null, error = null }) {
    const parts = this.parts;
    const problems = error ? placesOf(error, this.text) : [];
    parts.forEach(({ editor, start }, index) => {
      const end = parts[index + 1]?.start ?? Infinity;
      const own = (spans) => {
        const found = spans.filter((span) => span.start >= start && span.start < end);
        return found.map((span) => ({ ...span, start: span.start - start, end: span.end - start }));
      };
      editor.show({ words: own(words), problems: own(problems), marks: marks && own(marks) });
    });
  }

  /** Show problems {field, message} where they are; returns those that are not about the script. */
  showIssues(issues) {
    const parts = this.parts;
    const rest = [];
    const ofText = [];
    const ofTurns = new Map(this.#turns.rows.map((row) => [row, []]));
    for (const issue of issues) {
      const [, index] = /^turns\.(\d+)/.exec(issue.field) ?? [];
      const row = parts[index]?.row;
      if (row) ofTurns.get(row).push(issue);
      else (/^(text|turns)$/.test(issue.field) ? ofText : rest).push(issue);
    }
    for (const [row, own] of ofTurns) row.showIssues(own);
    this.problem.textContent = ofText.map(({ message }) => message).join(" ");
    this.problem.hidden = ofText.length === 0;
    this.#editor.setInvalid(ofText.length > 0);
    if (ofText.length) this.show({ error: { issues: ofText } });
    return rest;
  }

  /** Take turns for text, or text for turns. */
  switchTo(mode) {
    if (mode === this.#mode) return;
    if (mode === "turns") {
      const kept = this.#converted?.text === this.#editor.value ? this.#converted.turns : null;
      this.#turns.turns = atLeastOne(kept ?? textToTurns(this.#editor.value));
    } else {
      const turns = this.#turns.turns;
      this.#editor.value = turnsToText(turns);
      this.#converted = { text: this.#editor.value, turns };
      this.#turns.turns = [];
    }
    this.#show(mode);
    this.draw();
    this.#onInput();
  }

  #show(mode) {
    this.#mode = mode;
    const button = (name, label) => h("button", {
      type: "button", "aria-pressed": String(name === mode), onclick: () => (this.switchTo(name), this.#focusSwitch()),
    }, label);
    this.switcher.replaceChildren(button("text", "Text"), button("turns", "Turns"));
    this.#editor.hidden = mode !== "text";
    this.problem.hidden = true;
    this.#turns.element.hidden = mode !== "turns";
    this.#active = mode === "text" ? this.#editor : (this.#turns.rows[0]?.editor ?? null);
  }

  #focusSwitch() {
    this.switcher.querySelector("[aria-pressed=true]").focus();
  }

  /** Each speaker has a colour: the marks of a voice, the rows of turns. */
  draw() {
    const names = this.speakers;
    const hues = new Map(names.map((name, index) => [name, (index * HUE_STEP) % 360]));
    for (const { editor, row } of this.parts) {
      Object.assign(editor, { hues, problemOf: this.#problemOf });
      editor.draw();
      const turn = row?.read();
      row?.style.setProperty("--hue", hues.get(turn.speaker || turn.voice) ?? 0);
    }
    this.hues = hues;
  }

  #tool({ icon: name, label, key, act }) {
    const press = () => this.#active && act(this.#active, this.#studio);
    const title = `${label} (Ctrl+${key})`;
    const keys = { "aria-keyshortcuts": `Control+${key}`, title };
    return h("button", { type: "button", class: "plain", onclick: press, ...keys }, icon(name), label);
  }

  #key(event) {
    const tool = (event.ctrlKey || event.metaKey) && !event.altKey && TOOLS.find(({ key }) => key === event.key);
    if (!tool || !this.#active) return;
    event.preventDefault();
    tool.act(this.#active, this.#studio);
  }
}

function atLeastOne(turns) {
  return turns?.length ? turns : [{}];
}

/** Where the worker sees problems in the whole text. */
function placesOf(error, text) {
  const messages = error.issues?.length ? error.issues : [{ field: "text", message: error.message }];
  return messages
    .filter(({ field: name }) => /^(text|turns)\b/.test(name))
    .flatMap(({ message }) => {
      const place = placeOfProblem(message, text);
      return place ? [{ ...place, message }] : [];
    });
}
