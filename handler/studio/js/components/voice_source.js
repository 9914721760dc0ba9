// The recording of a voice: dropped, chosen or recorded, then cut.

import { decode } from "../audio.js";
import { announce, bytes, field, h, icon } from "../dom.js";
import { probe } from "../own_media.js";
import { languageName } from "../voice_library.js";
import { stopPlaying } from "../voice_samples.js";
import { READING, ownLanguage } from "../voice_texts.js";
import { lengthAdvice, voiceCut } from "./voice_cut.js";
import { voiceRecorder } from "./voice_recorder.js";

const LONGEST_S = 1200; // of a recording that is shown: decoded, an hour takes a gigabyte of memory
const UNSEEN = {
  unknown: "This browser cannot show the file. It can be sent all the same: the worker reads more kinds of files.",
  long: "It is too long to be shown and cut here. It can be sent all the same: the worker takes its first good part.",
};

/**
 * {element, has, blob(), accept(file), cancel(), showProblem(message)}. `onChange(read)` hears of a new recording; `read`
 * is {text, language} of the text that was there to be read aloud, null for a file. `maxBytes` is the worker's limit.
 */
export function voiceSource({ maxBytes = () => Infinity, onChange = () => {} }) {
  const file = h("input", { type: "file", accept: "audio/*,video/*", "aria-label": "Recording, as a file", hidden: true });
  const problem = h("div", { class: "notice bad", role: "alert", hidden: true });
  const body = h("div", { class: "stack" });
  const element = h("div", { class: "stack" }, problem, body, file);
  let recorder = null;
  let sound = null; // {element, buttons, blob()}
  let accepted = 0; // files so far: of two that are read at the same time the later counts
  file.addEventListener("change", () => {
    if (file.files[0]) accept(file.files[0]);
    file.value = "";
  });

  function button(label, name, onclick, properties = {}) {
    return h("button", { type: "button", onclick, ...properties }, name && icon(name), label);
  }

  function showProblem(message) {
    problem.textContent = message ?? "";
    problem.hidden = !message;
  }

  function showEmpty() {
    const hint = "Drop a recording of one person here: 5 to 12 seconds, in a quiet room. A video is fine, too.";
    const choices = [button("Choose a file", null, () => file.click()), button("Record", "record", showReading)];
    body.replaceChildren(h("div", { class: "drop" }, h("p", {}, hint), h("div", { class: "row" }, choices)));
  }

  /** The text that is to be read aloud, and the button that begins. */
  function showReading() {
    stopPlaying();
    showProblem("");
    const language = h("select", {}, Object.keys(READING).map((tag) => h("option", { value: tag }, languageName(tag))));
    language.value = ownLanguage(Object.keys(READING));
    const text = h("p", { class: "reading" });
    const show = () => Object.assign(text, { textContent: READING[language.value], lang: language.value });
    language.addEventListener("change", show);
    show();
    const chooser = field("Language of the text to read aloud", language, { hint: "Or say something else, and correct the transcript." });
    const start = button("Start recording", "record", () => record(actions, language), { class: "primary" });
    const actions = h("div", { class: "row" }, start, button("Cancel", null, leave));
    body.replaceChildren(chooser.element, text, actions);
    start.focus();
  }

  function record(actions, language) {
    const read = { text: READING[language.value], language: language.value };
    language.disabled = true;
    recorder = voiceRecorder({
      advice: lengthAdvice,
      onDone: ({ samples, sampleRate }) => {
        recorder = null;
        take(samples, sampleRate, null);
        onChange(read);
      },
      onCancel: () => {
        recorder = null;
        showReading();
      },
    });
    actions.replaceWith(recorder.element);
  }

  /** Back to what was there before. */
  function leave() {
    if (sound) showSound();
    else showEmpty();
    body.querySelector("button")?.focus();
  }

  async function accept(given) {
    stopPlaying();
    showProblem("");
    recorder?.cancel();
    recorder = null;
    if (given.size > maxBytes()) {
      const limit = `at most ${bytes(maxBytes())} are taken; cut out the seconds that you need`;
      return showProblem(`The file has ${bytes(given.size)}, ${limit}.`);
    }
    accepted += 1;
    const mine = accepted;
    body.replaceChildren(h("p", { role: "status" }, "Reading the file…"));
    const isLong = (await probe(given))?.duration > LONGEST_S;
    const decoded = isLong ? null : await decode(given).catch(() => null);
    if (mine !== accepted) return;
    if (decoded) take(decoded.samples, decoded.sampleRate, given);
    else {
      sound = unseen(given, isLong ? UNSEEN.long : UNSEEN.unknown);
      showSound();
    }
    onChange(null);
  }

  function take(samples, sampleRate, original) {
    sound = voiceCut(samples, sampleRate, original);
    showSound();
    announce(`The recording has ${(samples.length / sampleRate).toFixed(1)} seconds`);
  }

  function showSound() {
    const again = button("Record anew", "record", showReading);
    const other = button("Choose another file", null, () => file.click());
    body.replaceChildren(sound.element, h("div", { class: "row" }, sound.buttons, again, other));
    // Whoever has gone on to another field meanwhile stays there.
    if (document.activeElement === document.body) body.querySelector("button").focus();
  }

  showEmpty();
  return {
    element,
    accept,
    showProblem,
    blob: () => sound.blob(),
    get has() {
      return sound !== null;
    },
    /** Give the microphone back, and be silent. */
    cancel() {
      stopPlaying();
      if (!recorder) return;
      recorder.cancel();
      recorder = null;
      if (sound) showSound();
      else showEmpty();
    },
  };
}

/** A file that is sent as it is; `note` says why it is not shown. */
function unseen(original, note) {
  const element = h("div", { class: "notice warn" }, h("strong", {}, original.name ?? "Recording"), h("p", {}, note));
  return { element, buttons: [], blob: () => original };
}
