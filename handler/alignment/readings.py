"""Readings in competition: the sound decides how a token was said, of which a script has only the usual reading.

    text     since the 1990s, when
    read     since the nineteen nineties when
    audio    since the nineties when

Words that are not said push their neighbours away, or are taken from them. So where a token with several readings is
not surely said as it is read, a stretch of sound around it is aligned with each of them, an empty one among them where
people may leave it out, and the likeliest gives the times of the token and of the words beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from handler.alignment.evidence import Passage, confidences, spoken_length
from handler.alignment.prober import Prober
from handler.alignment.spans import Spans, without
from handler.alignment.thresholds import THRESHOLDS
from handler.text.readings import readings
from handler.types import Token, WordTime

logger = logging.getLogger(__name__)

_CONTEXT_WORDS = 3  # on each side that are aligned with a token
_UNSURE_WORDS = 8  # on a side where they have no times
_LONGEST_S = 15.0  # of sound that is aligned
_MARGIN_S = 0.1


@dataclass(frozen=True)
class _Stretch:
    """A token among its neighbours: the words from ``first`` to before ``after``, and the samples that say them."""

    first: int
    after: int
    start: int
    end: int


@dataclass(frozen=True)
class _Heard:
    """The times of a stretch's words with one reading of its token, and how well they explain the sound, 0 to 1."""

    before: Sequence[WordTime | None]
    token: Sequence[WordTime | None]
    following: Sequence[WordTime | None]
    score: float
    unexplained_s: float
    """Sound between its words that belongs to none of them."""


