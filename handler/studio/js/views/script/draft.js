// The script as it is written, for the next visit.

import { isEither, isList, isMaybe, isObject, isOneOf, isText, keep, kept } from "../../storage.js";

const STORED_AS = "studio.draft";

const isDraft = isObject({
  settings: isObject({
    voice: isMaybe(isText), local_voice: isMaybe(isText), engine: isMaybe(isText), speaker_colours: isMaybe(isObject()),
    lexicon: isMaybe(isEither(isText, isObject())),
  }),
  script: isObject({
    mode: isMaybe(isOneOf("text", "turns")),
    text: isMaybe(isText),
    turns: isMaybe(isList(isObject({ text: isMaybe(isText), voice: isMaybe(isText), speaker: isMaybe(isText) }))),
  }),
});

/** {settings, script} as they were kept last, or null. */
export function readDraft() {
  return kept(STORED_AS, isDraft);
}

/**
 * A keeper of one view's draft: `save(draft)` keeps it where it has changed since `opened(draft)`. A view that is only
 * looked at, in another tab, does not write what is old over what is new.
 */
export class DraftKeeper {
  #last = "";

  opened(draft) {
    this.#last = JSON.stringify(draft);
  }

  save(draft) {
    const now = JSON.stringify(draft);
    if (now === this.#last) return;
    this.#last = now;
    keep(STORED_AS, draft);
  }
}
