// Where captions come from: a job, a file of the user, a draft of this visit, or a sample.

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
const MAX_STORED = 400_000; // characters: a browser keeps some five million for a page

/** Keep the captions as they are edited, for a page that is loaded anew; a long text is not kept. */
export function keepDraft({ model, style, job, name }) {
  try {
    const draft = JSON.stringify({ captions: model.toJson(), style, job, name });
    if (model.unsaved && draft.length <= MAX_STORED) sessionStorage.setItem(STORED_AS, draft);
    else sessionStorage.removeItem(STORED_AS);
  } catch {
    // A browser that stores nothing has no drafts.
  }
}

/** The draft of a job (null: of captions without a job), or null. */
export function draftOf(job) {
  try {
    const draft = JSON.parse(sessionStorage.getItem(STORED_AS));
    return draft && draft.job === job ? draft : null;
  } catch {
    return null;
  }
}

export function dropDraft() {
  sessionStorage.removeItem(STORED_AS);
}
