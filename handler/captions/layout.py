"""Words become cues: what is on screen together, when, and on which lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from math import inf
from unicodedata import east_asian_width

from handler.captions.looks import Look
from handler.values import Cue, Word

LONG_PAUSE = 0.7
"""Seconds of silence that always end a cue."""
MIN_VISIBLE = 0.05
"""Seconds that any cue stays: one frame at 20 a second, so that no word falls between two frames."""

_AFTER_MARK = r"[\"'”’»›)\]】」』]*(?:\s\W*)?$"
_SENTENCE_END = re.compile(r"[.!?…。！？؟।]" + _AFTER_MARK)
_CLAUSE_END = re.compile(r"[,;:–—،؛、，；：]" + _AFTER_MARK)
_ABBREVIATION = re.compile(r"\W*(?:[a-hj-z]|mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|[a-z]\.[a-z])\.$", re.IGNORECASE)
# Words that open a phrase: a line breaks better before than after them. English, the standard layout's guides too.
_OPENER = re.compile(
    r"""["'“‘«(]*(?:a|about|after|although|an|and|as|at|because|before|but|by|during|for|from|if|in|into|nor|of|on|or|over"""
    r"""|since|so|than|that|the|though|through|to|under|unless|until|when|where|which|while|who|with|without|yet)$""",
    re.IGNORECASE,
)


def separator(first: Word, second: Word) -> str:
    """What stands between two words: a blank, or nothing where the script has nothing (Chinese, Japanese)."""
    return "" if first.end_char == second.start_char else " "


def joined(words: Sequence[Word], case: Callable[[str], str] = str) -> str:
    """Words as one line of text."""
    return "".join(
        [case(word.shown) + separator(word, after) for word, after in pairwise(words)]
        + [case(word.shown) for word in words[-1:]]
    )


def cues(words: Sequence[Word], look: Look, duration: float) -> tuple[Cue, ...]:
    """Cut words into cues: every word in exactly one, in order; cues inside [0, duration] that never overlap.

    One word a cue is on screen exactly while it is spoken. Groups of ``look.words_per_cue`` also end at sentences
    and long pauses. None is the standard layout, within the look's limits as far as the speech allows; a single
    word longer than a line stays whole.
    """
    if not words:
        return ()
    script = _Script(words, look, duration)
    runs = [(i, i + 1) for i in range(len(words))]
    if look.words_per_cue != 1:
        runs = partition(len(words), script.cue_cost)
    times = _settled([script.time(start, stop) for start, stop in runs], duration)
    return tuple(
        Cue(begin, end, script.lines(start, stop), start)
        for (start, stop), (begin, end) in zip(runs, times, strict=True)
    )


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


