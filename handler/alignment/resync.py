"""Search for the point where text and audio come together again after they have parted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from handler.alignment.evidence import any_found, confidences
from handler.alignment.prober import Prober
from handler.alignment.thresholds import THRESHOLDS
from handler.types import WordTime


@dataclass(frozen=True)
class Cursor:
    """A sample of the recording and the word of the text that comes next there."""

    sample: int
    word: int
    trusted_s: float = field(default=0.0, compare=False)
    """Words are believed for so many seconds: `Resync` has found them here."""


@dataclass
class Level:
    """The running coverage of right words in this recording: noise and accents lower it for all words alike."""

    value: float = THRESHOLDS.initial_level
    known: bool = False

    def update(self, coverage: float) -> None:
        """Learn from words that were matched."""
        self.value += (coverage - self.value) / 4
        self.known = True

    @property
    def match(self) -> float:
        """The least coverage of a point where text and audio come together."""
        return max(THRESHOLDS.match_coverage, THRESHOLDS.match_level * self.value)


class Resync:
    """Tries points near first, in text and in sound, by aligning the next seconds at each of them."""

    def __init__(self, prober: Prober, level: Level, times: Sequence[WordTime | None]) -> None:
        """``times`` are those of all words as they are found: the search may go back over the last ones."""
        self._prober = prober
        self._level = level
        self._times = times
        self._failures = 0
        self._in_vain: Cursor | None = None
        """Up to where the sound was searched, and from which word on the text, by `_heard`."""

    def find(self, cursor: Cursor) -> Cursor | None:
        """The point where both come together, the cursor itself if the recording is bad, None if there is no point.

        A recording counts as bad where no point matches better than the cursor.
        """
        heard = any_found(self._times) or self._heard(cursor)
        later = self._later(cursor) if heard else None
        if later is not None:
            return later
        onsets = self._prober.speech_onsets(cursor.sample)
        limit = None if self._failures < THRESHOLDS.full_searches else THRESHOLDS.short_search
        scores: list[float] = []
        for point in islice(self._points(cursor, onsets), limit):
            scores.append(self._score(point))
            # Any two texts have a few words in common: so twice the sound must match, too.
            if scores[-1] >= self._level.match and self._score(point, 2) >= self._level.match:
                return point if point == cursor else self._earliest(cursor, point, onsets)
            if not heard and scores[0] < max(THRESHOLDS.missing / 2, scores[-1] - THRESHOLDS.no_worse):
                # Such words are believed nowhere, unless all words of this recording are as unsure: that is tried once.
                return self._as_it_is(cursor, scores[0], bad=not self._level.known)
        self._failures += 1
        bad = scores[0] >= max(scores) - THRESHOLDS.no_worse
        bad = bad and (scores[0] >= self._level.value / 2 or not self._level.known)
        return self._as_it_is(cursor, scores[0], bad=bad)

    def _as_it_is(self, cursor: Cursor, coverage: float, *, bad: bool) -> Cursor | None:
        """The cursor if the recording is as bad as that, else None."""
        if bad:
            self._level.update(coverage)
        return cursor if bad else None

    def _heard(self, cursor: Cursor) -> bool:
        """Whether any phrase of the text ahead is said anywhere in the sound ahead.

        While no run of words was found, the text may well be that of another recording, where some hundred points
        would be tried in vain and cost as much CPU as the recording lasts. This asks about all phrases at once, in
        every few seconds of the sound: nothing is left to chance. Of clips of the truth set that say a text in the
        midst of another one, those down to 10 dB of babble have 10 words and more that are surely right, and another
        text has 2 to 3. So what `_later` demands is enough: eight words with the least confidence of a match.
        """
        sample = cursor.sample
        if self._in_vain is not None and self._in_vain.word == cursor.word:
            sample = max(sample, self._in_vain.sample)
        end = self._prober.after(cursor.sample, THRESHOLDS.seconds_ahead)
        until = min(cursor.word + THRESHOLDS.words_ahead, len(self._prober.words))
        needed = THRESHOLDS.match_coverage * min(THRESHOLDS.run_words, self._prober.left(cursor.word))
        while sample < end:
            surely = self._prober.spotted(sample, THRESHOLDS.spot_s, cursor.word, until)
            if surely is None or surely >= needed:
                return True
            sample = self._prober.after(sample, THRESHOLDS.spot_step_s)
        self._in_vain = Cursor(end, cursor.word)
        return False

    def _later(self, cursor: Cursor) -> Cursor | None:
        """Where the words at the cursor are said after sound that the text lacks, such as music, window by window."""
        window, overlap = THRESHOLDS.window_s, THRESHOLDS.seam_s
        for number in range(1, math.ceil(THRESHOLDS.seconds_ahead / (window - overlap))):
            start = self._prober.after(cursor.sample, number * (window - overlap))
            passage = self._prober.probe(start, cursor.word, window)
            first = passage.times[: THRESHOLDS.run_words]
            found = [time for time in first if time is not None and time.said]
            if len(found) < min(THRESHOLDS.run_words, self._prober.left(cursor.word)):
                continue
            # Single words are found in any speech; a phrase has them side by side.
            together = found[-1].end - found[0].start < 2 * THRESHOLDS.run_words / THRESHOLDS.words_per_s
            if together and confidences(first).mean() >= self._level.match:
                return Cursor(self._prober.after(start, found[0].start), cursor.word)
        return None

    def _score(self, point: Cursor, probes: int = 1) -> float:
        return self._prober.coverage(point.sample, point.word, probes * THRESHOLDS.probe_s)

    def _points(self, cursor: Cursor, onsets: Sequence[int]) -> Iterator[Cursor]:
        """What to try: the cursor, then passages left out of either text or audio, then of both."""
        ahead = range(cursor.word + 1, cursor.word + THRESHOLDS.words_ahead + 1)
        breaks = [word for word in self._prober.breaks if word in ahead][: THRESHOLDS.max_points]
        yield cursor
        # The last words before the cursor may have been taken for what the audio says instead.
        again = dict.fromkeys((self._prober.phrase(cursor.word), cursor.word))
        either = [Cursor(cursor.sample, word) for word in breaks]
        either += [Cursor(onset, word) for onset in onsets for word in again]
        yield from sorted(either, key=lambda point: self._distance(cursor, point))
        later = [
            min(onsets, key=lambda onset: abs(self._prober.seconds(onset - cursor.sample) - after))
            for after in THRESHOLDS.retry_after_s
            if onsets
        ]
        yield from (Cursor(onset, word) for onset in dict.fromkeys(later) for word in breaks)

    def _distance(self, cursor: Cursor, point: Cursor) -> float:
        """Seconds of sound and text between two points: what is left out is seldom long."""
        words = max(0, point.word - cursor.word)
        return self._prober.seconds(point.sample - cursor.sample) + words / THRESHOLDS.words_per_s

    def _earliest(self, cursor: Cursor, point: Cursor, onsets: Sequence[int]) -> Cursor:
        """From a point where text and audio are together, back to the first one, phrase by phrase."""
        samples_a_word = self._prober.recording.sample_rate / THRESHOLDS.words_per_s
        first = cursor.word - THRESHOLDS.max_back_words
        for before in reversed([word for word in self._prober.breaks if first <= word < point.word]):
            # The words from there to the cursor are surely where they were found.
            if before < cursor.word and confidences(self._times[before : cursor.word]).mean() >= self._level.match:
                break
            expected = point.sample - (point.word - before) * samples_a_word
            near = [onset for onset in onsets if onset < point.sample]
            near = sorted(near, key=lambda onset: abs(onset - expected))[:2]
            found = [Cursor(onset, before) for onset in near]
            earlier = next((one for one in found if self._score(one) >= self._level.match), None)
            if earlier is not None:
                point = earlier
            elif point.word - before > THRESHOLDS.max_back_words:
                break
        return point
