// What the worker makes of a script, asked while it is written: the endpoint `text`, which speaks nothing.

import { Positions } from "./positions.js";

const QUIET_MS = 350; // without a key, until the worker is asked; longer where its answers take long
const LONGEST_MS = 3000;
const KEPT = 30;

/**
 * Asks the worker about the newest script only: one question at a time, none twice. `onAnswer(answer)` hears
 * {language, characters, seconds, words, marks, warnings} with the places of words and marks in UTF-16 units of the
 * script, or {error}; `onWait()` is called when a question is on its way.
 */
export class Preview {
  #api;
  #answers = new Map();
  #timer = 0;
  #asking = null;
  #took = 0;

  constructor(api, { onAnswer, onWait = () => {} }) {
    this.#api = api;
    this.onAnswer = onAnswer;
    this.onWait = onWait;
  }

  /** Ask about an input of `text`, of which `script` is the whole text; null asks nothing. */
  ask(input, script) {
    this.stop();
    if (input === null) return;
    const key = JSON.stringify(input);
    const known = this.#answers.get(key);
    if (known) this.onAnswer(known);
    else this.#timer = setTimeout(() => this.#send(key, input, script), Math.min(Math.max(QUIET_MS, this.#took), LONGEST_MS));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  async #send(key, input, script) {
    const asking = new AbortController();
    this.#asking = asking;
    this.onWait();
    const started = performance.now();
    let answer;
    try {
      answer = placed(await this.#api.call({ endpoint: "text", ...input }, { signal: asking.signal }), script);
    } catch (error) {
      if (error.name === "AbortError") return;
      answer = { error };
    }
    if (this.#asking !== asking) return;
    this.#asking = null;
    this.#took = performance.now() - started;
    if (!answer.error?.retryable) this.#keep(key, answer);
    this.onAnswer(answer);
  }

  #keep(key, answer) {
    this.#answers.set(key, answer);
    if (this.#answers.size > KEPT) this.#answers.delete(this.#answers.keys().next().value);
  }
}

/** The answer with places in UTF-16 units; a word says whether it is spoken otherwise than it is written. */
function placed(answer, script) {
  const positions = new Positions(script);
  const place = ({ start_char: start, end_char: end, ...rest }) => ({
    ...rest, start: positions.unit(start), end: positions.unit(end),
  });
  const words = answer.words.map(place).map(({ phonemes, ...word }) => {
    return phonemes ? { ...word, spoken: `/${phonemes}/`, differs: true } : { ...word, differs: differs(word) };
  });
  return { ...answer, words, marks: answer.marks?.map(place) ?? null };
}

/** Whether a word is spoken otherwise than any reader would say: letter case and punctuation do not count. */
function differs({ word, spoken }) {
  return bare(word) !== bare(spoken);
}

function bare(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim();
}