class _Script:
    """Words with what layout asks of them again and again: columns, and how well a break after each would be."""

    def __init__(self, words: Sequence[Word], look: Look, duration: float) -> None:
        self.words, self.look = words, look
        self.starts = [*(word.start for word in words), duration]
        gaps = [len(separator(word, after)) for word, after in pairwise(words)]
        widths = [_width(look.cased(word.shown)) for word in words]
        self.right = list(accumulate(width + gap for width, gap in zip(widths, [0, *gaps], strict=False)))
        self.left = [right - width for right, width in zip(self.right, widths, strict=True)]
        sentences = [_ends_sentence(word) for word in words[:-1]]
        pauses = [after.start - word.end >= LONG_PAUSE for word, after in pairwise(words)]
        self.break_cost = [*(_break_cost(word, after) for word, after in pairwise(words)), 0.0]
        ends = [False] * len(pauses) if look.words_per_cue is None else sentences
        self.sentences = list(accumulate(sentences, initial=0))
        self.walls = list(accumulate(map(max, pauses, ends), initial=0))

    def width(self, start: int, stop: int) -> int:
        """Columns that these words take on one line."""
        return self.right[stop - 1] - self.left[start]

    def line_count(self, start: int, stop: int) -> int:
        """The fewest lines that hold these words."""
        count = 0
        while start < stop:
            fits = bisect_right(self.right, self.left[start] + self.look.max_chars, start, stop)
            start = max(fits, start + 1)
            count += 1
        return count

    def cue_cost(self, start: int, stop: int) -> float:
        """How bad these words are as one cue; infinite beyond the look's limits. The weights are judgement."""
        look, last, size = self.look, stop - 1, stop - start
        if size > 1 and (
            size > (look.words_per_cue or size)
            or self.walls[last] > self.walls[start]
            or self.words[last].end - self.words[start].start > look.max_duration
            or self.line_count(start, stop) > look.max_lines
        ):
            return inf
        chars = self.width(start, stop)
        room = max(self.starts[stop] - self.starts[start], 0.001)
        fill = max(chars / (look.max_chars * look.max_lines), size / (look.words_per_cue or inf))
        cost = (
            1 + 2 * self.break_cost[last] + max(0.0, 1 - fill) ** 2 + 2 * (self.sentences[last] - self.sentences[start])
        )
        if look.words_per_cue is None:
            cost += 4 * max(0.0, 1 - room / look.min_duration) + 2 * max(0.0, chars / room / look.reading_speed - 1)
        return cost

    def lines(self, start: int, stop: int) -> tuple[tuple[Word, ...], ...]:
        """These words on as few lines as hold them, balanced, broken where the eye may rest."""
        target = self.width(start, stop) / self.line_count(start, stop)

        def cost(first: int, after: int) -> float:
            first, after = first + start, after + start
            if after - first > 1 and self.width(first, after) > self.look.max_chars:
                return inf
            ragged = (self.width(first, after) - target) / self.look.max_chars
            rest = self.break_cost[after - 1] if after < stop else 0.0
            return 100 + 8 * ragged**2 + rest

        runs = partition(stop - start, cost)
        return tuple(tuple(self.words[start + first : start + after]) for first, after in runs)

    def time(self, start: int, stop: int) -> tuple[float, float]:
        """When these words are on screen, before neighbours are settled."""
        look, begin, end = self.look, self.words[start].start, self.words[stop - 1].end
        if look.words_per_cue == 1:
            return begin, end
        following = self.starts[stop]
        if look.words_per_cue is None:
            wanted = max(look.min_duration, self.width(start, stop) / look.reading_speed)
            end = max(end, min(begin + min(wanted, look.max_duration), following))
        if stop < len(self.words) and 0 < following - end < look.gap:
            end = max(end, min(following, begin + look.max_duration))
        return begin, end


def _settled(times: list[tuple[float, float]], duration: float) -> list[tuple[float, float]]:
    """The same times inside [0, duration], in order, without overlap, each long enough to be seen.

    A cue gives way to the next one's start; one that is too short takes the time from its neighbours, later ones
    first, then, at the end of the audio, earlier ones.
    """
    least = min(MIN_VISIBLE, duration / len(times))
    starts = [max(0.0, begin) for begin, _ in times]
    ends = [min(end, after) for (_, end), after in zip(times, [*starts[1:], duration], strict=True)]
    earliest = 0.0
    for i in range(len(times)):
        starts[i] = max(starts[i], earliest)
        earliest = ends[i] = max(ends[i], starts[i] + least)
    latest = duration
    for i in reversed(range(len(times))):
        ends[i] = min(ends[i], latest)
        latest = starts[i] = max(0.0, min(starts[i], ends[i] - least))
    return list(zip(starts, ends, strict=True))


def _width(text: str) -> int:
    """Columns of text on screen: letters of Chinese, Japanese and Korean, and emoji, take two."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _ends_sentence(word: Word) -> bool:
    return bool(_SENTENCE_END.search(word.shown)) and not _ABBREVIATION.match(word.shown)


def _opens_phrase(word: Word) -> bool:
    return bool(_OPENER.match(word.shown))


# How bad a break between two words is: the first row that fits.
_BREAKS: tuple[tuple[Callable[[Word, Word], bool], float], ...] = (
    (lambda word, _: _ends_sentence(word), 0.0),
    (lambda word, _: bool(_CLAUSE_END.search(word.shown)), 0.25),
    (lambda word, _: _opens_phrase(word) or bool(_ABBREVIATION.match(word.shown)), 1.6),
    (lambda _, after: _opens_phrase(after), 0.6),
    (lambda *_: True, 1.0),
)


def _break_cost(word: Word, after: Word) -> float:
    """How bad a break between these words is, from 0 (a sentence ends) to 1.6; a heard pause makes it better."""
    cost = next(cost for fits, cost in _BREAKS if fits(word, after))
    pause = max(0.0, after.start - word.end)
    return cost * (1 - 0.6 * min(1.0, pause / 0.4))
