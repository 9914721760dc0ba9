// The voices of the worker, read once and shared by the views; what they are called, and which engine speaks in them.

const NAMES = new Intl.DisplayNames(undefined, { type: "language" });

/**
 * All voices as `list_voices` has them. `change` is fired for each page that arrives and whenever the list changes.
 * A voice that is about to be deleted is hidden here: it is in no list, and can be shown again.
 */
class VoiceLibrary extends EventTarget {
  #api;
  #voices = [];
  #hidden = new Set();
  #loading = null;

  constructor(api) {
    super();
    this.#api = api;
  }

  get voices() {
    return this.#voices.filter((voice) => !this.#hidden.has(voice.name));
  }

  find(name) {
    return this.voices.find((voice) => voice.name === name) ?? null;
  }

  get isLoading() {
    return this.#loading !== null;
  }

  /** Ask the worker again. Throws ApiError; the list that was there stays. */
  load() {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
      this.#changed();
    });
    return this.#loading;
  }

  async #load() {
    const found = [];
    const first = this.#voices.length === 0;
    let cursor = null;
    do {
      const page = await this.#api.call({ endpoint: "list_voices", limit: 1000, cursor });
      found.push(...page.voices);
      cursor = page.cursor;
      // The first time, what has come is shown while the rest is on its way.
      if (first) this.#set(found);
    } while (cursor);
    this.#set(found);
  }

  #set(voices) {
    this.#voices = [...voices];
    this.#changed();
  }

  put(voice) {
    this.#hidden.delete(voice.name);
    this.#set([voice, ...this.#voices.filter((one) => one.name !== voice.name)]);
  }

  hide(name) {
    this.#hidden.add(name);
    this.#changed();
  }

  show(name) {
    this.#hidden.delete(name);
    this.#changed();
  }

  remove(name) {
    this.#hidden.delete(name);
    this.#set(this.#voices.filter((voice) => voice.name !== name));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

const libraries = new WeakMap();

/** The one library of a studio. */
export function voiceLibrary(studio) {
  if (!libraries.has(studio.api)) libraries.set(studio.api, new VoiceLibrary(studio.api));
  return libraries.get(studio.api);
}

/** `en` of `en-US`; empty for a voice whose language is not known. */
export function baseLanguage(voice) {
  return (voice.language ?? "").split("-")[0].toLowerCase();
}

/** The name of a language for people; the tag itself where the browser knows none. */
export function languageName(tag) {
  try {
    return NAMES.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Whether an engine speaks in a voice: in its own, and if it clones, in those of the bucket. `engines` is of v1/options. */
export function speaks(engine, voice, engines = {}) {
  if (voice.builtin) return voice.engine === engine;
  return (voice.engine ?? engine) === engine && (engines[engine]?.supports_cloning ?? true);
}

/** The engine and the name of an engine's own voice, as `piper:en_US-joe-medium` has both. */
export function shortName(voice) {
  return voice.builtin ? voice.name.slice(voice.name.indexOf(":") + 1) : voice.name;
}

/** What a search looks at. */
export function searchable(voice) {
  const language = voice.language ? `${voice.language} ${languageName(voice.language)}` : "";
  const { name, description, engine, license, text, tags } = voice;
  return [name, language, description, engine, license, text, ...(tags ?? [])].filter(Boolean).join("\n").toLowerCase();
}
