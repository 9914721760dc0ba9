"""The request of `generate`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from handler.requests.fields import CaptionsText, Limits, SpokenVoice, Url
from handler.requests.scripts import ScriptFields
from handler.requests.speech import SpeechFields, with_options

MAX_SPEAKERS = 100
DUBBED = ("captions", "captions_url")


class GenerateInput(ScriptFields, SpeechFields):
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
        return with_options(super().for_request(data, limits), data, limits)

    @property
    def captions_field(self) -> str | None:
        """The field that brings captions to be spoken."""
        return next((name for name in DUBBED if getattr(self, name) is not None), None)
