"""Speak faster or slower at the same pitch, for engines whose models know one pace only."""

from __future__ import annotations

import numpy as np

from handler import temporary
from handler.cancellation import NEVER, Cancellation
from handler.errors import EngineError
from handler.media import ffmpeg
from handler.types import Samples

TIMEOUT_S = 120.0
MIN_FACTOR, MAX_FACTOR = 0.5, 2.0  # of one filter: beyond them ffmpeg's atempo leaves samples out


def at_tempo(samples: Samples, sample_rate: int, factor: float, cancellation: Cancellation = NEVER) -> Samples:
    """The same speech in ``1 / factor`` of the time, at the same pitch: exactly round(samples / factor) of them.

    ffmpeg's ``atempo`` overlaps pieces of the wave where they are most alike (WSOLA, Verhelst and Roelands 1993). It is
    the same in every process. Raises EngineError when ffmpeg fails, and as ``cancellation`` does.
    """
    if factor == 1.0 or not len(samples):
        return samples
    with temporary.folder("tempo") as folder:
        source, result = folder / "in.f32", folder / "out.f32"
        samples.astype("<f4").tofile(source)
        given = ffmpeg.Input(source, "f32le", "pcm_f32le", ("-f", "f32le", "-ar", str(sample_rate), "-ac", "1"))
        try:
            arguments = ["-af", _filters(factor), "-f", "f32le", "-ar", str(sample_rate), result.name]
            ffmpeg.run([given], arguments, folder, cancellation=cancellation, timeout=TIMEOUT_S)
        except ffmpeg.Failed as error:
            raise EngineError("the pace of the speech could not be changed; leave speed out") from error
        stretched = np.fromfile(result, "<f4").astype(np.float32)
    length = round(len(samples) / factor)
    return np.pad(stretched[:length], (0, max(0, length - len(stretched))))


def _filters(factor: float) -> str:
    """As many filters in a row as keep each within its limits."""
    steps = []
    while not MIN_FACTOR <= factor <= MAX_FACTOR:
        step = MAX_FACTOR if factor > 1 else MIN_FACTOR
        steps.append(step)
        factor /= step
    return ",".join(f"atempo={step:.9g}" for step in (*steps, factor))
