// Where captions come from: a job, a file of the user, a draft of this visit, or a sample.

import { forget, isList, isMaybe, isNumber, isObject, isText, keep, kept, TAB } from "../storage.js";

const TEXT = [
  [0.3, "Words come on screen"], [1.9, "when they are spoken."], [3.7, "Choose a style,"], [5.0, "then make it yours."],
];
const WORD_S = 0.38;

/** Captions to design a style with. */
export function sample() {
  const words = [];
  const cues = TEXT.map(([start, text]) => {
    const first = words.length;
    text.split(" ").forEach((word, at) => {
      words.push({ word, start: start + at * WORD_S, end: start + (at + 1) * WORD_S - 0.02 });
    });
    return { start, end: words.at(-1).end, text, first_word: first, last_word: words.length - 1 };
  });
  return { duration: 6.8, language: "en", method: "", words, cues };
}

/** The captions of a job, cut into cues by a style; its own style where none is given. */
export async function ofJob(api, jobId, style = null, { signal } = {}) {
  return converted(api, { job_id: jobId, ...(style ? { caption_style: style } : {}) }, { signal });
}

/** The captions of a file that has any format. */
export async function ofText(api, text, { signal } = {}) {
  return converted(api, { captions: text }, { signal });
}

/** Edited captions, cut anew into cues of at most so many words, in a style. */
export async function cutAnew(api, model, style, words, { signal } = {}) {
  const captions = JSON.stringify(model.toJson({ joined: true }));
  return converted(api, { captions, caption_style: style, words_per_cue: words }, { signal });
}

async function converted(api, source, { signal }) {
  const reply = await api.call({ endpoint: "captions", timing_format: "json", ...source }, { signal });
  return JSON.parse(await (await api.file(reply.job_id, "json")).text());
}

const STORED_AS = "studio.captions";
const MAX_STORED = 4_000_000; // characters: a browser keeps some five million for a tab

const isTimed = { start: isNumber, end: isNumber };
const isDraft = isObject({
  captions: isObject({
    words: isList(isObject({ word: isText, ...isTimed })),
    cues: isList(isObject({ ...isTimed, text: isMaybe(isText), speaker: isMaybe(isText) })),
  }),
  style: isObject(),
  name: isText,
  attached: isMaybe(isList(isText)),
});
/** Rows of a job's id, null for captions without a job, and its draft. */
const areDrafts = isList((row) => isList(() => true)(row) && isMaybe(isText)(row[0]) && isDraft(row[1]));

/** Edits by the id of the job whose captions they are of: they outlive a look at another view, or at other captions. */
const drafts = new Map(kept(STORED_AS, areDrafts, TAB) ?? []);

/** Keep the captions as they are edited, with the names of the files of the user beside them; for a page that is loaded anew, too, where there is room. */
export function keepDraft({ model, style, job, name, attached }) {
  drafts.delete(job);
  drafts.set(job, { captions: model.toJson(), style, name, attached });
  store();
}

/** The draft of a job (null: of captions without a job), or null. */
export function draftOf(job) {
  return drafts.get(job) ?? null;
}

export function dropDraft({ job }) {
  if (drafts.delete(job)) store();
}

/** The last drafts, as many as there is room for. */
function store() {
  for (let rows = [...drafts]; rows.length; rows = rows.slice(1)) {
    if (JSON.stringify(rows).length <= MAX_STORED && keep(STORED_AS, rows, TAB)) return;
  }
  forget(STORED_AS, TAB);
}
