// Who allows the use of a voice: the fields of `consent`, and a recording in which they say so.

import { ApiError } from "../api.js";
import { encodeWav } from "../audio.js";
import { field, h, icon } from "../dom.js";
import { CONSENT } from "../voice_texts.js";
import { voiceRecorder } from "./voice_recorder.js";

const SHORTEST_S = 2;

/**
 * {element, value(), problems(), fields, cancel()}: `value()` is the `consent` to send, null if nothing is filled in.
 * `required` shows that the worker refuses a voice without one.
 */
export function voiceConsent(studio, { required = false, consent = null, language = () => "en" } = {}) {
  const name = h("input", { value: consent?.name ?? "", maxlength: 200, autocomplete: "off" });
  const date = h("input", { type: "date", value: consent?.date ?? "", max: new Date(Date.now() + 864e5).toISOString().slice(0, 10) });
  const statement = h("textarea", { rows: 2, value: consent?.statement ?? "", maxlength: 1000, placeholder: CONSENT });
  const url = h("input", { type: "url", value: consent?.url ?? "", maxlength: 1000, placeholder: "https://…" });
  const fields = {
    "consent.name": field("Who agrees", name, { hint: "The speaker, or who has the rights.", name: "consent.name" }),
    "consent.date": field("On which day", date, { name: "consent.date" }),
    "consent.statement": field("What they agreed to", statement, { name: "consent.statement" }),
    "consent.url": field("Or a link to it", url, { hint: "It is kept with the voice, not opened.", name: "consent.url" }),
  };
  const spoken = spokenConsent(studio, { recording: consent?.recording ?? null, name: () => name.value.trim(), language });
  const legend = required ? "Consent (required by this worker)" : "Consent (optional)";
  const element = h(
    "details",
    { open: required || consent !== null },
    h("summary", {}, legend),
    h(
      "fieldset",
      { class: "stack" },
      h("legend", { class: "unseen" }, "Consent"),
      h("p", { class: "hint" }, "Who allows that speech is made in this voice, when, and what says so: words, a link, or a recording."),
      h("div", { class: "columns" }, Object.values(fields).map((one) => one.element)),
      spoken.element,
    ),
  );

  function value() {
    const filled = {
      name: name.value.trim(), date: date.value, statement: statement.value.trim(), url: url.value.trim(),
      recording: spoken.recording,
    };
    const sent = Object.entries(filled).filter(([, text]) => text);
    return sent.length ? Object.fromEntries(sent) : null;
  }

  /** What is missing, as the worker would say it: {field, message} of each. */
  function problems() {
    const given = value();
    if (!given && !required) return [];
    const missing = [];
    if (!given?.name) missing.push({ field: "consent.name", message: "Say who agrees." });
    if (!given?.date) missing.push({ field: "consent.date", message: "Say on which day they agreed." });
    if (!given?.statement && !given?.url && !given?.recording) {
      missing.push({ field: "consent.statement", message: "Write what they agreed to, or give a link or a recording." });
    }
    return missing;
  }

  return { element, value, problems, fields, cancel: spoken.cancel };
}

/** The recording of a consent, which the worker keeps apart from the voice. */
function spokenConsent({ api }, { recording, name, language }) {
  const state = h("p", { class: "small", role: "status" });
  const body = h("div", { class: "stack" });
  const element = h("div", { class: "stack" }, state, body);
  let recorder = null;

  function showButton() {
    state.textContent = recording ? `A recording of the consent is kept as ${recording}.` : "";
    const label = recording ? "Record the consent anew" : "Record the consent";
    body.replaceChildren(h("div", { class: "row" }, h("button", { type: "button", onclick: record }, icon("record"), label)));
  }

  function record() {
    if (!name()) {
      state.textContent = "First fill in who agrees: the recording is kept under this name.";
      return;
    }
    recorder = voiceRecorder({
      advice: (seconds) => (seconds < SHORTEST_S ? "Say the whole sentence." : ""),
      onDone: send,
      onCancel: back,
    });
    body.replaceChildren(h("p", { class: "small" }, "The speaker says, in any words:"), h("p", { class: "reading" }, CONSENT), recorder.element);
  }

  function back() {
    recorder = null;
    showButton();
    body.querySelector("button").focus();
  }

  async function send({ samples, sampleRate }) {
    back();
    state.textContent = "Sending the recording…";
    const form = new FormData();
    form.set("name", name());
    form.set("language", language());
    form.set("recording", encodeWav(samples, sampleRate), "consent.wav");
    try {
      recording = (await api.json("POST", "v1/audio/voice_consents", { body: form })).id;
      const hadFocus = body.contains(document.activeElement);
      showButton();
      if (hadFocus) body.querySelector("button").focus();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.textContent = `The recording was not kept: ${error.message}`;
    }
  }

  showButton();
  return {
    element,
    get recording() {
      return recording;
    },
    cancel() {
      recorder?.cancel();
      if (recorder) {
        recorder = null;
        showButton();
      }
    },
  };
}
