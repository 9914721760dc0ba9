"""The clip of a voice, as engines hear it: its digest, its samples, and what models compute from the last clips."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from handler.errors import BadReference
from handler.media import audio
from handler.types import Samples

logger = logging.getLogger(__name__)

T = TypeVar("T")

MIN_S, MAX_S = 0.5, 30.0


def digest(clip: Path) -> str:
    """The SHA-256 of a clip's file, hexadecimal. Raises BadReference."""
    try:
        return hashlib.sha256(clip.read_bytes()).hexdigest()
    except OSError as error:
        raise BadReference("the voice's clip cannot be read; send the job again") from error


def read(clip: Path, name: str, sample_rate: int) -> Samples:
    """The samples of the clip of the voice ``name``, mono. Raises BadReference."""
    import soundfile

    try:
        samples, rate = soundfile.read(clip, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        logger.warning("the clip of voice %s cannot be read", name, exc_info=True)
        raise BadReference(f"voice: the clip of {name} cannot be read as audio; upload it again") from error
    return audio.resample(samples.mean(axis=1, dtype=np.float32), rate, sample_rate)


def read_speech(clip: Path, name: str, sample_rate: int) -> Samples:
    """As `read`. Raises BadReference also for a clip that is not of MIN_S to MAX_S, or has no sound."""
    samples = read(clip, name, sample_rate)
    seconds = len(samples) / sample_rate
    if not MIN_S <= seconds <= MAX_S or not np.isfinite(samples).all() or not samples.any():
        message = f"voice: the clip of {name} has {seconds:.1f} s, or no sound; upload one of 3 to 12 seconds of speech"
        raise BadReference(message)
    return samples


class Recent(Generic[T]):
    """What a model computed from the last ``size`` clips, by a key of each. Called from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made if it is not kept; the least recently used one makes room.

        Others go on while a value is made, and may make the same one.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made
