// <run-card>: a job as people see it: how far it is, what it has made, or why it failed, with the way out.

import { announce, clock, h, icon, uniqueId } from "../dom.js";
import { isOver } from "../runs.js";
import { sentence } from "./problem.js";
import { chapterDownloads, downloads, filesOf, playerOf } from "./run_files.js";

const STATES = {
  queued: "Waiting", running: "Running", completed: "Done", failed: "Failed", cancelled: "Cancelled",
};

/** What a job does, by the `stage` of its progress. */
const STAGES = {
  fetch: "Fetching your files",
  decode: "Reading the recording",
  text: "Reading the text",
  speak: "Speaking",
  convert: "Speaking it in the other voice",
  transcribe: "Writing down what is said",
  align: "Finding the words in the sound",
  join: "Joining the chapters",
  captions: "Making captions",
  render: "Drawing the video",
  inspect: "Looking for marks of AI",
  upload: "Saving the files",
};
/** What `done` and `total` count in a stage; of the others the share is shown. */
const COUNTED = { speak: "part", convert: "part", upload: "file" };
const TICK_MS = 1000;

/** What a run does now, in words: "Speaking: part 3 of 8"; of a book, "Speaking: chapter 2 of 9". */
export function stageInWords(run) {
  if (run.state === "queued") return "Waiting for its turn";
  const { stage, done = 0, total = 0, chapter, chapters } = run.progress ?? {};
  if (!stage) return "Starting";
  const words = STAGES[stage] ?? stage;
  if (chapter && chapters) return `${words}: chapter ${chapter} of ${chapters}`;
  if (total <= 0) return words;
  if (stage in COUNTED) return `${words}: ${COUNTED[stage]} ${Math.min(done + 1, total)} of ${total}`;
  return `${words}: ${Math.floor((100 * Math.min(done, total)) / total)} %`;
}

/**
 * A card for one run. Properties, set before it is connected: `studio` and `run`; `eager`: fetch the sound at once;
 * `actions(run)`: further buttons, once the job is over. Event `rerun` with `detail.run` when "Try again" has sent the
 * job again; the card then shows the new run, unless the event is prevented.
 */
export class RunCard extends HTMLElement {
  eager = false;
  actions = () => [];
  #run = null;
  #shown = null;
  #live = null;
  #timer = 0;
  #stop = null;

  get run() {
    return this.#run;
  }

  set run(run) {
    this.#run = run;
    this.dataset.run = run.id;
    if (this.isConnected) this.#render();
  }

