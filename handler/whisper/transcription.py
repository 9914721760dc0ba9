"""What Whisper does with up to half a minute of sound, in its process: float32 mono samples at 16 kHz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from handler.types import Samples, WordTime
from handler.whisper.windows import MAX_SPEECH_S

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

BEAM_SIZE = 5
TEMPERATURES = (0.0, 0.4, 0.8)  # the next is tried where a text is a loop or unlikely

MIN_SPEECH_S = 0.2  # a tune sounds like a voice for 0.13 s now and then; a short "no" takes 0.22 s
MIN_PAUSE_S = 0.16

MIN_NO_SPEECH_PROBABILITY, MAX_SILENCE_LOG_PROBABILITY = 0.6, -1.0
"""Whisper's own thresholds: a segment that is beyond both is silence."""
MAX_COMPRESSION_RATIO = 2.4
"""Whisper's own, too: a text that can be compressed more says the same again and again, as a refrain or a loop."""
MAX_CHARS_PER_S = 40.0  # of a refrain: twice of what fast speakers say; a loop has more words than there is time for


def find_speech(_: WhisperModel | None, samples: Samples) -> list[tuple[int, int]]:
    """The stretches in which somebody speaks, from sample to sample, by the voice detector Silero VAD.

    None is longer than MAX_SPEECH_S.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        min_speech_duration_ms=round(MIN_SPEECH_S * 1000),
        min_silence_duration_ms=round(MIN_PAUSE_S * 1000),
        max_speech_duration_s=MAX_SPEECH_S,
        speech_pad_ms=0,
    )
    return [(found["start"], found["end"]) for found in get_speech_timestamps(samples, options)]


def languages(model: WhisperModel) -> list[str]:
    """The codes of all languages that the model knows."""
    return list(model.supported_languages)


def detect_language(model: WhisperModel, samples: Samples) -> dict[str, float]:
    """How probable each language is, by its code."""
    if not model.model.is_multilingual:
        return {"en": 1.0}
    _, _, probabilities = model.detect_language(samples)
    return dict(probabilities)


def transcribe(model: WhisperModel, samples: Samples, language: str, prompt: str | None) -> list[tuple[str, WordTime]]:
    """The words of the sound and their times, without those of segments that are silence or loops.

    A word has the punctuation after it, and the space before it where the language has spaces.
    """
    segments, _ = model.transcribe(
        samples,
        language=language,
        beam_size=BEAM_SIZE,
        temperature=TEMPERATURES,
        initial_prompt=prompt,
        condition_on_previous_text=False,
        word_timestamps=True,
    )
    return [word for segment in segments if not _is_invented(segment) for word in _words(segment)]


def _is_invented(segment: Segment) -> bool:
    """Whether it is silence, or a loop of the same words rather than a refrain that somebody does say."""
    unlikely = segment.avg_logprob < MAX_SILENCE_LOG_PROBABILITY
    silence = unlikely and segment.no_speech_prob > MIN_NO_SPEECH_PROBABILITY
    too_fast = len(segment.text) > MAX_CHARS_PER_S * (segment.end - segment.start)
    return bool(silence or (segment.compression_ratio > MAX_COMPRESSION_RATIO and (unlikely or too_fast)))


def _words(segment: Segment) -> Iterator[tuple[str, WordTime]]:
    for word in segment.words or ():
        yield word.word, WordTime(float(word.start), float(word.end), float(word.probability))
