// The runs that this browser keeps for its next visit: each under a name of its own, so that tabs do not write over each
// other's.

import { forget, isList, isMaybe, isNumber, isObject, isOneOf, isText, keep, kept, keptNames, parsed } from "./storage.js";

const PREFIX = "studio.run.";
/** Where earlier versions kept all runs, as one list. */
const FORMERLY = "studio.runs";
const MAX_CHARS = 1_000_000; // of one run, of the some five million that a browser keeps for a page
const LINK = /^[a-z][a-z0-9+.-]*:\/\/\S*$/i;

const isRun = isObject({
  id: isText,
  title: isText,
  endpoint: isText,
  created: isNumber,
  ended: isMaybe(isNumber),
  state: isOneOf("queued", "running", "completed", "failed", "cancelled"),
  input: isMaybe(isObject()),
  reply: isMaybe(isObject()),
  error: isMaybe(isObject({ message: isText })),
  progress: isMaybe(isObject()),
});

/** The runs of earlier visits, and of other tabs. */
export function runsKept() {
  moveFormer();
  return keptNames(PREFIX).map((name) => kept(name, isRun)).filter(Boolean);
}

/** Keep the runs of an earlier version as those of this one. */
function moveFormer() {
  const former = kept(FORMERLY, isList(() => true));
  forget(FORMERLY);
  for (const run of former ?? []) if (isRun(run)) keepRun({ ended: null, ...run });
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
  // A run that cannot be read, as another version has it, is none of ours; one without a value was removed.
  const listen = (id, text) => {
    const run = text === null ? null : parsed(text, isRun);
    if (run || text === null) listener(id, run);
  };
  addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(PREFIX)) listen(key.slice(PREFIX.length), newValue);
  });
}

/** Links open a file to whoever has them, for a while: that there is a file is all that a later visit needs. */
function withoutLinks(reply) {
  return JSON.parse(JSON.stringify(reply ?? null, (_name, value) => (LINK.test(value) ? "left out" : value)));
}
