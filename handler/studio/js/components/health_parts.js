// What the cards of the view Health show: each takes {health, status, options} and gives elements.

import { bytes, clock, h } from "../dom.js";
import { sentence } from "./problem.js";

const ALIGNERS = {
  engine: "The engine's own times, where it knows them.",
  sphinx: "PocketSphinx, for English, on the processor.",
  google: "Google's speech recognition, over the network.",
  whisperx: "WhisperX, with a model for each language.",
  whisper: "Whisper, for 99 languages.",
  best: "Two aligners at once: exacter, and surer of what is right, for the time of both.",
};

/** What to do about an error, by its code. */
const ADVICE = {
  bad_request: "Correct the field that the sentence names, and send the job again.",
  not_found: "Check the name or the id: it may have been removed.",
  already_exists: "Take another name, or send overwrite: true.",
  bad_reference: "Record the voice again, or correct its transcript.",
  too_large: "Send a smaller file.",
  engine_error: "Send the job again; if it stays, try another engine or a shorter text.",
  out_of_memory: "Send a shorter text, or give the worker more memory.",
  alignment_error: "Check that the text belongs to the sound, and the language.",
  storage_error: "The place where files are kept does not answer: check it, then send the job again.",
  config_error: "The operator has to correct a setting and restart the worker.",
  timeout: "Send a shorter text, or raise JOB_TIMEOUT.",
  cancelled: "Nothing: somebody stopped it.",
  unavailable: "Send it again once the worker is ready.",
  internal: "The worker's log has more under the job's id; send the job again.",
};

const DISKS = { temporary: "for work in progress", models: "for models" };

/** "cuda:0 NVIDIA …" and "cpu" in words. */
function deviceInWords(device) {
  if (!device) return null;
  return device.startsWith("cuda") ? `on the graphics card (${device})` : `on the processor (${device.toUpperCase()})`;
}

/** A term and what it is, as rows of a list of facts; those without a value are left out. */
function facts(entries) {
  const rows = entries.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** Whether an engine or aligner works, by its `state`: [in a word, whether it does, the sentence that says why not]. */
function usable(state) {
  if (state === "ready") return ["Ready", true, null];
  if (state === "loaded") return ["In memory", true, null];
  // A model that is not there yet is fetched by the first job that needs it.
  return [/\bfetch/.test(state) ? "Not fetched yet" : "Not usable", false, sentence(state)];
}

/** An item with its name, whether it works, and lines about it. */
function item(name, works, word, ...lines) {
  return h(
    "li",
    {},
    h("p", { class: "row" }, h("strong", {}, name), h("span", { class: `chip ${works ? "" : "warn"}` }, word)),
    lines.filter(Boolean).map((line) => h("p", { class: "small muted" }, line)),
  );
}

export function engines({ status, options }) {
  const offered = options?.engines ?? {};
  return h(
    "ul",
    { class: "items" },
    Object.entries(status.engines ?? offered).map(([name, { state, model, model_license: licence, device, supports_cloning: clones }]) => {
      const [word, works, why] = usable(state);
      const languages = offered[name]?.languages ?? [];
      return item(
        name,
        works,
        word,
        state === "ready" ? "Its first job loads it, which takes a moment." : why,
        [model, deviceInWords(device)].filter(Boolean).join(", "),
        licence && `Licence of the model: ${licence}`,
        clones ? "It speaks in the voice of a recording (cloning)." : "It has voices of its own.",
        languages.length > 0 && `Languages: ${shortened(languages)}`,
      );
    }),
  );
}

export function aligners({ status, options }) {
  const all = Object.entries(status.aligners ?? options?.aligners ?? {});
  if (all.length === 0) return h("p", {}, "There is none: captions cannot be made of recordings.");
  return h(
    "ol",
    { class: "items" },
    all.map(([name, state]) => {
      const [word, works, why] = usable(state);
      return item(name, works, word, ALIGNERS[name], why);
    }),
  );
}

export function queue({ health, status }) {
  const now = status.queue ?? { running: health.jobs?.inProgress ?? 0, waiting: health.jobs?.inQueue ?? 0 };
  return facts([
    ["Running now", String(now.running)],
    ["Waiting", now.limit === undefined ? String(now.waiting) : `${now.waiting} of at most ${now.limit}`],
    ["Done", String(status.jobs?.done ?? health.jobs?.completed ?? 0)],
    ["Failed", String(status.jobs?.failed ?? health.jobs?.failed ?? 0)],
  ]);
}

/** Free and all of a memory, in words. */
function room({ free, total }) {
  return `${bytes(free)} free of ${bytes(total)}`;
}

export function machine({ status }) {
  const { memory } = status;
  const disk = Object.entries(status.free_space ?? {}).map(([name, count]) => [`Free disk ${DISKS[name] ?? name}`, bytes(count)]);
  return facts([
    ["Computes", deviceInWords(status.device) ?? "not known before an engine is loaded"],
    ["Memory of the machine", memory && room(memory)],
    ["Memory of the worker", memory && bytes(memory.worker)],
    ["Memory of the graphics card", memory?.gpu && room(memory.gpu)],
    ...disk,
    ["Files are kept in", status.store?.replace(/^S3 bucket /, "the bucket (online storage) ")],
  ]);
}

export function errors({ status }) {
  const last = status.last_errors;
  if (!last) return h("p", {}, "It does not say.");
  if (last.length === 0) return h("p", { class: "good" }, "None.");
  return h(
    "ul",
    { class: "items" },
    last.map(({ time, endpoint, error_code: code, message }) =>
      h(
        "li",
        {},
        h("p", { class: "small muted" }, `${new Date(1000 * time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })} · ${endpoint || "a job"}`),
        h("p", {}, sentence(message)),
        h("p", { class: "small" }, ADVICE[code] ?? `(${code})`),
      ),
    ),
  );
}

export function offers({ options }) {
  if (!options) return h("p", {}, "It does not say.");
  const { limits = {} } = options;
  return facts([
    ["Kinds of jobs", Object.keys(options.endpoints).join(", ")],
    ["Sound as", options.audio_formats.join(", ")],
    ["Captions as", options.formats.join(", ")],
    ["Caption styles", Object.keys(options.presets).join(", ")],
    ["Longest script", limits.max_text_chars && `${limits.max_text_chars.toLocaleString()} characters`],
    ["Largest recording", limits.max_audio_bytes && bytes(limits.max_audio_bytes)],
    ["Longest job", limits.job_timeout && `${clock(limits.job_timeout)} minutes`],
    ["Marks of AI in its files", (options.ai_mark ?? []).join(", ") || "none"],
    ["Voices need a consent", options.require_consent ? "yes, a recorded one" : "no, but it can be kept"],
  ]);
}

export function versions({ health, status }) {
  const rest = Object.entries(status.versions ?? {});
  return facts([["speech worker", health.version], ...rest, ["environment", status.environment]]);
}

const MAX_LISTED = 12;

function shortened(names) {
  const more = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
