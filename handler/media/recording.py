"""A recording of any length, read piece by piece."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from handler.media import audio
from handler.media.decode import decode_to
from handler.types import Samples

SAMPLE_RATE = 16_000
"""What the aligners hear; more is not kept."""


@dataclass(frozen=True)
class Recording:
    """A recording of ``length`` samples at ``sample_rate``, read piece by piece: ``read(start, end)``, float32 mono."""

    length: int
    sample_rate: int
    read: Callable[[int, int], Samples]

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.length / self.sample_rate

    @classmethod
    def of(cls, samples: Samples, sample_rate: int) -> Recording:
        """A recording that is in memory already."""
        rate = min(sample_rate, SAMPLE_RATE)
        heard = audio.resample(samples, sample_rate, rate)
        return cls(len(heard), rate, lambda start, end: heard[start:end])


@contextmanager
def opened(source: Path, *, max_seconds: float, timeout: float) -> Iterator[Recording]:
    """The recording in a file, decoded onto the disk for as long as the context lasts. Raises as `decode` does."""
    with tempfile.TemporaryFile() as raw:
        rate = decode_to(source, cast(BinaryIO, raw), max_seconds=max_seconds, timeout=timeout, most_kept=SAMPLE_RATE)
        size = np.dtype(np.float32).itemsize

        def read(start: int, end: int) -> Samples:
            raw.seek(start * size)
            return np.frombuffer(raw.read((end - start) * size), np.float32)

        yield Recording(raw.seek(0, 2) // size, rate, read)
