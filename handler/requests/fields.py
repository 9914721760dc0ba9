"""What requests are made of: their base, the limits that they are checked against, and fields that several have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from handler.errors import quoted, suggest
from handler.settings import ENGINE, MAX_PRESIGN

MAX_ALIGNED_CHARS = 200_000  # characters of a text that a recording is aligned with: two hours of fast speech
MAX_LANGUAGE_CHARS = 35  # of a language tag: RFC 5646 asks software for room for so many
MAX_URL_CHARS = 8192
MAX_LEXICON_ENTRIES = 2000
MAX_TRACKS = 64

Canvas = Literal["1080x1920", "1920x1080", "1080x1080"]
ExpiresIn = Annotated[
    int | None, Field(ge=60, le=MAX_PRESIGN, description="Seconds until the URLs expire. Default: `PRESIGN_TTL`.")
]
JOB_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
JobId = Annotated[str, Field(pattern=JOB_ID_PATTERN, description="The id of a finished job.")]
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$"
LanguageTag = Annotated[str, Field(max_length=MAX_LANGUAGE_CHARS, pattern=LANGUAGE_PATTERN)]
DEFAULT_LANGUAGE = "en"
AUTO = "auto"  # as a language: the one found in the text
TextLanguage = Annotated[
    str,
    Field(max_length=MAX_LANGUAGE_CHARS, pattern=rf"{LANGUAGE_PATTERN}|^[Aa][Uu][Tt][Oo]$"),
    AfterValidator(lambda tag: AUTO if tag.lower() == AUTO else tag),
]
Url = Annotated[str, Field(max_length=MAX_URL_CHARS)]
COLOUR_PATTERN = r"^#[0-9A-Fa-f]{6}$"
Colour = Annotated[str, Field(pattern=COLOUR_PATTERN)]


def is_language_tag(tag: str) -> bool:
    """Whether a text has the form of a language tag (BCP 47)."""
    return len(tag) <= MAX_LANGUAGE_CHARS and re.fullmatch(LANGUAGE_PATTERN, tag) is not None


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
    max_book_chars: int = 2_000_000

    @property
    def timing_methods(self) -> tuple[str, ...]:
        return (ENGINE, *self.aligners)


NAMES_KEY = "x-names"
"""In a JSON Schema, the table whose names a field takes: which there are is known to a worker."""


@dataclass(frozen=True)
class OneOf:
    """Marks a field whose value must be a name in this field of `Limits`, such as a row of a table."""

    names: Literal["engines", "presets", "formats", "aligners", "timing_methods"]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {NAMES_KEY: self.names}

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
    of_one_voice: ClassVar[frozenset[str]] = frozenset()
    """Those that are about a whole speech in one voice: a script of several voices may not have them."""


Model = TypeVar("Model", bound=JobInput)


VOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def voice_name(name: str) -> str:
    """A voice's name without its ``.wav``; ValueError for one that no voice can have."""
    bare = name[:-4] if name.lower().endswith(".wav") else name
    if not VOICE_NAME.fullmatch(bare):
        raise ValueError(
            "must start with a letter or digit and hold only letters, digits, '.', '_' and '-', at most 64 of them"
        )
    return bare


VoiceName = Annotated[str, AfterValidator(voice_name)]


def builtin_engine(name: str) -> str | None:
    """The engine of a voice ``ENGINE:NAME``; None for a voice of the bucket, whose name has no colon."""
    engine, colon, _ = name.partition(":")
    return engine if colon else None


def spoken_voice(name: str, engines: Sequence[str]) -> str:
    """A voice's name without its ``.wav``, or ``ENGINE:NAME``; ValueError for one that no voice can have."""
    engine = builtin_engine(name)
    if engine is None:
        return voice_name(name)
    if engine not in engines:
        raise ValueError(f"{quoted(engine)} is not an engine; {suggest(engine, engines)}")
    return name


def _spoken_voice(name: str, info: ValidationInfo[Limits]) -> str:
    return spoken_voice(name, info.context.engines)


def _recorded_voice(name: str) -> str:
    if builtin_engine(name) is not None:
        raise ValueError(f"{quoted(name)} has no clip, which a conversion needs; send a voice of the bucket")
    return voice_name(name)


SpokenVoice = Annotated[str, Field(max_length=200), AfterValidator(_spoken_voice)]
RecordedVoice = Annotated[str, AfterValidator(_recorded_voice)]


def lexicon_name(name: str) -> str:
    """A lexicon's name without its ``.json``; ValueError for one that no lexicon can have."""
    bare = name[:-5] if name.lower().endswith(".json") else name
    if not VOICE_NAME.fullmatch(bare):
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
LEXICON_DESCRIPTION = (
    'How words are said: an object such as `{"Nguyen": "win"}`, or the name of a file `lexicons/{name}.json` in the '
    "bucket. `lexicons/default.json` always applies."
)


def script(text: str, limit: int, remedy: str = "send it in several jobs") -> str:
    """A script, if it has words and at most ``limit`` characters; else ValueError with the ``remedy``."""
    if not text.strip():
        raise ValueError("is empty; send the script to be spoken")
    if len(text) > limit:
        raise ValueError(f"has {len(text)} characters, at most {limit} are allowed; {remedy}")
    return text


def _script(text: str, info: ValidationInfo[Limits]) -> str:
    return script(text, info.context.max_text_chars)


Script = Annotated[str, AfterValidator(_script)]


MAX_CAPTIONS_CHARS = 2_000_000
CaptionsText = Annotated[str, Field(max_length=MAX_CAPTIONS_CHARS)]


def lower(value: object) -> object:
    """``"WAV"`` as ``"wav"``."""
    return value.lower() if isinstance(value, str) else value


Annotations = Annotated[
    Literal["drop", "show"] | None,
    Field(
        description="Sound descriptions, speaker labels and times in `text`, which are never aligned: whether captions"
        " `show` them beside the next word. Default: `drop`."
    ),
]
NO_ANNOTATIONS = "annotations is about the text; send text with it, or leave it out"
NO_LEXICON = "lexicon is about the text, and a job's own script keeps its lexicon; send text with it, or leave it out"
