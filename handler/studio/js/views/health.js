// The view: health. How the worker is, in plain words, looked at again while the view is shown.

import { aligners, engines, errors, machine, offers, queue, versions } from "../components/health_parts.js";
import { problem, sentence } from "../components/problem.js";
import { announce, h, icon } from "../dom.js";

const EVERY_MS = 5000;

/** `status` of GET /health: what it is called, the tone, and what it means for who sends jobs. */
const STATES = {
  healthy: ["Ready", "good", "The worker takes jobs."],
  starting: ["Starting", "warn", "Jobs are queued, and begin once it has started."],
  stopping: ["Stopping", "warn", "It ends what runs, and takes no new jobs."],
  failed: ["Failed", "bad", "It takes no jobs. Its operator has to put this right and start it again."],
};

/** The cards: what each is about, and what it shows of {health, status, options}. */
const CARDS = [
  ["Engines", "An engine turns text into speech.", engines],
  ["Aligners", "An aligner finds when each word is said: captions get their times from it. They are tried in this order.", aligners],
  ["Jobs", "", queue],
  ["Machine", "", machine],
  ["Last errors", "The newest first, since the worker was started.", errors],
  ["What it offers", "", offers],
  ["Versions", "For a report of a problem.", versions],
];

class HealthView extends HTMLElement {
  #stop = null;
  #timer = 0;
  #state = null;
  #told = new Map();

  connectedCallback() {
    this.className = "stack";
    this.#stop = new AbortController();
    this.banner = h("div", { class: "card banner" }, h("p", { class: "muted" }, "Asking the worker …"));
    this.trouble = h("div", {});
    this.seen = h("span", { class: "muted small numeric" });
    this.parts = CARDS.map(([title, hint, show]) => {
      const body = h("div", { class: "stack part" });
      return { show, body, element: h("section", { class: "card" }, h("h2", {}, title), hint && h("p", { class: "hint" }, hint), body) };
    });
    this.columns = h("div", { class: "health-cards", hidden: true }, this.parts.map(({ element }) => element));
    const again = h("button", { type: "button", onclick: () => this.#look({ asked: true }) }, icon("again"), "Look again");
    this.replaceChildren(
      h("div", { class: "row between" }, h("h1", {}, "Health"), h("div", { class: "row" }, this.seen, again)),
      this.banner,
      this.trouble,
      this.columns,
    );
    const wake = () => document.visibilityState === "visible" && this.#look();
    document.addEventListener("visibilitychange", wake, { signal: this.#stop.signal });
    this.#look({ asked: true });
  }

  disconnectedCallback() {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  /** Ask the worker how it is, and again after a while; only where the user `asked` may it ask for the key. */
  async #look({ asked = false } = {}) {
    clearTimeout(this.#timer);
    const { api } = this.studio;
    const how = { signal: this.#stop.signal, inBackground: !asked };
    try {
      const health = await api.json("GET", "health", { ...how, accept: [503] });
      this.#showState(health);
      const status = await api.call({ endpoint: "status" }, how).catch((error) => {
        // A worker that takes no jobs has said why.
        if (error.status === 503 && health.status !== "healthy") return {};
        throw error;
      });
      // A worker that offers nothing that can be read is still worth a look.
      const options = await api.options().catch(() => null);
      if (!this.isConnected) return;
      this.#show({ health, status, options });
    } catch (error) {
      if (error.name === "AbortError" || !this.isConnected) return;
      this.#showTrouble(error);
      if (error.status === 401) return;
    }
    this.#timer = setTimeout(() => document.visibilityState === "visible" && this.#look(), EVERY_MS);
  }

  #showState({ status, reason }) {
    const [word, tone, meaning] = STATES[status] ?? [status, "", ""];
    if (this.#state !== null && this.#state !== status) announce(`The worker is now: ${word}`);
    this.#state = status;
    this.#replace(this.banner, [
      h("p", { class: `state ${tone}` }, h("span", { class: "dot", "aria-hidden": "true" }), word),
      h("p", {}, meaning),
      reason && h("p", { class: "muted" }, sentence(reason)),
    ]);
  }

  #show(seen) {
    this.#replace(this.trouble, []);
    this.seen.textContent = `Looked at ${new Date().toLocaleTimeString()}`;
    for (const { show, body } of this.parts) this.#replace(body, [show(seen)].flat());
    this.columns.hidden = false;
  }

  #showTrouble(error) {
    const silent = error.code === "connection_lost";
    if (silent) this.#state = "silent";
    if (silent || error.status === 401) this.#replace(this.banner, [h("p", { class: "state bad" }, silent ? "No answer" : "Locked")]);
    // The same trouble is not said again each time.
    if (this.#told.get(this.trouble) === error.message) return;
    this.trouble.replaceChildren(problem(error, () => this.#look({ asked: true })));
    this.#told.set(this.trouble, error.message);
  }

  /** Put children into an element, unless they look the same as those that it has: nothing flickers, and what is open stays. */
  #replace(element, children) {
    const fresh = h("div", {}, children);
    const now = fresh.textContent;
    if (this.#told.get(element) === now) return;
    this.#told.set(element, now);
    element.replaceChildren(...fresh.childNodes);
  }
}

customElements.define("health-view", HealthView);
