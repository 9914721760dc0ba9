"""The requests about jobs that have been sent: `download`, `status`."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field

from handler.requests.fields import JOB_ID_PATTERN, CaptionFormat, ExpiresIn, JobId, JobInput


class DownloadInput(JobInput):
    """``download``: freshly signed URLs of what a job made."""

    job_id: JobId
    type: Literal["audio", "timing", "video", "transcript", "book"] = Field("audio", description="Kind of file.")
    format: CaptionFormat | None = Field(
        None, description="Caption format (with `type: timing`). Default: the first one made."
    )
    chapter: int | None = Field(
        None, ge=1, description="Chapter of a book whose `audio` or `timing` is meant. Default: the whole."
    )
    expires_in: ExpiresIn = None


class StatusInput(JobInput):
    """``status``: a job's record, or without ``job_id`` the worker's health."""

    job_id: JobId | None = Field(None, description="Id of a job. Default: none; the reply is then the worker's health.")


def job_id_problem(job_id: str) -> str | None:
    """What is wrong with a job's own id, which becomes part of its files' names; None if nothing is."""
    if re.fullmatch(JOB_ID_PATTERN, job_id):
        return None
    return "must start with a letter or digit and hold only letters, digits, '.', '_' and '-', at most 128 of them"
