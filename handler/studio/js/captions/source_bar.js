// <source-bar>: what is being captioned: captions of a run or a file, the sound, and what is seen behind them.

import { decode } from "../audio.js";
import { fileDrop } from "../components/file_drop.js";
import { bytes, field, h, icon } from "../dom.js";
import { isPicture, isVideo, mediaOf, probe, problemOf } from "../own_media.js";
import { CaptionModel } from "./model.js";
import * as sources from "./sources.js";

const CAPTION_FILES = ".srt,.vtt,.ass,.ssa,.json,text/vtt,application/x-subrip";
const MEDIA_FILES = "audio/*,video/*,image/*";
const MAX_PICTURE_BYTES = 30_000_000;
/** Seconds of sound up to which a browser decodes it at a rate without running out of memory. */
const RATES = [[600, 44100], [3600, 11025]];
const MAX_DECODED_BYTES = 300_000_000; // a file is read as a whole to be decoded

/** Property: `session`. Event `sound` with detail {samples, sampleRate} or null, for the waveform. */
class SourceBar extends HTMLElement {
  #name = h("p", {});
  #problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  #note = h("p", { class: "notice row between", hidden: true });
  #runs = h("select");
  #ended = false;

  connectedCallback() {
    const runs = this.session.studio.runs.all.filter((run) => run.reply?.timing_files);
    this.#runs.replaceChildren(h("option", { value: "" }, "Choose a run …"), ...runs.map((run) => h("option", { value: run.id }, run.title)));
    this.#runs.addEventListener("change", () => this.#runs.value && this.session.studio.open("captions", { job: this.#runs.value }));
    this.replaceChildren(
      this.#name,
      this.#note,
      this.#problem,
      h(
        "details",
        {},
        h("summary", {}, "Open other captions, sound or pictures"),
        h(
          "div",
          { class: "columns" },
          fileDrop({ label: "Captions", accept: CAPTION_FILES, hint: "SRT, VTT, ASS or JSON", onFile: (file) => this.take(file) }),
          fileDrop({ label: "Sound, video or picture", accept: MEDIA_FILES, hint: "Drop files anywhere on this page", onFile: (file) => this.take(file) }),
          runs.length > 0 && field("Captions of a run", this.#runs).element,
        ),
      ),
    );
    for (const kind of ["media", "cues"]) this.session.addEventListener(kind, () => this.#show());
    this.#show();
  }

  disconnectedCallback() {
    this.#ended = true;
  }

  /** Speech without captions gets them in Align. */
  #offerWords(job) {
    const open = () => this.session.studio.open("align", { job });
    this.#problem.append(" ", h("button", { type: "button", onclick: open }, icon("align"), "Find its words"));
  }

  say(message = "") {
    this.#problem.textContent = message;
    this.#problem.hidden = !message;
  }

  /** Load what the view's parameters name: a job, with its sound, or the sound of another job; else a sample. */
  async load({ job = null, sound = null } = {}) {
    const { session } = this;
    const run = job && session.studio.runs.get(job);
    const draft = sources.draftOf(job);
    session.job = job;
    session.name = draft?.name ?? run?.title ?? (job ? `Job ${job}` : "Sample");
    try {
      session.style = draft?.style ?? (await this.#styleOf(run, job));
      const captions = job ? await sources.ofJob(session.studio.api, job) : sources.sample();
      if (this.#ended) return;
      session.model = new CaptionModel(captions);
      if (draft) this.#restore(draft);
      this.#show();
      if (job) await this.#soundOf(sound ?? job, run);
    } catch (error) {
      session.model = new CaptionModel(sources.sample());
      this.say(`The captions cannot be opened: ${error.message}`);
      if (job && error.code === "not_found") this.#offerWords(job);
    }
  }

  /** The style that a run was asked for, with its canvas; that of the sample is one that marks words. */
  async #styleOf(run, job) {
    const { api } = this.session.studio;
    if (job && !run?.input) {
      // Another client's job, or one that was too long to be kept: its layout tells the preset.
      const { style, canvas } = await api.call({ endpoint: "layout", job_id: job, end: 0 });
      return { preset: style.name, canvas: canvas.join("x") };
    }
    const asked = run?.input?.caption_style ?? (job ? "word" : "highlight");
    const style = typeof asked === "string" ? { preset: asked } : asked;
    const { presets } = await api.options();
    return { canvas: presets[style.preset ?? "word"]?.canvas, ...style };
  }

  #restore(draft) {
    const { model } = this.session;
    model.replaceAll(draft.captions, "restore the draft");
    const discard = () => {
      model.undo();
      sources.dropDraft(this.session);
      this.#note.hidden = true;
    };
    // A page keeps no files; those of Align it has for as long as it is open.
    const lost = (draft.attached ?? []).filter((name) => name !== mediaOf(this.session.job)?.name);
    const again = lost.length ? ` Attach ${lost.join(" and ")} again: a page that is left keeps no files.` : "";
    this.#note.replaceChildren(`Your edits from before are back.${again}`, h("button", { type: "button", onclick: discard }, icon("undo"), "Discard them"));
    this.#note.hidden = false;
  }

  async #soundOf(job, run) {
    const own = mediaOf(job);
    if (own) await this.#takeMedia(own);
    else if (run?.reply?.audio_url || job !== this.session.job || !run) {
      // A job of `align` has captions and no sound of its own.
      const blob = await this.session.studio.api.file(job, "audio").catch(() => null);
      if (blob && !this.#ended) await this.#takeMedia({ blob, name: this.session.name, jobId: job });
    }
  }

  /** Take a file that was dropped or chosen. */
  async take(file) {
    this.say();
    try {
      if (/\.(srt|vtt|ass|ssa|json)$/i.test(file.name)) await this.#takeCaptions(file);
      else if (isPicture(file)) await this.#takePicture(file);
      else await this.#takeMedia({ blob: file, name: file.name });
    } catch (error) {
      this.say(`${file.name} cannot be used: ${error.message}`);
    }
  }

  async #takeCaptions(file) {
    const { session } = this;
    if (session.model.unsaved && !confirm("Your edits are in no file yet. Open other captions all the same?")) return;
    const limits = (await session.studio.api.options()).limits;
    const problem = problemOf(file, { maxBytes: limits.max_captions_chars ?? 2_000_000 });
    if (problem) throw new Error(problem);
    this.#name.textContent = `Reading ${file.name} …`;
    const text = await file.text();
    const captions = await sources.ofText(session.studio.api, text).finally(() => this.#show());
    Object.assign(session, { job: null, ownCues: true });
    session.name = file.name.replace(/\.[^.]+$/, "");
    if (!session.style.preset || session.style.preset === "word") session.style = { ...session.style, preset: "classic" };
    session.model = new CaptionModel(captions);
    session.dispatchEvent(new Event("media"));
  }

  async #takePicture(file) {
    const problem = problemOf(file, { maxBytes: MAX_PICTURE_BYTES });
    if (problem) throw new Error(problem);
    this.session.backdrop = { kind: "picture", blob: file, name: file.name };
    this.session.dispatchEvent(new Event("media"));
  }

