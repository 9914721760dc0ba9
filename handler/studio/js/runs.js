// The jobs that this page has sent: each goes on while the views change. Their history stays in this browser.

import { ApiError, ENDED } from "./api.js";
import { forgetRun, keepRun, onRunElsewhere, runsKept } from "./run_history.js";

const KEPT = 50;
/** Jobs whose fields name people, and are of no use once they are sent: their history has neither them nor the voice. */
const PRIVATE = new Set(["upload"]);
const FORGOTTEN = "the server no longer knows this job: it was restarted, or the job ended more than half an hour ago";

/**
 * A run: {id, input, title, endpoint, created, ended, state, progress, reply, error}. `state` is queued, running,
 * completed, failed or cancelled. `input` is the job as it was sent, without its key; null where it is not known or not
 * kept. Times are those of Date.now().
 *
 * Events: `change` whenever a run changes, `end` when a job has ended; `detail` is the run, or null for a change of
 * the history itself.
 */
export class Runs extends EventTarget {
  #api;
  #runs = new Map();
  #followed = new Set();

  constructor(api) {
    super();
    this.#api = api;
    for (const run of runsKept()) this.#runs.set(run.id, run);
    onRunElsewhere((id, run) => this.#heard(id, run));
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
    let run = null;
    const started = (id) => {
      const endpoint = input.endpoint ?? "generate";
      const shown = PRIVATE.has(endpoint) ? null : input;
      run = newRun({ id, endpoint, input: shown, title: title || titleOf(input), created: Date.now() });
      this.#followed.add(id);
      this.#keep(run);
      onStart(run);
    };
    const heard = (event) => {
      if (event.kind === "progress") this.#progress(run, event.data);
      onEvent(event);
    };
    try {
      const reply = await this.#api.run(input, { onStart: started, onEvent: heard });
      this.#end(run, { state: "completed", reply });
      return reply;
    } catch (error) {
      if (run) this.#fail(run, error);
      throw error;
    } finally {
      if (run) this.#followed.delete(run.id);
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
    const run = newRun({ id, endpoint, input: null, title: `A job of ${endpoint}`, created });
    this.#keep(run);
    this.#resume(run);
    return run;
  }

  /** Stop a job on the server; its end is told as that of any job. Throws ApiError. */
  cancel(id) {
    return this.#api.cancel(id);
  }

  /** Forget a run; its files stay. Returns it, so that it can be put back. */
  remove(id) {
    const run = this.#runs.get(id);
    this.#forget(id);
    this.#tell("change", null);
    return run;
  }

  restore(run) {
    this.#keep(run);
    this.#tell("change", null);
  }

  /** Another tab has sent a job, knows more of one, or has removed it. */
  #heard(id, run) {
    if (this.#followed.has(id)) return;
    // A job that has ended stays so: the other tab may be a step behind.
    if (run && !isOver(run) && isOver(this.#runs.get(id) ?? run)) return;
    if (run === null) this.#runs.delete(id);
    else this.#runs.set(id, Object.assign(this.#runs.get(id) ?? {}, run));
    this.#tell("change", this.#runs.get(id) ?? null);
    this.#resumeAll();
  }

  /** Jobs of another tab, or of a page that was closed, may still run. */
  #resumeAll() {
    for (const run of this.#runs.values()) if (!isOver(run) && !this.#followed.has(run.id)) this.#resume(run);
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
    Object.assign(run, { ended: Date.now(), progress: null }, changes);
    if (PRIVATE.has(run.endpoint) && run.reply) run.reply = { ...run.reply, voice: { name: run.reply.voice?.name } };
    this.#keep(run);
    this.#tell("end", run);
  }

  #keep(run) {
    this.#runs.set(run.id, run);
    keepRun(run);
    for (const old of this.all.slice(KEPT)) if (isOver(old)) this.#forget(old.id);
    this.#tell("change", run);
  }

  #forget(id) {
    this.#runs.delete(id);
    forgetRun(id);
  }

  #tell(kind, run) {
    this.dispatchEvent(new CustomEvent(kind, { detail: run }));
  }
}

export function isOver(run) {
  return ["completed", "failed", "cancelled"].includes(run.state);
}

function newRun(known) {
  return { ...known, ended: null, state: "queued", progress: null, reply: null, error: null };
}

function titleOf(input) {
  const text = input.title ?? input.text ?? input.turns?.map((turn) => turn.text).join(" ") ?? input.voice_name ?? input.endpoint ?? "";
  return [...text].slice(0, 80).join("");
}