  connectedCallback() {
    this.#stop = new AbortController();
    const update = ({ detail }) => {
      if (detail === null || detail.id !== this.#run.id) return;
      this.#run = detail;
      const goesOn = !isOver(detail) && !isOver({ state: this.#shown });
      if (goesOn || detail.state === this.#shown) this.#update();
      else this.#render();
    };
    this.studio.runs.addEventListener("change", update, { signal: this.#stop.signal });
    this.#render();
  }

  disconnectedCallback() {
    this.#stop.abort();
    clearInterval(this.#timer);
    this.replaceChildren();
  }

  #render() {
    const { state, title, endpoint } = this.#run;
    // Who has watched the job wants to hear it; a list of old jobs fetches no sound.
    const watched = this.#shown !== null && !isOver({ state: this.#shown });
    const hadFocus = this.contains(document.activeElement);
    this.#shown = state;
    const id = uniqueId("run");
    this.className = "card run";
    this.dataset.state = state;
    this.setAttribute("role", "group");
    this.setAttribute("aria-labelledby", id);
    const kind = state === "failed" ? "bad" : state === "completed" ? "" : "accent";
    this.replaceChildren(
      h(
        "div",
        { class: "row between" },
        h("p", { id, class: "run-title", dir: "auto" }, title || endpoint),
        h("span", { class: `chip ${kind}` }, STATES[state]),
      ),
      h("p", { class: "muted small" }, factsOf(this.#run).join(" · ")),
    );
    clearInterval(this.#timer);
    if (isOver(this.#run)) this.append(...this.#ended(watched).filter(Boolean));
    else this.append(this.#running());
    if (hadFocus) {
      const next = this.querySelector("button, audio, video, a") ?? this;
      if (next === this) this.tabIndex = -1;
      next.focus();
    }
  }

  #running() {
    const words = h("span", {});
    const seconds = h("span", { class: "muted numeric" });
    const bar = h("progress", { max: 1, "aria-label": `Progress of ${this.#run.title}` });
    const problem = h("p", { class: "problem", role: "alert" });
    const cancel = async () => {
      problem.textContent = "";
      button.replaceChildren(icon("stop"), "Cancelling …");
      try {
        await this.studio.runs.cancel(this.#run.id);
      } catch (error) {
        button.replaceChildren(icon("stop"), "Cancel");
        problem.textContent = `It was not cancelled: ${error.message}`;
      }
    };
    const button = h("button", { type: "button", onclick: cancel }, icon("stop"), "Cancel");
    this.#live = { words, seconds, bar };
    this.#timer = setInterval(() => this.#update(), TICK_MS);
    this.#update();
    return h("div", { class: "stack live" }, h("div", { class: "row between" }, words, seconds), bar, h("div", { class: "row" }, button, problem));
  }

  #update() {
    if (isOver(this.#run) || !this.#live) return;
    const { words, seconds, bar } = this.#live;
    const { done = 0, total = 0, seconds_left: left } = this.#run.progress ?? {};
    words.textContent = stageInWords(this.#run);
    const chip = this.querySelector(".chip");
    if (chip) chip.textContent = STATES[this.#run.state];
    this.dataset.state = this.#run.state;
    const told = left === undefined || left === null ? "" : ` · about ${clock(left)} left`;
    seconds.textContent = `${clock((Date.now() - this.#run.created) / 1000)}${told}`;
    if (total > 0) bar.value = Math.min(done / total, 1);
    else bar.removeAttribute("value");
  }

  #ended(watched) {
    const { state, reply, error } = this.#run;
    if (state === "failed") return [this.#failure(error, watched), this.#buttons()];
    if (state === "cancelled") return [h("p", { class: "muted" }, "It was cancelled before its end and made no files."), this.#buttons()];
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const onError = ({ message }) => {
      problem.textContent = `The file cannot be had: ${message}`;
      problem.hidden = false;
    };
    return [
      playerOf(this.studio.api, this.#run, { eager: this.eager || watched }),
      filesOf(this.#run).length > 0 && downloads(this.studio.api, this.#run, onError),
      chapterDownloads(this.studio.api, this.#run, onError),
      problem,
      warningsOf(reply),
      this.#buttons(),
    ];
  }

  #failure({ message, issues = [], retryable }, watched) {
    const listed = issues.map((issue) => h("li", {}, h("code", {}, issue.field), ": ", issue.message));
    const again = h("button", { type: "button", onclick: () => this.#again() }, icon("again"), "Try again");
    return h(
      "div",
      { class: "notice bad stack", role: watched ? "alert" : null },
      listed.length > 0 ? [h("p", {}, "The worker refused it:"), h("ul", { class: "issues" }, listed)] : h("p", {}, sentence(message)),
      retryable && this.#run.input && h("div", { class: "row" }, h("p", {}, "The same job may succeed if you send it again."), again),
    );
  }

  async #again() {
    let run;
    try {
      run = await this.studio.runs.again(this.#run);
    } catch (error) {
      announce(error.message);
      this.querySelector(".notice").append(h("p", { class: "problem" }, `It could not be sent: ${error.message}`));
      return;
    }
    if (this.dispatchEvent(new CustomEvent("rerun", { detail: { run }, cancelable: true }))) {
      this.#shown = null;
      this.run = run;
    }
  }

  #buttons() {
    const buttons = this.actions(this.#run);
    return buttons.length > 0 && h("div", { class: "row actions" }, buttons);
  }
}

customElements.define("run-card", RunCard);

/** A card for a run; `options` are `eager` and `actions`. */
export function runCard(studio, run, options = {}) {
  return Object.assign(document.createElement("run-card"), options, { studio, run });
}

/** What is worth knowing of a run at a glance, in words. */
export function factsOf(run) {
  const { reply, input } = run;
  const facts = [run.endpoint, new Date(run.created).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })];
  if (reply?.voice?.name ?? reply?.voice) facts.push(reply.voice.name ?? reply.voice);
  else if (input?.voice) facts.push(input.voice);
  if (reply?.duration !== undefined) facts.push(`${clock(reply.duration, 1)} long`);
  if (reply?.loudness?.integrated_lufs !== undefined) facts.push(`loudness ${reply.loudness.integrated_lufs.toFixed(1)} LUFS`);
  if (reply?.seed !== undefined) facts.push(`seed ${reply.seed}`);
  if (reply?.metrics?.total !== undefined) facts.push(`made in ${reply.metrics.total.toFixed(1)} s`);
  return facts;
}

function warningsOf(reply) {
  const warnings = reply?.warnings ?? [];
  if (warnings.length === 0) return null;
  const items = warnings.map(({ code, message }) => h("li", { title: code }, message));
  return h("div", { class: "notice warn" }, h("p", {}, "The job is done, but:"), h("ul", { class: "issues" }, items));
}
