"""Speak a recording again in another voice: cut at its pauses, converted piece by piece, put back on its time line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from handler.media import audio
from handler.types import Samples, Span

MAX_PIECE_S = 20.0  # a converter's attention grows with the square of a piece
MIN_PAUSE_S = 0.12  # quiet of at least this much is a place to cut: a plosive's closure is shorter
SILENCE_PEAK = 1e-4  # sound below is digital silence, such as the pauses of a script
MIN_SILENCE_S = 0.2
SILENCE_MARGIN_S = 0.06  # at either end of a silence: a converter moves sound by a frame or so
SHIFT_S = 0.04  # by which a converter may lengthen a piece: it works in frames of so much

Convert = Callable[[Samples, int], Samples]
"""Returns a piece of speech, of so many samples a second, in another voice: of its length or up to SHIFT_S longer, at
the converter's own rate."""


def pieces(samples: Samples, sample_rate: int, max_s: float = MAX_PIECE_S) -> list[Span]:
    """Cut a recording at the middle of pauses into pieces of at most ``max_s`` seconds, as long as they may be.

    Together they are the whole recording. Where so long a stretch has no pause it is cut where it is quietest.
    """
    cuts, start, limit = [0], 0, round(max_s * sample_rate)
    middles = _pauses(samples, sample_rate)
    while len(samples) - start > limit:
        within = middles[(middles > start) & (middles <= start + limit)]
        start = int(within[-1]) if len(within) else _quietest(samples, sample_rate, start + limit // 2, start + limit)
        cuts.append(start)
    return [Span(*each) for each in zip(cuts, [*cuts[1:], len(samples)], strict=True)]


def convert(
    samples: Samples, sample_rate: int, to_rate: int, piece: Convert, max_s: float = MAX_PIECE_S
) -> Iterator[Samples]:
    """Yield the converted pieces, which follow each other without a gap: their sum is the recording at ``to_rate``.

    Each piece begins and ends in its pause. Its edges are faded, so that no join is a step, and each is exactly as long
    as its stretch of the recording: times of words stay true. Where the recording is silent the result is, too.
    """
    for span in pieces(samples, sample_rate, max_s):
        start, end = (round(edge * to_rate / sample_rate) for edge in (span.start, span.end))
        source = samples[span.start : span.end]
        if audio.is_silent(source):
            yield np.zeros(end - start, np.float32)
            continue
        made = piece(source, sample_rate)
        length = end - start
        fitted = np.pad(made[:length], (0, max(0, length - len(made))))
        yield _with_silences(fitted.astype(np.float32), source, sample_rate, to_rate)


def _with_silences(made: Samples, source: Samples, sample_rate: int, to_rate: int) -> Samples:
    """A converted piece with faded edges, silent where its source is: a converter makes noise of silence."""
    silent = np.concatenate(([False], np.abs(source) < SILENCE_PEAK, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(silent))
    result, position = np.zeros_like(made), 0
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= MIN_SILENCE_S * sample_rate:
            # There is no sound to keep before the first sample, or after the last.
            first = start / sample_rate + (SILENCE_MARGIN_S if start else 0.0)
            last = end / sample_rate - (SILENCE_MARGIN_S if end < len(source) else 0.0)
            until = round(first * to_rate)
            result[position:until] = audio.faded(made[position:until], to_rate)
            position = round(last * to_rate)
    result[position:] = audio.faded(made[position:], to_rate)
    return result


def _pauses(samples: Samples, sample_rate: int) -> np.ndarray:
    """The middle of each pause, in samples."""
    sound = audio.sounding(samples, sample_rate, over_noise=True).astype(np.int8)
    edges = np.flatnonzero(np.diff(np.concatenate(([1], sound, [1]))))
    starts, ends = edges[::2], edges[1::2]
    long = ends - starts >= MIN_PAUSE_S * sample_rate
    middles: np.ndarray = (starts[long] + ends[long]) // 2
    return middles


def _quietest(samples: Samples, sample_rate: int, first: int, last: int) -> int:
    """The sample in the middle of the quietest block between two."""
    size = max(1, round(audio.BLOCK_S * sample_rate))
    count = max(1, (last - first) // size)
    blocks = samples[first : first + count * size].reshape(count, -1)
    return first + int(np.argmin(np.square(blocks).mean(axis=1))) * size + size // 2
