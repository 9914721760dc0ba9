"""The request of `inspect`."""

from __future__ import annotations

from pydantic import Field, model_validator

from handler.requests.fields import AudioTrack, JobId, JobInput, Url


class InspectInput(JobInput):
    """``inspect``: which marks of AI a file has."""

    audio_url: Url | None = Field(None, description="Link to a recording (`http` or `https`).")
    video_url: Url | None = Field(None, description="Link to a video. Its picture is not looked at.")
    job_id: JobId | None = Field(None, description="A finished job, whose speech is inspected, else its video.")
    audio_track: AudioTrack = Field(
        None,
        description="Audio track that is searched for a watermark: its number from 0, or its language (`de`, `deu`)."
        " Default: the default track.",
    )

    @model_validator(mode="after")
    def _one_file(self) -> InspectInput:
        if sum(given is not None for given in (self.audio_url, self.video_url, self.job_id)) != 1:
            raise ValueError("send one of audio_url, video_url and job_id")
        return self
