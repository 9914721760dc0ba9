"""The request of `book`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from handler.errors import quoted
from handler.requests.fields import EngineOptions, Limits, Url, script
from handler.requests.generate import GenerateInput
from handler.requests.sound import AudioFormat
from handler.requests.speech import SpeechFields, combined

MAX_SELECTED = 1000
MAX_TITLE_CHARS = 300

_RANGE = re.compile(r"(?P<first>\d{1,4})(?: {0,3}(?P<to>-) {0,3}(?P<last>\d{1,4})?)?")
SOURCES = ("text", "text_url", "upload_token")
"""The fields that may bring the book; a request has one of them."""

ChapterRange = tuple[int, int | None]
"""The first and the last chapter of a range; None is the last of the book."""


def _book(text: str, info: ValidationInfo[Limits]) -> str:
    return script(text, info.context.max_book_chars, "divide it into volumes")


def _range(value: object) -> ChapterRange:
    """``3``, ``"3"``, ``"3-5"`` or ``"3-"``."""
    number = isinstance(value, int) and not isinstance(value, bool)
    found = _RANGE.fullmatch(str(value).strip()) if number or isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{quoted(str(value))} is no chapter; send numbers, and ranges such as 3-5 or 3-, as text")
    first = int(found["first"])
    last = int(found["last"]) if found["last"] else None if found["to"] else first
    if first < 1 or (last is not None and last < first):
        raise ValueError(f"{quoted(str(value))} is no range; chapters count from 1, and the first number is the lower")
    return first, last


def _chapters(value: object) -> object:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise ValueError("is empty; leave it out to speak the whole book")
    if len(items) > MAX_SELECTED:
        raise ValueError(f"has {len(items)} items, at most {MAX_SELECTED} are allowed; send ranges such as 3-500")
    return tuple(map(_range, items))


_AS_SENT = WithJsonSchema(
    {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}}
)


class BookInput(SpeechFields):
    """``book``: a long text becomes an audiobook, a file a chapter and one of all, with captions if asked for."""

    text: Annotated[str, AfterValidator(_book)] | None = Field(
        None,
        description="The book, in plain text or Markdown, with the marks of a script. Or send `text_url` or "
        "`upload_token`.",
    )
    text_url: Url | None = Field(None, description="Link to the book: a file of plain text, Markdown or EPUB.")
    upload_token: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]{20,64}$",
        description="The token of [upload](#upload), once such a file is uploaded.",
    )
    chapters: Annotated[tuple[ChapterRange, ...], BeforeValidator(_chapters), _AS_SENT] | None = Field(
        None, description='The chapters to speak, by their numbers, such as `[1, "3-5", "8-"]`. Default: all.'
    )
    title: str | None = Field(
        None, min_length=1, max_length=MAX_TITLE_CHARS, description="Title of the book. Default: that of the file."
    )
    author: str | None = Field(
        None, min_length=1, max_length=MAX_TITLE_CHARS, description="Author of the book. Default: that of the file."
    )
    cover_url: Url | None = Field(
        None, description="Link to a picture for the cover (png, jpeg or webp). Default: that of the file."
    )
    seed: int | None = Field(
        None,
        ge=0,
        le=2**32 - 1,
        description="Seed of the speech, repeated in the reply. Default: derived from the job's id.",
    )
    audio_format: AudioFormat = "mp3"

    @model_validator(mode="after")
    def _one_source(self) -> BookInput:
        sent = [name for name in SOURCES if getattr(self, name) is not None]
        if len(sent) != 1:
            problem = f"{' and '.join(sent)} are {len(sent)} books" if sent else "there is no book"
            raise ValueError(f"{problem}; send one of text, text_url and upload_token")
        return self

    @property
    def source_field(self) -> str:
        """The field that brings the book."""
        return next(name for name in SOURCES if getattr(self, name) is not None)

    def spoken(self, text: str) -> GenerateInput:
        """The request to `generate` that speaks a text of the book as this one asks for. It is no SSML."""
        options = [base for base in type(self).__mro__ if issubclass(base, EngineOptions) and base is not EngineOptions]
        model = combined(GenerateInput, *options)
        shared = self.model_fields_set & model.model_fields.keys() - {"text"}
        fields = {name: getattr(self, name) for name in shared} | {"text": text, "ssml": False}
        made: GenerateInput = model.model_construct(_fields_set={*fields}, **fields)
        return made
