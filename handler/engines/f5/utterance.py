"""One chunk before and after the model: how its text is split and timed, and how the model's sound is finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from handler.engines.f5 import durations
from handler.engines.f5.durations import SAMPLE_RATE
from handler.engines.f5.options import F5Options
from handler.engines.finishing import with_natural_quiet
from handler.media import audio, joining
from handler.text.punctuation import end_with_mark
from handler.types import Chunk, ChunkAudio, JobWarning, Samples, SpeechOptions

if TYPE_CHECKING:
    from handler.engines.f5.sampler import Item

_GOLDEN = 0x9E3779B1  # 2³² divided by the golden ratio: its multiples lie far apart


@dataclass(frozen=True)
class Portion:
    """A text that the model speaks in one run, and the seconds it gets for it."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Utterance:
    """A chunk and how to speak it.

    ``last`` marks the job's last chunk. ``share``: its samples, where a ``target_duration`` sets them.
    """

    chunk: Chunk
    last: bool
    options: SpeechOptions
    share: int | None = None

    @property
    def own(self) -> F5Options:
        return F5Options.of(self.options)

    def portions(self, clip_seconds: float, pace: float) -> list[Portion]:
        """The chunk in one portion, or in several if it is longer than the model can speak after the clip.

        ``pace`` is the voice's own, in units a second.
        """
        speed = min(max(self.options.speed * self.chunk.rate, durations.MIN_SPEED), durations.MAX_SPEED)
        given = None if self.share is None else self.share / SAMPLE_RATE
        if given is not None:
            speed = durations.speech_seconds(self.chunk.text, pace) / given
        tokens = self.chunk.tokens
        words = [word for token in tokens for word in (*token.spoken[:-1], token.spoken[-1] + token.mark)]
        longest = durations.MAX_TOTAL_S - clip_seconds
        *before, end = durations.portions(words, longest, pace, speed)
        ends_sentence = self.last or tokens[-1].paragraph or tokens[-1].pause_after > 0
        texts = [*(end_with_mark(text, final=False) for text in before), end_with_mark(end, final=ends_sentence)]
        seconds = [durations.speech_seconds(text, pace, speed) for text in texts]
        if given is not None:
            seconds = [given * one / sum(seconds) for one in seconds]
        return [Portion(text, min(one, longest)) for text, one in zip(texts, seconds, strict=True)]

    def finished(self, samples: Samples, portion: Portion) -> Samples:
        """The model's sound at the requested loudness, with natural quiet at its ends.

        With a ``share`` no quiet is added or removed.
        """
        if self.share is None and self.own.remove_silence:
            samples = audio.shorten_silences(samples, SAMPLE_RATE)
        samples = audio.at_loudness(samples, SAMPLE_RATE, self.own.target_rms)
        if self.share is not None:
            return samples
        return with_natural_quiet(samples, SAMPLE_RATE, portion.text[-1])

    def joined(self, pieces: Sequence[Samples]) -> Samples:
        """The finished sounds of all portions as one; with a ``share`` exactly that many samples."""
        samples = pieces[0]
        if len(pieces) > 1:
            samples, _ = joining.join(pieces, SAMPLE_RATE, [(0.0, 0.0)] * len(pieces), self.own.cross_fade_s)
        if self.share is None:
            return samples
        # At most a frame is missing. There are too many samples where symbols have less than a frame each.
        return np.pad(samples[: self.share], (0, max(0, self.share - len(samples))))


@dataclass(frozen=True)
class EncodedChunk:
    """An utterance ready for the model: an item for each portion, and the characters that will not be spoken."""

    utterance: Utterance
    portions: Sequence[Portion]
    items: Sequence[Item]
    unknown: Sequence[str]

    def with_seed(self, seed: int) -> list[Item]:
        """The items of one request."""
        # Portions are rare. Their seeds are spread over all there are: a CPU's generator knows 32 bits of them.
        return [replace(item, seed=(seed + number * _GOLDEN) % 2**32) for number, item in enumerate(self.items)]

    def finish(self, sounds: Sequence[Samples]) -> ChunkAudio:
        """The audio of a request, from the model's sound of each portion."""
        finished = [self.utterance.finished(*each) for each in zip(sounds, self.portions, strict=True)]
        warnings = []
        if self.unknown:
            named = " ".join(list(dict.fromkeys(self.unknown))[:20])
            message = f"the model has no symbols for {named}; they were not spoken"
            warnings.append(JobWarning("unknown_characters", message))
        utterance = self.utterance
        if utterance.share is not None and (utterance.own.remove_silence or utterance.options.speed != 1.0):
            message = "speed and remove_silence are ignored, for target_duration sets the length of the speech"
            warnings.append(JobWarning("option_ignored", message))
        return ChunkAudio(utterance.joined(finished), None, tuple(warnings))
