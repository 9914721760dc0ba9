"""The requests about the library of voices: `upload`, `list_voices`, `delete_voice`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from handler.requests.fields import VOICE_NAME, AudioTrack, JobId, JobInput, OneOf, TextLanguage, Url, VoiceName

MAX_TRANSCRIPT_CHARS = 20_000
MAX_TAGS = 20
CONSENT_ID_PATTERN = r"^cons_[0-9a-f]{24}$"


class ConsentInput(JobInput):
    """``consent`` of `upload`: who allows that a voice is made of the recording, and what says so."""

    name: str = Field(min_length=1, max_length=200, description="Who agrees: the speaker, or who has the rights.")
    date: str = Field(max_length=10, description="Day on which they agreed, as `2026-11-28`.")
    statement: str | None = Field(None, min_length=1, max_length=1000, description="What they agreed to, in words.")
    url: str | None = Field(
        None,
        max_length=1000,
        description="Link to what they signed or said (`http` or `https`); it is kept, not opened.",
    )
    recording: str | None = Field(
        None,
        pattern=CONSENT_ID_PATTERN,
        description="Id of a recording that was sent to `/v1/audio/voice_consents` of the HTTP server.",
    )

    @field_validator("date")
    @classmethod
    def _past(cls, text: str) -> str:
        try:
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise ValueError("is not a day; send it as 2026-11-28") from None
        # Somewhere on earth it is tomorrow already.
        if day > datetime.now(UTC) + timedelta(days=1):
            raise ValueError("lies in the future; send the day on which they agreed")
        return text

    @field_validator("url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url is not None and not url.lower().startswith(("http://", "https://")):
            raise ValueError("is not an http or https link")
        return url

    @model_validator(mode="after")
    def _shown(self) -> ConsentInput:
        if self.statement is self.url is self.recording is None:
            raise ValueError("shows nothing that they agreed to; send statement, url or recording")
        return self


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
    consent: ConsentInput | None = Field(
        None,
        description="Stored with the voice: who allows its use, as `name`, `date`, and `statement`, `url` or "
        "`recording`. Required with `REQUIRE_CONSENT`.",
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
        if cursor is not None and not VOICE_NAME.fullmatch(cursor):
            raise ValueError("is not one that list_voices gave; leave it out to begin anew")
        return cursor


class DeleteVoiceInput(JobInput):
    """``delete_voice``: a voice of the bucket is removed."""

    voice_name: VoiceName = Field(description="Name of the voice, with or without `.wav`.")
