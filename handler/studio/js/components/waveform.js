// <wave-form>: sound as a picture, with handles that are moved by pointer or keyboard.

import { clock, h } from "../dom.js";

const BUCKET = 256; // samples of one stored peak
const STEP_S = 0.01;
const LARGE_STEP_S = 0.1;
const ZOOM = 1.25;

/**
 * Set samples with `setSamples(samples, sampleRate)`, or only `duration`. Properties:
 * - `handles`: [{id, time, label, min, max, kind}], each a slider that cannot leave min to max.
 * - `ranges`: [{start, end, kind}]: `kind` "cut" is what is left out, "cue" a cue, "current" the one that is chosen.
 * - `playhead`: seconds, null for none. `view`: {start, end}, the seconds that are shown.
 * Events: `handle` with detail {id, time, done}; `done` is false while it is dragged. `seek` with detail {time}.
 */
class WaveForm extends HTMLElement {
  #canvas = h("canvas", { "aria-hidden": "true" });
  #overlay = h("div", { class: "wave-handles" });
  #peaks = new Float32Array(0);
  #sampleRate = 1;
  #handles = [];
  #ranges = [];
  #playhead = null;
  #view = { start: 0, end: 1 };
  #drawing = 0;
  #redraw = () => this.#draw();
  #resized = new ResizeObserver(this.#redraw);
  /** The colours are those of the system, or of the page's own button. */
  #colours = matchMedia("(prefers-color-scheme: dark)");
  #theme = new MutationObserver(this.#redraw);
  #sliders = new Map();

  duration = 0;

