// A control that chooses a voice: a button with its name, a sample, and a dialog to search all voices in.

import { ask, h, icon, uniqueId } from "../dom.js";
import { sampleButton, stopPlaying } from "../voice_samples.js";
import { whyNotSpoken } from "../offers.js";
import { languageName, shortName, voiceLibrary } from "../voice_library.js";
import { voiceList } from "./voice_list.js";

const DEFAULT = "The engine's own voice";

/**
 * A field to choose a voice: {element, value, engine}. `value` is a name as `generate` takes it, "" for the default voice
 * of the engine; it may be set, as may `engine`, whose voices the dialog shows first. `onChange(value, voice)` hears of
 * the user's choice; `voice` is what `list_voices` says of it, null for the default. `only(voice)` limits the choice,
 * `optional: false` leaves the default voice out, and `fallback` is what it is called.
 */
export function voicePicker(
  studio, { value = "", engine = "", label = "Voice", onChange = () => {}, only = () => true, optional = true, fallback = DEFAULT } = {},
) {
  const library = voiceLibrary(studio);
  const id = uniqueId("voice");
  const name = h("span", { class: "picker-name", id: `${id}-name` });
  const button = h(
    "button",
    {
      type: "button", class: "picker-button", id, "aria-haspopup": "dialog",
      "aria-labelledby": `${id}-label ${id}-name`, onclick: choose,
    },
    name,
    h("span", { "aria-hidden": "true" }, "▾"),
  );
  const sample = h("span", { class: "picker-sample" });
  const element = h(
    "div",
    { class: "field voice-picker" },
    h("label", { for: id, id: `${id}-label` }, label),
    h("div", { class: "row" }, button, sample),
  );

  function show() {
    // A voice that is not in the list, such as one of the hub, has a name and can be heard all the same.
    const voice = value ? (library.find(value) ?? unlisted(value)) : null;
    const language = voice?.language ? ` · ${languageName(voice.language)}` : "";
    name.textContent = voice ? `${voice.builtin ? `${shortName(voice)} · ${voice.engine}` : voice.name}${language}` : fallback;
    sample.replaceChildren(...(voice ? [sampleButton(studio, voice)] : []));
  }

  async function choose() {
    const chosen = await chooseVoice(studio, { value, engine, only, optional, fallback });
    button.focus();
    if (chosen === null) return;
    value = chosen;
    show();
    onChange(value, library.find(value));
  }

  show();
  return {
    element,
    get value() {
      return value;
    },
    set value(given) {
      value = given ?? "";
      show();
    },
    get engine() {
      return engine;
    },
    set engine(given) {
      engine = given ?? "";
    },
  };
}

function unlisted(name) {
  const [engine, own] = name.split(":");
  return { name, builtin: own !== undefined, engine: own === undefined ? null : engine, language: null, tags: [] };
}

/** A dialog with all voices; resolves with the name that was chosen, "" for the default, null for none. */
export async function chooseVoice(studio, { value = "", engine = "", only = () => true, optional = true, fallback = DEFAULT } = {}) {
  const options = await studio.api.options().catch(() => ({}));
  const { engines = {} } = options;
  let voices;
  const answer = await ask("Choose a voice", (close) => {
    voices = voiceList(studio, (voice) => pickerRow(studio, voice, { chosen: value, options, close }), {
      engine, engines, only, empty: "There is no voice yet. Add one in the view Voices.",
    });
    voices.connect();
    const own = optional && h("button", { type: "button", onclick: () => close("") }, fallback);
    const cancel = h("button", { type: "button", class: "plain", onclick: () => close(null) }, "Cancel");
    return [h("div", { class: "row between" }, own || h("span"), cancel), voices.element];
  });
  voices.disconnect();
  stopPlaying();
  return answer;
}

function pickerRow(studio, voice, { chosen, options, close }) {
  const unspoken = whyNotSpoken(voice, options);
  const facts = [voice.builtin ? voice.engine : "yours", voice.language && languageName(voice.language)];
  return h(
    "li",
    { class: "row voice-choice" },
    sampleButton(studio, voice),
    h(
      "div",
      { class: "choice-box" },
      h(
        "button",
        {
          type: "button", class: "choice", "aria-pressed": String(voice.name === chosen), disabled: unspoken !== "",
          onclick: () => close(voice.name),
        },
        h("span", { class: "choice-name" }, shortName(voice)),
        h("span", { class: "small" }, facts.filter(Boolean).join(" · ")),
      ),
      unspoken && h("p", { class: "hint" }, unspoken),
    ),
    voice.builtin || icon("voices"),
  );
}
