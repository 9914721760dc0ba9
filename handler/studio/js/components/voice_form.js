// <voice-form>: a recording becomes a voice, or a voice is made anew with other words or another description.

import { announce, ask, h } from "../dom.js";
import { withdrawDeletion } from "../voice_deletion.js";
import { voiceLibrary } from "../voice_library.js";
import { whyNoTranscriber } from "../offers.js";
import { bareName, nameProblem, nearestName } from "../voice_names.js";
import { READING } from "../voice_texts.js";
import { problem } from "./problem.js";
import { AUTO, voiceFields } from "./voice_fields.js";
import { madeVoice } from "./voice_made.js";
import { voiceSource } from "./voice_source.js";

const STAGES = { fetch: "reading", decode: "decoding", prepare: "checking", publish: "storing" };

/**
 * `studio` is that of every view; `voice` is the one to edit, as `list_voices` has it, null for a new one. The form keeps
 * what was put into it while it is out of the page. Events: `made` when the voice is there, `cancel`.
 */
class VoiceForm extends HTMLElement {
  studio = null;
  voice = null;
  #options = {};
  #sent = { blob: null, token: null };
  #isTouched = false;
  #hasMade = false;
  #source = voiceSource({ maxBytes: () => this.#options.limits?.max_upload_bytes ?? Infinity, onChange: (read) => this.#recorded(read) });
  #fields = {};
  #consent = null;
  #submit = null;
  #state = h("p", { role: "status" });
  #problem = h("div", { class: "notice bad", role: "alert", hidden: true });

