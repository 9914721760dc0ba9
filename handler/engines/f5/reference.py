"""Prepare a voice's clip and text for the model, and cache the result: level, quiet at the end, mel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from handler.engines import clips
from handler.engines.f5 import durations, symbols
from handler.errors import BadReference
from handler.media import audio
from handler.types import Samples, Voice

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
        self._recent: clips.Recent[Reference[Mel]] = clips.Recent(max_cached)
        self._making = threading.Lock()

    def get(self, voice: Voice) -> Reference[Mel]:
        """The voice's reference, prepared on its first use.

        Raises BadReference for a clip that is missing, broken or silent, or a voice without text.
        """
        if voice.clip is None or not any(map(str.isalnum, voice.text)):
            raise BadReference(
                f"voice: {voice.name} has no clip with a transcript; upload it again with ref_text, or leave voice out"
            )
        key = (voice.sha256 or clips.digest(voice.clip), voice.text)
        with self._making:  # One job prepares a new clip, others find it done.
            return self._recent.get(key, partial(self._make, voice.clip, voice))

    def _make(self, clip: Path, voice: Voice) -> Reference[Mel]:
        samples = _prepared(clips.read(clip, voice.name, durations.SAMPLE_RATE), voice.name)
        lead, tail = audio.quiet_edges(samples, durations.SAMPLE_RATE)
        text = symbols.reference_text(voice.text)
        return Reference(
            mel=self._mel_of(samples),
            text=text,
            seconds=len(samples) / durations.SAMPLE_RATE,
            pace=durations.pace(text, (len(samples) - lead - tail) / durations.SAMPLE_RATE),
        )


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
