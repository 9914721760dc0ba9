"""The requests that make something of captions which are there already: `captions` and `layout`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from handler.requests.captions import CsvSafe, SpeakerColours, SpeakerLabels, Style, caption_formats
from handler.requests.fields import (
    LEXICON_DESCRIPTION,
    CaptionFormat,
    CaptionsText,
    ExpiresIn,
    JobId,
    JobInput,
    LexiconField,
    TextLanguage,
    Url,
)


class CaptionSource(JobInput):
    """Captions, and how they look; without any sound."""

    keep_style: ClassVar[bool] = False

    captions: CaptionsText | None = Field(
        None, description="The captions: the text of an SRT, VTT, ASS or JSON file, at most 2 MB."
    )
    captions_url: Url | None = Field(None, description="Link to captions, in place of `captions`.")
    job_id: JobId | None = Field(None, description="A finished job whose captions they are, in place of `captions`.")
    language: TextLanguage | None = Field(
        None, description="Language of the captions. Default: what the JSON or the job says, else the one of the text."
    )
    lexicon: LexiconField = Field(None, description=LEXICON_DESCRIPTION)
    words_per_cue: int | None = Field(
        None,
        ge=1,
        le=20,
        description="Most words in a cue. Default: the cues as they are; those of a job by its style.",
    )
    caption_style: Style = Field(
        None,
        description="Name of a preset, or a style object. Default: that of the job's captions, else `word`; `classic` "
        "with `captions`.",
    )
    speaker_labels: SpeakerLabels = False
    speaker_colours: SpeakerColours = None

    @model_validator(mode="after")
    def _one_source(self) -> CaptionSource:
        if sum(given is not None for given in (self.captions, self.captions_url, self.job_id)) != 1:
            raise ValueError("send one of captions, captions_url and job_id")
        if self.job_id is not None and self.lexicon is not None:
            raise ValueError("lexicon is about the words of captions without times; leave it out")
        return self


class CaptionsInput(CaptionSource):
    """``captions``: captions become files in other formats and styles."""

    timing_format: Annotated[tuple[CaptionFormat, ...], BeforeValidator(caption_formats), Field(min_length=1)] = Field(
        ("srt",), description="One format, an array of formats, or `all`."
    )
    csv_safe: CsvSafe = True
    expires_in: ExpiresIn = None


class LayoutInput(CaptionSource):
    """``layout``: where and when everything of captions is drawn."""

    start: float | None = Field(None, ge=0, description="Only cues that are on screen after this second.")
    end: float | None = Field(None, ge=0, description="Only cues that are on screen before this second.")
