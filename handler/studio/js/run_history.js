// The runs that this browser keeps for its next visit: each under a name of its own, so that tabs do not write over each
// other's.

import { forget, keep, kept, keptNames, parsed } from "./storage.js";

const PREFIX = "studio.run.";
const MAX_CHARS = 1_000_000; // of one run, of the some five million that a browser keeps for a page
const LINK = /^[a-z][a-z0-9+.-]*:\/\/\S*$/i;

/** The runs of earlier visits, and of other tabs. */
export function runsKept() {
  return keptNames(PREFIX).map((name) => kept(name)).filter((run) => run?.id && run.state);
}

/** Keep a run. Where there is no room, the oldest ones make it. */
export function keepRun(run) {
  const shown = { ...run, reply: withoutLinks(run.reply) };
  // A book has no room: it can be followed and heard, but not sent again.
  const whole = JSON.stringify(shown).length <= MAX_CHARS;
  const value = whole ? shown : { ...shown, input: null, reply: shown.reply && { ...shown.reply, text: undefined } };
  if (JSON.stringify(value).length > MAX_CHARS) return;
  const oldest = () => runsKept().filter(({ id }) => id !== run.id).sort((one, other) => one.created - other.created)[0];
  for (let room = keep(PREFIX + run.id, value), old; !room && (old = oldest()); room = keep(PREFIX + run.id, value)) {
    forgetRun(old.id);
  }
}

export function forgetRun(id) {
  forget(PREFIX + id);
}

/** Hear what other tabs do: `listener(id, run)`; `run` is null for one that was removed. */
export function onRunElsewhere(listener) {
  addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(PREFIX)) listener(key.slice(PREFIX.length), parsed(newValue));
  });
}

/** Links open a file to whoever has them, for a while: that there is a file is all that a later visit needs. */
function withoutLinks(reply) {
  return JSON.parse(JSON.stringify(reply ?? null, (_name, value) => (LINK.test(value) ? "left out" : value)));
}
