"""Recordings for tests of voices, and an engine that clones."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence

import numpy as np
import soundfile

from handler.cancellation import NEVER, Cancellation
from handler.types import Budget, ChunkAudio, SpeechOptions, SpeechRequest, Voice, WarmupSpeech
from tests.support.human_clip import HUMAN_CLIP


def human() -> bytes:
    """The wav of a person saying HUMAN_TEXT, 5.3 s at 24 kHz."""
    return HUMAN_CLIP.read_bytes()


def changed(mark: int) -> bytes:
    """The same recording at another level for every mark: another file that says the same."""
    samples, rate = soundfile.read(io.BytesIO(human()), dtype="float32")
    return wav(samples * np.float32(1 - mark / 100), rate)


def wav(samples: np.typing.NDArray[np.float32], rate: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def unheard(code: str, message: str) -> None:
    """For jobs that need no warning: one is a failure."""
    raise AssertionError(f"{code}: {message}")


class Cloner:
    """Stands in for F5-TTS, which is not built yet and needs gigabytes of weights: all it does is ask for a clip."""

    name = "cloner"
    sample_rate = 24_000
    model = "none"
    model_license = "none"
    device = "cpu"
    supports_cloning = True
    warmup: WarmupSpeech | None = None
    supports_speed = False
    supports_seeds = False
    supports_phonemes = False

    def default_voice(self, language: str | None) -> Voice:
        return Voice("default", language or "en")

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        return Budget(200)

    def cross_fade_s(self, options: SpeechOptions) -> float:
        return 0.0

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        for request in requests:
            yield ChunkAudio(np.full(240 * len(request.chunk.text), 0.1, np.float32))
