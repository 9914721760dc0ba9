"""The request of `generate`, and the base of the options that one engine alone knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, create_model, model_validator

from handler.requests.captions import CaptionFields
from handler.requests.fields import (
    CaptionsText,
    EngineOptions,
    JobInput,
    Limits,
    Model,
    SpokenVoice,
    Url,
)
from handler.requests.scripts import ScriptFields
from handler.requests.sound import AudioFormat, Loudness, TruePeak
from handler.requests.turns import MAX_VOICES, named_voices

MAX_SPEAKERS = 100
DUBBED = ("captions", "captions_url")


class GenerateInput(ScriptFields, CaptionFields):
    """``generate``: a script becomes speech, and captions if asked for."""

    SCRIPTS = (*ScriptFields.SCRIPTS, *DUBBED)

    captions: CaptionsText | None = Field(
        None,
        description="Captions to be spoken at their own times, instead of `text`: an SRT, VTT, ASS or JSON file.",
    )
    captions_url: Url | None = Field(None, description="Link to captions to be spoken at their own times.")
    fit: Literal["pad", "stretch", "natural"] | None = Field(
        None,
        description="How speech fits the time of its caption: `pad` is faster where it must be, `stretch` also slower, "
        "`natural` keeps its pace. Default: `pad`.",
    )
    speakers: Annotated[dict[str, SpokenVoice], Field(max_length=MAX_SPEAKERS)] | None = Field(
        None,
        description='The voices of the speakers whom captions name, as `{"Anna": "anna"}`. Default: `voice`.',
    )
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
    takes: int = Field(1, ge=1, le=5, description="Times that each chunk is spoken; the best take is kept.")
    chunk_urls: bool = Field(
        False,
        description="Store each chunk as soon as it is spoken, and send its URL with the progress.",
    )

    @model_validator(mode="after")
    def _about_captions(self) -> GenerateInput:
        if self.captions_field is None and self.fit is not None:
            raise ValueError("fit is about the times of captions; send captions or captions_url, or leave it out")
        if self.captions_field is None and self.speakers is not None:
            raise ValueError("speakers are those of captions; send captions or captions_url, or leave it out")
        if self.captions_field is not None and self.ssml:
            raise ValueError("ssml is about text, and captions are no SSML; leave it out")
        return self

    @classmethod
    def for_request(cls, data: Mapping[str, Any], limits: Limits) -> type[Self]:
        cls = super().for_request(data, limits)
        if data.keys() <= cls.model_fields.keys():
            return cls
        own = data.get("engine")
        voice = data.get("voice") or data.get("local_voice")
        engines = [own or limits.engine_of_voice(voice) or limits.default_engine]
        engines += [limits.engine_of_voice(name) or engines[0] for name in islice(named_voices(data), MAX_VOICES)]
        known = all(engine in limits.engines for engine in engines)
        options = limits.engine_options.items()
        bases = [other for name, other in options if name in engines or other.ignored_elsewhere or not known]
        return _combined(cls, *bases)

    @property
    def captions_field(self) -> str | None:
        """The field that brings captions to be spoken."""
        return next((name for name in DUBBED if getattr(self, name) is not None), None)

    @property
    def wants_timings(self) -> bool:
        if self.return_word_timings is not None:
            return self.return_word_timings
        return bool(self.model_fields_set & CaptionFields.model_fields.keys() - {"expires_in"})


@cache
def _combined(model: type[Model], *options: type[EngineOptions]) -> type[Model]:
    bases: tuple[type[JobInput], ...] = (model, *options)
    return cast("type[Model]", create_model(model.__name__, __base__=bases))
