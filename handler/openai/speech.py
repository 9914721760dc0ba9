"""A request for speech in OpenAI's words, and the fields of `generate` that it becomes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from handler.errors import BadRequest, Issue, NotFound, quoted
from handler.protocols import Services
from handler.requests import MAX_SPEED, MIN_SPEED, script
from handler.voices import engine_choice, registry

MAX_INPUT_CHARS = 4096  # as OpenAI's, unless MAX_TEXT_CHARS is set
PCM_RATE = 24_000  # Hz that OpenAI's clients play raw samples at

OPENAI_MODELS = re.compile(r"tts-1(-hd)?(-\d{4})?|gpt-4o-mini-tts(-\d{4}-\d\d-\d\d)?")
OPENAI_VOICES = re.compile("alloy|ash|ballad|cedar|coral|echo|fable|marin|nova|onyx|sage|shimmer|verse")

JOB_FORMATS = {"mp3": "mp3", "opus": "ogg", "flac": "flac"}
"""The format of the job's own file, by that of the stream; of the others it is wav."""

NAMES = {"text": "input", "engine": "model", "instruct": "instructions", "audio_format": "response_format"}
"""What the fields of `generate` are called there, for errors."""


class VoiceId(BaseModel):
    """A voice by its id."""

    id: str


class SpeechRequest(BaseModel):
    """The fields of OpenAI's, and some of `generate`. Fields that others have added are ignored."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)

    models: ClassVar[re.Pattern[str]] = OPENAI_MODELS
    """Names that mean the default engine."""
    voices: ClassVar[re.Pattern[str]] = OPENAI_VOICES
    """Names that mean the default voice, where neither OPENAI_VOICES nor the bucket has them."""

    input: str = Field(
        description="The script, at most 4,096 characters unless `MAX_TEXT_CHARS` is set.", examples=["Hello, world!"]
    )
    model: str | None = Field(None, description="An engine of `ENGINES`, or a name of OpenAI's: the default engine.")
    voice: str | VoiceId | None = Field(
        None, description="A voice of the bucket, `ENGINE:NAME`, or a name of OpenAI's; or an object with its `id`."
    )
    instructions: str | None = Field(None, description="How to speak, in words; for engines that take them.")
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = Field("mp3", description="Format.")
    speed: float = Field(1.0, ge=0.25, le=4.0, description="Pace; under 0.3 it is 0.3, over 3 it is 3.")
    language: str | None = Field(None, description="Ours: language of the script, such as `de`, or `auto`.")
    seed: int | None = Field(None, description="Ours: seed of the speech.")
    sample_rate: int | None = Field(None, description="Ours: samples a second. Default: of pcm 24,000.")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, body: Any) -> Any:
        """Clients send null for what they leave out."""
        return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body

    @field_validator("voice", mode="before")
    @classmethod
    def _is_voice(cls, voice: Any) -> Any:
        """One sentence in place of one for each form that a voice may have."""
        name = voice.get("id") if isinstance(voice, dict) else voice
        if not isinstance(name, str | VoiceId):
            raise ValueError("must be a voice's name, or an object with its id")
        return voice

    @property
    def voice_name(self) -> str:
        """The voice as a name, empty for none."""
        return self.voice.id if isinstance(self.voice, VoiceId) else self.voice or ""

    @property
    def spoken_language(self) -> str | None:
        """The language that the request names; a dialect may name it otherwise."""
        return self.language


@dataclass
class JobInput:
    """What a request becomes: the fields of its job, and what is done otherwise than it says."""

    fields: dict[str, Any]
    warnings: list[dict[str, str]] = field(default_factory=list)
    """As in a reply."""

    def add_warning(self, message: str) -> None:
        """Say what has no effect; the message begins with the field."""
        self.warnings.append({"code": "option_ignored", "message": message})


def job_input(request: SpeechRequest, services: Services) -> JobInput:
    """The job of a request.

    Raises NotFound for a model that is not there, and BadRequest for an input that is too long.
    """
    given = JobInput({"text": _script(request.input, services), "speed": request.speed})
    given.fields["audio_format"] = JOB_FORMATS.get(request.response_format, "wav")
    rate = request.sample_rate or (PCM_RATE if request.response_format == "pcm" else None)
    extras = {"engine": _engine(request, services), "language": request.spoken_language, "seed": request.seed}
    extras |= {"voice": _voice(request, services, given), "sample_rate": rate}
    given.fields |= {name: value for name, value in extras.items() if value is not None}
    speed = min(max(request.speed, MIN_SPEED), MAX_SPEED)
    if speed != request.speed:
        given.fields["speed"] = speed
        given.add_warning(f"speed: {speed:g} is used, the nearest that engines speak at")
    if request.instructions:
        _add_instructions(request.instructions, given, services)
    return given


def _script(text: str, services: Services) -> str:
    settings = services.settings
    limit = settings.max_text_chars if "max_text_chars" in settings.model_fields_set else MAX_INPUT_CHARS
    try:
        return script(text, limit)
    except ValueError as error:
        raise BadRequest.of("input", str(error)) from None


def _engine(request: SpeechRequest, services: Services) -> str | None:
    """The engine that the model names, None for the default one."""
    engines = services.settings.engines
    if not request.model or request.models.fullmatch(request.model):
        return None
    if request.model in engines:
        return request.model
    message = f"{quoted(request.model)} is not here; send {' or '.join(engines)}, or tts-1 for {engines[0]}"
    raise NotFound(f"model: {message}", issues=[Issue("model", message)])


def _voice(request: SpeechRequest, services: Services, given: JobInput) -> str | None:
    name = request.voice_name
    if (mapped := services.settings.openai_voices.get(name)) is not None:
        return mapped
    if request.voices.fullmatch(name) and not registry.taken(services.store, name):
        given.add_warning(f"voice: {name} is not here, the default voice speaks; OPENAI_VOICES can name another")
        return None
    return name or None


def _add_instructions(instructions: str, given: JobInput, services: Services) -> None:
    engine = engine_choice.chosen(given.fields.get("engine"), given.fields.get("voice"), services)
    options = services.engines.backends[engine].options
    if options is not None and "instruct" in options.model_fields:
        given.fields["instruct"] = instructions
    else:
        given.add_warning(f"instructions: {engine} takes none, they are ignored")
