"""Words become cues: what is on screen together, when, and on which lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from math import inf
from unicodedata import category, east_asian_width

from handler.captions import emoji
from handler.captions.line_breaking import UNBROKEN, Phrases, ends_clause, sentence_between
from handler.captions.segmentation import inside_words
from handler.captions.styles import MIN_SCALE, Style
from handler.types import Cue, Word

LONG_PAUSE_S = 0.5  # A longer silence always ends a cue
MIN_VISIBLE_S = 0.05  # A cue stays at least one frame at 20 a second, so that no word falls between two frames
MIN_GAP_FRAMES = 2  # A shorter gap between two cues would be seen as a flash


def separators(words: Sequence[Word]) -> list[str]:
    """The text after each word: a space, nothing where the script has nothing (Chinese, Japanese) and at the end."""
    gaps = ["" if word.end_char == after.start_char else " " for word, after in pairwise(words)]
    return [*gaps, ""] if words else []


def joined(words: Sequence[Word], case: Callable[[str], str] = str) -> str:
    """Words as one line of text."""
    return "".join(case(word.shown) + gap for word, gap in zip(words, separators(words), strict=True))


def cues(words: Sequence[Word], style: Style, duration: float, language: str = "en") -> tuple[Cue, ...]:
    """Cut words into cues: every word in exactly one, in order; cues inside [0, duration] that never overlap.

    A cue begins with its first word. It ends with its last one, later where it would be too short to be read, and
    with the next cue's start where that is near. Long pauses, paragraphs and another speaker end cues; with
    ``style.words_per_cue`` sentences do, too. Breaks follow the phrases of ``language`` (BCP 47). The style's limits
    hold as far as the speech allows. A single word longer than a line stays whole. In scripts without blanks, the
    characters of a word count as one and stay together.
    """
    if not words:
        return ()
    script = _Script(words, style, duration, language)
    runs = [(i, i + 1) for i in range(len(words))]
    if style.words_per_cue != 1 or script.has_divided_words:
        runs = partition(len(words), script.cue_cost)
    times = [script.time(*run) for run in runs]
    times = _without_overlap(times, duration, max(MIN_VISIBLE_S, 1 / style.fps))
    return tuple(Cue(*time, script.lines(*run), run[0]) for run, time in zip(runs, times, strict=True))


def with_own_lines(cue: Cue, style: Style, language: str = "en") -> Cue:
    """The cue with its own lines where all of them fit between the margins, else with its words on new lines."""
    script = _Script(cue.words, style, cue.end, language)
    start = 0
    for line in cue.lines:
        if script.pixels.width(start, start + len(line)) > style.line_width:
            return replace(cue, lines=script.lines(0, len(cue.words)))
        start += len(line)
    return cue


def partition(count: int, cost: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Cut ``range(count)`` into runs (start, stop) so that the sum of their costs is lowest.

    ``cost`` must be finite for runs of one; infinity means that neither this run nor a longer one is possible.
    """
    best = [0.0] + [inf] * count
    origin = [0] * (count + 1)
    for start in range(count):
        for stop in range(start + 1, count + 1):
            price = cost(start, stop)
            if price == inf:
                break
            if best[start] + price < best[stop]:
                best[stop], origin[stop] = best[start] + price, start
    runs = []
    while count:
        runs.append((origin[count], count))
        count = origin[count]
    return runs[::-1]


class _Line:
    """Left and right edges of words set on one endless line, in any unit; ``gaps`` are the widths after each word."""

    def __init__(self, widths: Sequence[float], gaps: Sequence[float]) -> None:
        self.right = list(accumulate(width + gap for width, gap in zip(widths, [0.0, *gaps[:-1]], strict=True)))
        self.left = [right - width for right, width in zip(self.right, widths, strict=True)]

    def width(self, start: int, stop: int) -> float:
        """The width of these words on one line."""
        return self.right[stop - 1] - self.left[start]

    def ends(self, max_width: float) -> list[int]:
        """For a line that begins with each word, the first word that does not fit; a line holds at least one."""
        max_width += 1e-6  # A rounding error is no reason to break a line.
        return [max(at + 1, bisect_right(self.right, left + max_width, at)) for at, left in enumerate(self.left)]


