// <timed-words>: what is said, in time with a player. A word is marked while it is spoken, and takes the player to it.

import { clock, h } from "../dom.js";

const UNSURE = 0.5; // confidence: the worker warns below it, too
const PARAGRAPH_S = 1.2; // a longer silence begins a new paragraph

/**
 * Properties: `words` as in the worker's json file, `media` an audio or video element, or null; `label`. Keys: arrows
 * choose a word, Enter plays from it. Event `seek` with detail {time}, also without a player.
 */
class TimedWords extends HTMLElement {
  words = [];
  media = null;
  label = "Words";
  #options = [];
  #chosen = -1;
  #spoken = -1;
  #frame = 0;

  connectedCallback() {
    this.#options = this.words.map((word, at) => this.#option(word, at));
    const paragraphs = [[]];
    this.words.forEach((word, at) => {
      if (at > 0 && word.start - this.words[at - 1].end > PARAGRAPH_S) paragraphs.push([]);
      const touches = this.words[at + 1]?.start_char === word.end_char;
      paragraphs.at(-1).push(this.#options[at], touches ? "" : " ");
    });
    const groups = paragraphs.map((parts) => h("div", { role: "group", "aria-label": `from ${clock(this.#first(parts))}` }, parts));
    this.setAttribute("role", "listbox");
    this.setAttribute("aria-label", this.label);
    this.tabIndex = 0;
    this.replaceChildren(...groups);
    this.addEventListener("click", (event) => this.#go(this.#options.indexOf(event.target.closest("[role=option]"))));
    this.addEventListener("keydown", this.#key);
    this.media?.addEventListener("play", this.#follow);
    this.media?.addEventListener("seeked", this.#show);
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#frame);
    this.media?.removeEventListener("play", this.#follow);
    this.media?.removeEventListener("seeked", this.#show);
  }

  #first([option]) {
    return this.words[this.#options.indexOf(option)]?.start ?? 0;
  }

  #option({ word, confidence, start }, at) {
    const unsure = confidence < UNSURE;
    return h(
      "span",
      {
        role: "option", id: `word-${at}`, "aria-selected": "false", class: unsure ? "unsure" : null,
        "aria-label": unsure ? `${word} (unsure)` : null,
        title: `${clock(start, 2)}${unsure ? ` · confidence ${confidence.toFixed(2)}` : ""}`,
      },
      word,
    );
  }

  #key = (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -this.words.length, End: this.words.length };
    if (event.key in steps) {
      event.preventDefault();
      const from = this.#chosen < 0 ? this.#spoken : this.#chosen;
      this.#choose(Math.max(0, Math.min(this.words.length - 1, from + steps[event.key])));
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#go(this.#chosen);
      this.media?.play().catch(() => {});
    }
  };

  #choose(at) {
    this.#options[this.#chosen]?.setAttribute("aria-selected", "false");
    this.#chosen = at;
    this.#options[at].setAttribute("aria-selected", "true");
    this.setAttribute("aria-activedescendant", `word-${at}`);
    this.#options[at].scrollIntoView({ block: "nearest" });
  }

  #go(at) {
    if (at < 0) return;
    this.#choose(at);
    const time = this.words[at].start;
    if (this.media) this.media.currentTime = time;
    this.dispatchEvent(new CustomEvent("seek", { detail: { time } }));
  }

  #follow = () => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#show();
      if (!this.media.paused) this.#follow();
    });
  };

  #show = () => {
    const time = this.media.currentTime + 0.0005;
    let at = this.words.findLastIndex((word) => word.start <= time);
    if (at >= 0 && time > this.words[at].end + 0.25) at = -1;
    if (at === this.#spoken) return;
    this.#options[this.#spoken]?.classList.remove("spoken");
    this.#options[at]?.classList.add("spoken");
    this.#spoken = at;
  };
}

customElements.define("timed-words", TimedWords);

export const timedWords = (properties) => Object.assign(document.createElement("timed-words"), properties);
