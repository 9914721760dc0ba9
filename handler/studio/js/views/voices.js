// The view: voices. All there are, with samples; a voice is added, edited and deleted here.

import "../components/voice_form.js";

import { announce, bytes, clock, h, icon, toast, uniqueId } from "../dom.js";
import { voiceList } from "../components/voice_list.js";
import { whyNotSpoken } from "../offers.js";
import { deleteVoice } from "../voice_deletion.js";
import { languageName, shortName, voiceLibrary } from "../voice_library.js";
import { sampleButton, stopPlaying } from "../voice_samples.js";

/** The forms that are not sent yet, by the voice that they edit: they outlive a look at another view. */
const drafts = new Map();

class VoicesView extends HTMLElement {
  #list = null;
  #form = null;
  #options = {};

  /** A recording that is not sent is lost with the page: the browser asks before it is left. */
  get unsaved() {
    return this.#form?.unsaved ?? false;
  }

  connectedCallback() {
    const { add, edit } = this.parameters;
    if (add || edit) this.#showForm(edit ?? "");
    else this.#showList();
  }

  disconnectedCallback() {
    this.#list?.disconnect();
    stopPlaying();
    // An untouched form would show the voice as it was.
    for (const [name, form] of drafts) if (form === this.#form && !form.unsaved) drafts.delete(name);
  }

  async #showForm(name) {
    const library = voiceLibrary(this.studio);
    const loaded = library.voices.length ? null : library.load().catch((error) => toast(error.message));
    if (name) await loaded;
    if (!this.isConnected) return;
    const voice = library.find(name);
    if (name && !voice) {
      const back = h("p", {}, h("a", { href: "#/voices" }, "All voices"));
      return this.replaceChildren(h("h1", {}, "Edit a voice"), h("p", { role: "alert" }, `There is no voice ${name} to edit.`), back);
    }
    this.#form = drafts.get(name) ?? this.#draft(name, voice);
    this.replaceChildren(this.#form);
  }

  #draft(name, voice) {
    const form = Object.assign(document.createElement("voice-form"), { studio: this.studio, voice });
    drafts.set(name, form);
    form.addEventListener("made", () => drafts.delete(name));
    form.addEventListener("cancel", () => {
      drafts.delete(name);
      this.studio.open("voices");
      if (form.unsaved) toast("What you filled in was discarded.", { action: "Undo", onAction: () => this.#restore(name, form) });
    });
    return form;
  }

  #restore(name, form) {
    drafts.set(name, form);
    this.studio.open("voices", name ? { edit: name } : { add: 1 });
  }

  #showList() {
    this.#list = voiceList(this.studio, (voice) => this.#row(voice), { empty: "No voices yet." });
    const add = h("button", { type: "button", class: "primary", onclick: () => this.studio.open("voices", { add: 1 }) });
    add.append(icon("plus"), "Add a voice");
    this.replaceChildren(h("div", { class: "stack" }, h("div", { class: "row between" }, h("h1", {}, "Voices"), add), this.#list.element));
    this.#list.connect();
    // Without it the filter knows the engines that have voices of their own.
    this.studio.api.options().then((options) => {
      this.#options = options;
      this.#list.setEngines(options.engines);
      for (const row of this.#list.list.children) row.showUse();
    }).catch(() => {});
  }

  #row(voice) {
    const use = h("button", { type: "button", onclick: () => this.studio.open("script", { voice: voice.name }) }, "Use");
    use.setAttribute("aria-label", `Use ${voice.name} in a script`);
    const details = h("div", { class: "stack", id: uniqueId("details"), hidden: true });
    const toggle = h("button", { type: "button", class: "plain", "aria-expanded": "false", "aria-controls": details.id }, "Details");
    toggle.setAttribute("aria-label", `Details of ${voice.name}`);
    toggle.addEventListener("click", () => {
      details.hidden = !details.hidden;
      toggle.setAttribute("aria-expanded", String(!details.hidden));
      // Thousands of voices have details that nobody opens.
      if (!details.hasChildNodes()) details.append(...this.#details(voice));
    });
    const about = h("div", { class: "voice-about" }, h("h2", {}, shortName(voice)), h("p", { class: "row" }, chips(voice)));
    if (voice.description) about.append(h("p", {}, voice.description));
    const unspoken = h("p", { class: "hint" });
    about.append(unspoken);
    const showUse = () => {
      const reason = whyNotSpoken(voice, this.#options);
      use.disabled = reason !== "";
      unspoken.textContent = reason;
      unspoken.hidden = reason === "";
    };
    showUse();
    const head = h("div", { class: "voice-head" }, sampleButton(this.studio, voice), about, h("div", { class: "row" }, toggle, use));
    return Object.assign(h("li", { class: "card voice" }, head, details), { showUse });
  }

  #details(voice) {
    if (voice.builtin) return [factsOf(voice)];
    const edit = h("button", { type: "button", onclick: () => this.studio.open("voices", { edit: voice.name }) }, "Edit");
    const remove = h("button", { type: "button", class: "danger", onclick: () => this.#delete(voice) }, icon("trash"), "Delete");
    return [factsOf(voice), h("div", { class: "row" }, edit, remove)];
  }

  #delete(voice) {
    const row = [...this.#list.list.children].find((item) => item.dataset.voice === voice.name);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    deleteVoice(this.studio, voice.name);
    (next?.querySelector("[aria-expanded]") ?? this.querySelector("input[type=search]")).focus();
    announce(`${voice.name} is deleted. Undo it in Messages, at the end of the page.`);
  }
}

function chips(voice) {
  const chip = (text, kind = "") => text && h("span", { class: `chip ${kind}` }, text);
  return [
    chip(voice.builtin ? voice.engine : "yours", voice.builtin ? "" : "accent"),
    chip(voice.language && languageName(voice.language)),
    chip(voice.duration && clock(voice.duration, 1)),
    ...(voice.tags ?? []).map((tag) => chip(tag)),
  ];
}

/** The fields of `list_voices` as rows; what is not known is left out. */
function factsOf(voice) {
  const rows = {
    "Name in a job": h("code", {}, voice.name),
    Language: voice.language && `${languageName(voice.language)} (${voice.language})`,
    Engine: voice.builtin ? voice.engine : voice.engine && `only ${voice.engine}`,
    Transcript: voice.text || (voice.builtin ? null : "not known yet"),
    Licence: voice.license,
    Consent: voice.consent && consentText(voice.consent),
    Recording: voice.size && bytes(voice.size),
    Added: (voice.created_at || voice.last_modified) && dateOf(voice.created_at || voice.last_modified),
  };
  const known = Object.entries(rows).filter(([, value]) => value);
  return h("dl", { class: "facts" }, known.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function consentText({ name, date, statement, url, recording }) {
  const shown = [statement && `“${statement}”`, url, recording && `recording ${recording}`].filter(Boolean).join(", ");
  return `${name}, ${date}: ${shown}`;
}

function dateOf(stamp) {
  const date = new Date(stamp);
  return Number.isNaN(date.getTime()) ? stamp : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

customElements.define("voices-view", VoicesView);
