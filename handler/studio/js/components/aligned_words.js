// What an alignment has found: a player, and the words in time with it.

import { h } from "../dom.js";
import { timedWords } from "./timed_words.js";

/** A card for {url, video, captions, reply}: `url` of the recording, `captions` of the json file. */
export function alignedWords({ url, video, captions, reply }) {
  const media = h(video ? "video" : "audio", { controls: true, playsinline: true, src: url, "aria-label": "The recording" });
  const { timing_method: method, timing_confidence: confidence, language } = reply;
  const facts = [
    `${captions.words.length} words`,
    method && `found by ${method}`,
    confidence !== undefined && `mean confidence ${confidence.toFixed(2)}`,
    language && `language ${language}`,
  ];
  const unsure = captions.words.some((word) => word.confidence < 0.5);
  return h(
    "section",
    { class: "card aligned", "aria-label": "Words in time" },
    h("h2", {}, "Words in time"),
    h("p", { class: "muted small" }, facts.filter(Boolean).join(" · ")),
    media,
    h("p", { class: "hint" }, "Click a word to hear it; with the keyboard choose it by arrows and press Enter.",
      unsure && [" ", h("span", { class: "unsure" }, "Underlined"), " words are unsure: listen to them."]),
    timedWords({ words: captions.words, media, label: "Words of the recording" }),
  );
}
