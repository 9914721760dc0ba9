// The view: runs. The history of this browser, what else the server does, and runs side by side.

import { showCode } from "../components/job_code.js";
import { runCard, stageInWords } from "../components/run_card.js";
import { MAX_COMPARED } from "../components/run_comparison.js";
import { announce, clock, h, icon, toast } from "../dom.js";
import { isOver } from "../runs.js";

const MAX_SEED = 2 ** 32;
const OTHERS_MS = 5000;
const MAX_OTHERS = 20;
/** The states of GET v1/jobs in the words of a run. */
const STATES = {
  IN_QUEUE: "queued", IN_PROGRESS: "running", COMPLETED: "completed", FAILED: "failed", TIMED_OUT: "failed",
  CANCELLED: "cancelled",
};

class RunsView extends HTMLElement {
  #chosen = new Set();
  #stop = null;
  #timer = 0;

  connectedCallback() {
    this.className = "stack";
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    for (const id of (this.parameters.compare ?? "").split(",").slice(0, MAX_COMPARED)) if (this.studio.runs.get(id)) this.#chosen.add(id);
    this.compare = h("button", { type: "button", class: "primary", onclick: () => this.#compare() });
    this.clear = h("button", { type: "button", onclick: () => this.#clear() }, icon("trash"), "Clear all");
    this.comparison = h("div", {});
    this.list = h("ul", { class: "cards" });
    this.others = h(
      "section",
      { class: "stack", hidden: true },
      h("h2", {}, "Other jobs of this server"),
      h("p", { class: "muted" }, "Sent by other browsers and programs."),
      h("ul", { class: "cards others" }),
    );
    this.replaceChildren(
      h("div", { class: "row between" }, h("h1", { tabindex: "-1" }, "Runs"), h("div", { class: "row" }, this.compare, this.clear)),
      h("p", { class: "muted" }, "The last jobs of this browser. What you remove here is gone from this list; its files stay on the server."),
      this.comparison,
      this.list,
      this.others,
    );
    this.studio.runs.addEventListener("change", ({ detail }) => this.#sync(detail), { signal });
    this.#sync();
    if (this.#chosen.size > 1) this.#compare();
    if (this.parameters.run) this.#find(this.parameters.run);
    this.#listOthers();
    this.#timer = setInterval(() => document.visibilityState === "visible" && this.#listOthers(), OTHERS_MS);
  }

  disconnectedCallback() {
    this.#stop.abort();
    clearInterval(this.#timer);
  }

  /** Show the cards of the runs that there are, without touching those that are shown already. */
  #sync(changed = null) {
    const { runs } = this.studio;
    const shown = new Map([...this.list.children].map((item) => [item.dataset.id, item]));
    const all = runs.all;
    this.clear.hidden = !all.some(isOver);
    if (changed && shown.has(changed.id)) return;
    for (const [id, item] of shown) if (!runs.get(id)) item.remove();
    all.forEach((run, index) => {
      const item = shown.get(run.id) ?? this.#item(run);
      if (this.list.children[index] !== item) this.list.insertBefore(item, this.list.children[index] ?? null);
    });
    for (const id of this.#chosen) if (!runs.get(id)) this.#chosen.delete(id);
    this.querySelector(".none")?.remove();
    if (all.length === 0) {
      this.list.before(
        h("p", { class: "card none" }, "There are no runs yet. ", h("a", { href: "#/script" }, "Write a script"), " and have it spoken: it will be here."),
      );
    }
    this.#showChosen();
  }

  #item(run) {
    const card = runCard(this.studio, run, { actions: (now) => this.#actions(now) });
    card.addEventListener("rerun", (event) => {
      event.preventDefault();
      this.#find(event.detail.run.id);
    });
    return h("li", { "data-id": run.id }, card);
  }

  #actions(run) {
    const { runs, open } = this.studio;
    const made = run.reply ?? {};
    const button = (label, name, onclick, further = {}) =>
      h("button", { type: "button", class: "plain", onclick, ...further }, icon(name), label);
    const seed = made.seed === undefined ? {} : { seed: made.seed };
    const another = () => this.#again(run, { seed: Math.floor(Math.random() * MAX_SEED) });
    const buttons = [];
    if (run.input) {
      buttons.push(button("Again", "again", () => this.#again(run, seed)));
      if (run.endpoint === "generate") {
        if (run.state === "completed") buttons.push(button("With another seed", "plus", another));
        buttons.push(button("Edit in Script", "script", () => open("script", { run: run.id })));
      }
    }
    if (made.timing_files || made.audio_url) buttons.push(button("Captions", "captions", () => open("captions", { job: run.id })));
    if (run.input) buttons.push(button("As code", "copy", () => showCode(run, this.studio.api)));
    if (runs.get(run.id)) {
      if (made.audio_url || made.video_url) {
        const pressed = { "aria-pressed": String(this.#chosen.has(run.id)), class: "plain choose" };
        buttons.push(button("Compare", "align", () => this.#choose(run.id), pressed));
      }
      buttons.push(button("Remove", "trash", () => this.#remove(run)));
    }
    return buttons;
  }

  async #again(run, changes) {
    try {
      const again = await this.studio.runs.again(run, changes);
      this.#find(again.id);
    } catch (error) {
      toast(`It could not be sent: ${error.message}`);
    }
  }

  /** Move the focus to the card of a run. */
  #find(id) {
    const card = this.list.querySelector(`[data-run="${CSS.escape(id)}"]`);
    if (!card) return;
    card.tabIndex = -1;
    card.focus();
  }

  #remove(run) {
    const item = this.list.querySelector(`[data-id="${CSS.escape(run.id)}"]`);
    const next = item.nextElementSibling ?? item.previousElementSibling;
    this.studio.runs.remove(run.id);
    if (next) this.#find(next.dataset.id);
    else this.querySelector("h1").focus();
    this.#offerUndo("The run was removed.", [run]);
  }

  #clear() {
    const { runs } = this.studio;
    const gone = runs.all.filter(isOver).map((run) => runs.remove(run.id));
    this.querySelector("h1").focus();
    this.#offerUndo(gone.length === 1 ? "The run was removed." : `${gone.length} runs were removed.`, gone);
  }

  #offerUndo(message, gone) {
    const undo = () => gone.forEach((run) => this.studio.runs.restore(run));
    toast(message, { action: "Undo", onAction: undo });
  }

  #choose(id) {
    if (!this.#chosen.delete(id)) {
      if (this.#chosen.size === MAX_COMPARED) return toast(`At most ${MAX_COMPARED} runs are compared at a time.`);
      this.#chosen.add(id);
    }
    this.#showChosen();
    const count = this.#chosen.size;
    announce(count < 2 ? `${count} chosen; choose two or more to compare` : `${count} chosen to compare`);
  }

  #showChosen() {
    const count = this.#chosen.size;
    this.compare.textContent = `Compare ${count} runs`;
    this.compare.hidden = count < 2;
    for (const item of this.list.children) {
      item.querySelector(".choose")?.setAttribute("aria-pressed", String(this.#chosen.has(item.dataset.id)));
    }
  }

  #compare() {
    // In the order in which they were made: A is the oldest.
    const runs = [...this.#chosen].map((id) => this.studio.runs.get(id)).sort((one, other) => one.created - other.created);
    const comparison = Object.assign(document.createElement("run-comparison"), { studio: this.studio, runs });
    comparison.addEventListener("close", () => {
      comparison.remove();
      this.#chosen.clear();
      this.#showChosen();
      this.querySelector("h1").focus();
    });
    this.comparison.replaceChildren(comparison);
    comparison.focus();
  }

  /** Jobs of this server that others have sent. */
  async #listOthers() {
    let answer;
    try {
      answer = await this.studio.api.json("GET", `v1/jobs?limit=${MAX_OTHERS}`, { signal: this.#stop.signal, inBackground: true });
    } catch {
      return;
    }
    if (!this.isConnected) return;
    const { api, runs } = this.studio;
    const others = answer.jobs.filter((job) => !runs.get(job.id) && !api.called.has(job.id));
    this.others.hidden = others.length === 0;
    const now = JSON.stringify(others);
    if (now === this.shownOthers) return;
    this.shownOthers = now;
    const focused = this.others.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.others.querySelector("ul").replaceChildren(...others.map((job) => this.#other(job)));
    if (focused) this.others.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  }

  #other(job) {
    const run = { state: STATES[job.status] ?? "running", progress: job.progress ?? null };
    const told = [
      new Date(1000 * job.created_at).toLocaleTimeString([], { timeStyle: "short" }),
      isOver(run) ? run.state : stageInWords(run),
      job.duration && `${clock(job.duration, 1)} long`,
    ];
    const show = () => {
      this.studio.runs.adopt({ id: job.id, endpoint: job.endpoint ?? "generate", created: 1000 * job.created_at });
      this.#find(job.id);
      this.#listOthers();
    };
    return h(
      "li",
      { class: "card row between" },
      h("p", {}, h("code", {}, job.endpoint ?? "unknown"), h("span", { class: "muted" }, ` · ${told.filter(Boolean).join(" · ")}`)),
      h("button", { type: "button", "data-id": job.id, onclick: show }, "Show", h("span", { class: "unseen" }, " it above")),
    );
  }
}

customElements.define("runs-view", RunsView);
