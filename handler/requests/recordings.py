"""The requests of `align` and `convert`: what is done with a recording."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from handler.requests.captions import CaptionFields
from handler.requests.fields import (
    DEFAULT_LANGUAGE,
    LEXICON_DESCRIPTION,
    MAX_ALIGNED_CHARS,
    NO_ANNOTATIONS,
    NO_LEXICON,
    Annotations,
    AudioTrack,
    JobId,
    LexiconField,
    OneOf,
    RecordedVoice,
    TextLanguage,
    Url,
    script,
)
from handler.requests.sound import AudioFormat, Loudness, TruePeak
from handler.requests.transcripts import TranscriptFields


class AlignInput(CaptionFields, TranscriptFields):
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
    lexicon: LexiconField = Field(None, description=LEXICON_DESCRIPTION)
    timing_method: Annotated[str, OneOf("aligners")] | None = Field(
        None,
        description="Alignment method tried first; `best` is two at once. Default: the order of `ALIGNERS`.",
    )

    @model_validator(mode="after")
    def _one_recording(self) -> AlignInput:
        if (self.audio_url is None) == (self.job_id is None):
            raise ValueError("send audio_url or job_id")
        if self.annotations is not None and self.text is None:
            raise ValueError(NO_ANNOTATIONS)
        if self.lexicon is not None and self.text is None:
            raise ValueError(NO_LEXICON)
        self.check_transcript("text" if self.text is not None else None)
        return self


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
    audio_format: AudioFormat = "wav"
    loudness: Loudness = None
    true_peak: TruePeak = None

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
