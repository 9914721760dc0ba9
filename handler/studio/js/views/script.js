// The view: script. Write, choose a voice, press Speak, hear it with the words lit up.

import { ApiError } from "../api.js";
import { showCode } from "../components/job_code.js";
import { ofField, problem } from "../components/problem.js";
import { runCard } from "../components/run_card.js";
import { announce, clock, h, icon, toast } from "../dom.js";
import { isOver } from "../runs.js";
import { languageName, voiceLibrary } from "../voice_library.js";
import { stopPlaying } from "../voice_samples.js";
import { ScriptBody } from "./script/body.js";
import { DraftKeeper, readDraft } from "./script/draft.js";
import { Inspector, spokenAs } from "./script/inspector.js";
import { Preview } from "./script/preview.js";
import { countPoints } from "./script/positions.js";
import { INITIAL, scriptSettings } from "./script/settings.js";
import { speakerList } from "./script/speakers.js";
import "./script/reader.js";

const SAVE_MS = 400;
const TITLE_CHARS = 80;
/** The job that this view has sent last: it is shown again when the view is. */
let last = null;
/** The fields of `generate` that change what words are spoken as, and so go with a preview. */
const PREVIEWED = ["voice", "engine", "language", "lexicon", "ssml", "speed"];

class ScriptView extends HTMLElement {
  #options;
  #body;
  #settings;
  #speakers;
  #inspector;
  #preview;
  #keeper = new DraftKeeper();
  #timer = 0;
  #ready = false;
  #sending = false;
  #voicesKnown = false;
  #said = []; // the problems or warnings of the last preview

