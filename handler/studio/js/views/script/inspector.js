// The line under the script: what the word at the caret will be spoken as, and the mark at the caret as a little form.

import { announce, field, h } from "../../dom.js";
import { chooseVoice } from "../../components/voice_picker.js";
import { withoutMark, written } from "./marks.js";

const NOTHING = "Put the caret on a word to see how it will be spoken.";
const EXAMPLE =
  "Hello! [pause:0.5s] This script was written on 3/4/2026. Dr. [Nguyen](win) says it cost $4.50, which is 50% off.";

export class Inspector {
  element = h("section", { class: "inspector", "aria-label": "At the caret" });
  #studio;
  #editor = null;
  #shown = "";
  #at = "";
  #onLexicon;

  /** `onLexicon(word)` is asked to have a word said otherwise in the whole script. */
  constructor(studio, { onLexicon }) {
    this.#studio = studio;
    this.#onLexicon = onLexicon;
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#editor?.field.focus();
    });
    this.show(null);
  }

  /** Show what is at the caret of an editor. */
  show(editor) {
    this.#editor = editor;
    const { start = 0, end = 0 } = editor?.selection ?? {};
    const found = editor?.at(start) ?? {};
    const word = found.word ?? (editor ? this.#plain(editor, start) : null);
    const at = found.mark ?? word ?? editor?.value === "";
    const key = JSON.stringify([at, found.problem?.message]);
    if (key === this.#shown) return;
    // Whoever fills in a form is not disturbed by an answer of the worker.
    const same = this.#at === JSON.stringify(at);
    if (same && this.element.contains(document.activeElement)) return;
    this.#at = JSON.stringify(at);
    this.#shown = key;
    const problem = found.problem && h("p", { class: "problem" }, found.problem.message);
    const content = found.mark ? this.#mark(found.mark) : word ? this.#word(word) : this.#nothing();
    this.element.replaceChildren(...[problem, content].filter(Boolean));
    const spoken = found.problem?.message ?? (word?.differs && !found.mark ? spokenAs(word) : "");
    if (spoken && document.activeElement === editor?.field) announce(spoken);
  }

  #nothing() {
    if (this.#editor?.value !== "") return h("p", { class: "muted" }, NOTHING);
    const example = () => this.#editor.replace(0, 0, EXAMPLE);
    return h(
      "div",
      { class: "row between" },
      h("p", { class: "muted" }, "Nothing is written yet."),
      h("button", { type: "button", onclick: example }, "Try an example"),
    );
  }

  #plain(editor, position) {
    const span = editor.written(position);
    return span.end > span.start ? { ...span, word: editor.value.slice(span.start, span.end), spoken: null } : null;
  }

  #word(word) {
    // Without the punctuation around it, which is no part of the word in a lexicon.
    const everywhere = () => {
      const { start, end } = this.#editor.written(word.start);
      this.#onLexicon(this.#editor.value.slice(start, end) || word.word);
    };
    return h(
      "div",
      { class: "row between" },
      h("p", {}, word.spoken === null ? [h("q", { dir: "auto" }, word.word)] : sentence(word)),
      h(
        "span",
        { class: "row" },
        h("button", { type: "button", onclick: () => sayOtherwise(this.#editor) }, "Say it otherwise"),
        h("button", { type: "button", title: "An entry of the lexicon: in the whole script", onclick: everywhere }, "Everywhere"),
      ),
    );
  }

  #mark(mark) {
    const replace = (changes) => {
      const text = changes === null ? withoutMark(mark) : written[mark.kind]({ ...mark, ...changes });
      this.#shown = "";
      this.#editor.replace(mark.start, mark.end, text);
    };
    const form = FORMS[mark.kind](mark, replace, this.#studio);
    return h(
      "form",
      { class: "row mark-form", onsubmit: (event) => (event.preventDefault(), replace(form.read())) },
      form.controls,
      h("button", { type: "submit" }, "Set"),
      h("button", { type: "button", onclick: () => replace(null) }, "Remove the mark"),
    );
  }
}

/** By kind of mark: its controls, and `read()`, what they say. */
const FORMS = {
  pause(mark) {
    const length = h("input", { value: mark.length, size: 8, spellcheck: "false", autocomplete: "off" });
    return { controls: [field("Pause", length).element], read: () => ({ length: length.value.trim() }) };
  },
  pronunciation(mark) {
    const shown = h("input", { value: mark.shown, dir: "auto" });
    const spoken = h("input", { value: mark.spoken, dir: "auto", spellcheck: "false" });
    return {
      controls: [field("Shown", shown).element, field("Said as", spoken).element],
      read: () => ({ shown: shown.value, spoken: spoken.value }),
    };
  },
  voice(mark, replace, studio) {
    const choose = async () => {
      const name = await chooseVoice(studio, { value: mark.name, optional: false });
      if (name) replace({ name });
    };
    const name = h("input", { value: mark.name, spellcheck: "false", autocomplete: "off" });
    return {
      controls: [field("Voice from here on", name).element, h("button", { type: "button", onclick: choose }, "Choose …")],
      read: () => ({ name: name.value.trim() }),
    };
  },
};

function sentence(word) {
  if (!word.differs) return [h("q", { dir: "auto" }, word.word), " is spoken as it is written."];
  return [h("q", { dir: "auto" }, word.word), " is spoken as ", h("q", { class: "spoken" }, word.spoken), "."];
}

/** The same as a plain sentence. */
export function spokenAs(word) {
  return word.differs ? `“${word.word}” is spoken as “${word.spoken}”` : `“${word.word}” is spoken as it is written`;
}

/** Make a pronunciation mark of what is selected, or of the word at the caret; how it is said is then selected. */
export function sayOtherwise(editor) {
  const { start, end } = editor.selection;
  const { word, mark } = editor.at(start);
  if (mark) return;
  const span = end > start ? { start, end } : (word ?? editor.written(start));
  const shown = editor.value.slice(span.start, span.end).trim() || "word";
  const spoken = word && word.start === span.start && word.spoken ? word.spoken : shown;
  const text = written.pronunciation({ shown, spoken });
  const from = text.indexOf("](") + 2;
  editor.replace(span.start, span.end, text, { select: [from, text.length - 1] });
}

/** Put a pause at the caret; its length is then selected. */
export function insertPause(editor) {
  const { end } = editor.selection;
  const before = /\S$/.test(editor.value.slice(0, end)) ? " " : "";
  const after = /^\S/.test(editor.value.slice(end)) ? " " : "";
  const text = `${before}[pause:1s]${after}`;
  const from = text.indexOf(":") + 1;
  editor.replace(end, end, text, { select: [from, from + 2] });
}

/** Let another voice speak from the caret on. */
export async function insertVoice(editor, studio) {
  const { end } = editor.selection;
  const name = await chooseVoice(studio, { optional: false });
  if (!name) {
    editor.field.focus();
    return;
  }
  const before = /[^\n]$/.test(editor.value.slice(0, end)) ? "\n" : "";
  editor.replace(end, end, `${before}${written.voice({ name })} `);
}
