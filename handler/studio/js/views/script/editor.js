// A text field that shows its marks as chips. It is a real <textarea>, so that undo, input methods, screen readers,
// spelling and phones work as everywhere; behind it lies the mirror that draws what is coloured.

import { h } from "../../dom.js";
import { findMarks } from "./marks.js";
import { Mirror } from "./mirror.js";
import { lastBefore } from "./positions.js";

/** Marks that only take something out of the text, such as the stars of **bold**. */
const SIGNS = new Set(["tag", "sign"]);

/**
 * `<script-editor>`: a text with marks. Its native event `input` tells that the user has changed the text; `caret` that
 * the caret has moved; `hover` ({position} or {position: null}) where the mouse is.
 */
class ScriptEditor extends HTMLElement {
  #mirror = new Mirror();
  #text = "";
  #words = [];
  #problems = [];
  /** What looks like a mark and is none, such as a link; and marks that only the worker knows. */
  #unmarked = [];
  #others = [];
  #frame = 0;
  #caret = "";
  /** The hue of each voice that a mark may name, and what is wrong with a mark: a sentence or null. */
  hues = new Map();
  problemOf = () => null;

  constructor() {
    super();
    this.field = h("textarea", { spellcheck: "true", dir: "auto", rows: 1, autocomplete: "off" });
    this.field.addEventListener("input", () => this.#changed());
    for (const name of ["keyup", "click", "focus", "select", "selectionchange"]) {
      this.field.addEventListener(name, () => this.#moved());
    }
    this.field.addEventListener("pointermove", (event) => this.#hover(event));
    this.field.addEventListener("pointerleave", () => this.#tell("hover", { position: null }));
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.#mirror.element, this.field);
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  get value() {
    return this.#text;
  }

  /** Another text; it cannot be undone, and no event tells of it. */
  set value(text) {
    this.field.value = text;
    this.#text = this.field.value;
    this.show({});
  }

  /**
   * What the worker says: words {start, end, spoken, differs}, in their order, problems {start, end, message}, and
   * the marks {kind, start, end} that it has found, null if it cannot tell.
   */
  show({ words = [], problems = [], marks = null }) {
    this.#words = words;
    this.#problems = problems;
    const known = new Set((marks ?? []).map(({ kind, start }) => `${kind} ${start}`));
    const own = findMarks(this.#text);
    this.#unmarked = marks ? own.filter(({ kind, start }) => !known.has(`${kind} ${start}`)) : [];
    const shown = new Set(own.map(({ kind, start }) => `${kind} ${start}`));
    const others = (marks ?? []).filter(({ kind, start }) => !shown.has(`${kind} ${start}`));
    this.#others = others.map((mark) => ({ ...mark, kind: SIGNS.has(mark.kind) ? "sign" : "other" }));
    this.draw();
  }

  get selection() {
    return { start: this.field.selectionStart, end: this.field.selectionEnd };
  }

  /** Put a text in place of a span, as if it were typed: Ctrl+Z takes it back. */
  replace(start, end, text, { select = [text.length, text.length] } = {}) {
    this.field.focus();
    this.field.setSelectionRange(start, end);
    const command = text ? "insertText" : "delete";
    // The old command is the only way that the browser's own undo knows of.
    if ((start !== end || text) && !document.execCommand(command, false, text)) {
      this.field.setRangeText(text, start, end, "end");
      this.field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.field.setSelectionRange(start + select[0], start + select[1]);
    this.#moved();
  }

  /** What is at a place: {mark, problem, word}, each null or a span. */
  at(position) {
    const around = (spans) => {
      const found = spans[lastBefore(spans, position)];
      return found && position <= found.end ? found : null;
    };
    const marks = this.#marks;
    const problem = around(this.#problems) ?? around(wrong(marks));
    return { mark: around(marks), problem, word: around(this.#words) };
  }

  get #marks() {
    const without = new Set(this.#unmarked.map((mark) => mark.start));
    const marks = findMarks(this.#text).filter((mark) => !without.has(mark.start));
    return marks.map((mark) => ({ ...mark, message: this.problemOf(mark) }));
  }

  /** The word at a place as it is written, whether the worker knows it or not: {start, end}. */
  written(position) {
    const before = /\S*$/u.exec(this.#text.slice(0, position))[0];
    const after = /^\S*/u.exec(this.#text.slice(position))[0];
    const word = before + after;
    const lead = /^[\p{P}\p{Z}]*/u.exec(word)[0].length;
    const trail = /[\p{P}\p{Z}]*$/u.exec(word.slice(lead))[0].length;
    const start = position - before.length + lead;
    return { start, end: start + word.length - lead - trail };
  }

  setInvalid(invalid) {
    if (invalid) this.field.setAttribute("aria-invalid", "true");
    else this.field.removeAttribute("aria-invalid");
  }

  rectangles(start, end) {
    return this.#mirror.rectangles(start, end);
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const marks = this.#marks;
      const as = (kind, spans) => spans.map((span) => ({ ...span, kind }));
      this.#mirror.render(this.#text, [
        ...marks.map((mark) => ({ ...mark, hue: this.hues.get(mark.name) })),
        ...this.#others,
        ...as("word", this.#words.filter((word) => word.differs)),
        ...as("problem", [...this.#problems, ...wrong(marks)]),
      ]);
    });
  }

  /** Until the worker answers, what it has said stays where the text has stayed. */
  #changed() {
    const [old, text] = [this.#text, this.field.value];
    const shorter = Math.min(old.length, text.length);
    let same = 0;
    while (same < shorter && old.charCodeAt(same) === text.charCodeAt(same)) same += 1;
    let tail = 0;
    while (tail < shorter - same && old.charCodeAt(old.length - 1 - tail) === text.charCodeAt(text.length - 1 - tail)) {
      tail += 1;
    }
    const shift = text.length - old.length;
    const moved = (spans) => spans.flatMap((span) => {
      if (span.end < same) return [span];
      return span.start > old.length - tail ? [{ ...span, start: span.start + shift, end: span.end + shift }] : [];
    });
    this.#words = moved(this.#words);
    this.#problems = moved(this.#problems);
    this.#unmarked = moved(this.#unmarked);
    this.#others = moved(this.#others);
    this.#text = text;
    this.draw();
    this.#moved();
  }

  #moved() {
    const { start, end } = this.selection;
    const caret = `${start} ${end} ${this.#text.length}`;
    if (caret === this.#caret) return;
    this.#caret = caret;
    this.#tell("caret", {});
  }

  #hover(event) {
    if (event.pointerType !== "mouse" || event.buttons) return;
    const found = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const position = found?.offsetNode === this.field ? found.offset : null;
    this.#tell("hover", { position, x: event.clientX, y: event.clientY });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
}

function wrong(marks) {
  return marks.filter((mark) => mark.message);
}

customElements.define("script-editor", ScriptEditor);
