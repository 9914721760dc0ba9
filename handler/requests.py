"""The fields of every request. Every problem is found at once and named by its field; API.md is generated from here.

It is long because the fields of all endpoints share types, limits and messages, and read best side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from handler.errors import MAX_QUOTED_CHARS, BadRequest, Issue, nearest, quoted, sentence, suggest
from handler.settings import ENGINE, MAX_PRESIGN

MAX_ALIGNED_CHARS = 200_000  # characters of a text that a recording is aligned with: two hours of fast speech
MAX_LANGUAGE_CHARS = 35  # of a language tag: RFC 5646 asks software for room for so many
MIN_SPEED, MAX_SPEED = 0.3, 3.0
MAX_URL_CHARS = 8192
MAX_TRANSCRIPT_CHARS = 20_000
MAX_TAGS = 20
MAX_LEXICON_ENTRIES = 2000
MAX_FORMATS = 50  # in a request, which may name one more than once

Canvas = Literal["1080x1920", "1920x1080", "1080x1080"]
ExpiresIn = Annotated[
    int | None, Field(ge=60, le=MAX_PRESIGN, description="Seconds until the URLs expire. Default: `PRESIGN_TTL`.")
]
MAX_TRACKS = 64
_JOB_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
JobId = Annotated[str, Field(pattern=_JOB_ID, description="The id of a finished job.")]
_LANGUAGE = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"
LanguageTag = Annotated[str, Field(max_length=MAX_LANGUAGE_CHARS, pattern=_LANGUAGE)]
DEFAULT_LANGUAGE = "en"
AUTO = "auto"  # as a language: the one found in the text
TextLanguage = Annotated[
    str,
    Field(max_length=MAX_LANGUAGE_CHARS, pattern=rf"{_LANGUAGE}|^[Aa][Uu][Tt][Oo]$"),
    AfterValidator(lambda tag: AUTO if tag.lower() == AUTO else tag),
]
Url = Annotated[str, Field(max_length=MAX_URL_CHARS)]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


def is_language_tag(tag: str) -> bool:
    """Whether a text has the form of a language tag (BCP 47)."""
    return len(tag) <= MAX_LANGUAGE_CHARS and re.fullmatch(_LANGUAGE, tag) is not None


def _track(value: object) -> object:
    """The number of an audio track, or the tag of its language; ValueError for anything else."""
    number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_TRACKS
    if number or (isinstance(value, str) and is_language_tag(value)):
        return value
    raise ValueError(f"must be the number of a track, 0 to {MAX_TRACKS - 1}, or a language such as de or deu")


AudioTrack = Annotated[int | str | None, BeforeValidator(_track)]


@dataclass(frozen=True)
class Limits:
    """What a request is checked against beyond its own form."""

    max_text_chars: int
    engines: tuple[str, ...]
    presets: tuple[str, ...]
    formats: tuple[str, ...] = ()
    aligners: tuple[str, ...] = ()
    default_engine: str = ""
    engine_options: Mapping[str, type[EngineOptions]] = field(default_factory=dict)
    """The options of each engine that has any."""
    engine_of_voice: Callable[[object], str | None] = lambda _: None
    """The engine that a voice, as it is sent, asks for."""

    @property
    def timing_methods(self) -> tuple[str, ...]:
        return (ENGINE, *self.aligners)


@dataclass(frozen=True)
class OneOf:
    """Marks a field whose value must be a name in this field of `Limits`, such as a row of a table."""

    names: Literal["engines", "presets", "formats", "aligners", "timing_methods"]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, name: str, info: ValidationInfo[Limits]) -> str:
        known: tuple[str, ...] = getattr(info.context, self.names)
        if name not in known:
            raise ValueError(f"{quoted(name)} is not known; {suggest(name, known)}")
        return name


CaptionFormat = Annotated[str, OneOf("formats")]


class JobInput(BaseModel):
    """Strict: a number is not text, and a field that is not known is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    @classmethod
    def for_request(cls, data: Mapping[str, Any], limits: Limits) -> type[Self]:  # noqa: ARG003
        """The model that checks this very request: a request to `generate` has the options of its engine, too."""
        return cls


