// Captions on a canvas, as libass draws them: a reply of `layout` (API.md), frame by frame.
//
// The server says what is drawn where. What is left to the browser is what libass leaves to HarfBuzz and FreeType: the
// shapes and the widths of text that is set at once.

const SHADOW_OPACITY = 1 - 0x80 / 255;
const MARKS = /[\u200e\u200f]/g; // what tells a player a direction, which `level` says here

let fontsLoaded = 0; // each layout's fonts have names of their own: two may differ under one family

/** Draws the captions of one layout. */
export class CaptionCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.layout = null;
    this.widths = new Map();
    this.faces = [];
    this.pictures = new Map();
    this.drawn = null;
  }

  /**
   * Take a layout and load its fonts and emoji. `fetchBytes(path)` gives the bytes of a path of the server; by
   * default they are fetched from where the page is. Rejects where one cannot be read. Nothing changes once `signal`
   * is aborted: the fonts of a page that is left stay out of its document.
   */
  async load(layout, { fetchBytes = fetchFromHere, signal } = {}) {
    const faces = await Promise.all(layout.fonts.map((font) => loadFace(font, fetchBytes)));
    const paths = [...new Set(layout.emoji.map(({ path }) => path))];
    const pictures = await Promise.all(paths.map(async (path) => createImageBitmap(new Blob([await fetchBytes(path)]))));
    if (signal?.aborted) return pictures.forEach((picture) => picture.close());
    this.unload();
    faces.forEach((face) => document.fonts.add(face));
    this.faces = faces;
    this.family = faces.map(({ family }) => family).join(", ");
    this.pictures = new Map(paths.map((path, index) => [path, pictures[index]]));
    this.layout = layout;
    // Higher layers are in front; a sort leaves the others in their order.
    this.events = layout.cues.flatMap(({ events }, cue) => events.map((event) => ({ ...event, cue })));
    this.events.sort((one, other) => one.layer - other.layer);
  }

  /** Forget the layout and its fonts. */
  unload() {
    this.faces.forEach((face) => document.fonts.delete(face));
    this.pictures.forEach((picture) => picture.close());
    this.widths.clear();
    [this.layout, this.faces, this.events, this.drawn] = [null, [], [], null];
    this.pictures = new Map();
  }

  /** The number of the video's frame that is on screen at a time. */
  frameAt(seconds) {
    const [frames, period] = this.layout.frame_rate;
    return Math.max(0, Math.floor((seconds * frames) / period + 1e-6));
  }

  /** The word that is being spoken at a time: {cue, word}, indices in the layout; null between words. */
  wordAt(seconds) {
    const frame = this.frameAt(seconds);
    for (const [cue, { words }] of this.layout.cues.entries()) {
      const word = words.findIndex(({ frames: [first, end] }) => first <= frame && frame < end);
      if (word >= 0) return { cue, word };
    }
    return null;
  }

  /** Draw what is on screen at a time over nothing. The same frame at the same size is not drawn again. */
  draw(seconds) {
    const { canvas, context, layout } = this;
    const frame = this.frameAt(seconds);
    const state = `${frame} ${canvas.width} ${canvas.height}`;
    if (state === this.drawn) return;
    this.drawn = state;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const event of this.eventsAt(frame)) this.drawEvent(event, this.milliseconds(frame) - event.start);
    for (const sprite of layout.emoji) {
      if (sprite.frames[0] <= frame && frame < sprite.frames[1]) this.drawEmoji(sprite);
    }
  }

  /**
   * Where the words on screen are, in pixels of the layout's canvas, before they are turned: {cue, word, left, top,
   * width, height}, several of a word on several lines.
   */
  boxes(seconds) {
    const frame = this.frameAt(seconds);
    const found = new Map();
    for (const event of this.eventsAt(frame).filter(({ lines }) => lines)) {
      const elapsed = this.milliseconds(frame) - event.start;
      for (const span of this.place(event, elapsed, stateOf(event, elapsed), ["word", ...ALIKE])) {
        const key = `${event.cue} ${span.word} ${span.row}`;
        const { left = span.x, right = span.x } = found.get(key) ?? {};
        const top = span.baseline - this.layout.fonts[0].ascent * event.size;
        const width = this.width({ ...span, text: span.text.trimEnd() });
        const sides = { left: Math.min(left, span.x), right: Math.max(right, span.x + width) };
        found.set(key, { cue: event.cue, word: span.word, top, height: event.size, ...sides });
      }
    }
    return [...found.values()].map(({ right, ...box }) => ({ ...box, width: right - box.left }));
  }

  /** When a player draws a frame, in milliseconds. */
  milliseconds(frame) {
    const [frames, period] = this.layout.frame_rate;
    return Math.floor((1000 * frame * period) / frames);
  }

  eventsAt(frame) {
    const now = this.milliseconds(frame);
    return this.events.filter(({ start, end }) => start <= now && now < end);
  }

  drawEvent(event, elapsed) {
    const state = stateOf(event, elapsed);
    const paint = event.boxes ? this.paintBoxes : this.paintText;
    if (state.opacity === 1) paint.call(this, this.context, event, elapsed, state);
    else this.blend(state.opacity, (layer) => paint.call(this, layer, event, elapsed, state));
  }

  /** Draw something by itself, then lay it over the rest with an opacity: what overlaps in it does not shine through. */
  blend(opacity, paint) {
    const { width, height } = this.canvas;
    const layer = new OffscreenCanvas(width, height).getContext("2d");
    paint(layer);
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.globalAlpha = opacity;
    this.context.drawImage(layer.canvas, 0, 0);
    this.context.globalAlpha = 1;
  }

  /** Take the pixels of the layout's canvas, turned as an event is, and moved by an offset that is not turned. */
  transform(context, { rotation, origin }, offset = 0) {
    const [width, height] = this.layout.canvas;
    context.setTransform(this.canvas.width / width, 0, 0, this.canvas.height / height, 0, 0);
    context.translate(offset, offset);
    if (!rotation) return;
    context.translate(...origin);
    context.rotate((rotation * Math.PI) / 180);
    context.translate(-origin[0], -origin[1]);
  }

  paintBoxes(context, event, _elapsed, { drop }) {
    this.transform(context, event);
    context.fillStyle = event.colour;
    for (const { left, top, right, bottom, corner } of event.boxes) {
      context.beginPath();
      context.roundRect(left, top + drop, right - left, bottom - top, corner);
      context.fill();
    }
  }

  /** Shadows first, then outlines, then letters: no letter is under the outline of its neighbour. */
  paintText(context, event, elapsed, state) {
    const spans = this.place(event, elapsed, state).filter(({ hidden }) => !hidden);
    if (event.shadow) {
      const { width, height } = this.canvas;
      const layer = new OffscreenCanvas(width, height).getContext("2d");
      this.transform(layer, event, event.shadow);
      for (const span of spans) this.stroke(layer, span, state.scale, "#000000");
      for (const span of spans) this.fill(layer, span, state.scale, "#000000");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalAlpha = SHADOW_OPACITY;
      context.drawImage(layer.canvas, 0, 0);
      context.globalAlpha = 1;
    }
    this.transform(context, event);
    for (const span of spans) this.stroke(context, span, state.scale, event.outline_colour);
    for (const span of spans) {
      this.fill(context, span, state.scale, span.colour);
      if (span.swept !== undefined) this.sweep(context, span, state.scale, event.swept);
    }
  }

  stroke(context, span, scale, colour) {
    if (!span.outline) return;
    context.strokeStyle = colour;
    context.lineWidth = 2 * span.outline; // half of it is under the letter
    context.lineJoin = context.lineCap = "round";
    this.set(context, span, scale);
    context.strokeText(span.text, span.x, span.baseline);
    if (span.underline) context.strokeRect(...this.underline(span, scale));
  }

  fill(context, span, scale, colour) {
    context.fillStyle = colour;
    this.set(context, span, scale);
    context.fillText(span.text, span.x, span.baseline);
    if (span.underline) context.fillRect(...this.underline(span, scale));
  }

  /** Fill a span once more in another colour, as far as a sweep has come. */
  sweep(context, span, scale, colour) {
    context.save();
    context.beginPath();
    context.rect(span.x - span.size, span.baseline - 2 * span.size, span.swept - span.x + span.size, 4 * span.size);
    context.clip();
    this.fill(context, span, scale, colour);
    context.restore();
  }

  underline({ x, width, baseline, size }, scale) {
    const [middle, thickness] = this.layout.fonts[0].underline.map((share) => share * size * scale);
    return [x, baseline + middle - thickness / 2, width, thickness];
  }

  /** Have a context set text as a span is set. */
  set(context, { size, level, spacing }, scale) {
    // ASS's size is that of the line, a canvas's that of the em.
    context.font = `${(size * scale * this.layout.fonts[0].em).toFixed(4)}px ${this.family}`;
    context.letterSpacing = `${(spacing * scale).toFixed(4)}px`;
    context.direction = level % 2 ? "rtl" : "ltr";
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fontKerning = "none"; // as libass, where the file does not ask for it
    context.textRendering = "geometricPrecision"; // no hinting: widths grow with the size
  }

  /** The spans of a text event at a moment, with the place of each; `alike` are set at once. */
  place(event, elapsed, { scale, drop }, alike = ALIKE) {
    const { ascent } = this.layout.fonts[0];
    const [middle, centre] = event.middle;
    const height = event.size * scale;
    const top = centre + drop - (event.lines.length * height) / 2;
    return event.lines.flatMap((line, row) => {
      const spans = spansOf(line, event, elapsed, alike).map((span) => ({ ...span, width: this.width(span) * scale, row }));
      let x = middle - spans.reduce((sum, { width }) => sum + width, 0) / 2;
      for (const span of inVisualOrder(spans)) {
        Object.assign(span, { x, baseline: top + (row + ascent) * height });
        x += span.width;
      }
      markSweeps(spans, elapsed);
      return spans;
    });
  }

  /** The width of a span without any scale. */
  width(span) {
    if (span.blank) return span.blank;
    const key = `${span.size} ${span.spacing} ${span.level % 2} ${span.text}`;
    if (!this.widths.has(key)) {
      this.set(this.context, span, 1);
      this.widths.set(key, this.context.measureText(span.text).width);
    }
    return this.widths.get(key);
  }

  drawEmoji({ path, x, y, side, rotation, opacity }) {
    const { context } = this;
    this.transform(context, {});
    context.translate(x, y);
    context.rotate((rotation * Math.PI) / 180);
    context.globalAlpha = opacity;
    context.drawImage(this.pictures.get(path), -side / 2, -side / 2, side, side);
    context.globalAlpha = 1;
  }
}