class _Script:
    """Words, with what layout asks again and again: how wide they are, and how bad a break after each would be."""

    def __init__(self, words: Sequence[Word], style: Style, duration: float, language: str) -> None:
        phrases = Phrases(language)
        self.words, self.style = words, style
        self.starts = [*(word.start for word in words), duration]
        shown = [style.apply_case(word.shown) for word in words]
        gaps = separators(words)
        self.columns = _Line([columns(text) for text in shown], [columns(gap) for gap in gaps])
        wide = {text: style.width(text) * style.size for text in {*shown, *gaps}}
        self.pixels = pixels = _Line([wide[text] for text in shown], [wide[gap] * style.space_scale for gap in gaps])
        self.line_ends = list(map(min, self.columns.ends(style.max_chars), pixels.ends(style.line_width)))
        sentences = [sentence_between(word, after) for word, after in pairwise(words)]
        walls = [
            word.paragraph or word.speaker != after.speaker or after.start - word.end > LONG_PAUSE_S
            for word, after in pairwise(words)
        ]
        if style.words_per_cue is not None:
            walls = list(map(max, walls, sentences))
        inside = inside_words(words, language)
        self.has_divided_words = any(inside)
        self.whole_words = list(accumulate((not within for within in inside), initial=0))
        for start, stop in _stretches(inside):
            # Like any long word, it is drawn smaller rather than broken.
            if pixels.width(start, stop) <= style.line_width / MIN_SCALE:
                self.line_ends[start] = max(self.line_ends[start], stop)
        costs = (phrases.cost(word, after) for word, after in pairwise(words))
        self.break_cost = [*(UNBROKEN if within else cost for cost, within in zip(costs, inside, strict=False)), 0.0]
        self.sentences = list(accumulate(sentences, initial=0))
        self.clauses = list(accumulate(map(ends_clause, words[:-1]), initial=0))
        self.walls = list(accumulate(walls, initial=0))

    def line_end(self, start: int, stop: int) -> int:
        """The end of a line that begins with ``start``: it is full, in columns or in pixels, or the words end."""
        return min(self.line_ends[start], stop)

    def line_count(self, start: int, stop: int) -> int:
        """The fewest lines that hold these words."""
        count = 0
        while start < stop:
            start = self.line_end(start, stop)
            count += 1
        return count

    def cue_cost(self, start: int, stop: int) -> float:
        """How bad these words are as one cue; infinite beyond the style's limits. The weights were chosen by eye."""
        style, last = self.style, stop - 1
        size = 1 + self.whole_words[last] - self.whole_words[start]
        if last > start and (
            size > (style.words_per_cue or size)
            or self.walls[last] > self.walls[start]
            or self.words[last].end - self.words[start].start > style.max_duration
            or self.line_count(start, stop) > style.max_lines
        ):
            return inf
        chars = self.columns.width(start, stop)
        room = max(self.starts[stop] - self.starts[start], 0.001)
        fill = max(chars / (style.max_chars * style.max_lines), size / (style.words_per_cue or inf))
        haste = max(0.0, style.min_duration - room)
        cost = 1 + 2 * self.break_cost[last] + 2 * (self.sentences[last] - self.sentences[start])
        if style.words_per_cue is not None:
            # Small groups want an even rhythm more than whole phrases.
            clauses = self.clauses[last] - self.clauses[start]
            return cost + 2 * max(0.0, 1 - fill) ** 2 + 1.2 * haste + 3 * clauses + 0.7 * self.inner_cost(start, stop)
        cost += 1.5 * self.inner_cost(start, stop) ** 2
        cost += max(0.0, 1 - fill) ** 2 + 5 * haste + 2 * max(0.0, chars / room / style.reading_speed - 1)
        return cost

    def inner_cost(self, start: int, stop: int) -> float:
        """How bad the best break into two lines is; 0 where these words need one line, or more than two."""
        split = self.line_end(start, stop)
        if split == stop:
            return 0.0
        costs = []
        while split > start and self.line_end(split, stop) == stop:
            costs.append(self.break_cost[split - 1])
            split -= 1
        return min(costs, default=0.0)

    def lines(self, start: int, stop: int) -> tuple[tuple[Word, ...], ...]:
        """These words on as few lines as hold them, balanced, and broken where the sense allows it."""
        target = self.columns.width(start, stop) / self.line_count(start, stop)
        sense = 3 if self.style.words_per_cue is None else 1

        def cost(first: int, after: int) -> float:
            first, after = first + start, after + start
            if self.line_end(first, after) < after:
                return inf
            ragged = (self.columns.width(first, after) - target) / self.style.max_chars
            rest = self.break_cost[after - 1] if after < stop else 0.0
            return 100 + 8 * ragged**2 + sense * rest

        runs = partition(stop - start, cost)
        return tuple(tuple(self.words[start + first : start + after]) for first, after in runs)

    def time(self, start: int, stop: int) -> tuple[float, float]:
        """When these words are on screen (start, end), as if they had no neighbours."""
        style, begin, end = self.style, self.words[start].start, self.words[stop - 1].end
        following = self.starts[stop]
        wanted = style.min_duration
        if style.words_per_cue is None:
            wanted = max(wanted, self.columns.width(start, stop) / style.reading_speed)
        end = max(end, min(begin + min(wanted, style.max_duration), following))
        if stop < len(self.words) and following - end < style.gap:
            latest = max(end, begin + style.max_duration)
            # A cue that is a little too long is better than a flash of nothing.
            end = following if following - latest < MIN_GAP_FRAMES / style.fps else latest
        return begin, end


def _stretches(inside: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The words (start, stop) of several tokens, by whether a word goes on after each token."""
    start = 0
    for stop, within in enumerate(inside, 1):
        if not within:
            if stop - start > 1:
                yield start, stop
            start = stop


def _without_overlap(times: list[tuple[float, float]], duration: float, shortest: float) -> list[tuple[float, float]]:
    """The same times inside [0, duration], in order, without overlap, each at least ``shortest`` seconds long.

    A cue ends where the next one starts; one that is too short takes the time from later cues or, at the end of the
    audio, from earlier ones.
    """
    shortest = min(shortest, duration / len(times))
    starts = [max(0.0, begin) for begin, _ in times]
    ends = [min(end, after) for (_, end), after in zip(times, [*starts[1:], duration], strict=True)]
    earliest = 0.0
    for i in range(len(times)):
        starts[i] = max(starts[i], earliest)
        earliest = ends[i] = max(ends[i], starts[i] + shortest)
    latest = duration
    for i in reversed(range(len(times))):
        ends[i] = min(ends[i], latest)
        latest = starts[i] = max(0.0, min(starts[i], ends[i] - shortest))
    return list(zip(starts, ends, strict=True))


def columns(text: str) -> int:
    """Columns of text on screen: Chinese, Japanese and Korean letters and emoji take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(2 if is_emoji else sum(map(_column, part)) for part, is_emoji in emoji.split(text))


def _column(char: str) -> int:
    if category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1