class EngineOptions(JobInput):
    """Base of the fields of `generate` that one engine alone knows. Every one of them must have a default."""

    ignored_elsewhere: ClassVar[bool] = False
    """Whether a request to another engine may have them: then it gets a warning, and otherwise an error."""


_VOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def voice_name(name: str) -> str:
    """A voice's name without its ``.wav``; ValueError for one that no voice can have."""
    bare = name[:-4] if name.lower().endswith(".wav") else name
    if not _VOICE_NAME.fullmatch(bare):
        raise ValueError(
            "must start with a letter or digit and hold only letters, digits, '.', '_' and '-', at most 64 of them"
        )
    return bare


VoiceName = Annotated[str, AfterValidator(voice_name)]


def builtin_engine(name: str) -> str | None:
    """The engine of a voice ``ENGINE:NAME``; None for a voice of the bucket, whose name has no colon."""
    engine, colon, _ = name.partition(":")
    return engine if colon else None


def _spoken_voice(name: str, info: ValidationInfo[Limits]) -> str:
    engine = builtin_engine(name)
    if engine is None:
        return voice_name(name)
    known = info.context.engines
    if engine not in known:
        raise ValueError(f"{quoted(engine)} is not an engine; {suggest(engine, known)}")
    return name


def _recorded_voice(name: str) -> str:
    if builtin_engine(name) is not None:
        raise ValueError(f"{quoted(name)} has no clip, which a conversion needs; send a voice of the bucket")
    return voice_name(name)


SpokenVoice = Annotated[str, Field(max_length=200), AfterValidator(_spoken_voice)]
RecordedVoice = Annotated[str, AfterValidator(_recorded_voice)]


def lexicon_name(name: str) -> str:
    """A lexicon's name without its ``.json``; ValueError for one that no lexicon can have."""
    bare = name[:-5] if name.lower().endswith(".json") else name
    if not _VOICE_NAME.fullmatch(bare):
        raise ValueError(
            "must be the name of a file in lexicons/ (letters, digits, '.', '_' and '-', at most 64), or an object "
            'such as {"Nguyen": "win"}'
        )
    return bare


def _lexicon(value: object) -> object:
    if isinstance(value, str):
        return lexicon_name(value)
    if not isinstance(value, Mapping):
        raise ValueError('must be an object such as {"Nguyen": "win"}, or the name of a file in lexicons/')
    if len(value) > MAX_LEXICON_ENTRIES:
        raise ValueError(f"has {len(value)} entries, at most {MAX_LEXICON_ENTRIES} are allowed; leave out the rarest")
    return value


LexiconField = Annotated[str | dict[str, Any] | None, BeforeValidator(_lexicon)]
_LEXICON = (
    'How words are said: an object such as `{"Nguyen": "win"}`, or the name of a file `lexicons/{name}.json` in the '
    "bucket. `lexicons/default.json` always applies."
)


class CaptionStyle(JobInput):
    """How captions look: a preset, and what to change in it. Lengths in pixels of the canvas."""

    preset: Annotated[str, OneOf("presets")] | None = Field(
        None, description="The preset to start from. Default: `word`."
    )
    font: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        # What separates fields and commands of an ASS file, or ends a line of a log.
        pattern=r"^[^,{}\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$",
        description="Font family: `Inter`, or one whose file is under `fonts/` in the bucket.",
    )
    size: float | None = Field(None, ge=8, le=400, description="Height of a line, in pixels of the canvas.")
    colour: Colour | None = Field(
        None,
        validation_alias=AliasChoices("colour", "color"),
        description="Colour of the text, as `#RRGGBB`. `color` means the same.",
    )
    highlight: Colour | None = Field(None, description="Colour of the spoken word, or of its box, as `#RRGGBB`.")
    outline: float | None = Field(None, ge=0, le=40, description="Width of the outline, in pixels of the canvas.")
    position: Literal["top", "middle", "bottom"] | None = Field(
        None, description="Position of the captions on the canvas."
    )
    case: Literal["as_is", "upper", "lower"] | None = Field(None, description="Case of the letters on screen.")
    words_per_cue: int | None = Field(None, ge=1, le=20, description="Most words shown at a time.")
    max_chars: int | None = Field(
        None, ge=4, le=120, description="Most characters on a line. A wide character (CJK) counts as 2."
    )
    max_lines: int | None = Field(None, ge=1, le=4, description="Most lines on screen.")
    canvas: Canvas | None = Field(None, description="Size of the video, in pixels.")
    fps: float | None = Field(None, ge=10, le=120, description="Frame rate of the video.")

    @model_validator(mode="before")
    @classmethod
    def _one_colour(cls, style: object) -> object:
        if isinstance(style, Mapping) and {"colour", "color"} <= style.keys():
            raise ValueError("colour and color are the same; send one of them")
        return style


