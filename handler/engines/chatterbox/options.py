"""The options of `generate` that Chatterbox alone knows."""

from __future__ import annotations

from pydantic import Field

from handler.requests import EngineOptions
from handler.types import SpeechOptions


class ChatterboxOptions(EngineOptions):
    """How Chatterbox speaks."""

    exaggeration: float = Field(
        default=0.5, ge=0, le=2, description="Strength of the emotion. The model `turbo` has none."
    )
    cfg_weight: float = Field(
        default=0.5, ge=0, le=1, description="Strength of the guidance; 0 is faster. The model `turbo` has none."
    )
    temperature: float = Field(default=0.8, ge=0.05, le=2, description="Variety of the speech.")

    @staticmethod
    def of(options: SpeechOptions) -> ChatterboxOptions:
        """Chatterbox's own among the options of a speech, the defaults if it has none."""
        return options.own if isinstance(options.own, ChatterboxOptions) else ChatterboxOptions()
