"""Samples in, samples or files out: join chunks with the place of each known, resample, encode."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from handler.errors import EngineError
from handler.values import Samples, Span

FADE = 0.004
"""Seconds over which each chunk comes in and goes out, so that a cut in the wave is not heard as a click."""

OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)


@dataclass(frozen=True)
class FileFormat:
    """How soundfile writes one audio format, and what the web calls it."""

    container: str
    subtype: str
    media_type: str


FILE_FORMATS = {
    "wav": FileFormat("WAV", "PCM_16", "audio/wav"),
    "mp3": FileFormat("MP3", "MPEG_LAYER_III", "audio/mpeg"),
    "flac": FileFormat("FLAC", "PCM_16", "audio/flac"),
    "ogg": FileFormat("OGG", "OPUS", "audio/ogg"),
}


@dataclass(frozen=True)
class Encoded:
    """An audio file: its bytes, the rate of the samples in it, and its media type."""

    body: bytes
    sample_rate: int
    media_type: str


def join(
    chunks: Sequence[Samples], sample_rate: int, pauses: Sequence[tuple[float, float]]
) -> tuple[Samples, tuple[Span, ...]]:
    """One run of samples, and the span in it of each chunk.

    ``pauses`` holds, for each chunk, the seconds of silence before and after it. Nothing overlaps and nothing is cut,
    so a chunk's own sample *i* is sample ``span.start + i`` of the whole.
    """
    pieces: list[Samples] = []
    spans: list[Span] = []
    at = 0
    for samples, (before, after) in zip(chunks, pauses, strict=True):
        lead, tail = (np.zeros(round(seconds * sample_rate), np.float32) for seconds in (before, after))
        spans.append(Span(at + len(lead), at + len(lead) + len(samples)))
        pieces += [lead, _faded(samples, sample_rate), tail]
        at = spans[-1].end + len(tail)
    return (np.concatenate(pieces) if pieces else np.zeros(0, np.float32)), tuple(spans)


def _faded(samples: Samples, sample_rate: int) -> Samples:
    length = min(int(FADE * sample_rate), len(samples) // 2)
    if length == 0:
        return samples
    ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
    faded = samples.copy()
    faded[:length] *= ramp
    faded[-length:] *= ramp[::-1]
    return faded


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """The same sound at another rate, band-limited (soxr, its high quality)."""
    if from_rate == to_rate:
        return samples
    import soxr

    return cast(Samples, soxr.resample(samples, from_rate, to_rate, quality="HQ").astype(np.float32, copy=False))


def encode(samples: Samples, sample_rate: int, format_: str) -> Encoded:
    """The samples as a file of ``wav``, ``mp3``, ``flac`` or ``ogg`` (Opus), mono.

    Opus knows few rates: samples of another are brought to the next higher one. Raises EngineError for samples that
    are no sound (NaN, infinite, none at all): such a file would be silence or noise that someone paid for.
    """
    import soundfile

    if len(samples) == 0 or not np.isfinite(samples).all():
        raise EngineError("the engine returned no usable sound; try again, with another seed if one was given")
    kind = FILE_FORMATS[format_]
    if kind.subtype == "OPUS":
        target = next((rate for rate in OPUS_RATES if rate >= sample_rate), OPUS_RATES[-1])
        samples, sample_rate = resample(samples, sample_rate, target), target
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate, 1, kind.subtype, format=kind.container) as file:
        file.write(np.clip(samples, -1.0, 1.0))
    return Encoded(buffer.getvalue(), sample_rate, kind.media_type)