  async connectedCallback() {
    this.replaceChildren(h("h1", {}, "Script"), h("p", { class: "muted" }, "Loading …"));
    try {
      this.#options = await this.studio.api.options();
    } catch (error) {
      this.replaceChildren(h("h1", {}, "Script"), problem(error, () => this.connectedCallback()));
      return;
    }
    if (!this.isConnected) return;
    this.#build();
    this.#fill();
    this.#ready = true;
    addEventListener("pagehide", this.#leave);
    this.#changed();
    if (last && this.studio.runs.get(last)) this.#showRun(this.studio.runs.get(last));
    // Which voices a mark may name.
    voiceLibrary(this.studio).load().then(() => {
      this.#voicesKnown = true;
      this.#body.draw();
    }, () => {});
  }

  /** A page that is left tells nobody but the window. */
  #leave = () => this.#ready && this.#save();

  disconnectedCallback() {
    removeEventListener("pagehide", this.#leave);
    this.#preview?.stop();
    stopPlaying();
    if (this.#ready) this.#save();
    this.#ready = false;
  }

  #build() {
    const changed = () => this.#changed();
    this.#body = new ScriptBody(this.studio, this.#options.endpoints.generate.$defs.Turn, {
      onInput: changed,
      onCaret: (editor) => this.#inspector.show(editor),
      problemOf: (mark) => this.#problemOf(mark),
    });
    this.#settings = scriptSettings(this.studio, this.#options, { onChange: changed });
    this.#speakers = speakerList({ onChange: changed });
    this.#inspector = new Inspector(this.studio, { onLexicon: (word) => this.#settings.sayEverywhere(word) });
    this.#preview = new Preview(this.studio.api, {
      onAnswer: (answer) => this.#answered(answer),
      onWait: () => this.facts.setAttribute("aria-busy", "true"),
    });
    this.count = h("span", { class: "numeric" });
    this.facts = h("span", { class: "numeric" });
    this.warnings = h("p", { class: "warn small", hidden: true });
    this.notice = h("div", {});
    this.tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.result = h("section", { class: "stack", "aria-label": "Result" });
    const keys = { "aria-keyshortcuts": "Control+Enter", title: "Ctrl+Enter" };
    const speak = () => this.#speak();
    this.speak = h("button", { type: "button", class: "primary speak", onclick: speak, ...keys }, icon("play"), "Speak");
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#speak();
    });
    this.#body.element.addEventListener("hover", (event) => this.#hover(event));
    this.replaceChildren(this.#layout());
  }

  #layout() {
    const clear = h("button", { type: "button", class: "plain", onclick: () => this.#clear() }, icon("trash"), "Clear");
    const writing = h(
      "div",
      { class: "card writing" },
      this.#body.tools,
      this.#body.element,
      this.tip,
      this.#inspector.element,
      h("p", { class: "row between small muted counts" }, this.count, this.facts),
      this.warnings,
      this.#speakers.element,
      h("div", { class: "speak-row" }, this.#settings.voice.element, this.speak),
      this.notice,
    );
    return h(
      "div",
      { class: "stack" },
      h("div", { class: "row between" }, h("h1", {}, "Script"), h("div", { class: "row" }, clear, this.#body.switcher)),
      h("div", { class: "main-and-side" }, h("div", { class: "stack" }, writing, this.result), this.#settings.element),
    );
  }

  /** What the form begins with: a run that shall be spoken again, a voice, or the draft of the last visit. */
  #fill() {
    const { run: id, voice } = this.parameters;
    const draft = readDraft();
    const input = id ? this.studio.runs.get(id)?.input : null;
    if (input) this.#put({ settings: input, script: input });
    else this.#put(draft ?? { settings: INITIAL, script: {} });
    if (id && !input) toast("This browser does not know that job, or no longer what was sent.");
    if (input && (draft?.script.text || draft?.script.turns?.length)) this.#offerBack("The job is in place of your draft.", draft);
    if (!input) this.#keeper.opened(this.#draft);
    if (voice) this.#settings.set({ ...this.#settings.values(), voice });
    // What follows is the draft's: a page that is loaded again shall not lose it.
    if (id || voice) history.replaceState(null, "", "#/script");
  }

  #put({ settings, script }) {
    this.#settings.set(settings);
    this.#speakers.set(settings);
    this.#body.draft = script;
    this.#inspector.show(this.#body.active);
  }

  get #draft() {
    return { settings: { ...this.#settings.values(), ...this.#speakers.values() }, script: this.#body.draft };
  }

  #clear() {
    const before = this.#draft;
    this.#put({ settings: INITIAL, script: { mode: this.#body.mode } });
    this.#changed();
    this.#body.focus();
    this.#offerBack("The script and its settings are cleared.", before);
  }

  #offerBack(message, draft) {
    toast(message, {
      action: "Undo",
      onAction: () => {
        if (!this.isConnected) return this.#keeper.save(draft);
        this.#put(draft);
        this.#changed();
        this.#body.focus();
      },
    });
  }

  #changed() {
    if (!this.#ready) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), SAVE_MS);
    this.#count();
    this.#speakers.show(this.#body.speakers, this.#body.hues);
    const values = this.#settings.values();
    const script = this.#body.input;
    const asked = Object.fromEntries(PREVIEWED.filter((name) => name in values).map((name) => [name, values[name]]));
    const { text } = this.#body;
    const canBeAsked = Object.keys(script).length > 0 && countPoints(text) <= this.#limit;
    if (!canBeAsked) {
      this.facts.textContent = "";
      this.facts.removeAttribute("aria-busy");
      this.warnings.hidden = true;
    }
    this.#preview.ask(canBeAsked ? { ...asked, ...script } : null, text);
  }

  get #limit() {
    return this.#options.limits.max_text_chars;
  }

  #count() {
    const count = countPoints(this.#body.text);
    this.count.textContent = `${count.toLocaleString()} of ${this.#limit.toLocaleString()} characters`;
    this.count.classList.toggle("bad", count > this.#limit);
  }

  #answered(answer) {
    this.facts.removeAttribute("aria-busy");
    const { error } = answer;
    this.#body.show(answer);
    this.#inspector.show(this.#body.active);
    this.facts.textContent = error ? "" : `about ${clock(answer.seconds)} · ${languageName(answer.language)}`;
    this.#said = error?.issues?.length ? error.issues : error ? [error] : (answer.warnings ?? []);
    this.warnings.classList.toggle("bad", Boolean(error));
    this.#showSaid();
  }

  /** What the worker says under the script; a problem that is shown at its control is not told twice. */
  #showSaid() {
    const said = this.#said.filter(({ field, message }) => !this.#isShown(field, message));
    // The problem of the text is where it is read; that of another field is named.
    const messages = said.map((one) => (/^(text|turns)$/.test(one.field) ? one.message : ofField(one)));
    this.warnings.textContent = messages.join(" ");
    this.warnings.hidden = messages.length === 0;
  }

  #isShown(name, message) {
    const control = name && this.querySelector(`.settings [data-field="${CSS.escape(name)}"][aria-invalid=true]`);
    return Boolean(control) && control.closest(".field").querySelector(".problem").textContent === message;
  }

  /** What the word under the mouse will be spoken as, where it is spoken otherwise; and what is wrong with a mark. */
  #hover({ target: editor, detail: { position, x, y } }) {
    const found = position === null ? {} : editor.at(position);
    const span = found.problem ?? (found.mark ? null : found.word);
    // The nearest place of the text may be far away, at the end of its line.
    const holds = (box) => box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
    const inside = span && editor.rectangles(span.start, span.end).some(holds);
    this.tip.hidden = !inside;
    if (!inside) return;
    this.tip.textContent = found.problem?.message ?? spokenAs(span);
    const frame = this.tip.offsetParent.getBoundingClientRect();
    this.tip.style.left = `${Math.max(8, Math.min(x - frame.left, frame.width - this.tip.offsetWidth - 8))}px`;
    this.tip.style.top = `${y - frame.top + 20}px`;
  }

  /** A voice that nobody has: known once the voices are listed. A voice of an engine may be on the hub. */
  #problemOf(mark) {
    const library = voiceLibrary(this.studio);
    if (mark.kind !== "voice" || !this.#voicesKnown || library.find(mark.name)) return null;
    const [engine, name] = mark.name.split(":");
    if (name !== undefined && engine in this.#options.engines) return null;
    return `There is no voice ${mark.name}. Choose one of the list.`;
  }

  async #speak() {
    if (this.#sending) return;
    const input = { ...this.#settings.values(), ...this.#speakers.values(), ...this.#body.input };
    this.#showProblem(null);
    this.#setSending(true);
    let started = false;
    const onStart = (run) => {
      started = true;
      this.#started(run);
    };
    try {
      const title = [...this.#body.title].slice(0, TITLE_CHARS).join("");
      await this.studio.runs.start(input, { title, onStart });
    } catch (error) {
      // The card of the job says why it has failed.
      if (error.code !== "cancelled") this.#showProblem(error, { quietly: started });
    } finally {
      this.#setSending(false);
    }
  }

  /** A button that is disabled would lose the focus. */
  #setSending(sending) {
    this.#sending = sending;
    this.speak.setAttribute("aria-disabled", String(sending));
  }

  #started(run) {
    last = run.id;
    // The next may be sent while this one is spoken.
    this.#setSending(false);
    this.#showRun(run);
    this.result.scrollIntoView({ block: "nearest" });
  }

  #showRun(run) {
    const card = runCard(this.studio, run, { actions: (ended) => this.#actions(ended) });
    const box = h("div", { class: "stack" }, card);
    this.result.replaceChildren(box);
    const read = (ended) => {
      if (!ended.reply?.timing_files?.json) return;
      box.append(Object.assign(document.createElement("script-reader"), { studio: this.studio, run: ended, card }));
    };
    if (isOver(run)) return read(run);
    const ended = ({ detail }) => {
      if (detail?.id !== run.id) return;
      this.studio.runs.removeEventListener("end", ended);
      if (!box.isConnected) return;
      read(detail);
      // Who has pressed Speak wants to hear it. A browser that allows no sound by itself leaves the player.
      card.querySelector("job-media")?.load().then((media) => media?.play()).catch(() => {});
    };
    this.studio.runs.addEventListener("end", ended);
  }

  #actions(run) {
    const { id, reply } = run;
    const keep = () => {
      this.#settings.keepSeed(reply.seed);
      announce(`The seed is ${reply.seed} from now on`);
    };
    const button = (name, label, onclick) => h("button", { type: "button", class: "plain", onclick }, icon(name), label);
    return [
      reply?.timing_files && button("captions", "Open in Captions", () => this.studio.open("captions", { job: id })),
      reply && button("again", "Keep this seed", keep),
      button("copy", "Copy the job", () => showCode(run, this.studio.api)),
    ].filter(Boolean);
  }

  /** Show what the worker refuses at its controls, and in a notice what belongs to none. */
  #showProblem(error, { quietly = false } = {}) {
    const issues = error?.issues ?? [];
    const rest = this.#settings.showIssues(this.#body.showIssues(issues));
    this.#showSaid();
    this.notice.replaceChildren();
    if (!error) return;
    if (!quietly && (rest.length || !issues.length)) {
      // What has a control is told there.
      const told = rest.length ? new ApiError({ error: rest.map(ofField).join("; ") }, error.status) : error;
      this.notice.append(problem(told, () => this.#speak()));
    }
    if (document.activeElement === this.speak) this.querySelector("[aria-invalid=true]")?.focus();
  }

  #save() {
    clearTimeout(this.#timer);
    this.#keeper.save(this.#draft);
  }
}

customElements.define("script-view", ScriptView);
