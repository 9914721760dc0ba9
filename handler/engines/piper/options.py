"""The options of `generate` that Piper alone knows."""

from __future__ import annotations

from pydantic import Field

from handler.requests import EngineOptions
from handler.types import SpeechOptions


class PiperOptions(EngineOptions):
    """How Piper speaks."""

    speaker: str | None = Field(
        default=None, min_length=1, max_length=64, description="Name or number of a speaker, where a voice has several."
    )
    noise_scale: float | None = Field(
        default=None, ge=0, le=2, description="Variety of the sound. Default: the voice's own."
    )
    noise_w: float | None = Field(
        default=None, ge=0, le=2, description="Variety of the pace. Default: the voice's own."
    )
    sentence_silence: float = Field(default=0.2, ge=0, le=5, description="Seconds of silence after each sentence.")

    @staticmethod
    def of(options: SpeechOptions) -> PiperOptions:
        """Piper's own among the options of a speech, the defaults if it has none."""
        return options.own if isinstance(options.own, PiperOptions) else PiperOptions()
