"""Recordings of any length, read piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.media import audio
from handler.media.decode import decoded
from handler.types import Samples

SAMPLE_RATE = 16_000  # what the aligners use; more is not kept


@dataclass(frozen=True)
class Recording:
    """``length`` float32 mono samples at ``sample_rate``; ``read(start, end)`` returns some of them.

    ``track`` and ``others`` are the tracks of the file, as in `Sound`.
    """

    length: int
    sample_rate: int
    read: Callable[[int, int], Samples]
    track: int = 0
    others: tuple[int, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.length / self.sample_rate

    @classmethod
    def from_samples(cls, samples: Samples, sample_rate: int) -> Recording:
        """Return a recording of samples in memory, at SAMPLE_RATE or less."""
        rate = min(sample_rate, SAMPLE_RATE)
        resampled = audio.resample(samples, sample_rate, rate)
        return cls(len(resampled), rate, lambda start, end: resampled[start:end])


@contextmanager
def open_recording(
    source: Path,
    *,
    max_seconds: float,
    timeout: float,
    name: str = "clip",
    track: int | str | None = None,
    cancellation: Cancellation = NEVER,
) -> Iterator[Recording]:
    """Decode a file onto the disk for the time of the context: hours take no more memory than seconds.

    Raises as `decoded` does.
    """
    given = decoded(
        source,
        max_seconds=max_seconds,
        timeout=timeout,
        max_rate=SAMPLE_RATE,
        name=name,
        track=track,
        cancellation=cancellation,
    )
    with given as found:
        raw, size = found.raw, np.dtype(np.float32).itemsize

        def read(start: int, end: int) -> Samples:
            raw.seek(start * size)
            return np.frombuffer(raw.read((end - start) * size), np.float32)

        yield Recording(raw.seek(0, 2) // size, found.sample_rate, read, found.track, found.others)