Model = TypeVar("Model", bound=JobInput)


def script(text: str, limit: int) -> str:
    """A script, if it has words and at most ``limit`` characters; else ValueError."""
    if not text.strip():
        raise ValueError("is empty; send the script to be spoken")
    if len(text) > limit:
        raise ValueError(f"has {len(text)} characters, at most {limit} are allowed; send it in several jobs")
    return text


def _script(text: str, info: ValidationInfo[Limits]) -> str:
    return script(text, info.context.max_text_chars)


Script = Annotated[str, AfterValidator(_script)]


def _formats(value: object, info: ValidationInfo[Limits]) -> object:
    """``"srt"``, ``["srt", "ass"]`` and ``"all"`` as formats in any case, each once, in the order asked for."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        return value
    if len(items) > MAX_FORMATS:
        raise ValueError(f"names {len(items)} formats, at most {MAX_FORMATS} are allowed")
    names = [name for item in map(_lower, items) for name in (info.context.formats if item == "all" else [item])]
    return tuple(dict.fromkeys(names)) if all(isinstance(name, str) for name in names) else tuple(names)


def _lower(value: object) -> object:
    """``"WAV"`` as ``"wav"``."""
    return value.lower() if isinstance(value, str) else value


def _style(value: object) -> object:
    """``"karaoke"`` as ``{"preset": "karaoke"}``."""
    return {"preset": value} if isinstance(value, str) else value


Style = Annotated[CaptionStyle | None, BeforeValidator(_style)]


class CaptionFields(JobInput):
    """The fields of every endpoint that makes caption files."""

    timing_format: Annotated[tuple[CaptionFormat, ...], BeforeValidator(_formats), Field(min_length=1)] = Field(
        ("srt",), description="One format, an array of formats, or `all`."
    )
    timing_method: Annotated[str, OneOf("timing_methods")] | None = Field(
        None, description="Alignment method that is tried first. Default: the order of `ALIGNERS`."
    )
    timing_strict: bool = Field(False, description="Do not fall back to another alignment method.")
    words_per_cue: int | None = Field(None, ge=1, le=20, description="Most words in a cue. Default: that of the style.")
    caption_style: Style = Field(None, description="Name of a preset, or a style object.")
    expires_in: ExpiresIn = None


class GenerateInput(CaptionFields):
    """``generate``: a script becomes speech, and captions if asked for."""

    text: Script = Field(
        description='The script. `[pause:1.5s]` is a pause; `[Nguyen](win)` shows "Nguyen" and speaks "win".'
    )
    voice: SpokenVoice | None = Field(
        None,
        description="Name of a voice in the bucket, or `ENGINE:NAME` of an engine's own. Default: that of the engine.",
    )
    local_voice: SpokenVoice | None = Field(None, description="Another name of the field `voice`.")
    engine: Annotated[str, OneOf("engines")] | None = Field(
        None,
        description="The engine that speaks, one of `ENGINES`. Default: that of the voice, else the first of them.",
    )
    language: TextLanguage | None = Field(
        None,
        description="Language of the script, such as `en` or `pt-BR`; `auto`: the one found in the script. Default: "
        "that of the voice, else `en`.",
    )
    ssml: bool | None = Field(None, description="Whether `text` is SSML. Default: true if it begins with `<speak`.")
    lexicon: LexiconField = Field(None, description=_LEXICON)
    speed: float = Field(1.0, ge=MIN_SPEED, le=MAX_SPEED, description="Pace of the speech; 1 is the voice's own.")
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Seed of the speech, repeated in the reply. Default: derived from the job's id and input.",
    )
    audio_format: Annotated[Literal["wav", "mp3", "flac", "ogg"], BeforeValidator(_lower)] = Field(
        "wav", description="Format of the audio file."
    )
    sample_rate: int | None = Field(
        None, ge=8_000, le=48_000, description="Samples a second of the audio. Default: those of the engine."
    )
    return_word_timings: bool | None = Field(
        None, description="Make captions. Default: true if the request has a field about captions."
    )
    takes: int = Field(1, ge=1, le=5, description="Times that each chunk is spoken; the best take is kept.")
    chunk_urls: bool = Field(
        False,
        description="Store each chunk as soon as it is spoken, and send its URL with the progress.",
    )

    @model_validator(mode="after")
    def _one_voice(self) -> GenerateInput:
        if self.voice and self.local_voice and self.voice != self.local_voice:
            raise ValueError("voice and local_voice name different voices; send one of them")
        return self

    @classmethod
    def for_request(cls, data: Mapping[str, Any], limits: Limits) -> type[Self]:
        if data.keys() <= cls.model_fields.keys():
            return cls
        voice = data.get("voice") or data.get("local_voice")
        engine = data.get("engine") or limits.engine_of_voice(voice) or limits.default_engine
        known = engine in limits.engines
        options = limits.engine_options.items()
        bases = [other for name, other in options if name == engine or other.ignored_elsewhere or not known]
        return _combined(cls, *bases)

    @property
    def voice_name(self) -> str | None:
        return self.voice or self.local_voice

    @property
    def wants_timings(self) -> bool:
        if self.return_word_timings is not None:
            return self.return_word_timings
        return bool(self.model_fields_set & CaptionFields.model_fields.keys() - {"expires_in"})


@cache
def _combined(model: type[Model], *options: type[EngineOptions]) -> type[Model]:
    bases: tuple[type[JobInput], ...] = (model, *options)
    return cast("type[Model]", create_model(model.__name__, __base__=bases))


Annotations = Annotated[
    Literal["drop", "show"] | None,
    Field(
        description="Sound descriptions, speaker labels and times in `text`, which are never aligned: whether captions"
        " `show` them beside the next word. Default: `drop`."
    ),
]
_NO_ANNOTATIONS = "annotations is about the text; send text with it, or leave it out"
_NO_LEXICON = "lexicon is about the text, and a job's own script keeps its lexicon; send text with it, or leave it out"


class AlignInput(CaptionFields):
    """``align``: captions for a recording and what it says, which the worker writes down where no text is sent."""

    audio_url: Url | None = Field(None, description="Link to the recording (`http` or `https`). Or send `job_id`.")
    job_id: JobId | None = Field(None, description="A finished job whose speech is aligned. Or send `audio_url`.")
    text: Annotated[str, AfterValidator(lambda text: script(text, MAX_ALIGNED_CHARS))] | None = Field(
        None,
        max_length=MAX_ALIGNED_CHARS,
        description="The spoken words, as captions show them. Default: the job's script, else what the worker hears.",
    )
    annotations: Annotations = None
    audio_track: AudioTrack = Field(
        None,
        description="Audio track of the recording that has the speech: its number from 0, or its language (`de`, "
        "`deu`). Default: the default track.",
    )
    language: TextLanguage = Field(
        DEFAULT_LANGUAGE,
        description="Language of the recording; `auto`: the one found in the text. Without a text: the one that is"
        " heard, unless this names another.",
    )
    lexicon: LexiconField = Field(None, description=_LEXICON)
    timing_method: Annotated[str, OneOf("aligners")] | None = Field(
        None, description="Alignment method that is tried first. Default: the order of `ALIGNERS`."
    )

    @model_validator(mode="after")
    def _one_recording(self) -> AlignInput:
        if (self.audio_url is None) == (self.job_id is None):
            raise ValueError("send audio_url or job_id")
        if self.annotations is not None and self.text is None:
            raise ValueError(_NO_ANNOTATIONS)
        if self.lexicon is not None and self.text is None:
            raise ValueError(_NO_LEXICON)
        return self

    @property
    def language_asked(self) -> str | None:
        """The language that the request names; None for none, or AUTO."""
        return self.language if "language" in self.model_fields_set and self.language != AUTO else None


class ConvertInput(CaptionFields):
    """``convert``: a recording in another voice."""

    audio_url: Url | None = Field(None, description="Link to the recording (`http` or `https`). Or send `job_id`.")
    job_id: JobId | None = Field(
        None,
        description="A finished job whose speech is converted; its captions are carried over. Or send `audio_url`.",
    )
    voice: RecordedVoice = Field(description="Name of a voice in the bucket.")
    audio_track: AudioTrack = Field(
        None,
        description="Audio track of the recording that has the speech: its number from 0, or its language (`de`, "
        "`deu`). Default: the default track.",
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Seed of the conversion, repeated in the reply. Default: derived from the job's id and input.",
    )
    audio_format: Annotated[Literal["wav", "mp3", "flac", "ogg"], BeforeValidator(_lower)] = Field(
        "wav", description="Format of the audio file."
    )

    @model_validator(mode="after")
    def _one_recording(self) -> ConvertInput:
        if (self.audio_url is None) == (self.job_id is None):
            raise ValueError("send audio_url or job_id")
        named = ", ".join(self.caption_fields)
        if self.audio_url is not None and named:
            raise ValueError(f"{named}: a recording has no captions to carry over; leave this out, and send align")
        if aligned := self.model_fields_set & {"timing_method", "timing_strict"}:
            raise ValueError(f"{', '.join(sorted(aligned))}: captions are carried over, not aligned; leave this out")
        return self

    @property
    def caption_fields(self) -> list[str]:
        """Those of the fields about captions that the request has."""
        return sorted(self.model_fields_set & CaptionFields.model_fields.keys() - {"expires_in"})


class DownloadInput(JobInput):
    """``download``: freshly signed URLs of what a job made."""

    job_id: JobId
    type: Literal["audio", "timing", "video"] = Field("audio", description="Kind of file.")
    format: CaptionFormat | None = Field(
        None, description="Caption format (with `type: timing`). Default: the first one made."
    )
    expires_in: ExpiresIn = None


class StatusInput(JobInput):
    """``status``: a job's record, or without ``job_id`` the worker's health."""

    job_id: JobId | None = Field(None, description="Id of a job. Default: none; the reply is then the worker's health.")


class UploadInput(JobInput):
    """``upload``: a recording becomes a voice: from a link, in two steps for people without a web host, or of a job."""

    voice_name: VoiceName | None = Field(
        None, description="Name of the voice. Required, except with `create_upload_url`."
    )
    voice_file_url: Url | None = Field(None, description="Link to the recording (`http` or `https`).")
    create_upload_url: bool = Field(False, description="Step 1 of 2: ask for a URL to PUT a file to.")
    upload_token: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{20,64}$",
        description="Step 2 of 2: the token of step 1, once the recording is uploaded.",
    )
    job_id: JobId | None = Field(
        None, description="A finished job whose speech becomes the voice, with its text and language."
    )
    audio_track: AudioTrack = Field(
        None,
        description="Audio track of the recording that has the speech: its number from 0, or its language (`de`, "
        "`deu`). Default: the default track.",
    )
    ref_text: str | None = Field(
        None,
        max_length=MAX_TRANSCRIPT_CHARS,
        description="Transcript of the recording. Default: the worker transcribes it.",
    )
    transcript_url: Url | None = Field(
        None, description="Link to the transcript: a file of text, of captions, or of a recogniser's words."
    )
    language: TextLanguage | None = Field(
        None,
        description="Language of the recording; `auto`: the one found in the transcript, without one in the sound. "
        "Default: `en` with a transcript, else `auto`.",
    )
    description: str | None = Field(None, max_length=1000, description="Stored with the voice.")
    tags: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=40)], ...],
        BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
        Field(max_length=MAX_TAGS),
    ] = Field((), description=f"Stored with the voice: at most {MAX_TAGS} tags of at most 40 characters.")
    license: str | None = Field(
        None, max_length=200, description="Stored with the voice: the terms on which it may be used."
    )
    engine: Annotated[str, OneOf("engines")] | None = Field(
        None, description="The only engine that may speak in the voice. Default: none; every engine that clones may."
    )
    overwrite: bool = Field(True, description="Replace a voice of the same name.")

    @field_validator("tags")
    @classmethod
    def _unique(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tags))

    @field_validator("ref_text")
    @classmethod
    def _words(cls, text: str | None) -> str | None:
        if text is not None and not any(character.isalnum() for character in text):
            raise ValueError("has no words in it; send what the recording says")
        return text

    @model_validator(mode="after")
    def _one_source(self) -> UploadInput:
        if sum(map(bool, (self.voice_file_url, self.create_upload_url, self.upload_token, self.job_id))) != 1:
            raise ValueError("send exactly one of voice_file_url, create_upload_url: true, upload_token and job_id")
        if self.job_id and self.model_fields_set & {"ref_text", "transcript_url", "audio_track"}:
            raise ValueError("job_id brings its own text and sound; leave out ref_text, transcript_url and audio_track")
        if self.voice_name is None and not self.create_upload_url:
            raise ValueError("voice_name is required; send the name that the voice shall have")
        if self.ref_text is not None and self.transcript_url is not None:
            raise ValueError("ref_text and transcript_url both give the transcript; send one of them")
        return self


class ListVoicesInput(JobInput):
    """``list_voices``: the engines' own voices and those of the bucket, a page at a time."""

    prefix: str = Field("", pattern=r"^[A-Za-z0-9._:-]{0,200}$", description="Only voices whose names start with this.")
    limit: int = Field(100, ge=1, le=1000, description="Most voices of the bucket on a page.")
    cursor: str | None = Field(None, description="The `cursor` of the previous page.")

    @field_validator("cursor")
    @classmethod
    def _ours(cls, cursor: str | None) -> str | None:
        if cursor is not None and not _VOICE_NAME.fullmatch(cursor):
            raise ValueError("is not one that list_voices gave; leave it out to begin anew")
        return cursor


