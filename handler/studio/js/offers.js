// What a worker cannot do, by what v1/options says of it: why, as sentences; "" where it can.

import { speaks } from "./voice_library.js";

/** Why a worker cannot write down what is said in a recording. */
export function whyNoTranscriber({ transcribers = {} }) {
  const states = Object.entries(transcribers);
  if (states.some(([, state]) => state === "ready")) return "";
  const reasons = states.map(([name, state]) => `${name}: ${state}`).join("; ");
  return `This worker cannot write down what is said: it has no transcriber that is ready${reasons && ` (${reasons})`}. Give the text.`;
}

export const NO_CLONING =
  "No engine of this worker speaks in a voice that is made of a recording. The voice is kept; to hear it, the setting " +
  "ENGINES needs one that clones, such as f5 or pocket.";

/** Why no engine of a worker speaks in a voice, as `list_voices` has it. */
export function whyNotSpoken(voice, { engines = {} }) {
  const names = Object.keys(engines);
  if (voice.builtin || names.length === 0 || names.some((name) => speaks(name, voice, engines))) return "";
  if (!names.some((name) => engines[name].supports_cloning !== false)) return "No engine of this worker clones voices.";
  return `This voice is of ${voice.engine}, which this worker does not have or which clones none here.`;
}
