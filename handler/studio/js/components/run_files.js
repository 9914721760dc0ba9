// The files of a finished job: which there are, players for those that can be heard or seen, buttons that save them.

import { h, icon, save } from "../dom.js";

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
  if (reply.audio_url) add("audio", `Audio (${reply.audio_format ?? "wav"})`, reply.audio_format ?? "wav");
  if (reply.video_url) add("video", "Video (mp4)", "mp4");
  if (reply.transcript_url) add("transcript", "Text (txt)", "txt");
  for (const format of Object.keys(reply.timing_files ?? {})) add(format, format, ENDINGS[format] ?? format);
  return files;
}

/** A name for files, of the run's title and the beginning of its id: hello-world-3f2a91c0. */
function nameOf(run) {
  const words = run.title.normalize("NFKC").toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [run.endpoint];
  return `${[...words.join("-")].slice(0, MAX_NAME).join("").replace(/-+$/, "")}-${run.id.slice(0, 8)}`;
}

/** A button for each file, which saves it; `onError(error)` hears of one that cannot be had. */
export function downloads(api, run, onError) {
  const button = ({ kind, label, filename }) => {
    const start = async () => {
      if (element.ariaBusy === "true") return;
      element.ariaBusy = "true";
      try {
        save(await api.file(run.id, kind), filename);
      } catch (error) {
        onError(error);
      } finally {
        element.ariaBusy = "false";
      }
    };
    const says = [h("span", { class: "unseen" }, "Download "), label];
    const element = h("button", { type: "button", onclick: start, "data-kind": kind }, icon("download"), h("span", {}, says));
    return element;
  };
  return h("div", { class: "row downloads", role: "group", "aria-label": "Files" }, filesOf(run).map(button));
}

/**
 * `<job-media>`: the audio or the video of a run, fetched when it is asked for, or at once where `eager`. What plays in
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

/** A player for the audio or the video of a run; null where it has neither. */
export function playerOf(api, run, { eager = false } = {}) {
  const kind = ["video", "audio"].find((one) => filesOf(run).some((file) => file.kind === one));
  return kind ? Object.assign(document.createElement("job-media"), { api, run, kind, eager }) : null;
}
