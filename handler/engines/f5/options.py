"""The options of `generate` that F5-TTS alone knows."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from handler.requests import EngineOptions
from handler.types import SpeechOptions

STEPS = {"fast": 7, "balanced": 16, "best": 32}  # sampling steps of each ``quality``


class F5Options(EngineOptions):
    """How F5-TTS speaks."""

    ignored_elsewhere: ClassVar[bool] = True
    of_one_voice: ClassVar[frozenset[str]] = frozenset({"target_duration"})

    quality: Literal["fast", "balanced", "best"] = Field(default="best", description="7, 16 or 32 sampling steps.")
    nfe_step: int | None = Field(default=None, ge=4, le=64, description="Sampling steps; overrides `quality`.")
    cfg_strength: float = Field(default=2.0, ge=0, le=10, description="Strength of the guidance.")
    sway_sampling_coef: float = Field(default=-1.0, ge=-1, le=1, description="How far steps gather at the start.")
    target_rms: float = Field(
        default=0.1, ge=0.01, le=0.5, description="Loudness of the speech, where no `loudness` is asked for."
    )
    cross_fade_duration: float = Field(default=0.15, ge=0, le=1, description="Seconds of overlap where chunks join.")
    remove_silence: bool = Field(default=False, description="Cut long silences out.")
    target_duration: float | None = Field(default=None, gt=0, le=3600, description="Seconds the speech should last.")

    @property
    def steps(self) -> int:
        return self.nfe_step or STEPS[self.quality]

    @property
    def cross_fade_s(self) -> float:
        """Seconds by which chunks overlap: none with a target_duration, whose exact shares an overlap would shorten."""
        return 0.0 if self.target_duration is not None else self.cross_fade_duration

    @staticmethod
    def of(options: SpeechOptions) -> F5Options:
        """F5's own among the options of a speech, the defaults if it has none."""
        return options.own if isinstance(options.own, F5Options) else F5Options()
