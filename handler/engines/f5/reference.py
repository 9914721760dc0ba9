"""Prepare a voice's clip and text for the model, and cache the result: level, quiet at the end, mel."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from handler.engines.f5 import durations, symbols
from handler.errors import BadReference
from handler.media import audio
from handler.types import Samples, Voice

logger = logging.getLogger(__name__)

Mel = TypeVar("Mel")

MIN_RMS = 0.1  # about that of the model's training clips; a quieter clip is amplified to it, a louder one left
SILENCE_RMS = 1e-4  # −80 dB: a clip below this is silence with a little noise
TAIL_S = 0.2  # quiet after the clip's last word: without it the model takes the clip's end for the middle of a word
MIN_SOUND_S, MAX_CLIP_S = 0.5, 15.0  # longer clips leave no room for speech
MAX_CACHED = 64  # mels: 0.5 MB each at 12 seconds


@dataclass(frozen=True)
class Reference(Generic[Mel]):
    """A voice's clip, ready for the model.

    ``mel`` is [frames, channels] on the model's device, ``text`` the clip's transcript with a final mark, ``seconds``
    the clip's length with its quiet, ``pace`` units a second (see durations).
    """

    mel: Mel
    text: str
    seconds: float
    pace: float


class References(Generic[Mel]):
    """A cache of references by the clip's content, least recently used out first. Called from several threads."""

    def __init__(self, mel_of: Callable[[Samples], Mel], max_cached: int = MAX_CACHED) -> None:
        self._mel_of = mel_of
        self._max_cached = max_cached
        self._cached: OrderedDict[tuple[str, str], Reference[Mel]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, voice: Voice) -> Reference[Mel]:
        """The voice's reference, prepared on its first use.

        Raises BadReference for a clip that is missing, broken or silent, or a voice without text.
        """
        if voice.clip is None or not any(map(str.isalnum, voice.text)):
            raise BadReference(
                f"voice: {voice.name} has no clip with a transcript; upload it again with ref_text, or leave voice out"
            )
        key = (voice.sha256 or digest(voice.clip), voice.text)
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key]
            reference = self._make(voice.clip, voice)
            self._cached[key] = reference
            while len(self._cached) > self._max_cached:
                self._cached.popitem(last=False)
            return reference

    def _make(self, clip: Path, voice: Voice) -> Reference[Mel]:
        samples = _prepared(_read(clip, voice.name), voice.name)
        lead, tail = audio.quiet_edges(samples, durations.SAMPLE_RATE)
        text = symbols.reference_text(voice.text)
        return Reference(
            mel=self._mel_of(samples),
            text=text,
            seconds=len(samples) / durations.SAMPLE_RATE,
            pace=durations.pace(text, (len(samples) - lead - tail) / durations.SAMPLE_RATE),
        )


def digest(clip: Path) -> str:
    """The SHA-256 of a clip's file, hexadecimal."""
    try:
        return hashlib.sha256(clip.read_bytes()).hexdigest()
    except OSError as error:
        raise BadReference("the voice's clip cannot be read; send the job again") from error


def _read(clip: Path, name: str) -> Samples:
    import soundfile

    try:
        samples, rate = soundfile.read(clip, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        logger.warning("the clip of voice %s cannot be read", name, exc_info=True)
        raise BadReference(f"voice: the clip of {name} cannot be read as audio; upload it again") from error
    mono: Samples = samples.mean(axis=1, dtype=np.float32)
    return audio.resample(mono, rate, durations.SAMPLE_RATE)


def _prepared(samples: Samples, name: str) -> Samples:
    """The clip at MIN_RMS or more, with TAIL_S of quiet, in whole frames: speech begins right at its end."""
    if not np.isfinite(samples).all():
        raise BadReference(f"voice: the clip of {name} holds samples that are not numbers; upload it again")
    rms = audio.rms(samples)
    if rms < SILENCE_RMS:
        raise BadReference(f"voice: the clip of {name} is silent; upload a recording of one person speaking")
    lead, tail = audio.quiet_edges(samples, durations.SAMPLE_RATE)
    seconds, sound = (length / durations.SAMPLE_RATE for length in (len(samples), len(samples) - lead - tail))
    if sound < MIN_SOUND_S or seconds > MAX_CLIP_S:
        raise BadReference(
            f"voice: the clip of {name} has {sound:.1f} s of sound in {seconds:.1f} s; upload one of 3 to 12 seconds"
        )
    missing = max(0, round(TAIL_S * durations.SAMPLE_RATE) - tail)
    missing += -(len(samples) + missing) % durations.HOP
    louder = samples * np.float32(MIN_RMS / rms) if rms < MIN_RMS else samples
    return np.concatenate([louder, np.zeros(missing, np.float32)])
