// The time of the preview: that of a recording or video, or of a clock where there is no sound.

/** Events: `time` on every frame while it plays and after each seek, `state` when it starts or stops. */
export class Player extends EventTarget {
  #media = null;
  #backdrop = null;
  #time = 0;
  #startedAt = null;
  #frame = 0;
  #listening = null;

  /** Seconds that can be played without a recording. */
  length = 0;

  /** The element whose sound is heard, or null. */
  get media() {
    return this.#media;
  }

  set media(media) {
    this.pause();
    this.#listening?.abort();
    this.#media = media;
    if (!media) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    media.addEventListener("loadedmetadata", () => this.#tell(), { signal });
    for (const kind of ["play", "pause", "ended"]) media.addEventListener(kind, () => this.#changed(), { signal });
    media.addEventListener("seeked", () => this.#tell(), { signal });
    media.currentTime = this.#time;
  }

  /** A silent video behind the captions, kept at the same time; or null. */
  set backdrop(video) {
    this.#backdrop = video;
    this.#sync();
  }

  get duration() {
    return Number.isFinite(this.#media?.duration) ? this.#media.duration : this.length;
  }

  get playing() {
    return this.#media ? !this.#media.paused && !this.#media.ended : this.#startedAt !== null;
  }

  get time() {
    if (this.#media) return this.#media.currentTime;
    if (this.#startedAt === null) return this.#time;
    return Math.min(this.length, this.#time + (performance.now() - this.#startedAt) / 1000);
  }

  seek(seconds) {
    const time = Math.max(0, Math.min(seconds, this.duration || seconds));
    this.#time = time;
    if (this.#startedAt !== null) this.#startedAt = performance.now();
    if (this.#media) this.#media.currentTime = time;
    this.#sync();
    this.#tell();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.time >= this.duration - 0.01) this.seek(0);
    if (this.#media) {
      this.#media.play().catch(() => this.#changed());
      return;
    }
    this.#startedAt = performance.now();
    this.#changed();
  }

  pause() {
    if (this.#media) this.#media.pause();
    else if (this.#startedAt !== null) {
      this.#time = this.time;
      this.#startedAt = null;
      this.#changed();
    }
  }

  #changed() {
    cancelAnimationFrame(this.#frame);
    this.dispatchEvent(new Event("state"));
    this.#sync();
    if (this.playing) this.#run();
    else this.#tell();
  }

  #run() {
    this.#frame = requestAnimationFrame(() => {
      this.#tell();
      if (!this.#media && this.time >= this.length) this.pause();
      else if (this.playing) this.#run();
    });
  }

  #sync() {
    const video = this.#backdrop;
    if (!video) return;
    if (Math.abs(video.currentTime - this.time) > (this.playing ? 0.1 : 0.001)) video.currentTime = this.time;
    if (this.playing === video.paused && !(this.playing && video.ended)) {
      if (this.playing) video.play().catch(() => {});
      else video.pause();
    }
  }

  #tell() {
    this.dispatchEvent(new Event("time"));
  }
}
