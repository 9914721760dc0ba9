// The view Align: captions for any recording, with its text or without.

import { alignedWords } from "../components/aligned_words.js";
import { fileDrop, takeDrops } from "../components/file_drop.js";
import { runCard } from "../components/run_card.js";
import { schemaForm } from "../components/schema_form.js";
import { announce, bytes, clock, field, h, icon } from "../dom.js";
import { whyNoTranscriber } from "../offers.js";
import { isVideo, probe, problemOf, rememberMedia } from "../own_media.js";

/** Fields that have a control of their own, or that the view sets itself. */
const OWN_FIELDS = [
  "endpoint", "audio_url", "job_id", "text", "annotations", "language", "prompt", "transcript", "timing_format",
  "caption_style", "words_per_cue", "speaker_labels", "speaker_colours", "expires_in",
];
const RECORDINGS = "audio/*,video/*,.amr,.caf,.mka,.mkv,.wma,.flac,.opus";
const TEXTS = ".txt,.md,text/plain,text/markdown";

class AlignView extends HTMLElement {
  #source = null; // {blob, name, known, fileUrl} or {run}
  #sourceBox = h("div", { class: "stack" });
  #problem = h("p", { class: "notice bad", role: "alert", hidden: true });
  #unheard = h("p", { class: "notice warn", hidden: true });
  #sending = h("div", { class: "stack", hidden: true });
  #result = h("section", { class: "stack", "aria-label": "Result" });
  #more = h("div");
  #start = h("button", { class: "primary" });
  #form = null;
  #limits = {};
  #noTranscriber = ""; // why the worker can write nothing down
  #controller = null;
  #taken = 0; // files so far: of two that are read at the same time the later counts
  #url = null;
  #fields = makeFields();