  connectedCallback() {
    this.replaceChildren(this.#canvas, this.#overlay);
    this.#resized.observe(this);
    this.addEventListener("pointerdown", this.#seek);
    this.addEventListener("wheel", this.#zoom, { passive: false });
    this.#colours.addEventListener("change", this.#redraw);
    this.#theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.#draw();
  }

  disconnectedCallback() {
    this.#resized.disconnect();
    this.removeEventListener("pointerdown", this.#seek);
    this.removeEventListener("wheel", this.#zoom);
    this.#colours.removeEventListener("change", this.#redraw);
    this.#theme.disconnect();
  }

  setSamples(samples, sampleRate) {
    const count = Math.ceil(samples.length / BUCKET);
    this.#peaks = new Float32Array(2 * count);
    for (let bucket = 0; bucket < count; bucket += 1) {
      let low = 0;
      let high = 0;
      for (let index = bucket * BUCKET; index < Math.min(samples.length, (bucket + 1) * BUCKET); index += 1) {
        low = Math.min(low, samples[index]);
        high = Math.max(high, samples[index]);
      }
      this.#peaks[2 * bucket] = low;
      this.#peaks[2 * bucket + 1] = high;
    }
    this.#sampleRate = sampleRate;
    this.duration = samples.length / sampleRate;
    this.view = { start: 0, end: this.duration };
  }

  get view() {
    return { ...this.#view };
  }

  /** The seconds that are shown; kept within the sound. */
  set view({ start, end }) {
    const length = Math.min(Math.max(end - start, 0.05), this.duration || end - start);
    const first = Math.min(Math.max(0, start), Math.max(0, (this.duration || end) - length));
    this.#view = { start: first, end: first + length };
    this.#draw();
  }

  get handles() {
    return this.#handles;
  }

  set handles(handles) {
    this.#handles = handles;
    const ids = new Set(handles.map((handle) => handle.id));
    for (const [id, slider] of this.#sliders) {
      if (!ids.has(id)) {
        slider.remove();
        this.#sliders.delete(id);
      }
    }
    for (const handle of handles) {
      if (!this.#sliders.has(handle.id)) this.#sliders.set(handle.id, this.#slider(handle.id));
      this.#place(handle);
    }
    this.#draw();
  }

  set ranges(ranges) {
    this.#ranges = ranges;
    this.#draw();
  }

  get playhead() {
    return this.#playhead;
  }

  set playhead(seconds) {
    this.#playhead = seconds;
    this.#draw();
  }

  #slider(id) {
    const slider = h("div", { role: "slider", tabindex: 0, class: "wave-handle" });
    slider.addEventListener("keydown", (event) => this.#key(event, id));
    slider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      event.preventDefault();
      slider.focus();
      slider.setPointerCapture(event.pointerId);
    });
    slider.addEventListener("pointermove", (event) => {
      if (slider.hasPointerCapture(event.pointerId)) this.#move(id, this.#timeAt(event.clientX), false);
    });
    slider.addEventListener("pointerup", (event) => this.#move(id, this.#timeAt(event.clientX), true));
    this.#overlay.append(slider);
    return slider;
  }

  #place(handle) {
    const { id, time, label, min = 0, max = this.duration, kind = "" } = handle;
    const slider = this.#sliders.get(id);
    slider.setAttribute("aria-label", label);
    slider.setAttribute("aria-valuemin", min.toFixed(3));
    slider.setAttribute("aria-valuemax", max.toFixed(3));
    slider.setAttribute("aria-valuenow", time.toFixed(3));
    slider.setAttribute("aria-valuetext", `${clock(time, 2)} seconds`);
    slider.dataset.kind = kind;
    const share = (time - this.#view.start) / (this.#view.end - this.#view.start);
    slider.hidden = share < 0 || share > 1;
    slider.style.left = `${100 * share}%`;
  }

  #key(event, id) {
    const step = event.shiftKey ? LARGE_STEP_S : STEP_S;
    const handle = this.#handles.find((one) => one.id === id);
    const { min = 0, max = this.duration } = handle;
    const times = {
      ArrowLeft: handle.time - step, ArrowDown: handle.time - step,
      ArrowRight: handle.time + step, ArrowUp: handle.time + step,
      PageDown: handle.time - 1, PageUp: handle.time + 1, Home: min, End: max,
    };
    if (!(event.key in times)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(id, times[event.key], true);
  }

  #move(id, time, done) {
    const handle = this.#handles.find((one) => one.id === id);
    const { min = 0, max = this.duration } = handle;
    handle.time = Math.min(Math.max(time, min), max);
    this.#place(handle);
    this.#draw();
    this.dispatchEvent(new CustomEvent("handle", { detail: { id, time: handle.time, done } }));
  }

  #timeAt(clientX) {
    const box = this.#overlay.getBoundingClientRect();
    return this.#view.start + ((clientX - box.left) / box.width) * (this.#view.end - this.#view.start);
  }

  #seek = (event) => {
    this.dispatchEvent(new CustomEvent("seek", { detail: { time: Math.max(0, this.#timeAt(event.clientX)) } }));
  };

  #zoom = (event) => {
    // The wheel alone scrolls the page; with Ctrl it zooms, with Shift it moves along the sound.
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    const { start, end } = this.#view;
    if (event.shiftKey) {
      const by = ((end - start) / 10) * Math.sign(event.deltaY || event.deltaX);
      this.view = { start: start + by, end: end + by };
    } else {
      const factor = event.deltaY > 0 ? ZOOM : 1 / ZOOM;
      const at = this.#timeAt(event.clientX);
      this.view = { start: at - (at - start) * factor, end: at + (end - at) * factor };
    }
    this.dispatchEvent(new CustomEvent("view", { detail: this.view }));
  };

  #draw() {
    // Once a frame, however many properties change.
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      if (this.isConnected) this.#paint();
    });
  }

  #paint() {
    const { clientWidth: width, clientHeight: height } = this;
    if (!width || !height) return;
    const scale = devicePixelRatio;
    if (this.#canvas.width !== Math.round(width * scale)) this.#canvas.width = Math.round(width * scale);
    if (this.#canvas.height !== Math.round(height * scale)) this.#canvas.height = Math.round(height * scale);
    const context = this.#canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(this);
    const colour = (name) => style.getPropertyValue(name);
    const x = (time) => ((time - this.#view.start) / (this.#view.end - this.#view.start)) * width;
    for (const { start, end, kind } of this.#ranges) {
      if (end < this.#view.start || start > this.#view.end) continue;
      context.fillStyle = colour(`--wave-${kind}`) || colour("--wave-cue");
      context.fillRect(x(start), 0, Math.max(1, x(end) - x(start) - 1), height);
    }
    context.fillStyle = colour("--wave-sound");
    for (let column = 0; column < width; column += 1) {
      const [low, high] = this.#peak(column / width, (column + 1) / width);
      context.fillRect(column, height / 2 - (high * height) / 2, 1, Math.max(1, ((high - low) * height) / 2));
    }
    if (this.#playhead !== null) {
      context.fillStyle = colour("--wave-playhead");
      context.fillRect(x(this.#playhead) - 1, 0, 2, height);
    }
    for (const handle of this.#handles) this.#place(handle);
  }

  /** The lowest and highest sample between two shares of what is shown. */
  #peak(from, to) {
    const length = this.#view.end - this.#view.start;
    const bucket = (share) => ((this.#view.start + share * length) * this.#sampleRate) / BUCKET;
    let low = 0;
    let high = 0;
    const last = Math.min(this.#peaks.length / 2 - 1, Math.floor(bucket(to)));
    for (let index = Math.max(0, Math.floor(bucket(from))); index <= last; index += 1) {
      low = Math.min(low, this.#peaks[2 * index]);
      high = Math.max(high, this.#peaks[2 * index + 1]);
    }
    return [low, high];
  }
}

customElements.define("wave-form", WaveForm);
