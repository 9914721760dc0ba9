"""The times of words inside cues: where sound says them in the time of the cue."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from handler.alignment import fallback
from handler.alignment.boundaries import settled
from handler.alignment.evidence import Times, spoken_length
from handler.alignment.thresholds import THRESHOLDS
from handler.alignment.word_times import LOW_CONFIDENCE
from handler.errors import AlignerFailed, AlignmentError, Cancelled, JobTimeout
from handler.jobs import Job
from handler.media.recording import Recording
from handler.protocols import PrefixAligner, Services
from handler.types import TimedText

logger = logging.getLogger(__name__)

_PAD_S = 0.3  # of sound around a cue, in which its words may be
_MAX_ALIGNED_S = THRESHOLDS.whole_s  # of a cue: nobody knows where in a longer one a word may be

_MAX_VAIN = 20  # cues in a row that the sound does not say: captions may be a translation, or of a song ...
_VAIN_STEP = 5  # ... then only every fifth is looked for, until one is found again


class WordFinder:
    """Finds the words of cues in sound, cue by cue, with the aligners of this worker that find words among others."""

    def __init__(self, sound: Recording | None, language: str, job: Job, services: Services) -> None:
        self._sound = sound
        self.language = language
        self._job = job
        usable = services.aligners.usable(services.settings.aligner_names, language) if sound is not None else ()
        # One that sends sound away would do so, and be paid, for every cue.
        self._aligners = iter([(name, each) for name, each in usable if isinstance(each, PrefixAligner)])
        self._name, self._aligner = self._next()
        self._guessed: list[int] = []
        self._asked = self._vain = 0

    def _next(self) -> tuple[str, PrefixAligner | None]:
        """The next aligner that has what it needs for the language."""
        for name, aligner in self._aligners:
            try:
                fallback.make_ready(aligner, self.language, self._job.cancellation)
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:
                logger.warning("%s is not ready to find words", name, exc_info=error)
            else:
                return name, aligner
        return "", None

    @property
    def method(self) -> str:
        """The aligner that finds words now; "" for none."""
        return self._name

    def find(self, cue: TimedText, words: Sequence[str]) -> Times:
        """The times of a cue's words; None for what is not said in its time, and for all where most are not."""
        if self._sound is None or not words:
            return [None] * len(words)
        self._asked += 1
        if self._vain < _MAX_VAIN or self._vain % _VAIN_STEP == 0:
            times = self._times(cue, words, self._sound)
            sure = sum(time.confidence for time in times if time is not None) / len(words)
            if sure >= LOW_CONFIDENCE:
                self._vain = 0
                return [time if time and time.confidence >= THRESHOLDS.missing else None for time in times]
        self._vain += 1
        self._guessed.append(cue.number)
        return [None] * len(words)

    def _times(self, cue: TimedText, words: Sequence[str], sound: Recording) -> Times:
        rate = sound.sample_rate
        start, end = max(0.0, cue.start - _PAD_S), min(sound.duration, cue.end + _PAD_S)
        chars = sum(map(spoken_length, words))
        possible = 0 < end - start <= _MAX_ALIGNED_S and len(words) <= THRESHOLDS.max_words
        possible = possible and chars <= THRESHOLDS.max_chars_per_s * (end - start)
        samples = sound.read(int(start * rate), int(end * rate)) if possible else None
        while samples is not None and self._aligner is not None:
            self._job.check()
            try:
                found = settled(samples, rate, self._aligner.find(samples, rate, words, self.language))
                return [time and time.moved(start) for time in found]
            except (Cancelled, JobTimeout):
                raise
            except Exception as error:
                if isinstance(error, AlignmentError) and not isinstance(error, AlignerFailed):
                    break  # the sound does not say them
                logger.warning("%s cannot find words", self._name, exc_info=error)
                self._name, self._aligner = self._next()
        return [None] * len(words)

    def report(self) -> None:
        """Tell the client of cues whose words were not found."""
        if self._guessed:
            which = f"cue {self._guessed[0]}" if self._asked == 1 else f"the first is cue {self._guessed[0]}"
            message = f"the words of {len(self._guessed)} of {self._asked} cues were not found in the sound, {which}"
            self._job.warn("words_guessed", f"{message}; they share the time of their cue by their length")
