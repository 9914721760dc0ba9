// The captions of a session, drawn on the preview: laid out by the worker whenever they or the style change.

import { CaptionCanvas } from "../caption_canvas.js";
import { CaptionPlayer } from "../caption_player.js";

const DEBOUNCE_MS = 120;
/** Of many cues only those near the playhead are laid out, so that an edit is seen at once. */
const WINDOW = 100;
const MANY = 3 * WINDOW;

export class Drawing {
  #session;
  #canvas;
  #element;
  #onProblem;
  #timer = 0;
  #asked = null;
  #stop = new AbortController();
  #bytes = new Map();
  #window = null;
  #playing = null;
  #resized = new ResizeObserver(() => this.#size());

  /** `onProblem(message, issues)` hears why captions cannot be laid out, and of warnings; "" when all is well. */
  constructor(session, element, { onProblem }) {
    this.#session = session;
    this.#element = element;
    this.#canvas = new CaptionCanvas(element);
    this.#onProblem = onProblem;
    const { signal } = this.#stop;
    for (const kind of ["cues", "style", "media"]) session.addEventListener(kind, () => this.#change(), { signal });
    session.player.addEventListener("time", () => this.#follow(), { signal });
    session.player.addEventListener("state", () => this.#play(), { signal });
    this.#resized.observe(element);
  }

  /** The worker's reply that is drawn now, or null. */
  get layout() {
    return this.#canvas.layout;
  }

  get fps() {
    return this.layout?.fps ?? this.#session.style.fps ?? 30;
  }

  /** The word that is marked as spoken at a time: {word, start, end, cue}; null between words. */
  spokenAt(seconds) {
    const found = this.layout && this.#canvas.wordAt(seconds);
    if (!found) return null;
    const cue = this.layout.cues[found.cue];
    return { ...cue.words[found.word], cue };
  }

  stop() {
    this.#stop.abort();
    this.#playing?.stop();
    this.#resized.disconnect();
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#canvas.unload();
  }

  #change() {
    clearTimeout(this.#timer);
    // An answer to an earlier question would show what is no longer so.
    this.#asked?.abort();
    this.#timer = setTimeout(() => this.#lay(), this.layout ? DEBOUNCE_MS : 0);
  }

  async #lay() {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const { model, studio } = this.#session;
    const window = this.#around(this.#session.player.time);
    const captions = model.toJson({ from: window.from, to: window.to });
    if (!captions.cues.length) {
      this.#playing?.stop();
      this.#canvas.unload();
      this.#clear();
      return;
    }
    const job = { endpoint: "layout", captions: JSON.stringify(captions), caption_style: this.#style() };
    try {
      const layout = await studio.api.call(job, { signal: asked.signal });
      await this.#canvas.load(layout, { fetchBytes: (path) => this.#fetch(path), signal: asked.signal });
      if (asked.signal.aborted) return;
      this.#window = window;
      this.#onProblem(layout.warnings.map((warning) => warning.message).join(" "), []);
      this.#size();
      this.#playing?.start();
      this.#session.dispatchEvent(new Event("drawn"));
    } catch (error) {
      if (!asked.signal.aborted) this.#onProblem(error.message, error.issues ?? []);
    }
  }

  /** The style, at the frames of the video behind the captions unless it says otherwise. */
  #style() {
    const { style, backdrop } = this.#session;
    return { ...(backdrop.fps && { fps: backdrop.fps }), ...style };
  }

  #around(time) {
    const { model } = this.#session;
    const { cues } = model;
    // The colours of speakers are given in the order in which they speak: all are needed.
    if (cues.length <= MANY || cues.some((cue) => cue.speaker)) return { from: 0, to: cues.length };
    const at = Math.max(0, model.indexAt(time));
    return { from: Math.max(0, at - WINDOW), to: Math.min(cues.length, at + WINDOW) };
  }

  #fetch(path) {
    if (!this.#bytes.has(path)) {
      const bytes = this.#session.studio.api.request("GET", path.replace(/^\//, "")).then((answer) => answer.arrayBuffer());
      bytes.catch(() => this.#bytes.delete(path));
      this.#bytes.set(path, bytes);
    }
    return this.#bytes.get(path);
  }

  /** While a recording plays, each picture on screen has the captions of its own moment. */
  #play() {
    const { player } = this.#session;
    this.#playing?.stop();
    this.#playing = player.playing && player.media ? new CaptionPlayer(player.media, this.#canvas) : null;
    if (this.layout) this.#playing?.start();
  }

  #follow() {
    if (!this.#window) return;
    const { model, player } = this.#session;
    const at = model.indexAt(player.time);
    const { from, to } = this.#window;
    const near = WINDOW / 4;
    if ((from > 0 && at < from + near) || (to < model.cues.length && at > to - near)) {
      this.#window = null;
      this.#lay();
    }
    if (!this.#playing) this.#draw();
  }

  #size() {
    const { clientWidth, clientHeight } = this.#element;
    const [width, height] = [clientWidth, clientHeight].map((side) => Math.round(side * devicePixelRatio));
    if (!width || !height) return;
    if (this.#element.width !== width) this.#element.width = width;
    if (this.#element.height !== height) this.#element.height = height;
    this.#draw();
  }

  #draw() {
    if (this.layout) this.#canvas.draw(this.#session.player.time);
  }

  #clear() {
    this.#element.getContext("2d").clearRect(0, 0, this.#element.width, this.#element.height);
  }
}