  connectedCallback() {
    this.className = "stack";
    const { text, annotations, language, prompt } = this.#fields;
    const readText = fileDrop({
      label: "Take the text from a file", accept: TEXTS, compact: true, onFile: (file) => this.#takeText(file),
    });
    const form = h(
      "form",
      { class: "card", onsubmit: (event) => this.#submit(event), novalidate: true },
      h("h2", {}, "1. The recording"),
      this.#sourceBox,
      h("h2", {}, "2. What is said in it"),
      this.#unheard,
      text.element,
      readText,
      h("div", { class: "columns" }, language.element, prompt.element, annotations.element),
      this.#more,
      this.#problem,
      h("div", { class: "row" }, this.#start),
      this.#sending,
    );
    text.control.addEventListener("input", () => this.#showMode());
    this.replaceChildren(
      h("h1", {}, "Align and transcribe"),
      h("p", { class: "muted" }, "Captions for any recording or video. With its text they show your words; without, the worker writes down what it hears."),
      h("div", { class: "columns align-columns" }, form, this.#result),
    );
    this.#showSource();
    this.#showMode();
    this.#loadOptions();
    takeDrops(form, (file) => (isText(file) ? this.#takeText(file) : this.#takeFile(file)));
    const { job } = this.parameters;
    if (job) this.#takeRun(this.studio.runs.get(job) ?? { id: job, title: `Job ${job}` });
  }

  disconnectedCallback() {
    this.#controller?.abort();
    if (this.#url) URL.revokeObjectURL(this.#url);
  }

  get unsaved() {
    return this.#controller !== null;
  }

  async #loadOptions() {
    try {
      const options = await this.studio.api.options();
      this.#limits = options.limits ?? {};
      this.#noTranscriber = whyNoTranscriber(options);
      this.#showMode();
      this.#form = schemaForm(options.endpoints?.align ?? {}, { omit: OWN_FIELDS });
      this.#more.replaceChildren(h("details", {}, h("summary", {}, "More options"), this.#form.element));
    } catch (error) {
      this.#say(`The options of this server cannot be had: ${error.message}`);
    }
  }

  #say(message = "") {
    this.#problem.textContent = message;
    this.#problem.hidden = !message;
  }

  /** Which fields matter: a text is aligned, a prompt helps where it is missing and the worker can write it down. */
  #showMode() {
    const { text, annotations, prompt } = this.#fields;
    const hasText = text.control.value.trim() !== "";
    const isWritten = !hasText && !this.#source?.run && !this.#noTranscriber;
    annotations.element.hidden = !hasText;
    prompt.element.hidden = hasText || this.#noTranscriber !== "";
    this.#unheard.hidden = hasText || !this.#noTranscriber;
    this.#unheard.textContent = this.#noTranscriber;
    if (hasText) text.showProblem("");
    this.#start.replaceChildren(icon("align"), isWritten ? "Write down what is said" : "Find the words");
  }

  #showSource() {
    const runs = this.studio.runs.all.filter((run) => run.reply?.audio_url);
    if (!this.#source) {
      const choose = h("select", {}, h("option", { value: "" }, "Choose a run …"), runs.map((run) => h("option", { value: run.id }, run.title)));
      choose.addEventListener("change", () => this.#takeRun(this.studio.runs.get(choose.value)));
      this.#sourceBox.replaceChildren(
        fileDrop({
          label: "Choose audio or video", accept: RECORDINGS, onFile: (file) => this.#takeFile(file),
          hint: "or drop it here: wav, mp3, m4a, mp4, mov, webm, mkv and most others",
        }),
        ...(runs.length ? [field("Or the speech of a run", choose).element] : []),
      );
      return;
    }
    const { name, blob, known, run } = this.#source;
    const other = h("button", { type: "button", onclick: () => this.#clear() }, icon("again"), "Choose another");
    const facts = run ? "from your runs" : [bytes(blob.size), known && clock(known.duration, 1)].filter(Boolean).join(" · ");
    const chosen = h("div", { class: "row between" }, h("p", {}, h("strong", { dir: "auto" }, run?.title ?? name), " ", h("span", { class: "muted" }, facts)), other);
    this.#sourceBox.replaceChildren(chosen);
    if (blob && !known) this.#sourceBox.append(h("p", { class: "hint" }, "Your browser cannot play this file; the worker reads more kinds than it."));
  }

  #clear() {
    this.#source = null;
    this.#showSource();
    this.#showMode();
    this.#sourceBox.querySelector("input").focus();
  }

  async #takeFile(blob) {
    this.#say();
    this.#taken += 1;
    const taken = this.#taken;
    const maxBytes = this.#limits.max_audio_bytes;
    const known = problemOf(blob, { maxBytes }) ? null : await probe(blob);
    if (taken !== this.#taken) return;
    const problem = problemOf({ size: blob.size, duration: known?.duration }, { maxBytes, maxSeconds: this.#limits.max_audio_seconds });
    if (problem) {
      this.#say(problem);
      return;
    }
    this.#source = { blob, name: blob.name, known };
    this.#showSource();
    this.#showMode();
    announce(`${blob.name} is chosen.`);
  }

  #takeRun(run) {
    if (!run) return;
    this.#source = { run };
    this.#showSource();
    this.#showMode();
  }

  async #takeText(file) {
    this.#fields.text.control.value = await file.text();
    this.#showMode();
    announce(`The text is that of ${file.name}.`);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#controller) return;
    this.#say();
    if (!this.#source) {
      this.#say("Choose a recording first.");
      this.#sourceBox.querySelector("input").focus();
      return;
    }
    const { text } = this.#fields;
    if (this.#noTranscriber && !this.#source.run && !text.control.value.trim()) {
      text.showProblem("Give the words that are said in the recording.");
      text.control.focus();
      return;
    }
    this.#controller = new AbortController();
    this.#start.disabled = true;
    try {
      const source = await this.#sent();
      await this.#run(this.#job(source));
    } catch (error) {
      if (error.name !== "AbortError") this.#say(error.message);
      else announce("The upload was cancelled.");
    } finally {
      this.#controller = null;
      this.#start.disabled = false;
      this.#sending.hidden = true;
    }
  }

  /** The recording as fields of the job; a file is uploaded once, however often it is aligned. */
  async #sent() {
    const source = this.#source;
    if (source.run) return { job_id: source.run.id };
    if (!source.fileUrl) {
      const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
      const cancel = h("button", { type: "button", onclick: () => this.#controller.abort() }, icon("stop"), "Cancel the upload");
      this.#sending.replaceChildren(h("p", {}, `Uploading ${source.name}`), bar, h("div", { class: "row" }, cancel));
      this.#sending.hidden = false;
      const sent = await this.studio.api.upload(source.blob, {
        signal: this.#controller.signal, onProgress: (share) => (bar.value = share),
      });
      this.#sending.hidden = true;
      source.fileUrl = sent.file_url;
    }
    return { audio_url: source.fileUrl };
  }

  #job(source) {
    const { text, annotations, language, prompt } = this.#fields;
    const job = { endpoint: "align", ...source, timing_format: "all", ...(this.#form?.values() ?? {}) };
    const script = text.control.value;
    if (script.trim()) Object.assign(job, { text: script, annotations: annotations.control.value });
    else if (!source.job_id) {
      job.transcript = true;
      if (prompt.control.value.trim()) job.prompt = prompt.control.value.trim();
    }
    const asked = language.control.value.trim();
    if (asked) job.language = asked;
    else if (script.trim()) job.language = "auto";
    return job;
  }

  #run(job) {
    const source = this.#source;
    const title = source.run?.title ?? source.name;
    return new Promise((resolve) => {
      const onStart = (run) => {
        this.#result.replaceChildren(runCard(this.studio, run, { actions: (done) => this.#actions(done, source) }));
        this.#result.scrollIntoView({ block: "nearest" });
        resolve();
      };
      this.studio.runs.start(job, { title, onStart }).then(
        (reply) => this.#showWords(reply, source),
        (error) => {
          // The card says why a job failed; what was not even queued is said here.
          if (!this.#result.querySelector("run-card")) this.#say(error.message);
          this.#showIssues(error.issues ?? []);
          // An upload is kept for a day: the next job sends the file again.
          if (error.code === "not_found") source.fileUrl = undefined;
          resolve();
        },
      );
    });
  }

  #showIssues(issues) {
    const own = Object.entries(this.#fields);
    for (const [name, { showProblem }] of own) showProblem(issues.find((issue) => issue.field === name)?.message);
    this.#form?.showIssues(issues);
  }

  #actions(run, source) {
    if (run.state !== "completed") return [];
    if (source.blob) rememberMedia(run.id, source);
    const job = source.run ? { job: run.id, sound: source.run.id } : { job: run.id };
    return [h("button", { type: "button", class: "primary", onclick: () => this.studio.open("captions", job) }, icon("captions"), "Open in Captions")];
  }

  async #showWords(reply, source) {
    this.#showIssues([]);
    const blob = source.blob ?? (await this.studio.api.file(source.run.id, "audio"));
    const captions = JSON.parse(await (await this.studio.api.file(reply.job_id, "json")).text());
    // Another recording may have been sent since.
    if (!this.isConnected || this.#result.querySelector("run-card")?.run.id !== reply.job_id) return;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = URL.createObjectURL(blob);
    this.#result.append(alignedWords({ url: this.#url, video: isVideo(blob), captions, reply }));
  }
}

function isText(file) {
  return file.type.startsWith("text/") || /\.(txt|md)$/i.test(file.name);
}

function makeFields() {
  const notes = h("select", {}, h("option", { value: "drop" }, "leave them out"), h("option", { value: "show" }, "show them"));
  return {
    text: field("Text", h("textarea", { rows: 6, dir: "auto" }), {
      name: "text", hint: "The words as captions are to show them. Leave it empty to have them written down.",
    }),
    language: field("Language", h("input", { type: "text", maxlength: 35, spellcheck: "false", placeholder: "found by itself" }), {
      name: "language", hint: "Such as en, de or pt-BR.",
    }),
    prompt: field("Names and spellings", h("input", { type: "text", maxlength: 1000 }), {
      name: "prompt", hint: "What the recording has and a listener may not know: Nguyen, Kubernetes.",
    }),
    annotations: field("Labels and descriptions", notes, {
      name: "annotations", hint: "Speakers, times and sounds in the text, such as [music]: they are not spoken.",
    }),
  };
}

customElements.define("align-view", AlignView);
