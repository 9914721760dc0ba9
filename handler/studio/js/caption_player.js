// Captions in time with a sound or a video: each picture on screen has the captions of its own moment.

/** Ties an audio or video element to a CaptionCanvas that has a layout. */
export class CaptionPlayer {
  /** `onFrame(seconds)` is called after each drawing. */
  constructor(media, captions, { onFrame = () => {} } = {}) {
    Object.assign(this, { media, captions, onFrame });
    this.request = null;
  }

  /** Draw now, and whenever the screen has a new picture, until `stop`. */
  start() {
    if (this.request !== null) return;
    this.show(this.media.currentTime);
    this.next();
  }

  stop() {
    if (this.request === null) return;
    if (this.byFrames) this.media.cancelVideoFrameCallback(this.request);
    else cancelAnimationFrame(this.request);
    this.request = null;
  }

  /** Whether the element says which of its own pictures is on screen, as only a video that plays does. */
  get hasFrames() {
    const { media } = this;
    return Boolean(media.requestVideoFrameCallback && media.videoWidth && !media.paused && !media.ended);
  }

  next() {
    this.byFrames = this.hasFrames;
    if (this.byFrames) this.request = this.media.requestVideoFrameCallback((_, { mediaTime }) => this.draw(mediaTime));
    else this.request = requestAnimationFrame(() => this.draw(this.media.currentTime));
  }

  draw(seconds) {
    this.show(seconds);
    this.next();
  }

  show(seconds) {
    this.captions.draw(seconds);
    this.onFrame(seconds);
  }
}
