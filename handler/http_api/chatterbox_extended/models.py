"""Requests and answers of Chatterbox TTS Extended Plus, with what this server makes of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from handler.http_api.bodies import Text

AudioFormat = Literal["wav", "mp3", "flac", "ogg", "opus", "m4a"]
ResponseMode = Literal["stream", "url"]

MAX_TAKES = 5
MAX_SOURCE_CHARS = 8192  # of a voice's name, or a link


def _split(value: object) -> object:
    """``"wav,mp3"``, as forms have it, as a list."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


Formats = Annotated[
    # The length is checked of a list alone: null has none.
    Annotated[list[AudioFormat], Field(min_length=1, max_length=8)] | None,
    BeforeValidator(_split),
    Field(
        description="Formats of the audio; the first is the body of a `stream` answer. Default: `wav`, and `mp3` with "
        "`response_mode=url`."
    ),
]


class TtsRequest(BaseModel):
    """A text and how it is spoken. Other fields of that server are ignored, and the answer names them."""

    model_config = ConfigDict(extra="allow")

    text: Text
    reference_audio_filename: str | None = Field(
        None,
        max_length=MAX_SOURCE_CHARS,
        description="The `url` of one of `/voices`, or a link to a recording. Default: the engine's own voice.",
    )
    exaggeration: float | None = Field(None, ge=0, le=2, description="Strength of the emotion (chatterbox alone).")
    temperature: float | None = Field(None, ge=0.05, le=2, description="Variety of the speech (chatterbox alone).")
    cfg_weight: float | None = Field(None, ge=0, le=1, description="Strength of the guidance (chatterbox alone).")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Seed of the speech; 0 draws one.")
    speed_factor: float = Field(1.0, ge=0.5, le=2.0, description="Pace of the speech.")
    num_candidates_per_chunk: int = Field(
        1,
        ge=1,
        le=10,
        description=f"Times that each chunk is spoken; the best take is kept. At most {MAX_TAKES}.",
    )
    bypass_whisper_checking: bool = Field(False, description="Keep the first take.")
    export_formats: Formats = None

    def job_fields(self, engine: str) -> tuple[dict[str, Any], list[str]]:
        """The fields of the job, without its voice and format, and the names of those that it has no use for."""
        own = {name: getattr(self, name) for name in ("exaggeration", "temperature", "cfg_weight")}
        own = {name: value for name, value in own.items() if value is not None}
        fields: dict[str, Any] = {"text": self.text, "engine": engine, "speed": self.speed_factor}
        if self.seed:
            fields["seed"] = self.seed
        if self.num_candidates_per_chunk > 1 and not self.bypass_whisper_checking:
            fields["takes"] = min(self.num_candidates_per_chunk, MAX_TAKES)
        if engine == "chatterbox":
            return fields | own, sorted(self.model_extra or {})
        return fields, sorted({*(self.model_extra or {}), *own})


VC_EXAMPLE: dict[str, JsonValue] = {"input_audio_source": "JOB_ID.wav", "target_voice_source": "anna"}


class VcRequest(BaseModel):
    """A recording and the voice that it is converted to. Other fields of that server are ignored."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [VC_EXAMPLE]})

    input_audio_source: str | None = Field(
        None,
        max_length=MAX_SOURCE_CHARS,
        description="A link to the recording, or the file of a job of this server, such as `JOB_ID.wav`. A form may "
        "have the file `input_audio` instead.",
    )
    target_voice_source: str | None = Field(
        None,
        max_length=MAX_SOURCE_CHARS,
        description="The `url` of one of `/voices`, or a link to a recording. A form may have the file `target_voice` "
        "instead.",
    )
    export_formats: Formats = None


VC_FILES = {
    "input_audio": "The recording that is converted.",
    "target_voice": "A recording of the voice that it is converted to; the voice lives for this request alone.",
}

FIELDS = {
    "voice": "reference_audio_filename",
    "speed": "speed_factor",
    "takes": "num_candidates_per_chunk",
    "audio_format": "export_formats",
}
"""Names of a job's fields in a request for speech, for its errors."""

VC_FIELDS = FIELDS | {
    "voice": "target_voice_source",
    "audio_url": "input_audio_source",
    "job_id": "input_audio_source",
}


class AudioFile(BaseModel):
    format: str
    filename: str
    url: str


class AudioAnswer(BaseModel):
    """The answer with ``response_mode=url``."""

    success: bool = True
    message: str
    output_files: list[AudioFile]
    generation_seed_used: int
    processing_time_seconds: float
    warnings: list[str]
    """What the job warns of, and the fields that were ignored."""


class Voice(BaseModel):
    name: str
    url: str = Field(description="What `reference_audio_filename` and `target_voice_source` take.")
    description: str | None
    duration_seconds: float | None
    file_size_bytes: int | None
    format: str | None
    tags: list[str]
    created_date: str | None
    folder_path: None = None
    default_parameters: None = None


class Voices(BaseModel):
    voices: list[Voice]
    count: int
    page: int
    page_size: int
    total_pages: int
    has_next: bool
    has_previous: bool


class Config(BaseModel):
    tts_defaults: dict[str, Any]
    vc_defaults: dict[str, Any]
    supported_formats: list[str]
    api_limits: dict[str, float]
