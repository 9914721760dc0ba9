// What all parts of the caption editor share: the captions, the style, the time, and which cue is chosen.

import { CaptionModel } from "./model.js";
import { Player } from "./player.js";
import { cutAnew, ofJob } from "./sources.js";

const BURST_MS = 1500;
const MOST_WORDS = 20; // of a cue, where a style does not say: its lines limit it

/**
 * Events: `cues` when captions change, `select` when another cue is chosen, `style` when it changes, and `restyle` when
 * the user has changed it, `media`, and `drawn` when a new layout is on the preview.
 */
export class Session extends EventTarget {
  #model = new CaptionModel();
  #current = null;
  #style = {};
  #burst = { key: "", at: 0, count: 0 };

  player = new Player();
  /** What is heard: {blob, name, fileUrl, jobId}, or null. */
  sound = null;
  /** What is seen behind the captions: {kind: "colour", colour}, or {kind: "picture" or "video", blob, fileUrl}. */
  backdrop = { kind: "colour", colour: "#12141C" };
  /** The job whose captions these are, as it made them; null for captions of the user. */
  job = null;
  name = "";
  /** Whether the user brought the cues, with times and lines that they have chosen. */
  ownCues = false;

  constructor(studio) {
    super();
    this.studio = studio;
  }

  get model() {
    return this.#model;
  }

  set model(model) {
    this.#model = model;
    model.addEventListener("change", () => this.#changed());
    this.#current = model.cues[0]?.id ?? null;
    this.#changed();
    this.dispatchEvent(new Event("select"));
  }

  /** The id of the chosen cue, null where there is none. */
  get current() {
    return this.#current;
  }

  select(id, { seek = true } = {}) {
    if (id === this.#current) return;
    this.#current = id;
    const cue = this.#model.get(id);
    if (seek && cue && !this.player.playing) this.player.seek(cue.start);
    this.dispatchEvent(new Event("select"));
  }

  /** The names of the sound, the video and the picture that the user has put to the captions. */
  get attached() {
    const own = [this.sound, this.backdrop].filter((media) => media?.blob && !media.jobId);
    return [...new Set(own.map(({ name }) => name))];
  }

  /** As `caption_style` of a request has it: an object with what the user set. */
  get style() {
    return this.#style;
  }

  set style(style) {
    this.#style = style;
    this.dispatchEvent(new Event("style"));
  }

  /** Change the style as the user wants it: cues that nobody has edited are then cut anew. */
  restyle(style) {
    this.style = style;
    this.dispatchEvent(new Event("restyle"));
  }

  get canvas() {
    return this.#style.canvas ?? "1080x1920";
  }

  /** Whether the cues are cut anew when the style changes: not those of a user, and none that was edited. */
  get followsStyle() {
    return !this.ownCues && !this.#model.unsaved;
  }

  /** Cut the cues as the style has them: those of a job from its words, others from what they are now. */
  async cutByStyle({ signal } = {}) {
    const { api } = this.studio;
    const { presets } = await api.options();
    const words = this.#style.words_per_cue ?? presets[this.#style.preset]?.words_per_cue ?? MOST_WORDS;
    const untouched = !this.#model.unsaved;
    const { cues } = this.#model;
    const captions = this.job !== null && untouched
      ? await ofJob(api, this.job, this.#style, { signal })
      : await cutAnew(api, this.#model, this.#style, words, { signal });
    if (this.#model.cues !== cues) return;
    this.#model.replaceAll(captions);
    // What the worker can make again is nothing to be saved.
    if (untouched) this.#model.markSaved();
  }

  /** A name for edits that are undone together: those of the same thing in quick succession. */
  burst(key) {
    const now = performance.now();
    if (key !== this.#burst.key || now - this.#burst.at > BURST_MS) this.#burst.count += 1;
    Object.assign(this.#burst, { key, at: now });
    return `${key} ${this.#burst.count}`;
  }

  #changed() {
    this.player.length = this.#model.end;
    if (this.#model.get(this.#current) === null) {
      // The chosen cue is gone: the one that is now at its time is chosen.
      const at = Math.max(0, this.#model.indexAt(this.player.time + 0.001));
      this.#current = this.#model.cues[at]?.id ?? null;
      this.dispatchEvent(new Event("cues"));
      this.dispatchEvent(new Event("select"));
    } else this.dispatchEvent(new Event("cues"));
  }
}