  constructor() {
    super();
    // A file that misses the marked place would be opened by the browser, and all that was filled in lost.
    for (const kind of ["dragover", "dragleave", "drop"]) this.addEventListener(kind, (event) => this.#drag(event));
    // Those of handles do not bubble.
    for (const kind of ["input", "handle"]) this.addEventListener(kind, () => (this.#isTouched = true), true);
  }

  /** Whether something would be lost with the page. */
  get unsaved() {
    return this.#isTouched && !this.#hasMade;
  }

  connectedCallback() {
    if (!this.hasChildNodes()) this.#build();
  }

  disconnectedCallback() {
    this.#source.cancel();
    this.#consent?.cancel();
  }

  async #build() {
    const title = this.voice ? `Edit ${this.voice.name}` : "Add a voice";
    const recording = h("section", { class: "card" }, h("h2", {}, "Recording"), this.#source.element);
    this.#state.textContent = "Loading…";
    this.replaceChildren(h("h1", {}, title), this.#state);
    try {
      this.#options = await this.studio.api.options();
    } catch (error) {
      return this.replaceChildren(h("h1", {}, title), problem(error, () => this.#build()));
    }
    const { fields, consent, note, words, about } = voiceFields(this.studio, this.#options, this.voice);
    [this.#fields, this.#consent] = [fields, consent];
    fields.voice_name.control.addEventListener("input", () => this.#checkName());
    const write = h("button", { type: "button", onclick: () => this.#writeDown(write) }, "Write it down for me");
    fields.ref_text.element.after(h("div", { class: "row" }, write));
    const cancel = h("button", { type: "button", onclick: () => this.dispatchEvent(new Event("cancel")) }, "Cancel");
    this.#submit = h("button", { class: "primary" }, this.voice ? "Save the voice" : "Make the voice");
    this.#state.textContent = "";
    const form = h(
      "form",
      { class: "stack", novalidate: true, onsubmit: (event) => this.#send(event) },
      note, recording, words, about, this.#problem, h("div", { class: "row" }, this.#submit, cancel, this.#state),
    );
    this.replaceChildren(h("h1", {}, title), form);
    if (this.voice) this.#fetchRecording();
  }

  #drag(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.querySelector(".drop")?.classList.toggle("over", event.type === "dragover");
    if (event.type !== "drop" || !event.dataTransfer.files[0]) return;
    this.#isTouched = true;
    this.#source.accept(event.dataTransfer.files[0]);
  }

  get #name() {
    return bareName(this.#fields.voice_name.control.value);
  }

  get #language() {
    return this.#fields.language.control.value;
  }

  /** Show what is wrong with the name; while it is typed, an empty one is not yet wrong. */
  #checkName(isDone = false) {
    const shown = this.#fields.voice_name;
    const { value } = shown.control;
    const problem = value || isDone ? nameProblem(value) : null;
    const nearest = problem && nearestName(value);
    shown.showProblem(problem && nearest ? `${problem} For instance: ${nearest}` : problem);
    const taken = !problem && this.#name !== this.voice?.name && voiceLibrary(this.studio).find(this.#name);
    if (taken) shown.showProblem(`There is a voice ${this.#name} already; you will be asked whether to replace it.`);
    return problem;
  }

  #recorded(read) {
    this.#problem.hidden = true;
    if (!read) return;
    this.#isTouched = true;
    const { ref_text: words, language } = this.#fields;
    words.showProblem("");
    // Words that the user has written stay: who records anew says the same again.
    if (words.control.value && !Object.values(READING).includes(words.control.value)) return;
    words.control.value = read.text;
    language.control.value = read.language;
  }

  async #fetchRecording() {
    this.#state.textContent = "Fetching the recording…";
    try {
      const wav = await this.studio.api.voicePreview(this.voice.name);
      await this.#source.accept(new File([wav], `${this.voice.name}.wav`, { type: "audio/wav" }));
      this.#state.textContent = "";
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The upload of the recording as it is cut now; one that was sent already is not sent again. */
  async #upload() {
    const blob = this.#source.blob();
    if (this.#sent.blob !== blob) {
      this.#state.textContent = "Sending the recording…";
      this.#sent = { blob, ...(await this.studio.api.upload(blob)) };
    }
    return this.#sent;
  }

  /** A first draft of the transcript by the worker, for the user to correct. */
  async #writeDown(button) {
    if (!this.#hasRecording()) return;
    const { ref_text: words } = this.#fields;
    const missing = whyNoTranscriber(this.#options);
    words.showProblem(missing);
    if (missing) return words.control.focus();
    button.disabled = true;
    try {
      const { file_url } = await this.#upload();
      this.#state.textContent = "The worker writes down what it hears…";
      const language = this.#language === AUTO ? {} : { language: this.#language };
      const input = { endpoint: "align", audio_url: file_url, ...language };
      const reply = await this.studio.runs.start(input, { title: "Transcript of a recording" });
      words.control.value = reply.text;
      announce("The transcript is written. Read it and correct it.");
    } catch (error) {
      const problem = error.issues?.find((issue) => issue.field === "text");
      words.showProblem(problem ? "The worker cannot write it down: it has no transcriber. Type what is said." : error.message);
    } finally {
      this.#state.textContent = "";
      button.disabled = false;
      // It takes a while: whoever fills in another field meanwhile stays there.
      if (document.activeElement === document.body) words.control.focus();
    }
  }

  #hasRecording() {
    if (this.#source.has) return true;
    this.#source.showProblem("There is no recording yet. Drop one here, choose a file, or record.");
    this.#source.element.scrollIntoView({ block: "nearest" });
    this.#source.element.querySelector("button").focus();
    return false;
  }

  #input(token, overwrite) {
    const text = (name) => this.#fields[name]?.control.value.trim() || undefined;
    const tags = (text("tags") ?? "").split(",").map((tag) => tag.trim()).filter(Boolean);
    const consent = this.#consent.value() ?? undefined;
    return {
      endpoint: "upload", voice_name: this.#name, upload_token: token, ref_text: text("ref_text"),
      language: this.#language, description: text("description"), tags, license: text("license"),
      engine: text("engine"), consent, overwrite,
    };
  }

  async #send(event) {
    event.preventDefault();
    for (const one of Object.values(this.#fields)) one.showProblem("");
    this.#problem.hidden = true;
    this.#source.showProblem("");
    if (!this.#hasRecording()) return;
    const name = this.#checkName(true);
    if (name) return this.#fields.voice_name.control.focus();
    if (this.#showIssues(this.#consent.problems())) return;
    const overwrite = await this.#mayReplace();
    if (overwrite === null) return;
    this.#submit.disabled = true;
    try {
      await this.#make(overwrite);
    } catch (error) {
      await this.#fail(error);
    } finally {
      this.#submit.disabled = false;
      this.#state.textContent = "";
      // A button that is disabled loses the focus.
      if (document.activeElement === document.body) this.#submit.focus();
    }
  }

  async #make(overwrite) {
    const { upload_token: token } = await this.#upload();
    const reply = await this.studio.runs.start(this.#input(token, overwrite), {
      title: `Voice ${this.#name}`,
      onEvent: ({ data }) => (this.#state.textContent = `The worker is ${STAGES[data.stage] ?? "checking"} the recording…`),
    });
    this.#hasMade = true;
    voiceLibrary(this.studio).put(reply.voice);
    const made = madeVoice(this.studio, reply, this.#options);
    this.replaceChildren(made);
    made.querySelector("h1").focus();
    announce(`The voice ${reply.voice.name} is ready`);
    this.dispatchEvent(new Event("made"));
  }

  /** Whether to overwrite: true where the voice is edited, or the user agrees; null where they do not. */
  async #mayReplace(isTaken = false) {
    if (this.#name === this.voice?.name) return true;
    if (withdrawDeletion(this.studio, this.#name)) return true;
    if (!isTaken && !voiceLibrary(this.studio).find(this.#name)) return false;
    return ask(`Replace ${this.#name}?`, (close) => [
      h("p", {}, `There is a voice ${this.#name} already. If it is replaced, its recording is gone.`),
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "danger", onclick: () => close(true) }, "Replace it"),
        h("button", { type: "button", onclick: () => close(null) }, "Keep it"),
      ),
    ]);
  }

  /** Show an error where it belongs. */
  async #fail(error) {
    if (error.code === "already_exists" && (await this.#mayReplace(true))) return this.#make(true).catch((other) => this.#fail(other));
    if (error.code === "bad_reference") return this.#showBadReference(error.message);
    // The file may have been used, or removed after its day.
    if (error.code === "not_found") this.#sent = { blob: null, token: null };
    if (this.#showIssues(error.issues ?? [])) return;
    this.#problem.textContent = error.retryable ? `${error.message}. Nothing is lost; try it again.` : error.message;
    this.#problem.hidden = false;
  }

  /** Show {field, message} at their fields and go to the first; tells whether all of them have one. */
  #showIssues(issues) {
    const known = issues.filter((issue) => this.#fields[issue.field]);
    for (const { field: name, message } of known) this.#fields[name].showProblem(message);
    const first = this.#fields[known[0]?.field]?.control;
    first?.closest("details")?.setAttribute("open", "");
    first?.focus();
    return issues.length > 0 && known.length === issues.length;
  }

  /** The recording or its words cannot be used: the words that do not fit are selected, to be corrected. */
  #showBadReference(message) {
    if (!message.includes("ref_text") && !message.includes("transcript")) {
      this.#source.showProblem(message);
      return this.#source.element.querySelector("button").focus();
    }
    const { control, showProblem } = this.#fields.ref_text;
    showProblem(message);
    control.focus();
    const place = placeOf(/“([^”]+)”/.exec(message)?.[1] ?? "", control.value);
    if (place) control.setSelectionRange(place.start, place.end);
  }
}

/** Where words stand in a text, whatever is between them: {start, end}, null for nowhere. */
function placeOf(quoted, text) {
  const words = quoted.match(/[\p{L}\p{N}]+/gu);
  const found = words && new RegExp(words.join("[^\\p{L}\\p{N}]+"), "u").exec(text);
  return found && { start: found.index, end: found.index + found[0].length };
}

customElements.define("voice-form", VoiceForm);
