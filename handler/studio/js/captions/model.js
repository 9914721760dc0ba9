// Captions as somebody edits them: cues of words with times, and every edit with its undo. No DOM.

import { clamp, cut, fitted, ms, retimed, share, textOf } from "./words.js";

/**
 * A cue: {id, start, end, speaker, words}, see words.js; times are seconds. Cues are never changed in place: an edit
 * makes new ones, so that an earlier state is kept by keeping its array.
 */

export const SHORTEST_CUE_S = 0.1;
export const FAST = 20; // characters a second: more are hard to read
const MAX_CUE_CHARS = 1000;
const KEPT_STATES = 300;
const NEW_CUE_S = 2;
const FLICKER_S = 0.5; // a shorter gap between two cues is closed, as the worker's layout does

export class CaptionModel extends EventTarget {
  #cues;
  #past = [];
  #future = [];
  #saved;
  #lastId = 0;
  #burst = null;

  /** `document` has the form of the worker's json file; only `cues` and `words` of it are needed. */
  constructor(document = {}) {
    super();
    const { language = "", method = "", duration = 0 } = document;
    Object.assign(this, { language, method, duration });
    this.#cues = this.#read(document);
    this.#saved = this.#cues;
  }

  get cues() {
    return this.#cues;
  }

  get end() {
    return Math.max(this.duration, this.#cues.at(-1)?.end ?? 0);
  }

  get unsaved() {
    return this.#saved !== this.#cues;
  }

  get undoable() {
    return this.#past.at(-1)?.what ?? null;
  }

  get redoable() {
    return this.#future.at(-1)?.what ?? null;
  }

  /** Say that everything up to now is in a file. */
  markSaved() {
    this.#saved = this.#cues;
    this.dispatchEvent(new Event("change"));
  }

  indexOf(id) {
    return this.#cues.findIndex((cue) => cue.id === id);
  }

  get(id) {
    return this.#cues[this.indexOf(id)] ?? null;
  }

  /** The index of the cue on screen at a time, else of the last one before it; -1 before the first. */
  indexAt(time) {
    let [low, high] = [0, this.#cues.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cues[middle].start <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The cue that is on screen at a time, or null. */
  at(time) {
    const cue = this.#cues[this.indexAt(time)];
    return cue && time < cue.end ? cue : null;
  }

  /** How early the cue may begin and how late it may end, for its neighbours; it keeps an overlap that it has. */
  limits(id) {
    const at = this.indexOf(id);
    const cue = this.#cues[at];
    return {
      start: Math.min(cue.start, this.#cues[at - 1]?.end ?? 0),
      end: Math.max(cue.end, this.#cues[at + 1]?.start ?? Infinity),
      shortest: Math.min(SHORTEST_CUE_S, cue.end - cue.start),
    };
  }

  /** Move an edge of a cue: {start} or {end}, as far as there is room. `burst`: see `#put`. */
  setTimes(id, { start, end }, burst = null) {
    const cue = this.get(id);
    const limits = this.limits(id);
    const first = start === undefined ? cue.start : ms(clamp(start, limits.start, cue.end - limits.shortest));
    const last = end === undefined ? cue.end : ms(clamp(end, first + limits.shortest, limits.end));
    if (first === cue.start && last === cue.end) return;
    const words = fitted(cue.words, cue, first, last);
    this.#put("move an edge", this.indexOf(id), 1, [{ ...cue, start: first, end: last, words }], burst);
  }

  /** Move a whole cue by seconds, as far as its neighbours leave room. */
  move(id, seconds, burst = null) {
    const cue = this.get(id);
    const limits = this.limits(id);
    const by = ms(clamp(seconds, limits.start - cue.start, limits.end - cue.end));
    if (by) this.#put("move a cue", this.indexOf(id), 1, [moved(cue, by)], burst);
  }

  /** Move all cues by seconds; none begins before 0. */
  moveAll(seconds) {
    const by = ms(Math.max(seconds, -(this.#cues[0]?.start ?? 0)));
    if (by) this.#put("move all cues", 0, this.#cues.length, this.#cues.map((cue) => moved(cue, by)));
  }

  /** Move the start of a word inside its cue, between its neighbours; the word before ends there if it touched it. */
  setWordStart(id, at, time, burst = null) {
    const cue = this.get(id);
    const [word, before] = [cue.words[at], cue.words[at - 1]];
    const first = ms(clamp(time, before?.start ?? cue.start, word.end));
    if (first === word.start) return;
    const words = [...cue.words];
    words[at] = { ...word, start: first };
    if (before && before.end >= word.start - 0.0015) words[at - 1] = { ...before, end: first };
    else if (before && before.end > first) words[at - 1] = { ...before, end: first };
    this.#put("move a word", this.indexOf(id), 1, [{ ...cue, words }], burst);
  }

  /** Change the text. Words that stay keep their times. Returns why not, or null. */
  setText(id, text, burst = null) {
    const cue = this.get(id);
    if (!text.trim()) return "A cue needs a text; delete the cue instead.";
    if (text.length > MAX_CUE_CHARS) return `A cue has at most ${MAX_CUE_CHARS} characters; split it first.`;
    const words = retimed(text, [...cue.words], cue.start, cue.end);
    if (textOf(words) === textOf(cue.words)) return null;
    this.#put("edit the text", this.indexOf(id), 1, [{ ...cue, words }], burst);
    return null;
  }

  setSpeaker(id, speaker) {
    const cue = this.get(id);
    if (cue.speaker !== speaker) this.#put("change the speaker", this.indexOf(id), 1, [{ ...cue, speaker }]);
  }

  /** One cue of this and the next. Returns why not, or null. */
  merge(id) {
    const at = this.indexOf(id);
    const [cue, next] = [this.#cues[at], this.#cues[at + 1]];
    if (!next) return "There is no cue after this one.";
    if (textOf(cue.words).length + textOf(next.words).length >= MAX_CUE_CHARS) {
      return `Together they have over ${MAX_CUE_CHARS} characters.`;
    }
    const end = Math.max(cue.end, next.end);
    this.#put("merge", at, 2, [{ ...cue, end, words: [...cue.words, ...next.words] }]);
    return null;
  }

  /** Two cues of one; the second begins with the word of this index. Returns why not, or null. */
  split(id, word) {
    const at = this.indexOf(id);
    const cue = this.#cues[at];
    if (cue.words.length < 2) return "A cue of one word cannot be split.";
    const where = clamp(word, 1, cue.words.length - 1);
    const [first, second] = [cue.words.slice(0, where), cue.words.slice(where)];
    const start = clamp(second[0].start, cue.start + 0.001, cue.end - 0.001);
    const end = start - first.at(-1).end < FLICKER_S ? start : first.at(-1).end;
    const parts = [
      { ...cue, end, words: fitted(first, cue, cue.start, end) },
      { ...cue, id: this.#newId(), start, words: fitted(second, cue, start, cue.end) },
    ];
    this.#put("split", at, 1, parts);
    return null;
  }

  /** The index of the word at or after a place in the cue's text: where a caret splits it. */
  wordAt(id, offset) {
    let passed = 0;
    const { words } = this.get(id);
    for (const [at, word] of words.entries()) {
      if (offset <= passed + word.text.length / 2) return at;
      passed += word.text.length + word.after.length;
    }
    return words.length;
  }

  remove(id) {
    this.#put("delete", this.indexOf(id), 1, []);
  }

  /** A new cue at a time, or after the cue that is there. Returns {id} or {problem}. */
  add(time, text = "New caption") {
    const at = this.indexAt(time);
    const start = ms(Math.max(0, time, this.#cues[at]?.end ?? 0));
    const end = ms(Math.min(start + NEW_CUE_S, this.#cues[at + 1]?.start ?? Infinity));
    if (end - start < SHORTEST_CUE_S) return { problem: "There is no room for another cue here; move an edge first." };
    const cue = { id: this.#newId(), start, end, speaker: "", words: cut(text) };
    share(cue.words, start, end);
    this.#put("add", at + 1, 0, [cue]);
    return { id: cue.id };
  }

  /** Take other cues, such as those of another style; the words may be the same. */
  replaceAll(document, what = "cut the cues anew") {
    this.#put(what, 0, this.#cues.length, this.#read(document));
  }

  /** The id of the next cue after `id` whose text has `query`, around the end; null if none has. */
  find(query, id = null, { backwards = false } = {}) {
    const wanted = query.toLowerCase();
    const count = this.#cues.length;
    const from = id === null ? (backwards ? count : -1) : this.indexOf(id);
    for (let step = 1; step <= count; step += 1) {
      const cue = this.#cues[(from + (backwards ? -step : step) + 2 * count) % count];
      if (textOf(cue.words).replaceAll("\n", " ").toLowerCase().includes(wanted)) return cue.id;
    }
    return null;
  }

  undo() {
    return this.#travel(this.#past, this.#future);
  }

  redo() {
    return this.#travel(this.#future, this.#past);
  }

  /**
   * The captions in the form of the worker's json file, with what differs from its defaults; only the cues `from` to
   * before `to`. `joined`: neighbours without a pause between them are one cue, so that they can be cut anew.
   */
  toJson({ joined = false, from = 0, to = Infinity } = {}) {
    const words = [];
    const cues = [];
    let place = 0;
    for (const { start, end, speaker, words: shown } of joined ? this.#joined() : this.#cues.slice(from, to)) {
      const first = words.length;
      let before = " ";
      for (const word of shown) {
        // The worker counts characters, with a blank between two words unless told otherwise.
        if (before === "") place -= 1;
        words.push(written(word, before === "" ? place : null, speaker));
        place += [...word.text].length + 1;
        before = word.after;
      }
      const run = { first_word: first, last_word: words.length - 1 };
      cues.push({ start, end, text: textOf(shown), ...run, ...(speaker && { speaker }) });
    }
    const { language, method } = this;
    return { version: 1, duration: this.end, language, method, words, cues };
  }

  #joined() {
    const found = [];
    for (const cue of this.#cues) {
      const words = cue.words.map((word) => ({ ...word, after: word.after && " " }));
      const last = found.at(-1);
      const room = last && textOf(last.words).length + textOf(words).length < MAX_CUE_CHARS;
      if (room && last.speaker === cue.speaker && cue.start - last.end < FLICKER_S) {
        last.words.push(...words);
        last.end = Math.max(last.end, cue.end);
      } else found.push({ ...cue, words });
    }
    return found;
  }

  /** Replace `count` cues from `at`. Edits of one `burst`, such as a drag, are undone together. */
  #put(what, at, count, cues, burst = null) {
    if (burst === null || burst !== this.#burst) this.#past.push({ what, cues: this.#cues });
    if (this.#past.length > KEPT_STATES) this.#past.shift();
    this.#burst = burst;
    this.#future = [];
    this.#cues = this.#cues.toSpliced(at, count, ...cues);
    this.dispatchEvent(new Event("change"));
  }

  #travel(from, to) {
    const step = from.pop();
    if (!step) return null;
    to.push({ what: step.what, cues: this.#cues });
    this.#cues = step.cues;
    this.#burst = null;
    this.dispatchEvent(new Event("change"));
    return step.what;
  }

  #newId() {
    this.#lastId += 1;
    return this.#lastId;
  }

  #read({ words = [], cues = [] }) {
    const placed = read(words);
    return cues
      .map((cue) => this.#cue(cue, cue.words ? read(cue.words) : placed.slice(cue.first_word ?? 0, (cue.last_word ?? -1) + 1)))
      .filter((cue) => cue.words.length)
      .sort((one, other) => one.start - other.start);
  }

  #cue({ start, end, text, speaker = "" }, words) {
    const known = words.map((word) => ({
      ...word, start: clamp(word.start, start, end), end: clamp(word.end, start, end),
    }));
    // The text says where the lines break; it may have been edited, too.
    const shown = retimed(text ?? textOf(known), known, start, end);
    return { id: this.#newId(), start, end, speaker, words: shown };
  }
}

/** Words of the json form. What follows a word is known by its place and the next one's. */
function read(words) {
  const found = [];
  let place = 0;
  for (const { word, start, end, confidence = 1, interpolated = false, start_char: first = place, end_char: after } of words) {
    if (found.length && first === place - 1) found.at(-1).after = "";
    found.push({ text: word, start, end, confidence, interpolated, after: " " });
    place = (after ?? first + [...word].length) + 1;
  }
  return found;
}

function written({ text, start, end, confidence, interpolated }, place, speaker) {
  return {
    word: text, start, end,
    ...(confidence !== 1 && { confidence }),
    ...(interpolated && { interpolated }),
    ...(place !== null && { start_char: place }),
    ...(speaker && { speaker }),
  };
}

function moved(cue, by) {
  const shift = (timed) => ({ ...timed, start: ms(timed.start + by), end: ms(timed.end + by) });
  return { ...shift(cue), words: cue.words.map(shift) };
}

/** Characters a second of a cue, as a viewer reads them. */
export function readingSpeed(cue) {
  return [...textOf(cue.words).replaceAll("\n", " ")].length / Math.max(0.001, cue.end - cue.start);
}

/** Whether a cue is on screen too briefly; a single word is read at a glance. */
export function isFast(cue) {
  return cue.words.length > 1 && readingSpeed(cue) > FAST;
}
