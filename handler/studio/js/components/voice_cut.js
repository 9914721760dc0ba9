// A recording as a waveform with two handles: what lies between them is the voice.

import "./waveform.js";

import { encodeWav } from "../audio.js";
import { clock, h, icon } from "../dom.js";
import { play } from "../voice_samples.js";

const SHORTEST_S = 0.5;
const GOOD_S = [5, 12];
const EDGE_S = 0.25; // quiet that stays before and after the speech
const FRAME = 1024;

/** What a length is good for. */
export function lengthAdvice(seconds) {
  const [least, most] = GOOD_S;
  if (seconds < 3) return `Too short so far: ${least} to ${most} seconds are good.`;
  if (seconds < least) return `Enough for a voice; ${least} to ${most} seconds are better.`;
  if (seconds <= most) return "A good length.";
  return `More than is needed: the worker keeps at most ${most} seconds, and cuts at a pause.`;
}

/**
 * {element, buttons, blob()} of samples. `original` is the file that they are of, null for a recording, whose quiet ends
 * are cut off at first. `blob()` is the cut to send: the same object until the cut changes.
 */
export function voiceCut(samples, sampleRate, original) {
  const duration = samples.length / sampleRate;
  let [start, end] = original ? [0, duration] : speechOf(samples, sampleRate);
  let encoded = null;
  let playing = null;
  const wave = document.createElement("wave-form");
  wave.setSamples(samples, sampleRate);
  const facts = h("p", { class: "numeric small", role: "status" });
  const listen = h("button", { type: "button", onclick: () => (playing ? playing.stop() : listenFrom(start)) });
  const all = h("button", { type: "button", class: "plain", onclick: useAll }, "Use all of it");

  function cut(from, to) {
    playing?.stop();
    if (from !== start || to !== end) encoded = null;
    [start, end] = [from, to];
    wave.handles = [
      { id: "start", time: start, label: "Start of the cut", min: 0, max: Math.max(0, end - SHORTEST_S) },
      { id: "end", time: end, label: "End of the cut", min: Math.min(duration, start + SHORTEST_S), max: duration },
    ];
    wave.ranges = [{ start: 0, end: start, kind: "cut" }, { start: end, end: duration, kind: "cut" }];
    facts.textContent = `${(end - start).toFixed(1)} s, from ${clock(start, 1)} to ${clock(end, 1)}. ${lengthAdvice(end - start)}`;
    all.hidden = isWhole();
  }

  function isWhole() {
    return start === 0 && end === duration;
  }

  function useAll() {
    cut(0, duration);
    listen.focus();
  }

  function blob() {
    if (original && isWhole()) return original;
    encoded ??= encodeWav(samples.subarray(Math.round(start * sampleRate), Math.round(end * sampleRate)), sampleRate);
    return encoded;
  }

  function listenFrom(seconds) {
    const offset = start;
    playing = play(blob(), {
      start: seconds - offset,
      onTime: (time) => (wave.playhead = offset + time),
      onEnd: () => {
        playing = null;
        wave.playhead = null;
        showPlaying();
      },
    });
    showPlaying();
  }

  function showPlaying() {
    listen.replaceChildren(icon(playing ? "stop" : "play"), playing ? "Stop" : "Listen to the cut");
  }

  wave.addEventListener("handle", ({ detail: { id, time } }) => (id === "start" ? cut(time, end) : cut(start, time)));
  wave.addEventListener("seek", ({ detail: { time } }) => {
    playing?.stop();
    if (time >= start && time < end) listenFrom(time);
  });
  showPlaying();
  cut(start, end);
  return { element: h("div", { class: "stack" }, wave, facts), buttons: [listen, all], blob };
}

/** Start and end of what is clearly louder than the quiet of a recording, with a little of the quiet around it. */
function speechOf(samples, sampleRate) {
  const levels = [];
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    levels.push(samples.subarray(at, at + FRAME).reduce((sum, sample) => sum + sample * sample, 0));
  }
  const floor = Math.max(...levels) / 1000; // 30 dB below the loudest
  const loud = (level) => level > floor;
  const duration = samples.length / sampleRate;
  const [first, last] = [levels.findIndex(loud), levels.findLastIndex(loud)];
  if (first < 0) return [0, duration];
  const start = Math.max(0, (first * FRAME) / sampleRate - EDGE_S);
  const end = Math.min(duration, ((last + 1) * FRAME) / sampleRate + EDGE_S);
  return end - start < SHORTEST_S ? [0, duration] : [start, end];
}
