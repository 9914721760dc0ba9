// The worker counts characters as code points, JavaScript as UTF-16 units: an emoji is one there and two here.

/** The places of a text in both counts. */
export class Positions {
  #units = null;
  #length;

  constructor(text) {
    this.#length = text.length;
    if (!/[\ud800-\udfff]/.test(text)) return;
    const units = [];
    for (let unit = 0; unit < text.length; unit += text.codePointAt(unit) > 0xffff ? 2 : 1) units.push(unit);
    this.#units = Uint32Array.from(units);
  }

  /** How many code points the text has. */
  get count() {
    return this.#units?.length ?? this.#length;
  }

  /** The UTF-16 unit at which this code point begins. */
  unit(point) {
    if (!this.#units) return Math.min(point, this.#length);
    return this.#units[point] ?? this.#length;
  }
}

/** How many code points a text has. */
export function countPoints(text) {
  return new Positions(text).count;
}

/** The last of sorted spans that begins at a place or before it, -1 if there is none. `start(span)` is its start. */
export function lastBefore(spans, place, start = (span) => span.start) {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (start(spans[middle]) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
