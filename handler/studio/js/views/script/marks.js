// The marks of a script, as they are typed: [pause:1s], [voice:anna], [Nguyen](win). What a mark means, and whether
// it means anything, the worker says (see preview.js); this is for the time between a key and its answer.

const MARK = new RegExp(
  [
    String.raw`\[\s*pause\s*:(?<pause>[^\[\]\n]*)\]`,
    String.raw`\[\s*voice\s*:(?<voice>[^\[\]\n]{0,200})\]`,
    String.raw`(?<!!)\[(?<shown>[^\[\]\n]+)\]\((?<spoken>(?:[^()\\\n]|\\.|\([^()\n]*\))*)\)`,
  ].join("|"),
  "gi",
);
const LINK = /^(?:[a-z][a-z0-9+.-]+:|www\.|[#?<]|\.{0,2}\/(?!.*\/$))|^\S+@\S+\.\S+$|^[^\s/]+\.[a-z]{2,12}(?:\/\S*)?$/i;

/**
 * The marks of a text in their order: {kind, start, end}, and by kind `length` of a pause as it is written, `name` of a
 * voice, `shown` and `spoken` of a pronunciation. Kinds are those of the worker. What looks like a link is none.
 */
export function findMarks(text) {
  const found = [];
  for (const match of text.matchAll(MARK)) {
    const { pause, voice, shown, spoken } = match.groups;
    const span = { start: match.index, end: match.index + match[0].length };
    if (pause !== undefined) found.push({ kind: "pause", ...span, length: pause.trim() });
    else if (voice !== undefined) found.push({ kind: "voice", ...span, name: voice.trim() });
    else if (!LINK.test(spoken.trim())) found.push({ kind: "pronunciation", ...span, shown, spoken });
  }
  return found;
}

/** How a mark is written. */
export const written = {
  pause: ({ length }) => `[pause:${length}]`,
  voice: ({ name }) => `[voice:${name}]`,
  // Brackets would end the mark before its end.
  pronunciation: ({ shown, spoken }) => `[${shown.replace(/[[\]\n]/g, " ")}](${spoken.replace(/[()\n]/g, " ").trim()})`,
};

/** The text of a mark once it is taken out: what it shows. */
export function withoutMark(mark) {
  return mark.kind === "pronunciation" ? mark.shown : "";
}

/** A text without its marks, on one line. */
export function plainText(text) {
  let at = 0;
  const parts = findMarks(text).map((mark) => {
    const before = text.slice(at, mark.start);
    at = mark.end;
    return before + withoutMark(mark);
  });
  return [...parts, text.slice(at)].join("").replace(/\s+/g, " ").trim();
}

/** The voices that a text names, each once. */
export function namedVoices(text) {
  return [...new Set(findMarks(text).filter((mark) => mark.kind === "voice" && mark.name).map((mark) => mark.name))];
}

/**
 * Where the worker sees a problem in a text: {start, end}, null if its sentence quotes nothing that is there. It
 * quotes a mark as Python writes a string: '[pause:1h]', or "it's".
 */
export function placeOfProblem(message, text) {
  for (const [, single, double] of message.matchAll(/'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)"/g)) {
    const quoted = (single ?? double).replace(/\\(['"\\])/g, "$1").replace(/…$/, "");
    const start = text.indexOf(quoted);
    if (start >= 0) return { start, end: start + quoted.length };
  }
  return null;
}

/** A text as turns: one for each stretch in one voice. */
export function textToTurns(text) {
  const turns = [];
  let voice = "";
  let start = 0;
  const add = (end) => {
    const said = text.slice(start, end).trim();
    if (said) turns.push({ ...(voice ? { voice } : {}), text: said });
  };
  for (const mark of findMarks(text)) {
    if (mark.kind !== "voice") continue;
    add(mark.start);
    voice = mark.name;
    start = mark.end;
  }
  add(text.length);
  return turns;
}

/** Turns as one text: a mark wherever another voice begins, and a pause where one has been asked for. */
export function turnsToText(turns) {
  let voice = "";
  const parts = turns.filter((turn) => turn.text.trim()).map((turn) => {
    const mark = turn.voice && turn.voice !== voice ? `[voice:${turn.voice}] ` : "";
    voice = turn.voice || voice;
    const pause = turn.pause_after >= 0.05 ? ` [pause:${turn.pause_after}s]` : "";
    return `${mark}${turn.text}${pause}`;
  });
  return parts.join("\n\n");
}
