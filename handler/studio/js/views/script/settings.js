// How a script is spoken: a control for each field of `generate`. What the user leaves alone is not sent.

import { field, h, uniqueId } from "../../dom.js";
import { schemaForm } from "../../components/schema_form.js";
import { voicePicker } from "../../components/voice_picker.js";
import { languageName, voiceLibrary } from "../../voice_library.js";
import { lexiconEditor } from "./lexicon.js";

/** What a new script begins with: captions, and the times that its words are lit up by. */
export const INITIAL = { timing_format: ["srt", "json"] };

const SPOKEN = ["language", "speed", "takes", "seed"];
const SOUND = ["audio_format", "sample_rate", "loudness", "true_peak"];
/** Fields with a control of their own, here or in another part of the view. */
const OWN = [
  "text", "turns", "voice", "local_voice", "engine", "lexicon", "timing_format", "caption_style", "speaker_labels",
  "speaker_colours",
];

/** A schema with some of its properties alone. */
export function only(schema, names) {
  return { ...schema, properties: Object.fromEntries(names.map((name) => [name, schema.properties[name]])) };
}

/**
 * The settings for what `v1/options` offers: {element, voice, lexicon, values(), set(input), showIssues(issues),
 * keepSeed(seed)}. `values()` are fields of `generate`; `showIssues` returns those that belong to no control.
 */
export function scriptSettings(studio, options, { onChange }) {
  const { generate } = options.endpoints;
  const voice = voicePicker(studio, { onChange: changed });
  const engine = select(Object.keys(options.engines), `the voice's own, else ${options.default_engine}`);
  const rows = {
    engine: field("engine", engine, { name: "engine" }),
    lexicon: lexiconEditor(onChange),
    timing_format: formatsRow(options.formats),
    caption_style: styleRow(Object.keys(options.presets)),
  };
  const forms = {
    spoken: schemaForm(only(generate, SPOKEN), { onChange }),
    sound: schemaForm(only(generate, SOUND), { onChange }),
    more: schemaForm(generate, { omit: [...SPOKEN, ...SOUND, ...OWN], onChange }),
    own: schemaForm({}),
  };
  const languages = offeredLanguages(forms.spoken);
  const seed = forms.spoken.element.querySelector("[data-field=seed]");
  const random = h("button", { type: "button", onclick: () => settings.keepSeed("") }, "Another seed each time");
  const own = h("details", { open: true }, h("summary", {}), forms.own.element);
  const part = (title, open, ...content) => h("details", { open }, h("summary", {}, title), h("div", { class: "stack" }, content));
  const pronunciation = part("Pronunciation", false, rows.lexicon.element);
  const element = h(
    "div",
    { class: "stack settings" },
    h(
      "div",
      { class: "card" },
      h("h2", {}, "How it is spoken"),
      rows.engine.element,
      forms.spoken.element,
      h("div", { class: "row" }, random),
      own,
    ),
    h(
      "div",
      { class: "card" },
      part("Captions", true, rows.timing_format.element, rows.caption_style.element),
      part("Sound", false, forms.sound.element),
      pronunciation,
      part("More", false, forms.more.element),
    ),
  );
  element.addEventListener("input", onChange);
  engine.addEventListener("input", changed);

  function changed() {
    showEngine(forms.own.values());
    onChange();
  }

  /** What the engine knows that speaks: its own options, of which those of the same name keep their values. */
  function showEngine(values) {
    const name = engine.value || engineOf(voice.value, studio) || options.default_engine;
    const { options: schema, languages: codes = [] } = options.engines[name] ?? {};
    voice.engine = engine.value;
    languages(codes);
    forms.own = schemaForm(schema ?? {}, { values, onChange });
    own.hidden = !schema;
    own.lastElementChild.replaceWith(forms.own.element);
    own.firstElementChild.textContent = `Options of ${name}`;
  }

  const settings = {
    element,
    voice,
    /** Begin an entry of the lexicon for a word. */
    sayEverywhere(word) {
      pronunciation.open = true;
      rows.lexicon.add(word);
    },
    values() {
      const set = {
        voice: voice.value, engine: engine.value, lexicon: rows.lexicon.value,
        timing_format: rows.timing_format.value, caption_style: rows.caption_style.value,
      };
      const given = Object.entries(set).filter(([, value]) => value !== undefined && value !== "");
      return Object.assign(Object.fromEntries(given), ...Object.values(forms).map((form) => form.values()));
    },
    set(input) {
      voice.value = input.voice ?? input.local_voice ?? "";
      engine.value = input.engine ?? "";
      for (const name of ["lexicon", "timing_format", "caption_style"]) rows[name].value = input[name];
      for (const form of Object.values(forms)) form.set(input);
      showEngine(input);
    },
    showIssues(issues) {
      let rest = issues;
      for (const [name, row] of Object.entries(rows)) {
        const issue = rest.find((one) => one.field === name || one.field.startsWith(`${name}.`));
        row.showProblem(issue?.message);
        rest = rest.filter((one) => one !== issue);
      }
      for (const form of Object.values(forms)) rest = form.showIssues(rest);
      for (const invalid of element.querySelectorAll("[aria-invalid=true]")) {
        const closed = invalid.closest("details");
        if (closed) closed.open = true;
      }
      return rest;
    },
    keepSeed(value) {
      seed.value = value;
      onChange();
    },
  };
  settings.set(INITIAL);
  return settings;
}

/** The engine that a voice asks for, "" if any may speak in it. */
function engineOf(voice, studio) {
  return voice.includes(":") ? voice.split(":")[0] : (voiceLibrary(studio).find(voice)?.engine ?? "");
}

function select(values, first) {
  return h("select", {}, h("option", { value: "" }, first), values.map((value) => h("option", { value }, value)));
}

/** Lets the browser offer languages below the field; any other tag may be written. */
function offeredLanguages(form) {
  const list = h("datalist", { id: uniqueId("languages") });
  form.element.append(list);
  form.element.querySelector("[data-field=language]").setAttribute("list", list.id);
  return (codes) => list.replaceChildren(...["auto", ...codes].map((value) => h("option", { value, label: languageName(value) })));
}

/** Which caption files are made. */
function formatsRow(formats) {
  const boxes = formats.map((format) => h("input", { type: "checkbox", value: format }));
  const problem = h("p", { class: "problem", hidden: true });
  const element = h(
    "fieldset",
    { "data-field": "timing_format" },
    h("legend", {}, "timing format"),
    h("div", { class: "row formats" }, boxes.map((box) => h("label", { class: "check" }, box, box.value))),
    h("p", { class: "hint" }, "The caption files. With json the words light up as they are spoken."),
    problem,
  );
  return {
    element,
    showProblem(message) {
      problem.textContent = message ?? "";
      problem.hidden = !message;
    },
    get value() {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      return chosen.length ? chosen : undefined;
    },
    set value(given) {
      const chosen = given === "all" ? formats : [given ?? []].flat();
      for (const box of boxes) box.checked = chosen.includes(box.value);
    },
  };
}

/** A preset; a style of another job that is an object stays as it is until another is chosen. */
function styleRow(presets) {
  const control = select(presets, "default");
  const hint = "Its details are in the view Captions.";
  const { element, showProblem } = field("caption style", control, { name: "caption_style", hint });
  const own = h("option", { value: "{}" }, "that of the job");
  let style = null;
  return {
    element,
    showProblem,
    get value() {
      return control.value === own.value ? style : control.value || undefined;
    },
    set value(given) {
      style = typeof given === "object" ? given : null;
      own.remove();
      if (style) control.append(own);
      control.value = style ? own.value : (given ?? "");
    },
  };
}
