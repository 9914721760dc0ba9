// <save-panel>: the captions as files, and burnt into a video.

import { runCard } from "../components/run_card.js";
import { field, h, icon } from "../dom.js";

const OFFERED = ["srt", "vtt", "ass", "json"]; // chosen at first
const SOUNDS = {
  replace: "the speech alone", duck: "the speech over the lowered sound of the video", keep: "the sound of the video alone",
};

/** Property: `session`. */
class SavePanel extends HTMLElement {
  #formats = h("div", { class: "row formats" });
  #problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  #results = h("div", { class: "stack" });
  #sending = h("div", { class: "stack", hidden: true });
  #explained = h("p", { class: "hint" });
  #burn = h("button", { type: "button", class: "primary", onclick: () => this.#try(() => this.#burnIn()) }, icon("captions"), "Burn into a video");
  #heard = field("What is heard", h("select", {}, Object.entries(SOUNDS).map(([value, label]) => h("option", { value }, label))), { name: "audio" });
  #controller = null;
  #isSending = false;
  #stop = null;

  async connectedCallback() {
    this.#stop = new AbortController();
    this.replaceChildren(
      h("h2", {}, "Files"),
      h("fieldset", {}, h("legend", {}, "Formats"), this.#formats),
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: () => this.#try(() => this.#files()) }, icon("download"), "Make files")),
      h("h2", {}, "Video"),
      this.#explained,
      this.#heard.element,
      h("div", { class: "row" }, this.#burn),
      this.#sending,
      this.#problem,
      this.#results,
    );
    this.session.addEventListener("media", () => this.#show(), { signal: this.#stop.signal });
    this.#show();
    const { formats } = await this.session.studio.api.options();
    this.#formats.replaceChildren(...formats.map((format) => h(
      "label", { class: "check" }, h("input", { type: "checkbox", value: format, checked: OFFERED.includes(format) }), format,
    )));
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.#controller?.abort();
  }

  /** What a video can be made of now. */
  #show() {
    const { sound, backdrop } = this.session;
    const speaks = sound === backdrop;
    const seen = { colour: "the colour", picture: "your picture", video: "your video" }[backdrop.kind];
    this.#burn.disabled = !sound && backdrop.kind !== "video";
    this.#heard.element.hidden = backdrop.kind !== "video" || speaks || !sound;
    this.#explained.textContent = this.#burn.disabled
      ? "A video needs sound: add a recording or a video first, above."
      : `The captions in this style on ${seen}, ${sound && !speaks ? "with the sound of the captions" : "with its own sound"}, as an MP4.`;
  }

  /** Do something that sends a job; a second press, before it is sent, does nothing. */
  async #try(act) {
    if (this.#isSending) return;
    this.#isSending = true;
    this.#problem.hidden = true;
    try {
      await act();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#problem.textContent = error.message;
      this.#problem.hidden = false;
    } finally {
      this.#isSending = false;
      this.#sending.hidden = true;
    }
  }

  async #files() {
    const { model } = this.session;
    const formats = [...this.#formats.querySelectorAll("input:checked")].map((input) => input.value);
    if (!formats.length) throw new Error("Choose at least one format.");
    const { cues } = model;
    await this.#start({ endpoint: "captions", timing_format: formats, ...this.#captions() });
    // Edits that were made meanwhile are not in the files.
    if (model.cues === cues) model.markSaved();
  }

  #captions() {
    return { captions: JSON.stringify(this.session.model.toJson()), caption_style: this.session.style };
  }

  async #burnIn() {
    const { sound, backdrop } = this.session;
    const job = { endpoint: "overlay", ...this.#captions() };
    const own = sound === backdrop;
    if (hasShape(backdrop, this.session.canvas)) job.caption_style = { ...this.session.style, canvas: undefined };
    else job.canvas = this.session.canvas;
    if (sound && !own) job.audio_url = await this.#link(sound);
    if (backdrop.kind === "video") {
      job.video_url = await this.#link(backdrop);
      if (sound && !own) job.audio = this.#heard.control.value;
    } else if (backdrop.kind === "picture") job.image_url = await this.#link(backdrop);
    else job.background = backdrop.colour;
    await this.#start(job);
  }

  /** A link that the worker can read: of the job's own file, else of an upload. */
  async #link(media) {
    const { api } = this.session.studio;
    if (media.jobId) return (await api.call({ endpoint: "download", job_id: media.jobId, type: "audio" })).audio_url;
    if (!media.fileUrl) {
      this.#controller = new AbortController();
      const bar = h("progress", { max: 1, value: 0, "aria-label": `Upload of ${media.name}` });
      const cancel = h("button", { type: "button", onclick: () => this.#controller.abort() }, icon("stop"), "Cancel the upload");
      this.#sending.replaceChildren(h("p", {}, `Uploading ${media.name}`), bar, h("div", { class: "row" }, cancel));
      this.#sending.hidden = false;
      const { signal } = this.#controller;
      media.fileUrl = (await api.upload(media.blob, { signal, onProgress: (share) => (bar.value = share) })).file_url;
      this.#sending.hidden = true;
    }
    return media.fileUrl;
  }

  async #start(job) {
    const { studio, name } = this.session;
    let shown = false;
    const onStart = (run) => {
      shown = true;
      this.#isSending = false;
      this.#results.prepend(runCard(studio, run));
    };
    try {
      await studio.runs.start(job, { title: name, onStart });
    } catch (error) {
      // The card of a job says itself why it failed.
      if (!shown) throw error;
      throw new DOMException(error.message, "AbortError");
    }
  }
}

/** Whether a video has the shape of a canvas: it then keeps its own size. */
function hasShape({ kind, width, height }, canvas) {
  const [across, down] = canvas.split("x").map(Number);
  return kind === "video" && height > 0 && Math.abs(width / height / (across / down) - 1) < 0.02;
}

customElements.define("save-panel", SavePanel);

export const savePanel = (session) => Object.assign(document.createElement("save-panel"), { session });
