// The text of a finished job, whose words light up as they are spoken; a click on a word plays from there.

import { h } from "../../dom.js";
import { findMarks } from "./marks.js";
import { lastBefore, Positions } from "./positions.js";

/** Which of the words is spoken at a time: -1 between two. */
export function wordAt(words, time) {
  const index = lastBefore(words, time);
  return index >= 0 && time < words[index].end ? index : -1;
}

/** `<script-reader>` for a `run` whose card is `card`; properties `studio`, `run` and `card` are set before it is shown. */
class ScriptReader extends HTMLElement {
  #words = [];
  #spans = [];
  #now = -1;
  #cursor = 0;
  #frame = 0;
  #media = null;
  #stop = null;

  async connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    let captions;
    try {
      captions = JSON.parse(await (await this.studio.api.file(this.run.id, "json")).text());
    } catch (error) {
      this.replaceChildren(h("p", { class: "muted" }, `The times of the words cannot be had: ${error.message}`));
      return;
    }
    if (signal.aborted) return;
    this.#words = captions.words;
    this.#render();
    // Events of media do not rise, but they can be caught on their way down.
    for (const name of ["play", "seeked", "timeupdate", "pause"]) {
      this.card.addEventListener(name, ({ target }) => this.#follow(target), { capture: true, signal });
    }
    const playing = this.card.querySelector("audio");
    if (playing) this.#follow(playing);
  }

  disconnectedCallback() {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
    this.replaceChildren();
  }

  #render() {
    const { text } = this.run.reply;
    const positions = new Positions(text);
    const content = [];
    let at = 0;
    let speaker = null;
    this.#spans = this.#words.map((word, index) => {
      const [start, end] = [positions.unit(word.start_char), positions.unit(word.end_char)];
      content.push(...between(text.slice(at, start)));
      if (word.speaker && word.speaker !== speaker) content.push(h("span", { class: "chip" }, word.speaker), " ");
      speaker = word.speaker;
      at = Math.max(at, end);
      const span = h("span", { class: "spoken-word", "data-index": index }, word.word);
      content.push(span);
      return span;
    });
    content.push(...between(text.slice(at)));
    const words = h("div", {
      class: "reader", dir: "auto", tabindex: 0, role: "group",
      "aria-label": "What is spoken. Left and right go from word to word, Enter plays from there.",
    }, content);
    words.addEventListener("click", ({ target }) => target.dataset.index && this.#play(Number(target.dataset.index)));
    words.addEventListener("keydown", (event) => this.#key(event));
    this.replaceChildren(words);
  }

  #follow(media) {
    this.#media = media;
    cancelAnimationFrame(this.#frame);
    this.#light(wordAt(this.#words, media.currentTime));
    if (!media.paused) this.#frame = requestAnimationFrame(() => this.#follow(media));
  }

  #light(index) {
    if (index === this.#now) return;
    this.#spans[this.#now]?.removeAttribute("aria-current");
    this.#now = index;
    const span = this.#spans[index];
    if (!span) return;
    this.#cursor = index;
    span.setAttribute("aria-current", "true");
    const box = this.firstElementChild;
    const [top, bottom] = [span.offsetTop - box.offsetTop, span.offsetTop - box.offsetTop + span.offsetHeight];
    if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 3;
  }

  async #play(index) {
    const media = await this.#seek(index);
    await media?.play().catch(() => {});
  }

  async #seek(index) {
    const media = this.#media ?? (await this.card.querySelector("job-media")?.load().catch(() => null));
    if (!media) return null;
    this.#cursor = index;
    media.currentTime = this.#words[index].start;
    return media;
  }

  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined && event.key !== "Enter") return;
    event.preventDefault();
    const index = Math.min(Math.max(this.#cursor + (step ?? 0), 0), this.#words.length - 1);
    if (step === undefined) this.#play(index);
    else this.#seek(index);
  }
}

customElements.define("script-reader", ScriptReader);

/** What stands between two words: blanks, line breaks and pauses. Signs that are not spoken are not shown, as in captions. */
function between(text) {
  const pauses = findMarks(text).filter((mark) => mark.kind === "pause");
  const [blank] = [/\n\s*\n/, /\n/, /\s/, /^/].flatMap((pattern) => pattern.exec(text) ?? []);
  return [blank, ...pauses.flatMap((mark) => [h("span", { class: "chip" }, mark.length), " "])];
}
