// The layer behind a text field: the same text with the same metrics, of which only the colours of its marks show.

import { h } from "../../dom.js";

/** What goes before what, where decorations overlap. */
const RANK = { problem: 0, pause: 1, voice: 1, pronunciation: 1, other: 1, word: 2, sign: 3 };

export class Mirror {
  element = h("div", { class: "mirror", "aria-hidden": "true" });
  #lines = [];

  /** Draw a text with its decorations: {start, end, kind, hue?}. Only lines that have changed are made anew. */
  render(text, decorations) {
    const lines = split(text, decorations);
    const old = this.#lines;
    let first = 0;
    const fewest = Math.min(lines.length, old.length);
    while (first < fewest && lines[first].key === old[first].key) first += 1;
    let last = 0;
    while (last < fewest - first && lines[lines.length - 1 - last].key === old[old.length - 1 - last].key) last += 1;
    const kept = old.slice(old.length - last);
    for (const line of old.slice(first, old.length - last)) line.element.remove();
    const fresh = lines.slice(first, lines.length - last).map(build);
    const before = kept[0]?.element ?? null;
    for (const line of fresh) this.element.insertBefore(line.element, before);
    this.#lines = [...old.slice(0, first), ...fresh, ...kept];
  }

  /** The rectangles of a span of the text on the screen. */
  rectangles(start, end) {
    const range = document.createRange();
    const [from, to] = [this.#place(start), this.#place(end)];
    if (!from || !to) return [];
    range.setStart(...from);
    range.setEnd(...to);
    return [...range.getClientRects()];
  }

  #place(offset) {
    let rest = offset;
    for (const line of this.#lines) {
      if (rest > line.text.length) {
        rest -= line.text.length + 1;
        continue;
      }
      const walker = document.createTreeWalker(line.element, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const { length } = walker.currentNode;
        if (rest <= length) return [walker.currentNode, rest];
        rest -= length;
      }
      return [line.element, 0];
    }
    return null;
  }
}

/** Decorations in order, and of those that overlap the one that goes before the others. */
function arranged(decorations) {
  const sorted = decorations.filter(({ start, end }) => end > start);
  sorted.sort((one, other) => one.start - other.start || RANK[one.kind] - RANK[other.kind]);
  const taken = [];
  for (const each of sorted) {
    const before = taken.at(-1);
    if (!before || before.end <= each.start) taken.push(each);
    else if (RANK[each.kind] < RANK[before.kind]) taken[taken.length - 1] = each;
  }
  return taken;
}

/** The lines of a text with the pieces of each: a piece is a string, or {text, kind, hue}. */
function split(text, decorations) {
  const sorted = arranged(decorations);
  let next = 0;
  let offset = 0;
  return text.split("\n").map((line) => {
    const end = offset + line.length;
    const pieces = [];
    let at = offset;
    while (next < sorted.length && sorted[next].start < end) {
      const { kind, hue, ...span } = sorted[next];
      const [from, to] = [Math.max(span.start, at), Math.min(span.end, end)];
      if (from > at) pieces.push(text.slice(at, from));
      if (to > from) pieces.push({ text: text.slice(from, to), kind, hue });
      at = Math.max(at, to);
      if (span.end > end) break;
      next += 1;
    }
    if (at < end) pieces.push(text.slice(at, end));
    offset = end + 1;
    const key = pieces.map((each) => (typeof each === "string" ? each : `\n${each.kind} ${each.hue ?? ""}\n${each.text}\n`));
    return { text: line, pieces, key: key.join("") };
  });
}

function build({ text, pieces, key }) {
  const children = pieces.map((each) => {
    if (typeof each === "string") return each;
    const span = h("span", { class: `mark mark-${each.kind}` }, each.text);
    if (each.hue !== undefined) span.style.setProperty("--hue", each.hue);
    return span;
  });
  return { text, key, element: h("div", { dir: "auto" }, ...(children.length ? children : [h("br")])) };
}
