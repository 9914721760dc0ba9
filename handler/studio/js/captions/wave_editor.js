// <cue-wave>: the sound with all cues on it; the edges of the chosen cue, and the starts of its words, are handles.

import "../components/waveform.js";
import { h, icon } from "../dom.js";

const SHOWN_S = 8;
const ZOOM = 1.6;

/** Property: `session`. */
class CueWave extends HTMLElement {
  #wave = document.createElement("wave-form");
  #words = h("input", { type: "checkbox" });
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const { session } = this;
    const zoom = (label, factor, image) =>
      h("button", { type: "button", "aria-label": label, onclick: () => this.#zoom(factor) }, icon(image));
    this.replaceChildren(
      this.#wave,
      h(
        "div",
        { class: "row between" },
        h("label", { class: "check small" }, this.#words, "Handles for words"),
        h("div", { class: "row" }, zoom("Zoom out", ZOOM, "minus"), zoom("Zoom in", 1 / ZOOM, "plus")),
      ),
    );
    this.#wave.addEventListener("handle", (event) => this.#moved(event.detail), { signal });
    this.#wave.addEventListener("seek", (event) => this.#seek(event.detail.time), { signal });
    this.#words.addEventListener("change", () => this.#show(), { signal });
    session.addEventListener("cues", () => this.#show(), { signal });
    session.addEventListener("select", () => this.#reveal(), { signal });
    session.player.addEventListener("time", () => this.#follow(), { signal });
    this.#wave.duration ||= session.player.duration;
    this.#reveal();
  }

  disconnectedCallback() {
    this.#stop.abort();
  }

  /** Show these samples; without them the cues alone. */
  setSound(sound) {
    if (sound) this.#wave.setSamples(sound.samples, sound.sampleRate);
    else {
      this.#wave.setSamples(new Float32Array(0), 1);
      this.#wave.duration = this.session.player.duration;
    }
    this.#wave.view = { start: 0, end: SHOWN_S };
    this.#reveal();
  }

  #show() {
    const { model, current } = this.session;
    const cue = model.get(current);
    this.#wave.duration = Math.max(this.#wave.duration, this.session.player.duration);
    this.#wave.ranges = model.cues.map(({ id, start, end }) => ({ start, end, kind: id === current ? "current" : "cue" }));
    this.#wave.handles = cue ? [...this.#edges(cue), ...(this.#words.checked ? this.#wordStarts(cue) : [])] : [];
  }

  #edges(cue) {
    const { model } = this.session;
    const limits = model.limits(cue.id);
    const number = model.indexOf(cue.id) + 1;
    const last = Math.min(limits.end, Math.max(this.#wave.duration, cue.end) + 60);
    return [
      { id: "start", time: cue.start, min: limits.start, max: cue.end - limits.shortest, label: `Start of cue ${number}`, kind: "start" },
      { id: "end", time: cue.end, min: cue.start + limits.shortest, max: last, label: `End of cue ${number}`, kind: "end" },
    ];
  }

  #wordStarts(cue) {
    return cue.words.slice(1).map((word, at) => ({
      id: `word-${at + 1}`, time: word.start, min: cue.words[at].start, max: word.end, label: `Start of “${word.text}”`, kind: "word",
    }));
  }

  #moved({ id, time }) {
    const { session } = this;
    const { current, model } = session;
    const burst = session.burst(`${id} ${current}`);
    if (id.startsWith("word-")) model.setWordStart(current, Number(id.slice(5)), time, burst);
    else model.setTimes(current, { [id]: time }, burst);
  }

  /** A click goes to a time, and chooses the cue that is there. */
  #seek(time) {
    this.session.player.seek(time);
    const cue = this.session.model.at(time);
    if (cue) this.session.select(cue.id, { seek: false });
  }

  #zoom(factor) {
    const { start, end } = this.#wave.view;
    const { time } = this.session.player;
    const middle = time >= start && time <= end ? time : (start + end) / 2;
    this.#wave.view = { start: middle - (middle - start) * factor, end: middle + (end - middle) * factor };
  }

  #reveal() {
    const { model, current } = this.session;
    const cue = model.get(current);
    const { start, end } = this.#wave.view;
    this.#wave.duration = Math.max(this.#wave.duration, this.session.player.duration);
    if (cue && (cue.start < start || cue.end > end)) {
      const length = Math.max(Math.min(end - start, 30), SHOWN_S, 1.5 * (cue.end - cue.start));
      const middle = (cue.start + cue.end) / 2;
      this.#wave.view = { start: middle - length / 2, end: middle + length / 2 };
    }
    this.#show();
  }

  #follow() {
    const { player } = this.session;
    const { start, end } = this.#wave.view;
    this.#wave.playhead = player.time;
    if (player.playing && (player.time < start || player.time > end)) {
      this.#wave.view = { start: player.time, end: player.time + end - start };
    }
  }
}

customElements.define("cue-wave", CueWave);

export const cueWave = (session) => Object.assign(document.createElement("cue-wave"), { session });
