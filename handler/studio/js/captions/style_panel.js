// <style-panel>: every key of caption_style as a control, and the presets to start from.

import { schemaForm } from "../components/schema_form.js";
import { copyText, h, icon, toast, uniqueId } from "../dom.js";

/** What has a control elsewhere: the preset above the form, the canvas beside the preview. */
const ELSEWHERE = ["preset", "canvas"];
const DEFAULT_PRESET = "classic";
/** Keys by which cues are cut, or that change how much fits on a line. */
const CUTTING = ["preset", "canvas", "words_per_cue", "max_chars", "max_lines", "size", "font", "case", "letter_spacing", "outline"];
const CUT_AFTER_MS = 400;

/** Property: `session`. The panel changes its `style`. */
class StylePanel extends HTMLElement {
  #form = null;
  #presets = {};
  #stop = null;
  #buttons = h("div", { class: "presets" });
  #cut = h("button", { type: "button", onclick: () => this.#cutCues() }, "Cut the cues by this style");
  #problem = h("p", { class: "problem", role: "alert" });
  #seen = "";
  #timer = 0;

  async connectedCallback() {
    this.#stop = new AbortController();
    const options = await this.session.studio.api.options();
    if (!this.isConnected) return;
    this.#presets = options.presets;
    this.#form = schemaForm(options.caption_style, { omit: ELSEWHERE, onChange: () => this.#changed() });
    const name = uniqueId("preset");
    for (const [preset, values] of Object.entries(options.presets)) {
      const input = h("input", { type: "radio", name, value: preset, class: "unseen" });
      this.#buttons.append(h("label", { class: "preset" }, input, picture({ ...values, ...options.looks?.[preset] }), h("span", {}, preset)));
    }
    this.#buttons.addEventListener("change", () => this.#changed());
    this.replaceChildren(
      h("fieldset", {}, h("legend", {}, "Preset"), this.#buttons),
      h("div", { class: "row" }, this.#cut, this.#problem),
      h("p", { class: "hint" }, "What you leave empty is as in the preset. Lengths are pixels of the canvas."),
      this.#form.element,
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", onclick: () => this.#copy() }, icon("copy"), "Copy as JSON"),
        h("button", { type: "button", onclick: () => this.#reset() }, icon("undo"), "Back to the preset"),
      ),
    );
    const { signal } = this.#stop;
    this.session.addEventListener("style", () => this.#show(), { signal });
    this.session.addEventListener("restyle", () => this.#restyled(), { signal });
    this.session.addEventListener("cues", () => this.#showCut(), { signal });
    this.#show();
  }

  disconnectedCallback() {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  /** Show what the worker says of keys of the style; returns the issues that belong to none. */
  showIssues(issues) {
    return this.#form?.showIssues(issues) ?? issues;
  }

  #show() {
    const { style } = this.session;
    const preset = style.preset ?? DEFAULT_PRESET;
    for (const input of this.#buttons.querySelectorAll("input")) input.checked = input.value === preset;
    if (!this.contains(document.activeElement)) this.#form.set(style);
    this.#form.showDefaults(this.#presets[preset] ?? {});
    this.#showCut();
  }

  #cutting() {
    const { style } = this.session;
    return JSON.stringify(CUTTING.map((key) => style[key] ?? null));
  }

  /** Cues that nobody has edited follow the style; edited ones are cut when the user says so. */
  #restyled() {
    const cutting = this.#cutting();
    if (cutting === this.#seen) return;
    this.#seen = cutting;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.session.followsStyle && this.#cutCues(), CUT_AFTER_MS);
  }

  async #cutCues() {
    this.#problem.textContent = "";
    try {
      await this.session.cutByStyle({ signal: this.#stop.signal });
    } catch (error) {
      if (error.name === "AbortError" || this.showIssues(error.issues ?? []).length < (error.issues ?? []).length) return;
      this.#problem.textContent = error.message;
    }
  }

  #showCut() {
    this.#cut.hidden = this.session.followsStyle;
  }

  #changed() {
    const { canvas } = this.session.style;
    const preset = this.#buttons.querySelector("input:checked")?.value ?? DEFAULT_PRESET;
    this.session.restyle({ preset, ...this.#form.values(), ...(canvas && { canvas }) });
  }

  #reset() {
    const { preset, canvas } = this.session.style;
    this.#form.set({});
    this.session.restyle({ ...(preset && { preset }), ...(canvas && { canvas }) });
  }

  async #copy() {
    const done = await copyText(JSON.stringify({ caption_style: this.session.style }, null, 2));
    toast(done ? "The style is copied: a field caption_style for any job." : "This browser does not let the page copy.");
  }
}

/** Two words in the look of a preset. */
function picture({ colour, highlight, effect = "none", case: letters, bold = true }) {
  const [first, second] = letters === "upper" ? ["GOOD", "DAY"] : ["Good", "day"];
  const spoken = h("span", {}, second);
  const box = h("span", { class: "preset-picture", "aria-hidden": "true" }, h("span", {}, first), effect === "pop" ? "" : " ", spoken);
  box.style.color = colour ?? "#FFFFFF";
  box.style.fontWeight = bold ? 800 : 500;
  if (effect === "box") spoken.style.background = highlight;
  else if (effect !== "none" && effect !== "pop") spoken.style.color = highlight;
  if (effect === "pop") spoken.style.opacity = 0;
  return box;
}

customElements.define("style-panel", StylePanel);

export const stylePanel = (session) => Object.assign(document.createElement("style-panel"), { session });
