// <cue-editor>: the chosen cue: its text and times, and what is done with whole cues.

import { announce, field, h, icon } from "../dom.js";
import { FAST, isFast, readingSpeed } from "./model.js";
import { textOf } from "./words.js";

/** Property: `session`. */
class CueEditor extends HTMLElement {
  #text = field("Text", h("textarea", { rows: 2, dir: "auto", class: "cue-words" }), {
    hint: "Words that stay keep their times. Ctrl+Enter splits at the caret.",
  });
  #start = field("Start", seconds(), { hint: "seconds" });
  #end = field("End", seconds(), { hint: "seconds" });
  #speaker = field("Speaker", h("input", { type: "text", maxlength: 100 }));
  #title = h("h2", {}, "Cue");
  #speed = h("p", { class: "small muted" });
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #buttons = {};
  #typing = false;
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const button = (name, label, image, act) => {
      this.#buttons[name] = h("button", { type: "button", onclick: act }, image && icon(image), label);
      return this.#buttons[name];
    };
    this.replaceChildren(
      this.#title,
      this.#text.element,
      this.#speed,
      h("div", { class: "cue-fields" }, this.#start.element, this.#end.element, this.#speaker.element),
      this.#problem,
      h(
        "div",
        { class: "row", role: "group", "aria-label": "Edit cues" },
        button("split", "Split", null, () => this.act("split")),
        button("merge", "Merge with next", null, () => this.act("merge")),
        button("add", "Add", "plus", () => this.act("add")),
        button("remove", "Delete", "trash", () => this.act("remove")),
        button("undo", "Undo", "undo", () => this.act("undo")),
        button("redo", "Redo", "redo", () => this.act("redo")),
      ),
    );
    this.#text.control.addEventListener("input", () => this.#type(), { signal });
    this.#text.control.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#start.control.addEventListener("change", () => this.#time("start"), { signal });
    this.#end.control.addEventListener("change", () => this.#time("end"), { signal });
    this.#speaker.control.addEventListener("change", () => this.#say(), { signal });
    this.session.addEventListener("cues", () => this.#show(), { signal });
    this.session.addEventListener("select", () => this.#show(), { signal });
    this.#show();
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  focusText() {
    this.#text.control.focus();
  }

  /** Do something with the chosen cue: split, merge, add, remove, undo, redo. */
  act(name) {
    const { model, current, player } = this.session;
    const cue = model.get(current);
    const acts = {
      split: () => cue && model.split(current, this.#splitWord(cue)),
      merge: () => cue && model.merge(current),
      remove: () => cue && this.#remove(),
      undo: () => this.#travelled("Undone", model.undo()),
      redo: () => this.#travelled("Done again", model.redo()),
      add: () => {
        const { id, problem } = model.add(player.time);
        if (id) {
          this.session.select(id, { seek: false });
          this.focusText();
          this.#text.control.select();
        }
        return problem;
      },
    };
    const done = { split: "The cue is split.", merge: "The cues are merged.", remove: "The cue is deleted.", add: "A cue is added." };
    this.#typing = false;
    const problem = acts[name]();
    this.#tell(problem);
    if (!problem && done[name]) announce(done[name]);
    this.#show();
  }

  /** The word before which the cue is split: the one at the caret, at the playhead, or in the middle. */
  #splitWord(cue) {
    const { control } = this.#text;
    const caret = control.selectionStart;
    if (caret > 0 && caret < control.value.length) return this.session.model.wordAt(cue.id, caret);
    const { time } = this.session.player;
    const spoken = cue.words.findIndex((word) => word.start >= time - 0.01);
    return time > cue.start && time < cue.end && spoken > 0 ? spoken : Math.ceil(cue.words.length / 2);
  }

  #remove() {
    const { model, current } = this.session;
    const at = model.indexOf(current);
    const next = model.cues[at + 1] ?? model.cues[at - 1];
    model.remove(current);
    if (next) this.session.select(next.id);
  }

  #travelled(word, what) {
    if (what) announce(`${word}: ${what}.`);
  }

  #type() {
    const { model, current } = this.session;
    this.#typing = true;
    this.#tell(model.setText(current, this.#text.control.value, this.session.burst(`text ${current}`)));
    this.#typing = false;
  }

  #key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.act("split");
  }

  #time(edge) {
    const { model, current } = this.session;
    const { control, showProblem } = edge === "start" ? this.#start : this.#end;
    const wanted = control.valueAsNumber;
    if (Number.isFinite(wanted)) model.setTimes(current, { [edge]: wanted }, this.session.burst(`${edge} ${current}`));
    const got = model.get(current)[edge];
    control.value = got.toFixed(3);
    showProblem(Number.isFinite(wanted) && Math.abs(got - wanted) > 0.001 ? `There is room up to ${got.toFixed(3)}.` : "");
  }

  #say() {
    this.session.model.setSpeaker(this.session.current, this.#speaker.control.value.trim());
  }

  #tell(problem) {
    this.#problem.textContent = problem ?? "";
    this.#problem.hidden = !problem;
  }

  #show() {
    const { model, current } = this.session;
    const cue = model.get(current);
    const at = model.indexOf(current);
    this.#title.textContent = cue ? `Cue ${at + 1} of ${model.cues.length}` : "No cue";
    for (const part of [this.#text, this.#start, this.#end, this.#speaker]) part.control.disabled = !cue;
    for (const name of ["split", "merge", "remove"]) this.#buttons[name].disabled = !cue;
    this.#buttons.undo.disabled = model.undoable === null;
    this.#buttons.redo.disabled = model.redoable === null;
    this.#buttons.undo.title = model.undoable ? `Undo: ${model.undoable} (Ctrl+Z)` : "";
    this.#speed.textContent = cue ? speedOf(cue) : "";
    this.#speed.classList.toggle("warn", cue !== null && isFast(cue));
    this.#start.control.value = cue ? cue.start.toFixed(3) : "";
    this.#end.control.value = cue ? cue.end.toFixed(3) : "";
    this.#speaker.control.value = cue?.speaker ?? "";
    this.#speaker.element.hidden = !model.cues.some((one) => one.speaker);
    const text = cue ? textOf(cue.words) : "";
    // What is being typed stays as it is, also with two blanks.
    if (!this.#typing && this.#text.control.value !== text) this.#text.control.value = text;
  }
}

function seconds() {
  return h("input", { type: "number", min: 0, step: 0.01, inputmode: "decimal" });
}

function speedOf(cue) {
  const speed = `${readingSpeed(cue).toFixed(1)} characters a second`;
  if (!isFast(cue)) return speed;
  return `${speed}: hard to read. Give it more time, fewer words, or split it; ${FAST} are comfortable.`;
}

customElements.define("cue-editor", CueEditor);

export const cueEditor = (session) => Object.assign(document.createElement("cue-editor"), { session });
