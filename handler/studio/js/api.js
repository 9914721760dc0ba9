// A client of the worker's public API. The key stays in this object, which is gone with the page.

import { sending } from "./sending.js";
import { readEvents } from "./sse.js";

export const ENDED = new Set(["completed", "failed", "cancelled", "timed_out"]);
const RECONNECT_MS = 1000;
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
    const sent = { ...headers };
    if (this.#key) sent.Authorization = `Bearer ${this.#key}`;
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
      const key = inBackground ? null : await this.#askForKey(this.hasKey);
      if (key === null) throw new ApiError({ error: WANTS_KEY, error_code: "unauthorized" }, 401);
      this.key = key;
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

  /** Yield {kind, data} of each event of a job up to its end, over lost connections. */
  async *follow(id, { signal } = {}) {
    let after = -1;
    while (!signal?.aborted) {
      try {
        const response = await this.request("GET", `v1/jobs/${encodeURIComponent(id)}/events?after=${after}`, { signal });
        if (response.status === 204) return;
        for await (const event of readEvents(response)) {
          after = event.id ?? after;
          yield event;
          if (ENDED.has(event.kind)) return;
        }
      } catch (error) {
        if (error.name === "AbortError") return;
        // What stands between the page and the worker may fail for a moment.
        if (error instanceof ApiError && error.status && error.status < 500) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  /** Run a job to its end and return its reply. `onEvent({kind, data})` hears of it. Throws ApiError if it fails. */
  async run(input, { onEvent = () => {}, onStart = () => {}, signal } = {}) {
    const id = await this.submit(input);
    onStart(id);
    const cancel = () => this.cancel(id).catch(() => {});
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const event of this.follow(id)) {
        onEvent(event);
        if (event.kind === "completed") return event.data;
        if (ENDED.has(event.kind)) throw new ApiError(event.data);
      }
      throw new ApiError({ error: "the job's events ended before the job; look at it under Runs" });
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Do a quick job, such as list_voices, in one request. Throws ApiError. */
  async call(input, { signal, inBackground } = {}) {
    const answer = await this.json("POST", "runsync", { json: { input }, signal, inBackground });
    if (answer.status === "COMPLETED") return answer.output;
    throw new ApiError({ error: answer.error, ...(answer.output ?? {}) });
  }

  job(id) {
    return this.json("GET", `v1/jobs/${encodeURIComponent(id)}`);
  }

  cancel(id) {
    return this.json("DELETE", `v1/jobs/${encodeURIComponent(id)}`);
  }

  /** All voices, those of engines and those of the bucket. */
  async voices(prefix = "") {
    const voices = [];
    let cursor = null;
    do {
      const page = await this.call({ endpoint: "list_voices", prefix, limit: 1000, cursor });
      voices.push(...page.voices);
      cursor = page.cursor;
    } while (cursor);
    return voices;
  }

  /**
   * Send a file; resolves with {upload_token, file_url}: the token is for `upload`, the URL for all other jobs.
   * `onProgress(share)` hears how much is sent, from 0 to 1.
   */
  upload(blob, { signal, onProgress = () => {} } = {}) {
    const headers = { "Content-Type": blob.type || "application/octet-stream" };
    return this.json("PUT", "v1/uploads", { body: blob, headers, signal, send: sending(onProgress) });
  }

  /** A file of a finished job as a Blob: audio, video, transcript, or a caption format. */
  async file(id, kind) {
    return (await this.request("GET", `v1/jobs/${encodeURIComponent(id)}/files/${encodeURIComponent(kind)}`)).blob();
  }

  /** The sample of a voice as a Blob. */
  async voicePreview(name) {
    return (await this.request("GET", `v1/voices/${encodeURIComponent(name)}/preview`)).blob();
  }
}
