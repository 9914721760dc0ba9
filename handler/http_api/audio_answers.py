"""Answers whose body is the audio file of a finished job."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from handler.errors import NotFound
from handler.http_api.answer_headers import attachment, warnings_header
from handler.http_api.api import Api
from handler.http_api.errors import Refused, in_thread
from handler.media.audio import FILE_FORMATS

WAV_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The audio", "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
}
"""The ``responses`` of a route whose answer is a wav."""

MAX_IGNORED = 20  # fields named in a header
_HEADER_WORD = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def audio_key(reply: dict[str, Any], audio_format: str | None = None) -> str:
    """Where the store has the audio of a job, by its reply; in another format than its own if one is given."""
    return f"output/{reply['job_id']}.{audio_format or reply['audio_format']}"


async def audio_answer(
    api: Api, reply: dict[str, Any], ignored: Iterable[str] = (), audio_format: str | None = None
) -> Response:
    """The job's audio file as the body; headers name the job, its warnings, and the fields that were ``ignored``.

    Raises Refused if the store has it no more.
    """
    audio_format = audio_format or reply["audio_format"]
    key = audio_key(reply, audio_format)
    body = await in_thread(_body, api, reply["job_id"], key)
    headers = {"X-Job-Id": reply["job_id"], **warnings_header(reply["warnings"])}
    # A client's own words never become a header as they are.
    if names := ", ".join(filter(_HEADER_WORD.fullmatch, list(ignored)[:MAX_IGNORED])):
        headers["X-Ignored-Fields"] = names
    headers |= attachment(key.rpartition("/")[2])
    return Response(body, media_type=FILE_FORMATS[audio_format].media_type, headers=headers)


def _body(api: Api, job_id: str, key: str) -> bytes:
    try:
        return api.services.store.get(key)
    except NotFound:
        gone = f"the audio of job {job_id} has been removed from the store; send the request again"
        raise Refused.of("not_found", gone) from None
