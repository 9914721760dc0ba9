// <run-comparison>: runs side by side: one is heard at a time, and A, B, C go on in another one at the same position.

import { h, icon, uniqueId } from "../dom.js";
import { factsOf } from "./run_card.js";
import { playerOf } from "./run_files.js";

const [LETTERS, DIGITS] = ["ABCDEFGHI", "123456789"];
/** How many runs have a key. */
export const MAX_COMPARED = LETTERS.length;
const STEP_S = 2;
const NEVER_SHOWN = new Set(["expires_in"]);
/** Fields of `generate` that a reply has as well: where none was given, what the worker took. */
const CHOSEN = new Set(["seed", "engine", "voice"]);

/** Properties: `studio` and `runs`, set before it is connected. Event: `close`. */
class RunComparison extends HTMLElement {
  #players = [];
  #current = 0;
  #columns = [];
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    this.addEventListener("keydown", (event) => this.#onKey(event), { signal: this.#stop.signal });
    this.addEventListener("play", (event) => this.#onPlay(event), { signal: this.#stop.signal, capture: true });
    this.#players = this.runs.map((run) => playerOf(this.studio.api, run, { eager: true }));
    this.#columns = this.runs.map((run, index) => this.#column(run, index));
    const id = uniqueId("comparison");
    const matched = h("input", { type: "checkbox", checked: true, onchange: () => this.#match(matched.checked) });
    for (const player of this.#players) player?.addEventListener("loaded", () => this.#match(matched.checked));
    const quietest = this.#loudnesses().filter((one) => one !== undefined);
    this.className = "card comparison";
    this.tabIndex = -1;
    this.setAttribute("role", "region");
    this.setAttribute("aria-labelledby", id);
    this.replaceChildren(
      h(
        "div",
        { class: "row between" },
        h("h2", { id }, `Comparing ${this.runs.length} runs`),
        h("button", { type: "button", onclick: () => this.dispatchEvent(new Event("close")) }, icon("close"), "Close"),
      ),
      h("p", { class: "hint" }, `Keys: ${this.#letters().join(", ")} or 1 to ${this.runs.length} go on in that run at the same position; Space plays and pauses; the arrow keys go ${STEP_S} seconds back and forth.`),
      h("label", { class: "check", hidden: quietest.length < 2 }, matched, "As loud as the quietest, so that the louder one does not merely sound better"),
      h("div", { class: "columns" }, this.#columns),
      this.#differences(),
    );
    this.#show();
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.replaceChildren();
  }

  /** Hear another run, from where the current one is. */
  switchTo(index) {
    const [before, next] = [this.#media(this.#current), this.#media(index)];
    if (!next || index === this.#current) return;
    const wasPlaying = before && !before.paused;
    if (before) {
      next.currentTime = Math.min(before.currentTime, next.duration || before.currentTime);
      before.pause();
    }
    this.#current = index;
    this.#show();
    if (wasPlaying) next.play().catch(() => {});
  }

  #media(index) {
    return this.#players[index]?.media ?? null;
  }

  #letters() {
    return this.runs.map((_, index) => LETTERS[index]);
  }

  #loudnesses() {
    return this.runs.map((run) => run.reply?.loudness?.integrated_lufs);
  }

  #match(on) {
    const levels = this.#loudnesses();
    const quietest = Math.min(...levels.filter((level) => level !== undefined));
    levels.forEach((level, index) => {
      const media = this.#media(index);
      if (media) media.volume = on && level !== undefined ? 10 ** ((quietest - level) / 20) : 1;
    });
  }

  #onPlay(event) {
    const index = this.#players.findIndex((player) => player?.contains(event.target));
    if (index >= 0) this.#current = index;
    this.#show();
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toUpperCase();
    const index = key.length === 1 ? Math.max(LETTERS.indexOf(key), DIGITS.indexOf(key)) : -1;
    // A player and a control that have the focus have keys of their own.
    const media = event.target.closest("audio, video, input, button") ? null : this.#media(this.#current);
    if (index >= 0 && index < this.runs.length) this.switchTo(index);
    else if (event.key === " " && media) media.paused ? media.play().catch(() => {}) : media.pause();
    else if (event.key === "ArrowLeft" && media) media.currentTime -= STEP_S;
    else if (event.key === "ArrowRight" && media) media.currentTime += STEP_S;
    else return;
    event.preventDefault();
  }

  #show() {
    this.#columns.forEach((column, index) => {
      column.classList.toggle("current", index === this.#current);
      column.querySelector("button").setAttribute("aria-pressed", index === this.#current);
    });
  }

  #column(run, index) {
    const button = h("button", { type: "button", onclick: () => this.switchTo(index) }, h("span", { class: "unseen" }, "Go on in "), LETTERS[index]);
    const player = this.#players[index] ?? h("p", { class: "muted" }, run.error?.message ?? "It has no sound.");
    return h(
      "div",
      { class: "column stack" },
      h("div", { class: "row" }, button, h("p", { class: "run-title", dir: "auto" }, run.title)),
      h("p", { class: "muted small" }, factsOf(run).join(" · ")),
      player,
    );
  }

  #differences() {
    const rows = differences(this.runs);
    if (rows.length === 0) return h("p", {}, "They were sent with the same fields, and have the same facts.");
    const head = h("tr", {}, h("th", { scope: "col" }, "What differs"), this.#letters().map((letter) => h("th", { scope: "col" }, letter)));
    const body = rows.map(([name, values, isField]) =>
      h("tr", {}, h("th", { scope: "row" }, isField ? h("code", {}, name) : name), values.map((value) => h("td", { dir: "auto" }, value))),
    );
    return h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "What differs" },
      h("table", {}, h("thead", {}, head), h("tbody", {}, body)),
    );
  }
}

customElements.define("run-comparison", RunComparison);

/**
 * Rows [name, values, isField] of what differs between runs: the fields they were sent with, then what came of them. A
 * field that one of them left out has what the worker chose.
 */
export function differences(runs) {
  const came = runs.map(({ reply }) => ({
    seed: reply?.seed,
    engine: reply?.engine,
    voice: reply?.voice?.name ?? reply?.voice,
    duration: unit(reply?.duration, "s"),
    "measured loudness": unit(reply?.loudness?.integrated_lufs, "LUFS"),
    "confidence of the word times": reply?.timing_confidence,
    "confidence of the takes": reply?.takes?.map((take) => take.confidences.join(" ")).join("; "),
    "made in": unit(reply?.metrics?.total, "s"),
  }));
  const given = new Set(runs.flatMap(({ input }) => Object.keys(input ?? {})));
  const sent = runs.map(({ input }, index) => {
    const chosen = [...given].filter((name) => CHOSEN.has(name)).map((name) => [name, came[index][name]]);
    return { ...Object.fromEntries(chosen), ...input };
  });
  const fields = rows(sent).map((row) => [...row, true]);
  return [...fields, ...rows(came).filter(([name]) => !given.has(name))];
}

function unit(value, name) {
  return value === undefined || value === null ? value : `${value.toFixed(1)} ${name}`;
}

function rows(objects) {
  const names = new Set(objects.flatMap(Object.keys));
  return [...names]
    .filter((name) => !NEVER_SHOWN.has(name))
    .map((name) => [name, objects.map((object) => shown(object[name]))])
    .filter(([, values]) => new Set(values).size > 1);
}

function shown(value) {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
