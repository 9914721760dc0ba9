// The jobs that this page has sent: each goes on while the views change. Their history stays in this browser.

import { ApiError } from "./api.js";

const STORED_AS = "studio.runs";
const KEPT = 50;

/**
 * A run: {id, input, title, endpoint, created, state, progress, reply, error}. `state` is queued, running, completed,
 * failed or cancelled. `input` is the job as it was sent, without its key.
 */
export class Runs extends EventTarget {
  #api;
  #runs = new Map();
  #controllers = new Map();

  constructor(api) {
    super();
    this.#api = api;
    for (const run of read()) this.#runs.set(run.id, run);
    // Jobs of a page that was closed may still run.
    for (const run of this.#runs.values()) if (!isOver(run)) this.#resume(run);
  }

  /** All runs, the newest first. */
  get all() {
    return [...this.#runs.values()].sort((one, other) => other.created - one.created);
  }

  get(id) {
    return this.#runs.get(id) ?? null;
  }

  /** Send a job, and keep it in the history; resolves with its reply. Throws ApiError if it fails. */
  async start(input, { title = "", onEvent = () => {} } = {}) {
    const controller = new AbortController();
    let run = null;
    const started = (id) => {
      run = {
        id, input, title: title || titleOf(input), endpoint: input.endpoint ?? "generate", created: Date.now(),
        state: "queued", progress: null, reply: null, error: null,
      };
      this.#controllers.set(id, controller);
      this.#keep(run);
    };
    const heard = (event) => {
      if (event.kind === "progress") this.#keep(Object.assign(run, { state: "running", progress: event.data }));
      onEvent(event);
    };
    try {
      const reply = await this.#api.run(input, { onStart: started, onEvent: heard, signal: controller.signal });
      this.#keep(Object.assign(run, { state: "completed", progress: null, reply }));
      return reply;
    } catch (error) {
      if (run) this.#fail(run, error);
      throw error;
    } finally {
      if (run) this.#controllers.delete(run.id);
    }
  }

  cancel(id) {
    const controller = this.#controllers.get(id);
    if (controller) controller.abort();
    else this.#api.cancel(id).catch(() => {});
  }

  /** Forget a run; its files stay. Returns it, so that it can be put back. */
  remove(id) {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    this.#store();
    return run;
  }

  restore(run) {
    this.#keep(run);
  }

  async #resume(run) {
    try {
      for await (const event of this.#api.follow(run.id)) {
        if (event.kind === "progress") this.#keep(Object.assign(run, { state: "running", progress: event.data }));
        else if (event.kind === "completed") this.#keep(Object.assign(run, { state: "completed", reply: event.data }));
        else if (["failed", "cancelled", "timed_out"].includes(event.kind)) this.#fail(run, new ApiError(event.data));
      }
    } catch (error) {
      this.#fail(run, error);
    }
  }

  #fail(run, error) {
    const cancelled = error.code === "cancelled" || error.name === "AbortError";
    const { code = "internal", message, issues = [], retryable = false } = error;
    this.#keep(Object.assign(run, {
      state: cancelled ? "cancelled" : "failed", progress: null, error: { code, message, issues, retryable },
    }));
  }

  #keep(run) {
    this.#runs.set(run.id, run);
    this.#store();
  }

  #store() {
    for (const run of this.all.slice(KEPT)) if (isOver(run)) this.#runs.delete(run.id);
    try {
      localStorage.setItem(STORED_AS, JSON.stringify(this.all));
    } catch {
      // A browser that stores nothing still shows the runs of this visit.
    }
    this.dispatchEvent(new Event("change"));
  }
}

export function isOver(run) {
  return ["completed", "failed", "cancelled"].includes(run.state);
}

function titleOf(input) {
  const text = input.text ?? input.turns?.map((turn) => turn.text).join(" ") ?? input.voice_name ?? input.endpoint ?? "";
  return [...text].slice(0, 80).join("");
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORED_AS)) ?? [];
  } catch {
    return [];
  }
}
