// The view Captions: captions edited and styled as they will be seen, saved as files and burnt into videos.

import { cueEditor } from "../captions/cue_editor.js";
import { cueList } from "../captions/cue_list.js";
import { Drawing } from "../captions/drawing.js";
import { savePanel } from "../captions/save_panel.js";
import { Session } from "../captions/session.js";
import { sourceBar } from "../captions/source_bar.js";
import { keepDraft, dropDraft } from "../captions/sources.js";
import { captionStage, GUIDE_NAMES } from "../captions/stage.js";
import { stylePanel } from "../captions/style_panel.js";
import { editorKeys, transport } from "../captions/transport.js";
import { cueWave } from "../captions/wave_editor.js";
import { takeDrops } from "../components/file_drop.js";
import { tabs } from "../components/tabs.js";
import { announce, field, h, icon } from "../dom.js";

const CANVASES = { "1080x1920": "9:16", "1920x1080": "16:9", "1080x1080": "1:1" };
const DRAFT_MS = 800;

class CaptionsView extends HTMLElement {
  #session = null;
  #stop = null;
  #drawing = null;
  #draft = 0;

  get unsaved() {
    return this.#session?.model.unsaved ?? false;
  }

  /** The drawing of the preview: its `spokenAt(time)` tells which word is being spoken. */
  get drawing() {
    return this.#drawing;
  }

  get session() {
    return this.#session;
  }

  connectedCallback() {
    this.className = "stack";
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const session = new Session(this.studio);
    this.#session = session;
    const [source, stage, list, editor, wave, style, save] = [
      sourceBar(session), captionStage(session), cueList(session), cueEditor(session), cueWave(session), stylePanel(session),
      savePanel(session),
    ];
    source.className = "card";
    const notice = h("p", { class: "notice warn", role: "status", hidden: true });
    this.#drawing = new Drawing(session, stage.canvas, {
      onProblem: (message, issues) => {
        const rest = issues.length ? style.showIssues(issues) : null;
        notice.textContent = rest && rest.length === 0 ? "The worker refuses a value of the style; see there." : message;
        notice.hidden = !notice.textContent;
      },
    });
    const fps = () => this.#drawing.fps;
    const act = (name) => editor.act(name);
    list.addEventListener("edit", () => editor.focusText());
    list.addEventListener("act", (event) => act(event.detail));
    source.addEventListener("sound", (event) => wave.setSound(event.detail));
    document.addEventListener("keydown", editorKeys(session, fps, act), { signal });
    session.addEventListener("cues", () => this.#keep());
    session.addEventListener("style", () => this.#keep());
    session.addEventListener("media", () => this.#keep());
    const cues = h("div", { class: "stack" }, wave, h("div", { class: "row" }, finder(session), shifter(session)), h("div", { class: "cue-columns" }, list, editor));
    this.replaceChildren(
      h("h1", {}, "Captions"),
      source,
      h(
        "div",
        { class: "caption-columns" },
        h(
          "section",
          { class: "card preview", "aria-label": "Preview" },
          stage, transport(session, fps), canvasChoice(session), h("div", { class: "columns" }, behind(session), guides(stage)), notice,
        ),
        tabs("Parts of the editor", { Cues: cues, Style: style, Save: save }),
      ),
    );
    takeDrops(this, (file) => source.take(file));
    source.load(this.parameters);
  }

  disconnectedCallback() {
    this.#stop.abort();
    clearTimeout(this.#draft);
    if (this.unsaved) keepDraft(this.#session);
    this.#drawing.stop();
    this.#session.player.pause();
  }

  #keep() {
    clearTimeout(this.#draft);
    this.#draft = setTimeout(() => (this.unsaved ? keepDraft : dropDraft)(this.#session), DRAFT_MS);
  }
}

function canvasChoice(session) {
  const box = h("fieldset", { class: "row canvases" }, h("legend", { class: "unseen" }, "Canvas"));
  for (const [canvas, shape] of Object.entries(CANVASES)) {
    const input = h("input", { type: "radio", name: "canvas", value: canvas, class: "unseen" });
    box.append(h("label", { class: "button canvas-choice" }, input, shape));
  }
  const show = () => {
    for (const input of box.querySelectorAll("input")) input.checked = input.value === session.canvas;
  };
  box.addEventListener("change", (event) => session.restyle({ ...session.style, canvas: event.target.value }));
  session.addEventListener("style", show);
  show();
  return box;
}

/** The colour behind the captions, and the way back to it from a picture or a video. */
function behind(session) {
  const colour = h("input", { type: "color", value: session.backdrop.colour });
  const remove = h("button", { type: "button" }, icon("close"), "Colour instead");
  const set = () => {
    session.backdrop = { kind: "colour", colour: colour.value.toUpperCase() };
    session.dispatchEvent(new Event("media"));
  };
  colour.addEventListener("input", set);
  remove.addEventListener("click", set);
  const { element } = field("Background", colour);
  element.append(remove);
  const show = () => (remove.hidden = session.backdrop.kind === "colour");
  session.addEventListener("media", show);
  show();
  return element;
}

function guides(stage) {
  const choice = h("select", {}, h("option", { value: "" }, "none"), GUIDE_NAMES.map((name) => h("option", { value: name }, name)));
  choice.addEventListener("change", () => (stage.guide = choice.value));
  return field("Area that apps cover", choice).element;
}

function finder(session) {
  const input = h("input", { type: "search", placeholder: "Find a word", "aria-label": "Find in the captions" });
  const find = (backwards) => {
    if (!input.value.trim()) return;
    const id = session.model.find(input.value.trim(), session.current, { backwards });
    if (id === null) announce(`“${input.value.trim()}” is in no cue.`);
    else {
      session.select(id);
      announce(`Cue ${session.model.indexOf(id) + 1}.`);
    }
    input.toggleAttribute("aria-invalid", false);
    if (id === null) input.setAttribute("aria-invalid", "true");
  };
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    find(event.shiftKey);
  });
  return h("div", { class: "row finder", role: "search" }, input, h("button", { type: "button", onclick: () => find(false) }, "Find next"));
}

/** Captions that are early or late as a whole are moved together. */
function shifter(session) {
  const by = h("input", { type: "number", step: 0.1, value: 0, "aria-label": "Seconds by which all cues move" });
  const move = () => {
    if (!Number.isFinite(by.valueAsNumber)) return;
    session.model.moveAll(by.valueAsNumber);
    announce("All cues are moved.");
  };
  return h("div", { class: "row shifter" }, by, h("button", { type: "button", onclick: move }, "Move all cues"));
}

customElements.define("captions-view", CaptionsView);
