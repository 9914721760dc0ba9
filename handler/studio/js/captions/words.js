// The words of a cue: its text cut into words, and their times after the text was edited. No DOM.

/**
 * A word: {text, start, end, confidence, interpolated, after}. `after` is the text that follows it: a blank, a line
 * break, or nothing, as in Japanese.
 */

const GLYPHS = new Intl.Segmenter("en", { granularity: "grapheme" });
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const SHORTEST_S = 0.02; // of a word that an edit moves
const ROOM_S = 0.08; // for a new word between two others; else it takes time of the one before

export const ms = (seconds) => Math.round(seconds * 1000) / 1000;

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** The text of words as a caption shows them. */
export function textOf(words) {
  return words.map((word, at) => word.text + (at === words.length - 1 ? "" : word.after)).join("");
}

/** Cut a text into [{text, after}]. `known` words that have nothing between them stay apart as they are. */
export function cut(text, known = []) {
  const parted = groups(known);
  const found = [];
  for (const line of text.split("\n").map((each) => each.trim()).filter(Boolean)) {
    const pieces = line.split(/\s+/u);
    for (const piece of pieces) {
      const parts = parted.get(piece) ?? (UNSPACED.test(piece) ? characters(piece) : [piece]);
      found.push(...parts.map((part) => ({ text: part, after: "" })));
      found.at(-1).after = " ";
    }
    found.at(-1).after = "\n";
  }
  if (found.length) found.at(-1).after = known.at(-1)?.after === "" ? "" : " ";
  return found;
}

/** The words of each run without blanks: "well—yes" is "well—" and "yes". */
function groups(words) {
  const found = new Map();
  let run = [];
  words.forEach((word, at) => {
    run.push(word.text);
    if (word.after !== "" || at === words.length - 1) {
      if (run.length > 1) found.set(run.join(""), run);
      run = [];
    }
  });
  return found;
}

/** Characters of a script without blanks, each with the signs that follow it. */
function characters(piece) {
  const found = [];
  for (const { segment } of GLYPHS.segment(piece)) {
    if (found.length && !UNSPACED.test(segment)) found[found.length - 1] += segment;
    else found.push(segment);
  }
  return found;
}

/**
 * The words of an edited text. A word that was there keeps its time; words in the place of others share the time of
 * those; words between two others share what is between them.
 */
export function retimed(text, words, start, end) {
  const fresh = cut(text, words).map((word) => ({ ...word, confidence: 1, interpolated: false }));
  let [old, at] = [0, 0];
  for (const [oldStop, stop] of [...matches(words, fresh), [words.length, fresh.length]]) {
    replace(fresh, at, stop, words, old, oldStop, { start, end });
    if (oldStop < words.length) keep(fresh[stop], words[oldStop]);
    [old, at] = [oldStop + 1, stop + 1];
  }
  return fresh;
}

function keep(word, known) {
  const { start, end, confidence, interpolated } = known;
  Object.assign(word, { start, end, confidence, interpolated });
}

function replace(fresh, at, stop, words, old, oldStop, cue) {
  if (at === stop) return;
  if (stop - at === oldStop - old) {
    for (let step = 0; step < stop - at; step += 1) keep(fresh[at + step], words[old + step]);
    return;
  }
  let [start, end] = [words[old]?.start, words[oldStop - 1]?.end];
  if (old === oldStop) {
    const before = fresh[at - 1];
    const following = words[old];
    start = before?.end ?? cue.start;
    end = following?.start ?? cue.end;
    if (end - start < ROOM_S * (stop - at)) {
      if (before) before.end = start = ms(before.start + (before.end - before.start) / 2);
      else if (following) {
        end = ms(following.start + (following.end - following.start) / 2);
        words[old] = { ...following, start: end };
      }
    }
  }
  share(fresh.slice(at, stop), start, end);
}

/** Give words the time from start to end, each by its length. */
export function share(words, start, end) {
  const total = words.reduce((sum, word) => sum + word.text.length + 1, 0);
  let passed = 0;
  for (const word of words) {
    word.start = ms(start + ((end - start) * passed) / total);
    passed += word.text.length + 1;
    word.end = ms(start + ((end - start) * passed) / total);
    word.confidence = 0;
    word.interpolated = true;
  }
}

/** Pairs [index in one, index in other] of the longest common subsequence of the words' texts. */
function matches(one, other) {
  const width = other.length + 1;
  const lengths = new Uint32Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      const [below, right] = [lengths[(i + 1) * width + j], lengths[i * width + j + 1]];
      lengths[i * width + j] =
        one[i].text === other[j].text ? lengths[(i + 1) * width + j + 1] + 1 : Math.max(below, right);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    if (one[i].text === other[j].text) found.push([i++, j++]);
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return found;
}

/** Words inside a time that was another before: cut at its edges, or closer together where that leaves too little. */
export function fitted(words, before, start, end) {
  const tooShort = (word, length) => length < Math.min(SHORTEST_S, word.end - word.start);
  const moved = words.map((word) => {
    // A word that began and ended with the cue still does.
    const first = same(word.start, before.start) ? start : clamp(word.start, start, end);
    const last = same(word.end, before.end) ? end : clamp(word.end, start, end);
    return { ...word, start: ms(first), end: ms(last) };
  });
  if (!moved.some((word, at) => tooShort(words[at], word.end - word.start))) return moved;
  const scale = (end - start) / (before.end - before.start);
  const at = (time) => ms(clamp(start + (time - before.start) * scale, start, end));
  return words.map((word) => ({ ...word, start: at(word.start), end: at(word.end) }));
}

const same = (one, other) => Math.abs(one - other) < 0.0015;
