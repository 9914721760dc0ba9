"""Set the edges of words at pauses by the sound itself: a pause belongs to no word, whichever aligner placed it.

Every aligner has its own habit: one gives a pause to the word after it, another stretches the word before it, one ends
words where their last letter begins. `settled` and `settled_recording` are the one place where this is put right. They
move the edges of words that touch a pause, never edges inside running speech, and no further than the sound is surely
known: in noise they leave the aligner alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from handler.alignment.pauses import Pause, find_pauses
from handler.media.recording import Recording
from handler.types import Samples, WordTime

MIN_WORD_S = 0.03  # no edge is moved so that less is left of a word
_SLACK_S = 0.02  # frames of aligners: a pause so close to an edge touches it
# Sound of a word at its edge, cut off from the rest by a pause, that is a neighbour's: aligners err by as much.
_STUB_S = 0.08
_MOST_EARLIER_S, _MOST_LATER_S = 0.1, 0.2  # how far a start may be moved to sound before it, an end to sound after it
# In noise: a word begins so long before it is heard ("the", "for"), and may begin so long after; it fades so long.
_UNHEARD_S, _START_DOUBT_S, _END_DOUBT_S = 0.045, 0.03, 0.1

_PIECE_S, _MARGIN_S, _MAX_WORD_S = 30.0, 2.0, 20.0  # of a recording read at once: its words, around them, one word


def settled(samples: Samples, sample_rate: int, times: Sequence[WordTime | None]) -> list[WordTime | None]:
    """The times with each edge at a pause where the word's sound begins or ends; confidences stay.

    Order is kept, and so are words without a time. A word without a length stays between its neighbours.
    """
    said = [at for at, time in enumerate(times) if time and time.said]
    if not said or len(samples) == 0:
        return list(times)
    words = [time for time in times if time and time.said]
    pauses, clearness = find_pauses(samples, sample_rate, [(word.start, word.end) for word in words])
    moved = list(times)
    if clearness > 0:
        found = _Words(words, pauses, clearness).settled()
        for at, word, (start, end) in zip(said, words, found, strict=True):
            moved[at] = replace(word, start=start, end=end)
    return _in_order(moved)


def settled_recording(
    recording: Recording, times: Sequence[WordTime | None], check: Callable[[], None] = lambda: None
) -> list[WordTime | None]:
    """As `settled` for a recording of any length, which is read in pieces; ``check`` is called before each."""
    moved = list(times)
    rate = recording.sample_rate
    said = [(at, time) for at, time in enumerate(times) if time and time.said and _seconds(time) <= _MAX_WORD_S]
    for first, after in _pieces([time for _, time in said]):
        check()
        begin = max(0, round((said[first][1].start - _MARGIN_S) * rate))
        end = min(recording.length, round((said[after - 1][1].end + _MARGIN_S) * rate))
        # With a neighbour on either side, which shows to whom a pause between two pieces belongs.
        near = said[max(0, first - 1) : after + 1]
        found = settled(recording.read(begin, end), rate, [time.moved(-begin / rate) for _, time in near])
        for (at, _), time in zip(near, found, strict=True):
            if said[first][0] <= at <= said[after - 1][0]:
                moved[at] = time and time.moved(begin / rate)
    return _in_order(moved)


def _seconds(time: WordTime) -> float:
    return time.end - time.start


def _pieces(words: Sequence[WordTime]) -> Iterator[tuple[int, int]]:
    """The words in runs of at most _PIECE_S: the first of each, and the one after its last."""
    first = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or words[at].end - words[first].start > _PIECE_S:
            yield first, at
            first = at


def _in_order(times: Sequence[WordTime | None]) -> list[WordTime | None]:
    """The times with no word ending after the next one that is said begins, and those without a length in between."""
    ordered: list[WordTime | None] = []
    limit = float("inf")
    for time in reversed(times):
        if time is not None:
            start = min(time.start, limit)
            time = replace(time, start=start, end=max(start, min(time.end, limit)))
            limit = start
        ordered.append(time)
    return ordered[::-1]


class _Words:
    """Words whose edges are set at pauses. Boundary *i* is before word *i*, and one is after all words."""

    def __init__(self, words: Sequence[WordTime], pauses: Sequence[Pause], clearness: float) -> None:
        """``clearness`` is how well pauses can be told from the noise, over 0 to 1."""
        self._pauses = pauses
        self._clearness = clearness
        self._count = len(words)
        self._starts = [word.start for word in words]
        self._ends = [word.end for word in words]

    def settled(self) -> Iterator[tuple[float, float]]:
        """The start and the end of each word."""
        placed = self._placed()
        starts, ends = list(self._starts), list(self._ends)
        for boundary, pauses in placed.items():
            if boundary < self._count:
                starts[boundary] = self._start(boundary, pauses[-1])
            if boundary:
                word = boundary - 1
                ends[word] = self._end(word, next((one for one in pauses if one.end <= self._ends[word]), pauses[0]))
        return zip(starts, ends, strict=True)

    def _start(self, word: int, pause: Pause) -> float:
        """Where a word begins after a pause: where the aligner says, but not in silence, nor after its sound began."""
        own, noise = self._starts[word], 1 - self._clearness
        start = min(max(own, pause.faint_start - _UNHEARD_S * noise), pause.start + _START_DOUBT_S * noise)
        allowed = own - start <= _MOST_EARLIER_S * self._clearness and self._ends[word] - start >= MIN_WORD_S
        return start if allowed else own

    def _end(self, word: int, pause: Pause) -> float:
        """Where a word ends before a pause, as `_start`."""
        own, doubt = self._ends[word], _END_DOUBT_S * (1 - self._clearness)
        end = min(max(own, pause.end - doubt), pause.faint_end + doubt)
        allowed = end - own <= _MOST_LATER_S * self._clearness and end - self._starts[word] >= MIN_WORD_S
        return end if allowed else own

    def _placed(self) -> dict[int, list[Pause]]:
        """The pauses at each boundary, in order; pauses inside words are at none."""
        placed: dict[int, list[Pause]] = {}
        inside: list[tuple[int, Pause]] = []
        for pause in self._pauses:
            first = bisect_left(self._starts, pause.end - _SLACK_S)
            last = bisect_right(self._ends, pause.start + _SLACK_S)
            touched = range(first, last + 1) or self._cut_off(pause, first - 1)
            if touched:
                placed.setdefault(max(touched, key=partial(self._shared, pause)), []).append(pause)
            else:
                inside.append((first - 1, pause))
        if self._clearness == 1:
            _join(placed, inside)
        return placed

    def _shared(self, pause: Pause, boundary: int) -> float:
        """Seconds of a pause that the words on either side of a boundary leave to it."""
        after = self._starts[boundary] if boundary < self._count else math.inf
        return min(pause.start, after) - max(pause.end, self._ends[boundary - 1] if boundary else -math.inf)

    def _cut_off(self, pause: Pause, word: int) -> Sequence[int]:
        """The boundary that a pause inside a word belongs to, if it cuts a neighbour's sound off it; else none."""
        head, tail = pause.end - self._starts[word], self._ends[word] - pause.start
        if head <= min(_STUB_S, tail) and word and self._meet(word):
            return [word]
        if tail <= min(_STUB_S, head) and word + 1 < self._count and self._meet(word + 1):
            return [word + 1]
        return []

    def _meet(self, word: int) -> bool:
        """Whether a word begins where the one before it ends."""
        return self._starts[word] - self._ends[word - 1] <= _SLACK_S


def _join(placed: dict[int, list[Pause]], inside: Sequence[tuple[int, Pause]]) -> None:
    """Add pauses inside words that only a click, a breath or a plosive's release parts from the one at the boundary."""
    for word, pause in inside:
        if word in placed and 0 <= pause.end - placed[word][-1].start <= _STUB_S:
            placed[word].append(pause)
    for word, pause in reversed(inside):
        if word + 1 in placed and 0 <= placed[word + 1][0].end - pause.start <= _STUB_S:
            placed[word + 1].insert(0, pause)
