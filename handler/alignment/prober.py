"""Ask an aligner about any point of a recording: which words of the text, from one on, are in this stretch of sound?"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from handler.alignment.evidence import Passage, Times, confidences, energy_minima, silences
from handler.alignment.thresholds import THRESHOLDS
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignerFailed, AlignmentError
from handler.media.recording import Recording
from handler.protocols import PrefixAligner, SpottingAligner
from handler.types import Token

_MAX_ANSWERS = 200  # more points than one search asks about

logger = logging.getLogger(__name__)


class Prober:
    """One recording, its text and an aligner. Positions are samples of the recording and words of the text."""

    def __init__(
        self,
        aligner: PrefixAligner,
        recording: Recording,
        tokens: Sequence[Token],
        language: str,
        *,
        progress: Callable[[float], None] = lambda _: None,
        cancellation: Cancellation = NEVER,
    ) -> None:
        """``progress`` gets the seconds that are done, and ``cancellation`` is heard, before and in each alignment."""
        self.recording = recording
        self.language = language
        self.words = [word for token in tokens for word in token.spoken]
        self.breaks = phrase_starts(tokens)
        """The words that a passage may begin with."""
        self.marked = frozenset(phrase_starts(tokens, longest=None))
        """Those of them that the text itself begins a phrase with."""
        self.begin(0.0, 1.0)
        self._aligner = aligner
        self._progress = progress
        self._cancellation = cancellation
        self._rate = recording.sample_rate
        self._answers: dict[tuple[int, int, int], Times] = {}
        """Those of `prefix`, by its parameters."""
        self._grid = max(1, round(THRESHOLDS.grid_s * self._rate))

    def seconds(self, samples: int) -> float:
        """Samples in seconds."""
        return samples / self._rate

    def after(self, sample: int, seconds: float) -> int:
        """The sample so many seconds later, on the grid, within the recording."""
        return min(sample + round(seconds * self._rate / self._grid) * self._grid, self.recording.length)

    def around(self, start: float, end: float) -> tuple[int, int]:
        """The samples on the grid around two times, within the recording."""
        first = max(0, math.floor(start * self._rate / self._grid) * self._grid)
        after = math.ceil(end * self._rate / self._grid) * self._grid
        return min(first, self.recording.length), min(after, self.recording.length)

    def left(self, word: int) -> int:
        """How many words there are from one on."""
        return len(self.words) - word

    def step(self, sample: int) -> int:
        """The next sample on the grid."""
        return sample + self._grid

    def whole(self, start: int, end: int, word: int) -> Passage | None:
        """All words that are left in this sound, None where the aligner refuses them."""
        words = self.words[word:]
        if not self._holds(start, end, len(words)):
            return None
        self._report()
        samples = self.recording.read(start, end)
        try:
            times = self._cancellation.run(self._aligner.find, samples, self._rate, words, self.language)
        except AlignerFailed:
            raise
        except AlignmentError as error:
            logger.debug("the rest of the text is not the rest of the recording: %s", error)
            return None
        return Passage(samples, self._rate, times, exhausted=True) if any(times) else None

    def every_word(self) -> Passage | None:
        """All words of the text in all of the sound, none of them left out; None where the aligner refuses them."""
        end = self.recording.length
        times = self.said(0, end, self.words) if self._holds(0, end, len(self.words)) else None
        if not times or not any(times):
            return None
        return Passage(self.recording.read(0, end), self._rate, times, exhausted=True)

    def _holds(self, start: int, end: int, words: int) -> bool:
        """Whether so many words may be said in this sound; if not, an aligner need not be asked."""
        return words <= max(THRESHOLDS.max_words, THRESHOLDS.max_words_per_s * self.seconds(end - start))

    def prefix(self, start: int, end: int, word: int) -> Passage:
        """As many words as this sound holds. The last answers are kept: searches come back to the same points."""
        self._report()
        samples = self.recording.read(start, end)
        size = min(THRESHOLDS.max_words, math.ceil(THRESHOLDS.max_words_per_s * len(samples) / self._rate) + 5)
        words = self.words[word : word + size]
        times = self._answers.pop((start, end, word), None)
        if times is None:
            times = self._cancellation.run(self._aligner.prefix, samples, self._rate, words, self.language)
        self._answers[start, end, word] = times
        if len(self._answers) > _MAX_ANSWERS:
            del self._answers[next(iter(self._answers))]  # the one that was not asked for longest
        return Passage(samples, self._rate, times, exhausted=len(times) == len(words))

    def forced(self, start: int, end: int, word: int, count: int) -> Times | None:
        """As `said`, for so many words of the text."""
        return self.said(start, end, self.words[word : word + count])

    def said(self, start: int, end: int, words: Sequence[str]) -> Times | None:
        """The times of words, which take all of this sound; None where the aligner refuses them."""
        return self._asked(self._aligner.align, start, end, words)

    def among(self, start: int, end: int, words: Sequence[str]) -> Times | None:
        """The times of words among other sound, as `find` gives them; None where the aligner refuses them."""
        return self._asked(self._aligner.find, start, end, words)

    def spotted(self, sample: int, seconds: float, word: int, until: int) -> float | None:
        """How many words this sound surely says in a row, of a phrase that begins from one word to before another.

        That is the sum of their confidences; None where the aligner does not tell.
        """
        aligner = self._aligner
        if not isinstance(aligner, SpottingAligner):
            return None
        self._report()
        samples = self.recording.read(sample, min(self.recording.length, sample + round(seconds * self._rate)))
        starts = [start - word for start in dict.fromkeys((word, *self.breaks)) if word <= start < until]
        words = self.words[word : until + round(THRESHOLDS.max_words_per_s * seconds)]
        times = self._cancellation.run(aligner.spot, samples, self._rate, words, starts, self.language)
        return float(confidences(times).sum())

    def _asked(self, question: Callable[..., Times], start: int, end: int, words: Sequence[str]) -> Times | None:
        self._report()
        samples = self.recording.read(start, end)
        try:
            return self._cancellation.run(question, samples, self._rate, words, self.language)
        except AlignerFailed:  # it would fail at the next question, too
            raise
        except AlignmentError:
            return None

    def probe(self, sample: int, word: int, seconds: float) -> Passage:
        """As many words as so many seconds hold."""
        return self.prefix(sample, min(self.recording.length, sample + round(seconds * self._rate)), word)

    def coverage(self, sample: int, word: int, seconds: float) -> float:
        """`Passage.coverage` of the words in so many seconds; few words must cover all of the sound."""
        passage = self.probe(sample, word, seconds)
        few = len(passage.times) < THRESHOLDS.run_words
        return (replace(passage, exhausted=False) if few else passage).coverage

    def speech_onsets(self, start: int) -> list[int]:
        """The samples after one at which speech begins after a silence or, in noise, where there is the least of it."""
        end = min(self.recording.length, start + round(THRESHOLDS.seconds_ahead * self._rate))
        sound = self.recording.read(start, end)
        onsets = [end - THRESHOLDS.grid_s for _, end in silences(sound, self._rate)]
        if len(onsets) < self.seconds(end - start) / THRESHOLDS.noisy_s:
            onsets = energy_minima(sound, self._rate)
        return [self.after(start, onset) for onset in onsets][: THRESHOLDS.max_points]

    def phrase(self, word: int) -> int:
        """The word that the phrase of a word begins with."""
        return max(start for start in self.breaks if start <= word)

    def _report(self) -> None:
        self._cancellation.check()
        since, until = self._step
        self._progress((since + (until - since) * self._done) * self.recording.duration)

    def begin(self, since: float, until: float) -> None:
        """Begin a step, which takes the time between two shares of that of all steps."""
        self._step = since, until
        self._done = 0.0

    def reached(self, share: float) -> None:
        """Note the share of its work that a step is through with."""
        self._done = share


def phrase_starts(tokens: Sequence[Token], longest: int | None = 12) -> list[int]:
    """The words after a mark or a blank line, or, where there is none for so long, after so many words."""
    starts, at = [0], 0
    for token in tokens:
        at += len(token.spoken)
        if token.mark or token.paragraph or token.pause_after or (longest and at - starts[-1] >= longest):
            starts.append(at)
    return starts