/** What an event looks like while it comes on screen: scale and opacity, and how many pixels below its place it is. */
function stateOf({ entrance }, elapsed) {
  if (!entrance) return { scale: 1, opacity: 1, drop: 0 };
  const { length, since, scales, clear, drop } = entrance;
  const share = length ? Math.min(1, Math.max(0, (elapsed + since) / length)) : 1;
  return { scale: scaleAt(scales, share) / 100, opacity: 1 - clear * (1 - share), drop: drop * (1 - share) };
}

function scaleAt(scales, share) {
  const next = scales.findIndex(([at]) => share < at);
  if (next < 0) return scales.at(-1)?.[1] ?? 100;
  const [[start, low], [end, high]] = [scales[next - 1], scales[next]];
  return low + ((high - low) * (share - start)) / (end - start);
}

/**
 * The text of a line in the order of the script, cut where it is not set at once: where its look, its direction or its
 * spacing changes, and at each syllable of a sweep. libass shapes what is between, and so does the browser.
 */
function spansOf(line, event, elapsed, alike) {
  const spans = [];
  for (const piece of line) {
    const look = lookOf(piece, event, elapsed);
    const sweep = piece.sweep && piece;
    for (const { text, level, spacing = 0, width: blank = 0, at = 0 } of piece.runs) {
      const own = { level, spacing, blank, hidden: elapsed < at, sweep, size: event.size, word: piece.word };
      const span = { ...look, ...own, text: text.replace(MARKS, "") };
      const before = spans.at(-1);
      if (before && isSetWith(before, span, alike)) before.text += span.text;
      else spans.push(span);
    }
  }
  return spans;
}

