// The jobs that this page has sent: each goes on while the views change. Their history stays in this browser.

import { ApiError, ENDED } from "./api.js";

const STORED_AS = "studio.runs";
const KEPT = 50;
const FORGOTTEN = "the server no longer knows this job: it was restarted, or the job ended more than half an hour ago";

/**
 * A run: {id, input, title, endpoint, created, ended, state, progress, reply, error}. `state` is queued, running,
 * completed, failed or cancelled. `input` is the job as it was sent, without its key. Times are those of Date.now().
 *
 * Events: `change` whenever a run changes, `end` when a job has ended; `detail` is the run, or null for a change of
 * the history itself.
 */
export class Runs extends EventTarget {
  #api;
  #runs = new Map();
  #controllers = new Map();
  #followed = new Set();

  constructor(api) {
    super();
    this.#api = api;
    for (const run of read()) this.#runs.set(run.id, run);
    this.#resumeAll();
    api.addEventListener("key", () => this.#resumeAll());
  }

  /** All runs, the newest first. */
  get all() {
    return [...this.#runs.values()].sort((one, other) => other.created - one.created);
  }

  get(id) {
    return this.#runs.get(id) ?? null;
  }

  /** How many jobs wait or run. */
  get running() {
    return this.all.filter((run) => !isOver(run)).length;
  }

  /**
   * Send a job, and keep it in the history; resolves with its reply. `onStart(run)` is called once it is queued.
   * Throws ApiError if it fails.
   */
  async start(input, { title = "", onStart = () => {}, onEvent = () => {} } = {}) {
    const controller = new AbortController();
    let run = null;
    const started = (id) => {
      run = {
        id, input, title: title || titleOf(input), endpoint: input.endpoint ?? "generate", created: Date.now(),
        ended: null, state: "queued", progress: null, reply: null, error: null,
      };
      this.#controllers.set(id, controller);
      this.#keep(run);
      onStart(run);
    };
    const heard = (event) => {
      if (event.kind === "progress") this.#progress(run, event.data);
      onEvent(event);
    };
    try {
      const reply = await this.#api.run(input, { onStart: started, onEvent: heard, signal: controller.signal });
      this.#end(run, { state: "completed", reply });
      return reply;
    } catch (error) {
      if (run) this.#fail(run, error);
      throw error;
    } finally {
      if (run) this.#controllers.delete(run.id);
    }
  }

  /** Send a run's job again, with other fields where `changes` has them; resolves with the new run once it is queued. */
  again(run, changes = {}) {
    return new Promise((resolve, reject) => {
      this.start({ ...run.input, ...changes }, { title: run.title, onStart: resolve }).catch(reject);
    });
  }

  /** Take a job that somebody else has sent into the history, and follow it to its end. Its input is not known. */
  adopt({ id, endpoint, created }) {
    const run = {
      id, input: null, title: `A job of ${endpoint}`, endpoint, created, ended: null, state: "queued", progress: null,
      reply: null, error: null,
    };
    this.#keep(run);
    this.#resume(run);
    return run;
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
    this.#keep();
    return run;
  }

  restore(run) {
    this.#runs.set(run.id, run);
    this.#keep();
  }

  /** Jobs of a page that was closed may still run. */
  #resumeAll() {
    for (const run of this.#runs.values()) {
      if (!isOver(run) && !this.#controllers.has(run.id) && !this.#followed.has(run.id)) this.#resume(run);
    }
  }

  async #resume(run) {
    this.#followed.add(run.id);
    try {
      for await (const event of this.#api.follow(run.id)) {
        if (event.kind === "progress") this.#progress(run, event.data);
        else if (event.kind === "completed") this.#end(run, { state: "completed", reply: event.data });
        else if (ENDED.has(event.kind)) this.#fail(run, new ApiError(event.data));
      }
    } catch (error) {
      // Without a key nothing is known of the job; it is followed again once there is one.
      if (error.status === 404) this.#fail(run, new ApiError({ error: FORGOTTEN, error_code: "not_found" }));
      else if (error.status !== 401) this.#fail(run, error);
    } finally {
      this.#followed.delete(run.id);
    }
  }

  #progress(run, progress) {
    const wasQueued = run.state === "queued";
    Object.assign(run, { state: "running", progress });
    // Progress comes many times a second, and is of no use to a later visit.
    if (wasQueued) this.#keep(run);
    else this.#tell("change", run);
  }

  #fail(run, error) {
    const cancelled = error.code === "cancelled" || error.name === "AbortError";
    const { code = "internal", message, issues = [], retryable = false } = error;
    this.#end(run, { state: cancelled ? "cancelled" : "failed", error: { code, message, issues, retryable } });
  }

  #end(run, changes) {
    this.#keep(Object.assign(run, { ended: Date.now(), progress: null }, changes));
    this.#tell("end", run);
  }

  #keep(run = null) {
    if (run) this.#runs.set(run.id, run);
    for (const old of this.all.slice(KEPT)) if (isOver(old)) this.#runs.delete(old.id);
    store(this.all);
    this.#tell("change", run);
  }

  #tell(kind, run) {
    this.dispatchEvent(new CustomEvent(kind, { detail: run }));
  }
}

export function isOver(run) {
  return ["completed", "failed", "cancelled"].includes(run.state);
}

function titleOf(input) {
  const text = input.text ?? input.turns?.map((turn) => turn.text).join(" ") ?? input.voice_name ?? input.endpoint ?? "";
  return [...text].slice(0, 80).join("");
}

/** Keep the runs for the next visit, the newest at least: long scripts may be more than a browser stores. */
function store(runs) {
  for (let count = runs.length; ; count = Math.floor(count / 2)) {
    try {
      localStorage.setItem(STORED_AS, JSON.stringify(runs.slice(0, count)));
      return;
    } catch {
      if (count === 0) return;
    }
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORED_AS)) ?? [];
  } catch {
    return [];
  }
}
