// What became of a recording: the words and the cut that the worker kept, and what it warns of.

import { clock, h, icon } from "../dom.js";
import { whyNotSpoken } from "../offers.js";
import { languageName } from "../voice_library.js";
import { sampleButton } from "../voice_samples.js";

/** The reply of `upload` for the user, with the ways on from it; `options` is that of v1/options. */
export function madeVoice(studio, { voice, warnings }, options) {
  const facts = {
    Transcript: voice.text || "none: only engines that need no words can speak in the voice",
    "Used of the recording": `${clock(voice.duration, 1)} s`,
    Language: voice.language ? `${languageName(voice.language)} (${voice.language})` : "not known",
  };
  const tryIt = h("button", { type: "button", class: "primary", onclick: () => studio.open("script", { voice: voice.name }) });
  tryIt.append(icon("script"), "Try it in a script");
  const unspoken = whyNotSpoken(voice, options);
  tryIt.disabled = unspoken !== "";
  return h(
    "section",
    { class: "stack" },
    h("h1", { tabindex: -1 }, `${voice.name} is ready`),
    h(
      "div",
      { class: "card" },
      h("div", { class: "row" }, sampleButton(studio, voice, { label: `Play the recording of ${voice.name}` }), h("span", {}, "The recording that you sent")),
      h("dl", { class: "facts" }, Object.entries(facts).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      warnings.length > 0 && warningsOf(warnings),
    ),
    h(
      "div",
      { class: "row" },
      tryIt,
      h("a", { class: "button", href: "#/voices?add=again" }, "Add another voice"),
      h("a", { class: "button", href: "#/voices" }, "All voices"),
    ),
    unspoken && h("p", { class: "notice warn" }, `It cannot be tried here: ${unspoken}`),
  );
}

function warningsOf(warnings) {
  return h(
    "div",
    { class: "notice warn" },
    h("h2", {}, "The worker warns"),
    h("ul", { class: "warnings" }, warnings.map(({ code, message }) => h("li", {}, `${message} `, h("code", {}, code)))),
  );
}
