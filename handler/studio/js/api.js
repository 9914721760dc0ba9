// A client of the worker's public API. The key stays in this object, which is gone with the page.

import { sending } from "./sending.js";
import { readEvents } from "./sse.js";

export const ENDED = new Set(["completed", "failed", "cancelled", "timed_out"]);
const RECONNECT_MS = 1000;
/** Jobs that are followed by a stream; a browser opens some six connections to a server, for all of its tabs. */
const MAX_STREAMS = 2;
const WANTS_KEY = "this server wants a key: ask who runs it, and give it with the button API key at the top";

/** A request or a job that failed: `message` is the worker's sentence, `issues` has {field, message} of each field. */
export class ApiError extends Error {
  constructor(reply, status = 0) {
    // Calls that OpenAI has, too, answer in its form.
    super(reply.error?.message ?? reply.error ?? `the server answered with status ${status}`);
    this.code = reply.error_code ?? (status ? "internal" : "connection_lost");
    this.issues = reply.issues ?? [];
    this.retryable = reply.retryable ?? false;
    this.status = status;
  }
}

/** Event: `key`, when another key is used. */
export class Api extends EventTarget {
  #key = "";
  #options = null;
  #streams = 0;
  /** The ids of jobs that were done by `call`: a view has needed them, nobody has sent them. */
  called = new Set();
  #askForKey;

  /** `askForKey(wasWrong)` resolves with a key, or null if the user gives none. */
  constructor(askForKey) {
    super();
    this.#askForKey = askForKey;
  }

  get hasKey() {
    return this.#key !== "";
  }

  set key(value) {
    this.#key = value;
    this.#options = null;
    this.dispatchEvent(new Event("key"));
  }

  /**
   * Send a request and return its answer. Asks for the key where the server wants one, but not `inBackground`, where
   * nobody has done anything. `accept` are statuses that are no errors. With `keepalive` the browser sends it even if
   * the page is closed now. `send` replaces `fetch`. Throws ApiError.
   */
  async request(method, path, options = {}) {
    const { json, body, headers = {}, signal, keepalive, inBackground = false, accept = [], send = fetch } = options;
    const used = this.#key;
    const sent = { ...headers };
    if (used) sent.Authorization = `Bearer ${used}`;
    if (json !== undefined) sent["Content-Type"] = "application/json";
    let response;
    try {
      response = await send(path, {
        method, signal, keepalive, headers: sent, cache: "no-store", body: json === undefined ? body : JSON.stringify(json),
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError({ error: "the server does not answer; is it running?", retryable: true });
    }
    if (response.status === 401) {
      // Another request may have got the key while this one was on its way.
      if (this.#key === used) {
        const key = inBackground ? null : await this.#askForKey(this.hasKey);
        if (key === null) throw new ApiError({ error: WANTS_KEY, error_code: "unauthorized" }, 401);
        if (this.#key !== key) this.key = key;
      }
      return this.request(method, path, options);
    }
    if (!response.ok && !accept.includes(response.status)) throw new ApiError(await response.json().catch(() => ({})), response.status);
    return response;
  }

  async json(method, path, options) {
    return (await this.request(method, path, options)).json();
  }

  /** What this worker offers: its endpoints, engines, styles, formats and limits. Asked once. */
  async options() {
    this.#options ??= this.json("GET", "v1/options").catch((error) => {
      this.#options = null;
      throw error;
    });
    return this.#options;
  }

  /** Queue a job; resolves with its id. */
  async submit(input, id) {
    return (await this.json("POST", "v1/jobs", { json: id ? { id, input } : { input } })).id;
  }

  /**
   * Yield {kind, data} of each event of a job up to its end, over lost connections. With many jobs at the same time,
   * some are asked for each second instead: nothing could be sent while streams take all connections, not even a cancel.
   */
  async *follow(id) {
    let after = -1;
    while (true) {
      try {
        const events = this.#streams < MAX_STREAMS ? this.#stream(id, after) : this.#glance(id);
        for await (const event of events) {
          after = event.id ?? after;
          yield event;
          if (ENDED.has(event.kind)) return;
        }
      } catch (error) {
        // What stands between the page and the worker may fail for a moment.
        if (error instanceof ApiError && error.status && error.status < 500) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  async *#stream(id, after) {
    this.#streams += 1;
    try {
      const response = await this.request("GET", `v1/jobs/${encodeURIComponent(id)}/events?after=${after}`);
      // Nothing is left to be told of a job that has ended.
      yield* response.status === 204 ? this.#glance(id) : readEvents(response);
    } finally {
      this.#streams -= 1;
    }
  }

  /** What a job is at now, as the events would tell it. */
  async *#glance(id) {
    const { status, progress, reply } = await this.job(id);
    const kind = status.toLowerCase();
    if (ENDED.has(kind) && reply) yield { kind, data: reply };
    else if (progress) yield { kind: "progress", data: progress };
  }

  /** Run a job to its end and return its reply. `onEvent({kind, data})` hears of it. Throws ApiError if it fails. */
  async run(input, { onEvent = () => {}, onStart = () => {} } = {}) {
    const id = await this.submit(input);
    onStart(id);
    for await (const event of this.follow(id)) {
      onEvent(event);
      if (event.kind === "completed") return event.data;
      if (ENDED.has(event.kind)) throw new ApiError(event.data);
    }
    throw new ApiError({ error: "the job's events ended before the job; look at it under Runs" });
  }

  /** Do a quick job, such as list_voices, in one request. Throws ApiError. */
  async call(input, { signal, inBackground } = {}) {
    const answer = await this.json("POST", "runsync", { json: { input }, signal, inBackground });
    if (answer.output?.job_id) this.called.add(answer.output.job_id);
    if (answer.status === "COMPLETED") return answer.output;
    throw new ApiError({ error: answer.error, ...(answer.output ?? {}) });
  }

  job(id) {
    return this.json("GET", `v1/jobs/${encodeURIComponent(id)}`);
  }

  cancel(id) {
    return this.json("DELETE", `v1/jobs/${encodeURIComponent(id)}`);
  }

  /**
   * Send a file; resolves with {upload_token, file_url}: the token is for `upload`, the URL for all other jobs.
   * `onProgress(share)` hears how much is sent, from 0 to 1.
   */
  upload(blob, { signal, onProgress = () => {} } = {}) {
    const headers = { "Content-Type": blob.type || "application/octet-stream" };
    return this.json("PUT", "v1/uploads", { body: blob, headers, signal, send: sending(onProgress) });
  }

  /** A file of a finished job, or of a chapter of a book, as a Blob: audio, video, transcript, book, or a caption format. */
  async file(id, kind, chapter = null) {
    const path = `v1/jobs/${encodeURIComponent(id)}/files/${encodeURIComponent(kind)}`;
    return (await this.request("GET", chapter === null ? path : `${path}?chapter=${chapter}`)).blob();
  }

  /** The sample of a voice as a Blob. */
  async voicePreview(name) {
    return (await this.request("GET", `v1/voices/${encodeURIComponent(name)}/preview`)).blob();
  }
}