function lookOf({ looks = [] }, { colour, outline, underline }, elapsed) {
  const now = looks.filter(({ at }) => at <= elapsed);
  return now.reduce((look, { at, ...changed }) => ({ ...look, ...changed }), { colour, outline, underline });
}

const ALIKE = ["colour", "outline", "underline", "level", "spacing", "hidden", "sweep"];

function isSetWith(before, span, alike) {
  return !before.blank && !span.blank && alike.every((name) => before[name] === span[name]);
}

/** Spans from left to right, by their levels (rule L2 of the Unicode Bidirectional Algorithm). */
function inVisualOrder(spans) {
  const order = [...spans];
  for (let level = Math.max(0, ...spans.map((span) => span.level)); level > 0; level -= 1) {
    for (let start = 0; start < order.length; start += 1) {
      let stop = start;
      while (stop < order.length && order[stop].level >= level) stop += 1;
      order.splice(start, stop - start, ...order.slice(start, stop).reverse());
      start = Math.max(start, stop - 1);
    }
  }
  return order;
}

/** Note in each span how far to the right a sweep over its syllable has come. */
function markSweeps(spans, elapsed) {
  for (const piece of new Set(spans.map(({ sweep }) => sweep))) {
    if (!piece) continue;
    const own = spans.filter(({ sweep }) => sweep === piece);
    const left = Math.min(...own.map(({ x }) => x));
    const right = Math.max(...own.map(({ x, width }) => x + width));
    const [begin, end] = piece.sweep;
    if (elapsed < begin) continue;
    const share = elapsed < end ? (elapsed - begin) / (end - begin) : 1;
    for (const span of own) span.swept = share < 1 ? left + share * (right - left) : span.x + span.width + span.size;
  }
}

async function loadFace({ path }, fetchBytes) {
  fontsLoaded += 1;
  return new FontFace(`captions-${fontsLoaded}`, await fetchBytes(path)).load();
}

async function fetchFromHere(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.arrayBuffer();
}