class DeleteVoiceInput(JobInput):
    """``delete_voice``: a voice of the bucket is removed."""

    voice_name: VoiceName = Field(description="Name of the voice, with or without `.wav`.")


class OverlayInput(JobInput):
    """``overlay``: captions on a video, of its own speech or of another one; without a video, an audiogram."""

    job_id: JobId | None = Field(None, description="A finished job whose words are shown. Or send `text`.")
    audio_url: Url | None = Field(
        None, description="Link to the recording of `text` (`http` or `https`). Default: the sound of the video."
    )
    text: Script | None = Field(
        None, description="The spoken words, as captions show them. Required without `job_id`, refused with it."
    )
    annotations: Annotations = None
    language: TextLanguage = Field(
        DEFAULT_LANGUAGE,
        description="Language of words that still have to be aligned; `auto`: the one found in the text.",
    )
    lexicon: LexiconField = Field(None, description=_LEXICON)
    video_url: Url | None = Field(None, description="Link to the video. Default: none; the worker makes an audiogram.")
    audio_track: AudioTrack = Field(
        None,
        description="Audio track that has the speech, of `audio_url`, else of the video: its number from 0, or its "
        "language (`de`, `deu`). Default: the default track.",
    )
    image_url: Url | None = Field(None, description="Audiogram only: link to a picture for the background.")
    background: Colour | None = Field(None, description="Audiogram only: colour of the background. Default: `#12141C`.")
    caption_style: Style = Field(
        None,
        description="Name of a preset, or a style object. Default: the style of the job's captions, else `word`.",
    )
    canvas: Canvas | None = Field(
        None,
        description="Size of the result. Default: that of the style, else of the video; `1080x1920` for an audiogram.",
    )
    fps: float | None = Field(
        None, ge=10, le=60, description="Frame rate. Default: that of the style, else of the video, 20 to 60."
    )
    audio: Literal["replace", "duck", "keep"] | None = Field(
        None,
        description="With `video_url`, what is heard: the speech alone, the speech over the lowered sound of the video,"
        " or that sound alone. Default: `keep` if the video itself has the speech, else `replace`.",
    )
    expires_in: ExpiresIn = None

    @model_validator(mode="after")
    def _one_of_each(self) -> OverlayInput:
        if self.job_id is not None and (self.audio_url is not None or self.text is not None):
            raise ValueError("job_id brings its own speech and words; send it alone, or leave it out")
        if self.job_id is None and self.text is None:
            raise ValueError("send text, and video_url or audio_url in which it is said; or job_id")
        if self.annotations is not None and self.text is None:
            raise ValueError(_NO_ANNOTATIONS)
        if self.lexicon is not None and self.text is None:
            raise ValueError(_NO_LEXICON)
        if self.job_id is None and self.audio_url is None and self.video_url is None:
            raise ValueError("send video_url or audio_url, in which the text is said")
        if sum(given is not None for given in (self.video_url, self.image_url, self.background)) > 1:
            raise ValueError("send one of video_url, image_url and background")
        if self.audio is not None and self.video_url is None:
            raise ValueError("audio is about the sound of a video; send video_url with it, or leave it out")
        if self.own_speech and self.audio == "duck":
            raise ValueError("audio: duck lowers the video's sound, which here is the speech itself; leave audio out")
        return self

    @property
    def own_speech(self) -> bool:
        """Whether the text is said in the video itself."""
        return self.job_id is None and self.audio_url is None