@dataclass
class Readings:
    """Decides between the readings of the tokens of one recording whose words have been found."""

    prober: Prober
    tokens: Sequence[Token]
    language: str
    times: list[WordTime | None]
    """Those of all words as the tokens have them, in seconds of the recording; a token that is said otherwise has the
    time of that, shared by its words."""
    unspoken: list[tuple[int, int]]
    untranscribed: Spans
    earlier: Spans
    """Those of them that are earlier takes of what follows."""
    _capitals: bool = field(init=False)
    """Whether the text is in capitals, which say nothing of how a word is read."""

    def __post_init__(self) -> None:
        words = [token.shown for token in self.tokens if any(map(str.isalpha, token.shown))]
        self._capitals = 2 * sum(map(str.isupper, words)) > len(words)

    def run(self) -> None:
        """Decide about each token that is not surely said as it is read. Raises what the aligner raises."""
        at = 0
        for token in self.tokens:
            upto = at + len(token.spoken)
            self.prober.reached(at / len(self.times))
            if self._doubtful(at, upto) and (others := self._others(token)):
                self._decide(token, at, upto, others)
            at = upto

    def _others(self, token: Token) -> Sequence[tuple[str, ...]]:
        try:
            others = readings(token, self.language)
        except Exception:  # a token that nobody thought of must not cost the job its word times
            logger.exception("a token has no other readings")
            return ()
        if not self._capitals:
            return others
        letters = [letter.casefold() for letter in token.shown if letter.isalpha()]
        return [words for words in others if [word.casefold() for word in words] != letters]

    def _doubtful(self, at: int, upto: int) -> bool:
        values = confidences(self.times[at:upto])
        return bool(values.min() < THRESHOLDS.even_confidence)

    def _decide(self, token: Token, at: int, upto: int, others: Sequence[tuple[str, ...]]) -> None:
        stretch = self._stretch(at, upto)
        if stretch is None:
            return
        usual = self._heard(stretch, at, upto, token.spoken)
        best, said = usual, token.spoken
        for words in others:
            heard = self._heard(stretch, at, upto, words)
            least = THRESHOLDS.reading_better if said == token.spoken else 0.0
            if heard and (best is None or _is_better(heard, best, least)):
                best, said = heard, words
        if best is None or best.score < THRESHOLDS.even_confidence:
            return
        # The usual reading has its times, but for words that were lost beside it.
        lost = self.times[stretch.first : stretch.after].count(None)
        if said != token.spoken or [*best.before, *best.token, *best.following].count(None) < lost:
            self._take(stretch, at, upto, best)

    def _stretch(self, at: int, upto: int) -> _Stretch | None:
        """The token with some words on either side that were found, and the sound that holds them."""
        first = self._beside(range(at - 1, -1, -1), at) if at else 0
        after = self._beside(range(upto, len(self.times)), upto - 1) + 1
        beside = self.times[first:at] + self.times[upto:after]
        if beside and confidences(beside).max() < THRESHOLDS.even_confidence:
            return None  # in the middle of what is not said
        before, following = self._placed(range(first, -1, -1)), self._placed(range(after - 1, len(self.times)))
        begin = before.start if before and self.times[first] else before.end if before else 0.0
        end = self.prober.recording.duration
        if following:
            end = following.end if self.times[after - 1] else following.start
        start, stop = self.prober.around(begin - _MARGIN_S, end + _MARGIN_S)
        if self.prober.seconds(stop - start) > _LONGEST_S:
            return None
        return _Stretch(first, after, start, stop)

    def _beside(self, words: range, last: int) -> int:
        """The last of some words that are aligned with a token, ``last`` if there are none."""
        found = 0
        for number, word in enumerate(words):
            # What lies between the token's own place, which is in doubt, and its neighbour may be the token itself.
            between = self.untranscribed if number else self.earlier
            if found >= _CONTEXT_WORDS or number >= _UNSURE_WORDS or self._parted(last, word, between):
                break
            last = word
            time = self.times[word]
            found += time is not None and time.confidence >= THRESHOLDS.even_confidence
        return last

    def _parted(self, one: int, other: int, spans: Spans) -> bool:
        """Whether one of some stretches of sound that the text lacks, such as an earlier take, is between two words."""
        first, second = self.times[min(one, other)], self.times[max(one, other)]
        if first is None or second is None:
            return False
        return any(first.end < end and start < second.start for start, end in spans)

    def _placed(self, words: range) -> WordTime | None:
        return next((time for word in words if (time := self.times[word])), None)

    def _heard(self, stretch: _Stretch, at: int, upto: int, reading: Sequence[str]) -> _Heard | None:
        """The stretch with one reading; None where the aligner refuses it."""
        before, following = self.prober.words[stretch.first : at], self.prober.words[upto : stretch.after]
        words = [*before, *reading, *following]
        found = self.prober.among(stretch.start, stretch.end, words) if words else None
        if not found:
            return None
        by = self.prober.seconds(stretch.start)
        samples = self.prober.recording.read(stretch.start, stretch.end)
        passage = Passage(samples, self.prober.recording.sample_rate, found, exhausted=False)
        letters = list(map(spoken_length, words))
        sure = float(confidences(found) @ letters) / sum(letters)
        moved = [time.moved(by) if time and time.said else None for time in found]
        inner = len(before), len(before) + len(reading)
        # Words that are not said lower the one, sound that no word explains lowers the other.
        score = (sure + passage.coverage) / 2
        placed = [time for time in found if time and time.said]
        unexplained_s = sum(passage.sound(one.end, other.start) for one, other in pairwise(placed))
        return _Heard(moved[: inner[0]], moved[slice(*inner)], moved[inner[1] :], score, unexplained_s)

    def _take(self, stretch: _Stretch, at: int, upto: int, heard: _Heard) -> None:
        # The stretch begins and ends within the sound of its outer words: what was known of their outer edges stays.
        first, last = self.times[stretch.first], self.times[stretch.after - 1]
        self.times[stretch.first : at] = heard.before
        self.times[at:upto] = self._as_written(at, upto, heard.token)
        self.times[upto : stretch.after] = heard.following
        if stretch.first < at and first and (moved := self.times[stretch.first]):
            self.times[stretch.first] = replace(moved, start=min(first.start, moved.end))
        if stretch.after > upto and last and (moved := self.times[stretch.after - 1]):
            self.times[stretch.after - 1] = replace(moved, end=max(last.end, moved.start))
        own = range(stretch.first, stretch.after)
        left = {word for start, end in self.unspoken for word in range(start, end) if word not in own}
        # What people may leave out, such as "www", is nothing that the recording lacks.
        optional = range(at, upto) if not heard.token else range(0)
        left |= {word for word in own if self.times[word] is None and word not in optional}
        self.unspoken[:] = [(word, word + 1) for word in sorted(left)]
        placed = [(time.start, time.end) for time in self.times[stretch.first : stretch.after] if time]
        for spans in (self.untranscribed, self.earlier):
            rest = without(spans, placed)
            spans[:] = [(start, end) for start, end in rest if end - start > THRESHOLDS.max_gap_s]

    def _as_written(self, at: int, upto: int, said: Sequence[WordTime | None]) -> Sequence[WordTime | None]:
        """The times of a reading for the words that the token has: as they are if they are as many, else shared."""
        placed = [time for time in said if time]
        if len(said) == upto - at or not placed:
            return said if len(said) == upto - at else [None] * (upto - at)
        start, end = placed[0].start, placed[-1].end
        lengths = list(map(spoken_length, self.prober.words[at:upto]))
        edges = [start + (end - start) * done / sum(lengths) for done in accumulate(lengths, initial=0)]
        sure = float(confidences(placed).mean())
        return [WordTime(begins, ends, sure) for begins, ends in pairwise(edges)]


def _is_better(heard: _Heard, best: _Heard, least: float) -> bool:
    """Whether a reading explains the sound better by so much, and leaves no word of it out that the best one has."""
    return heard.score > best.score + least and heard.unexplained_s < best.unexplained_s + THRESHOLDS.retake_sound_s
