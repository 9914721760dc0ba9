"""The fields of every request that speaks a script, with the options that one engine alone knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Any, Self, cast

from pydantic import Field, create_model

from handler.requests.captions import CaptionFields
from handler.requests.fields import EngineOptions, JobInput, Limits, Model
from handler.requests.scripts import VoiceFields
from handler.requests.sound import AudioFormat, Loudness, TruePeak
from handler.requests.turns import MAX_VOICES, named_voices


class SpeechFields(VoiceFields, CaptionFields):
    """The fields of every endpoint that speaks a script: in which voice, how, and as what file."""

    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Seed of the speech, repeated in the reply. Default: derived from the job's id and input.",
    )
    audio_format: AudioFormat = "wav"
    sample_rate: int | None = Field(
        None, ge=8_000, le=48_000, description="Samples a second of the audio. Default: those of the engine."
    )
    loudness: Loudness = None
    true_peak: TruePeak = None
    return_word_timings: bool | None = Field(
        None, description="Make captions. Default: true if the request has a field about captions."
    )

    @classmethod
    def for_request(cls, data: Mapping[str, Any], limits: Limits) -> type[Self]:
        return with_options(cls, data, limits)

    @property
    def wants_timings(self) -> bool:
        if self.return_word_timings is not None:
            return self.return_word_timings
        return bool(self.model_fields_set & CaptionFields.model_fields.keys() - {"expires_in"})


def with_options(model: type[Model], data: Mapping[str, Any], limits: Limits) -> type[Model]:
    """The model with the options of the engines that the request, as it is sent, asks for."""
    if data.keys() <= model.model_fields.keys():
        return model
    own = data.get("engine")
    voice = data.get("voice") or data.get("local_voice")
    engines = [own or limits.engine_of_voice(voice) or limits.default_engine]
    engines += [limits.engine_of_voice(name) or engines[0] for name in islice(named_voices(data), MAX_VOICES)]
    known = all(engine in limits.engines for engine in engines)
    options = limits.engine_options.items()
    bases = [other for name, other in options if name in engines or other.ignored_elsewhere or not known]
    return combined(model, *bases)


@cache
def combined(model: type[Model], *options: type[EngineOptions]) -> type[Model]:
    """The model with these options beside its own fields."""
    bases: tuple[type[JobInput], ...] = (model, *options)
    return cast("type[Model]", create_model(model.__name__, __base__=bases))
