"""Encode speech of any length into a file: pieces of samples in, and no more than one of them in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from handler.cancellation import Cancellation
from handler.media.audio import FILE_FORMATS, OGG, StreamResampler, file_rate, pcm16
from handler.media.m4b import M4bTags, write_m4b
from handler.media.tags import ogg
from handler.types import Samples

BLOCK = 1 << 18  # samples that are worked on at once


def blocks(samples: Samples) -> Iterator[Samples]:
    """Samples in pieces: what is computed of all at once would take several times their memory."""
    return (samples[start : start + BLOCK] for start in range(0, len(samples), BLOCK))


def decoded(body: bytes) -> Iterator[Samples]:
    """The samples of a file of one channel, in pieces."""
    import soundfile

    with soundfile.SoundFile(io.BytesIO(body)) as file:
        yield from file.blocks(BLOCK, dtype="float32")


def encode(
    path: Path, pieces: Iterable[Samples], sample_rate: int, format_: str, seconds: float, cancellation: Cancellation
) -> int:
    """Write pieces of float32 mono samples, which last ``seconds``, as a file in a format of FILE_FORMATS.

    Returns the sample rate of the file. Raises what making the pieces raises,
    and EngineError where the encoder fails.
    """
    rate = file_rate(format_, sample_rate)
    encoder = FILE_FORMATS[format_].encoder
    resampled = _resampled(pieces, sample_rate, rate)
    if isinstance(encoder, tuple):
        _by_soundfile(path, resampled, rate, *encoder)
    else:
        write_m4b(path, resampled, rate, M4bTags(), seconds, cancellation)
    return rate


def _by_soundfile(path: Path, pieces: Iterable[Samples], sample_rate: int, container: str, subtype: str) -> None:
    import soundfile

    whole = subtype == "PCM_16"
    with path.open("wb") as plain:
        disk = _Disk(plain)
        try:
            with soundfile.SoundFile(disk, "w", sample_rate, 1, subtype, format=container) as file:
                for samples in pieces:
                    file.write(np.frombuffer(pcm16(samples), "<i2") if whole else np.clip(samples, -1.0, 1.0))
                    disk.check()
        except (soundfile.LibsndfileError, AssertionError):  # it asserts that all was written
            disk.check()
            raise
        disk.check()
    if container == OGG:
        with path.open("r+b") as plain:
            ogg.number(plain)


class _Disk:
    """A file as soundfile writes it, which keeps the disk's error: libsndfile goes on without a word where it is full.

    Its file would be cut off, and look complete.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the error of a write so far."""
        if self._error:
            raise self._error

    def write(self, data: bytes) -> int:
        return self._kept(partial(self._file.write, data))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._kept(partial(self._file.seek, offset, whence))

    def tell(self) -> int:
        return self._file.tell()

    def _kept(self, operation: Callable[[], int]) -> int:
        try:
            return operation()
        except OSError as error:
            self._error = self._error or error
            return 0


def _resampled(pieces: Iterable[Samples], from_rate: int, to_rate: int) -> Iterator[Samples]:
    resampler = StreamResampler(from_rate, to_rate)
    for samples in pieces:
        yield resampler.add(samples)
    yield resampler.add(np.zeros(0, np.float32), last=True)
