// The files of a finished job: which there are, players for those that can be heard or seen, buttons that save them.

import { clock, h, icon, save } from "../dom.js";

/** How a caption format's file ends, where that is not its name. */
const ENDINGS = { remotion: "remotion.json", textgrid: "TextGrid" };
const MAX_NAME = 40;

/**
 * The files that a run has made: [{kind, label, filename}], `kind` as GET v1/jobs/{id}/files/{kind} takes it.
 * `label` is what a button says.
 */
export function filesOf(run) {
  const reply = run.reply ?? {};
  const files = [];
  const add = (kind, label, ending) => files.push({ kind, label, filename: `${nameOf(run)}.${ending}` });
  if (reply.book_url) add("book", "Book (m4b)", "m4b");
  if (reply.audio_url) add("audio", `Audio (${reply.audio_format ?? "wav"})`, reply.audio_format ?? "wav");
  if (reply.video_url) add("video", "Video (mp4)", "mp4");
  if (reply.transcript_url) add("transcript", "Text (txt)", "txt");
  for (const format of Object.keys(reply.timing_files ?? {})) add(format, format, ENDINGS[format] ?? format);
  return files;
}

/** The files of a book's chapters: [{number, title, duration, files}], `files` as those of `filesOf`, with their `chapter`. */
function chaptersOf(run) {
  const { chapters = [], audio_format: format } = run.reply ?? {};
  const digits = Math.max(2, ...chapters.map(({ number }) => String(number).length));
  return chapters.map(({ number, title, duration, audio_url: audio, timing_files: timings = {} }) => {
    const stem = `${nameOf(run)}-${String(number).padStart(digits, "0")}`;
    const file = (kind, label, ending) => ({ kind, label, filename: `${stem}.${ending}`, chapter: number });
    const captions = Object.keys(timings).map((name) => file(name, name, ENDINGS[name] ?? name));
    return { number, title, duration, files: [...(audio ? [file("audio", format, format)] : []), ...captions] };
  });
}

/** A name for files, of the run's title and the beginning of its id: hello-world-3f2a91c0. */
function nameOf(run) {
  const words = run.title.normalize("NFKC").toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [run.endpoint];
  return `${[...words.join("-")].slice(0, MAX_NAME).join("").replace(/-+$/, "")}-${run.id.slice(0, 8)}`;
}

/** A button for each file, which saves it; `onError(error)` hears of one that cannot be had. */
export function downloads(api, run, onError) {
  return group("Files", filesOf(run).map((file) => button(api, run, file, onError)));
}

/** The chapters of a book with a button for each of their files; null for other runs. */
export function chapterDownloads(api, run, onError) {
  const chapters = chaptersOf(run);
  if (chapters.length === 0) return null;
  const items = chapters.map(({ number, title, duration, files }) =>
    h(
      "li",
      { class: "stack" },
      h("span", {}, h("span", { dir: "auto" }, title), h("span", { class: "muted numeric" }, ` · ${clock(duration)}`)),
      group(`Files of chapter ${number}`, files.map((file) => button(api, run, file, onError))),
    ),
  );
  const count = `${chapters.length} ${chapters.length === 1 ? "chapter" : "chapters"}`;
  return h("details", {}, h("summary", {}, count), h("ul", { class: "stack chapters" }, items));
}

function group(label, buttons) {
  return h("div", { class: "row downloads", role: "group", "aria-label": label }, buttons);
}

function button(api, run, { kind, label, filename, chapter = null }, onError) {
  const start = async () => {
    if (element.ariaBusy === "true") return;
    element.ariaBusy = "true";
    try {
      save(await api.file(run.id, kind, chapter), filename);
    } catch (error) {
      onError(error);
    } finally {
      element.ariaBusy = "false";
    }
  };
  const says = [h("span", { class: "unseen" }, "Download "), label];
  const element = h("button", { type: "button", onclick: start, "data-kind": kind }, icon("download"), h("span", {}, says));
  return element;
}

/**
 * `<job-media>`: the audio, the video or the book of a run, fetched when it is asked for, or at once where `eager`. What plays in
 * another one pauses. Properties: api, run, kind, eager. Event: `loaded`.
 */
class JobMedia extends HTMLElement {
  #url = null;
  #loading = null;

  get media() {
    return this.querySelector("audio, video");
  }

  connectedCallback() {
    this.addEventListener("play", pauseOthers, true);
    if (this.eager) this.load().catch(() => {});
    else this.#offer();
  }

  disconnectedCallback() {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
    this.replaceChildren();
  }

  /** Fetch the file and show its player; says so where it cannot. Throws ApiError. */
  load() {
    if (this.media) return Promise.resolve(this.media);
    // Who asks while it is on its way waits for the same file.
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load() {
    this.ariaBusy = "true";
    try {
      const blob = await this.api.file(this.run.id, this.kind);
      if (!this.isConnected) return null;
      this.#url = URL.createObjectURL(blob);
      const label = `${this.kind === "video" ? "Video" : "Audio"} of ${this.run.title}`;
      this.replaceChildren(
        h(this.kind === "video" ? "video" : "audio", { controls: true, playsinline: true, src: this.#url, "aria-label": label }),
      );
      this.dispatchEvent(new Event("loaded"));
      return this.media;
    } catch (error) {
      this.#offer(error.message);
      throw error;
    } finally {
      this.ariaBusy = "false";
    }
  }

  #offer(problem = "") {
    const play = async () => {
      const media = await this.load().catch(() => null);
      media?.focus();
      await media?.play().catch(() => {});
    };
    this.replaceChildren(
      h("button", { type: "button", onclick: play }, icon("play"), this.kind === "video" ? "Play the video" : "Play"),
    );
    if (problem) this.append(h("p", { class: "problem", role: "alert" }, `It cannot be played: ${problem}`));
  }
}

function pauseOthers(event) {
  for (const media of document.querySelectorAll("job-media :is(audio, video)")) if (media !== event.target) media.pause();
}

customElements.define("job-media", JobMedia);

/** A player for the audio or the video of a run; null where it has neither. A book is large: it waits to be asked for. */
export function playerOf(api, run, { eager = false } = {}) {
  const kind = ["video", "audio", "book"].find((one) => filesOf(run).some((file) => file.kind === one));
  const wanted = { api, run, kind, eager: eager && kind !== "book" };
  return kind ? Object.assign(document.createElement("job-media"), wanted) : null;
}
