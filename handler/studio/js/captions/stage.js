// <caption-stage>: the picture with its captions: a backdrop, the captions on it, and what apps lay over them.

import { h } from "../dom.js";

/** Pixels at the edges of 1080x1920 that the apps cover with their own controls, as their guides for advertisers say. */
const GUIDES = {
  TikTok: { top: 130, right: 140, bottom: 484, left: 44 },
  Reels: { top: 269, right: 65, bottom: 672, left: 65 },
  Shorts: { top: 192, right: 192, bottom: 480, left: 48 },
};
export const GUIDE_NAMES = Object.keys(GUIDES);

/** Property: `session`. The stage also makes the session's sound heard: that of the video, or of an element of its own. */
class CaptionStage extends HTMLElement {
  /** Where captions are drawn, by `CaptionCanvas`. */
  canvas = h("canvas", { "aria-hidden": "true", class: "stage-captions" });
  #backdrop = h("div", { class: "stage-backdrop" });
  #guides = h("div", { class: "stage-guides", "aria-hidden": "true" });
  #guide = "";
  #shown = null;
  #heard = null;
  #urls = new Map();
  #stop = null;

  connectedCallback() {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.replaceChildren(this.#backdrop, this.canvas, this.#guides);
    this.addEventListener("click", () => this.session.player.toggle(), { signal });
    this.session.addEventListener("media", () => this.#showMedia(), { signal });
    this.session.addEventListener("style", () => this.#shape(), { signal });
    this.#showMedia();
    this.#shape();
  }

  disconnectedCallback() {
    this.#stop.abort();
    this.session.player.media = this.session.player.backdrop = null;
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
  }

  set guide(name) {
    this.#guide = name;
    this.#shape();
  }

  #shape() {
    const [width, height] = this.session.canvas.split("x").map(Number);
    this.style.aspectRatio = `${width} / ${height}`;
    this.dataset.shape = height > width ? "vertical" : height === width ? "square" : "landscape";
    const guide = height > width ? GUIDES[this.#guide] : null;
    this.#guides.hidden = !guide;
    if (!guide) return;
    this.#guides.style.inset = [
      (100 * guide.top) / height, (100 * guide.right) / width, (100 * guide.bottom) / height, (100 * guide.left) / width,
    ].map((share) => `${share}%`).join(" ");
  }

  #showMedia() {
    const { sound, backdrop, player } = this.session;
    if (backdrop.kind === "colour") this.#backdrop.style.background = backdrop.colour;
    if (this.#shown?.blob !== backdrop.blob) this.#backdrop.replaceChildren(...this.#seen(backdrop));
    const video = this.#backdrop.querySelector("video");
    const ownSound = video !== null && sound === backdrop;
    if (video) video.muted = !ownSound;
    if (this.#shown?.blob !== backdrop.blob || this.#heard?.blob !== sound?.blob) {
      player.media = ownSound ? video : sound && h("audio", { src: this.#url(sound.blob), preload: "auto" });
      player.backdrop = ownSound ? null : video;
    }
    [this.#shown, this.#heard] = [backdrop, sound];
  }

  #seen({ kind, blob }) {
    if (kind === "picture") return [h("img", { src: this.#url(blob), alt: "" })];
    if (kind !== "video") return [];
    return [h("video", { src: this.#url(blob), playsinline: true, preload: "auto", "aria-hidden": "true", tabindex: -1 })];
  }

  #url(blob) {
    if (!this.#urls.has(blob)) this.#urls.set(blob, URL.createObjectURL(blob));
    return this.#urls.get(blob);
  }
}

customElements.define("caption-stage", CaptionStage);

export const captionStage = (session) => Object.assign(document.createElement("caption-stage"), { session });
