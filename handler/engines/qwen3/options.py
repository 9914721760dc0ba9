"""The options of `generate` that Qwen3-TTS alone knows."""

from __future__ import annotations

from pydantic import Field

from handler.requests import EngineOptions
from handler.types import SpeechOptions


class Qwen3Options(EngineOptions):
    """How Qwen3-TTS speaks."""

    speaker: str | None = Field(
        default=None, min_length=1, max_length=64, description="Speaker of a CustomVoice model, such as `ryan`."
    )
    instruct: str | None = Field(
        default=None,
        min_length=1,
        max_length=1000,
        description="The voice that a VoiceDesign model speaks in, or how a CustomVoice 1.7B model speaks, in words.",
    )
    auto_language: bool = Field(default=False, description="Let the model tell the language by the text.")
    temperature: float = Field(default=0.9, ge=0.05, le=2, description="Variety of the speech.")
    top_p: float = Field(default=1.0, gt=0, le=1, description="Probability of the likeliest codes that are drawn from.")
    top_k: int = Field(default=50, ge=1, le=1000, description="Number of the likeliest codes that are drawn from.")

    @staticmethod
    def of(options: SpeechOptions) -> Qwen3Options:
        """Qwen3-TTS's own among the options of a speech, the defaults if it has none."""
        return options.own if isinstance(options.own, Qwen3Options) else Qwen3Options()
