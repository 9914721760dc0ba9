"""One chunk on its way through the model: what is said in which time, and what becomes of the model's sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handler import audio
from handler.engines.f5 import durations, spoken
from handler.engines.f5.durations import SAMPLE_RATE
from handler.values import Chunk, Samples, SpeechOptions

LEAD = 0.1
"""Seconds of quiet that speech may begin with."""

TAILS = {**dict.fromkeys(",;:，", (0.1, 0.2)), **dict.fromkeys(".!?…。！？", (0.25, 0.4))}
"""Seconds of quiet at the end, at least and at most, by the last mark: what a speaker leaves there."""

NO_TAIL = (0.02, 0.12)


@dataclass(frozen=True)
class Portion:
    """A text that the model says in one go, and the seconds it is given for it."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Utterance:
    """A chunk and how to say it. ``last`` is the job's last chunk; ``given`` the seconds that a target leaves it."""

    chunk: Chunk
    last: bool
    options: SpeechOptions
    given: float | None = None

    def portions(self, clip_seconds: float, pace: float) -> list[Portion]:
        """The whole chunk in one, but for one that would pass the longest that the model knows, clip included.

        ``pace`` is the voice's own, in units a second.
        """
        speed = self.options.speed
        if self.given is not None:
            speed = durations.speech_seconds(self.chunk.text, pace) / self.given
        words = [
            word
            for token in self.chunk.tokens
            for word in (*token.spoken[:-1], token.spoken[-1] + token.mark)
        ]  # fmt: skip
        texts = durations.portions(words, durations.LONGEST - clip_seconds, pace, speed)
        texts = [
            spoken.closed(text, final=self._ends_sentence and index == len(texts) - 1)
            for index, text in enumerate(texts)
        ]
        seconds = [durations.speech_seconds(text, pace, speed) for text in texts]
        if self.given is not None:
            seconds = [self.given * one / sum(seconds) for one in seconds]
        return [
            Portion(text, min(one, durations.LONGEST - clip_seconds)) for text, one in zip(texts, seconds, strict=True)
        ]

    @property
    def _ends_sentence(self) -> bool:
        end = self.chunk.tokens[-1]
        return self.last or end.paragraph or end.pause_after > 0

    def finished(self, samples: Samples, portion: Portion) -> Samples:
        """The model's sound at the loudness asked for, with as much quiet around it as belongs there.

        With a ``given`` length no quiet is added or taken away.
        """
        if self.given is None and self.options.remove_silence:
            samples, _ = audio.shorten_silences(samples, SAMPLE_RATE)
        samples = audio.at_loudness(samples, SAMPLE_RATE, self.options.target_rms)
        if self.given is not None:
            return samples
        least, most = TAILS.get(portion.text[-1], NO_TAIL)
        samples = audio.trimmed(samples, SAMPLE_RATE, LEAD, most)
        missing = max(0, round(least * SAMPLE_RATE) - audio.quiet_edges(samples, SAMPLE_RATE)[1])
        # What is added is digital silence: the sound must have died away where it begins.
        return np.pad(audio.faded(samples, SAMPLE_RATE), (0, missing)) if missing else samples
