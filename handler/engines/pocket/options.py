"""The options of `generate` that Pocket TTS alone knows."""

from __future__ import annotations

from pydantic import Field

from handler.requests import EngineOptions
from handler.types import SpeechOptions


class PocketOptions(EngineOptions):
    """How Pocket TTS speaks. None is the model's own value."""

    temperature: float | None = Field(
        default=None, ge=0, le=2, description="Variety of the speech. Default: the model's own, 0.3."
    )
    noise_clamp: float | None = Field(
        default=None, ge=0.1, le=10, description="Bound of the noise that the sound is made of. Default: none."
    )
    decode_steps: int = Field(default=1, ge=1, le=16, description="Steps from noise to sound in each frame.")
    eos_threshold: float | None = Field(
        default=None, ge=-20, le=20, description="A higher value ends chunks later. Default: the model's own, -4."
    )
    frames_after_eos: int | None = Field(
        default=None, ge=0, le=25, description="Frames of 80 ms after the end of a chunk. Default: by its length."
    )

    @staticmethod
    def of(options: SpeechOptions) -> PocketOptions:
        """Pocket TTS's own among the options of a speech, the defaults if it has none."""
        return options.own if isinstance(options.own, PocketOptions) else PocketOptions()
