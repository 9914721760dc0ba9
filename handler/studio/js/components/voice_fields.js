// What is said of a voice: its words, its name and description, on which terms and with whose consent.

import { field, h } from "../dom.js";
import { languageName } from "../voice_library.js";
import { NO_CLONING } from "../offers.js";
import { NAME_RULES } from "../voice_names.js";
import { READING } from "../voice_texts.js";
import { voiceConsent } from "./voice_consent.js";

/** The `language` that is found by the worker. */
export const AUTO = "auto";

const LICENCES = ["CC0 1.0", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "All rights reserved"];

/**
 * The fields of `upload` by their names, two cards with them, and what to know first: {fields, consent, note, words, about}. `options` is that of
 * v1/options; `voice` is the one that is edited, null for a new one.
 */
export function voiceFields(studio, options, voice) {
  const engines = Object.entries(options.engines);
  const cloning = engines.filter(([, engine]) => engine.supports_cloning !== false).map(([name]) => name);
  const fields = {};
  const make = (name, label, control, hint = "") => {
    fields[name] = field([`${label} `, h("code", {}, name)], control, { hint, name });
    return fields[name].element;
  };
  const input = (value, further = {}) => h("input", { value: value ?? "", autocomplete: "off", ...further });
  const words = h(
    "section",
    { class: "card" },
    h("h2", {}, "What it says"),
    make("ref_text", "Transcript", h("textarea", { value: voice?.text ?? "", maxlength: 20000 }), transcriptHint(voice)),
    make("language", "Language", languages(engines, voice)),
  );
  const consent = voiceConsent(studio, {
    required: options.require_consent,
    consent: voice?.consent,
    language: () => (fields.language.control.value === AUTO ? "en" : fields.language.control.value),
  });
  const about = h(
    "section",
    { class: "card" },
    h("h2", {}, "About the voice"),
    h(
      "div",
      { class: "columns" },
      make("voice_name", "Name", input(voice?.name, { maxlength: 80, spellcheck: "false" }), NAME_RULES),
      make("description", "Description", input(voice?.description, { maxlength: 1000 })),
      make("tags", "Tags", input(voice?.tags.join(", ")), "Separated by commas, such as calm, young."),
      make("license", "Licence", input(voice?.license, { maxlength: 200, list: "licences" }), "On which terms the voice may be used."),
      cloning.length > 0 && make("engine", "Engine", engineChoice(cloning, voice), "Which may speak in the voice."),
    ),
    h("datalist", { id: "licences" }, LICENCES.map((value) => h("option", { value }))),
    consent.element,
  );
  const note = cloning.length === 0 && h("p", { class: "notice warn" }, NO_CLONING);
  return { fields: { ...fields, ...consent.fields }, consent, note, words, about };
}

function transcriptHint(voice) {
  if (voice) return "The words of the part that the voice uses. They must be those of the cut.";
  return "All the words, as they are said. Leave it empty and the worker writes it down, if it has a transcriber.";
}

/** The languages that we have texts to read in, and those of the engines. */
function languages(engines, voice) {
  const tags = new Set([...Object.keys(READING), ...engines.flatMap(([, engine]) => engine.languages)]);
  if (voice?.language) tags.add(voice.language);
  const rows = [...tags].map((tag) => [languageName(tag), tag]).sort(([one], [other]) => one.localeCompare(other));
  const select = h("select", {}, h("option", { value: AUTO }, "The worker finds it out"));
  select.append(...rows.map(([name, value]) => h("option", { value }, name)));
  select.value = voice?.language ?? AUTO;
  return select;
}

function engineChoice(cloning, voice) {
  const select = h("select", {}, h("option", { value: "" }, "Every engine that clones"));
  select.append(...cloning.map((value) => h("option", { value }, `Only ${value}`)));
  select.value = voice?.engine ?? "";
  return select;
}