  /** Take sound, or a video: it is seen, and heard unless the captions have a sound of their own. */
  async #takeMedia(media) {
    const { session } = this;
    const { limits = {} } = await session.studio.api.options();
    const video = isVideo(media.blob);
    const known = await probe(media.blob);
    const maxBytes = video ? limits.max_video_bytes : limits.max_upload_bytes;
    const problem = problemOf({ size: media.blob.size, duration: known?.duration }, { maxBytes, maxSeconds: limits.max_video_seconds });
    if (problem) throw new Error(problem);
    if (!known) throw new Error("your browser cannot play it; convert it to MP4 or WAV first.");
    if (this.#ended) return;
    if (video) {
      session.backdrop = Object.assign(media, { kind: "video", ...known });
      if (known.width) session.restyle({ ...session.style, canvas: canvasFor(known) });
    }
    if (!video || !session.sound?.jobId) await this.#hear(media, known);
    else session.dispatchEvent(new Event("media"));
  }

  async #hear(media, { duration }) {
    this.session.sound = media;
    this.session.dispatchEvent(new Event("media"));
    const rate = media.blob.size <= MAX_DECODED_BYTES && RATES.find(([limit]) => duration <= limit)?.[1];
    const sound = rate ? await decode(media.blob, rate).catch(() => null) : null;
    this.dispatchEvent(new CustomEvent("sound", { detail: sound }));
  }

  #show() {
    const { session } = this;
    const { sound, backdrop, model } = session;
    const facts = [
      session.job ? "a run" : null,
      `${model.cues.length} ${model.cues.length === 1 ? "cue" : "cues"}`,
      sound ? `sound: ${sound.jobId ? "its own" : sound.name} (${bytes(sound.blob.size)})` : "no sound",
      backdrop.blob && backdrop !== sound ? `behind it: ${backdrop.name}` : null,
    ];
    this.#name.replaceChildren(h("strong", { dir: "auto" }, session.name), " ", h("span", { class: "muted" }, facts.filter(Boolean).join(" · ")));
  }
}

/** The canvas whose shape is next to that of a video. */
function canvasFor({ width, height }) {
  const ratio = width / height;
  if (ratio > 1.3) return "1920x1080";
  return ratio < 0.77 ? "1080x1920" : "1080x1080";
}

customElements.define("source-bar", SourceBar);

export const sourceBar = (session) => Object.assign(document.createElement("source-bar"), { session });
