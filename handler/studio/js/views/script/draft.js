// The script as it is written, for the next visit.

import { keep, kept } from "../../storage.js";

const STORED_AS = "studio.draft";

/** {settings, script} as they were kept last, or null. */
export function readDraft() {
  const draft = kept(STORED_AS);
  return draft?.settings && draft.script ? draft : null;
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