def job_id_problem(job_id: str) -> str | None:
    """What is wrong with a job's own id, which becomes part of its files' names; None if nothing is."""
    if re.fullmatch(_JOB_ID, job_id):
        return None
    return "must start with a letter or digit and hold only letters, digits, '.', '_' and '-', at most 128 of them"


MAX_ISSUES = 50  # in one reply: a request of nonsense must not become a reply that the platform refuses


def parse(model: type[Model], data: Mapping[str, Any], limits: Limits) -> Model:
    """The request as ``model``; BadRequest lists every problem. ``None`` anywhere means left out."""
    model = model.for_request(data, limits)
    try:
        _utf8(data)
        return model.model_validate(_without_nulls(data), context=limits)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        issues = [_issue(problem, model, limits) for problem in problems[:MAX_ISSUES]]
        raise BadRequest.of_issues(issues, more=len(problems) - len(issues)) from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def _utf8(value: Any) -> None:
    """JSON can spell half a character (a lone surrogate); no file could hold it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadRequest.of("input", "holds half a character (a lone surrogate); send valid Unicode") from None


_PATTERNS = {
    "job_id": "of a job's id",
    "language": "of a language tag (BCP 47): a code and subtags of letters and digits, such as en or pt-BR; or auto",
    "font": "of a font family's name: no commas, braces, backslashes or line breaks",
    "upload_token": "of a token that create_upload_url gave",
    "prefix": "of the start of a voice's name",
}


def _issue(problem: Any, model: type[JobInput], limits: Limits) -> Issue:
    # A single format may be sent without a list around it: its index means nothing to the client.
    path = [str(part) for part in problem["loc"] if problem["loc"][0] != "timing_format" or isinstance(part, str)]
    field = ".".join(path)[:MAX_QUOTED_CHARS] or "input"
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        fields = list(CaptionStyle.model_fields if len(path) > 1 else model.model_fields)
        if issubclass(model, GenerateInput) and len(path) == 1:
            owners = limits.engine_options.items()
            if engines := " or ".join(engine for engine, options in owners if field in options.model_fields):
                return Issue(field, f"is an option of the engine {engines}; leave it out, or send engine: {engines}")
            fields += [name for _, options in owners for name in options.model_fields]
        near = nearest(path[-1], fields)
        return Issue(field, "is not a known field; " + (f"did you mean {near}?" if near else "API.md lists them"))
    if kind == "string_pattern_mismatch":
        form = (
            "#RRGGBB"
            if path[-1] in {"colour", "color", "highlight", "background"}
            else _PATTERNS.get(path[-1], context["pattern"])
        )
        return Issue(field, f"does not have the form {form}")
    if path[:1] == ["timing_format"] and kind == "value_error":
        return Issue(field, f"{sentence(problem)} (send one, a list, or all)")
    return Issue(field, sentence(problem))
