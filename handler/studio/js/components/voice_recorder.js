// The microphone: asked for, counted down, measured while it records.

import { openMicrophone } from "../audio.js";
import { announce, clock, h, icon } from "../dom.js";

const FLOOR_DB = -60;
const QUIET_PEAK = 0.06;
const SILENT_PEAK = 0.002;
const CLIPPED_PEAK = 0.99;
const WATCHED_MS = 2000; // a pause between two words is not "too quiet"
const LIMIT_S = 120;

const REFUSALS = {
  NotAllowedError:
    "The browser does not let this page use the microphone. Allow it in the settings beside the page's address, then try again.",
  NotFoundError: "There is no microphone. Connect one, then try again.",
  NotReadableError: "Another program uses the microphone. Close it there, then try again.",
};
const INSECURE =
  "Browsers give the microphone only to pages of https addresses and of this machine (localhost). Open the studio " +
  "by such an address, or choose a file instead.";

const HINTS = {
  waiting: "Get ready.",
  silent: "Nothing is heard. Is the microphone muted, or is another one chosen?",
  quiet: "Too quiet: come nearer to the microphone, or speak up.",
  loud: "Too loud: the sound is clipped. Move away from the microphone a little.",
  good: "The level is good.",
};

/**
 * Record the microphone: {element, cancel()}. It asks and counts down at once. `advice(seconds)` says what the length
 * is good for. Then `onDone({samples, sampleRate})` or `onCancel()` is called, once.
 */
export function voiceRecorder({ advice = () => "", onDone, onCancel }) {
  const bar = h("div", { class: "level-bar" });
  const level = h("div", {
    class: "level", role: "meter", "aria-label": "Level of the microphone",
    "aria-valuemin": FLOOR_DB, "aria-valuemax": 0, "aria-valuenow": FLOOR_DB,
  }, bar);
  const count = h("p", { class: "countdown numeric", "aria-hidden": "true" }, "…");
  const hint = h("p", { role: "status" }, "The browser asks whether this page may use the microphone.");
  const length = h("p", { class: "muted small", role: "status" });
  const stop = h("button", { type: "button", class: "primary", disabled: true, onclick: finish }, icon("stop"), "Stop");
  const cancel = h("button", { type: "button", onclick: () => end(onCancel) }, "Cancel");
  const row = h("div", { class: "row" }, stop, cancel);
  const element = h("div", { class: "recorder stack", role: "group", "aria-label": "Recording" }, count, level, hint, length, row);
  const watch = levelWatch();
  let microphone = null;
  let startedAt = 0;
  let over = false;

  run();

  async function run() {
    await null; // until the element is in the page, where it takes the focus of the button that began
    cancel.focus();
    if (!navigator.mediaDevices) return refuse(INSECURE);
    try {
      microphone = await openMicrophone({ onLevel: heard });
    } catch (error) {
      return refuse(REFUSALS[error.name] ?? `The microphone cannot be used: ${error.message}`);
    }
    if (over) return microphone.cancel();
    hint.textContent = HINTS.waiting;
    for (const seconds of [3, 2, 1]) {
      count.textContent = seconds;
      announce(String(seconds));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (over) return;
    }
    microphone.start();
    startedAt = performance.now();
    element.dataset.state = "recording";
    stop.disabled = false;
    stop.focus();
    announce("Recording");
  }

  function heard({ peak, rms }) {
    const decibels = Math.max(FLOOR_DB, 20 * Math.log10(rms || 1e-6));
    bar.style.transform = `scaleX(${1 - decibels / FLOOR_DB})`;
    level.setAttribute("aria-valuenow", Math.round(decibels));
    const state = watch(peak);
    level.dataset.state = state;
    if (!startedAt || over) return;
    const seconds = (performance.now() - startedAt) / 1000;
    count.textContent = clock(seconds, 1);
    say(hint, HINTS[state]);
    say(length, advice(seconds));
    if (seconds >= LIMIT_S) finish();
  }

  function refuse(message) {
    if (over) return;
    const problem = h("div", { class: "notice bad", role: "alert" }, message);
    const again = h("button", { type: "button", class: "primary", onclick: retry }, "Try again");
    element.replaceChildren(problem, h("div", { class: "row" }, again, cancel));
    again.focus();
  }

  function retry() {
    row.append(cancel);
    element.replaceChildren(count, level, hint, length, row);
    run();
  }

  function finish() {
    if (over) return;
    over = true;
    onDone(microphone.stop());
  }

  function end(callback) {
    if (over) return;
    over = true;
    microphone?.cancel();
    callback();
  }

  return { element, cancel: () => end(() => {}) };
}

/** Set a text once: a screen reader says each change. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tells by the peaks of the last seconds how the level is. */
function levelWatch() {
  const begin = performance.now();
  let peaks = [];
  return (peak) => {
    const now = performance.now();
    peaks = [...peaks.filter(({ at }) => at > now - WATCHED_MS), { at: now, peak }];
    const highest = Math.max(...peaks.map((one) => one.peak));
    if (highest >= CLIPPED_PEAK) return "loud";
    if (now - begin < WATCHED_MS || highest >= QUIET_PEAK) return "good";
    return highest < SILENT_PEAK ? "silent" : "quiet";
  };
}
