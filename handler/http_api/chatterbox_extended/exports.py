"""A job's audio in several formats: that server's answers may have more than one file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from handler import jobs
from handler.http_api.api import Api
from handler.http_api.audio_answers import audio_key
from handler.http_api.errors import in_thread
from handler.media import audio
from handler.pipeline import marking
from handler.types import Output


def format_of_job(formats: Sequence[str]) -> str:
    """The format that the job itself makes: the one asked for, or one without loss to make several of."""
    return formats[0] if len(formats) == 1 else "wav"


async def export(api: Api, reply: dict[str, Any], formats: Sequence[str]) -> dict[str, str]:
    """Put the job's audio into the store in each of the formats; returns their signed URLs. Raises Refused."""
    return await in_thread(_export, api, reply, formats)


def _export(api: Api, reply: dict[str, Any], formats: Sequence[str]) -> dict[str, str]:
    import soundfile

    store, own = api.services.store, reply["audio_format"]
    if others := [each for each in formats if each != own]:
        samples, rate = soundfile.read(io.BytesIO(store.get(audio_key(reply))), dtype="float32")
        for each in others:
            sound = marking.marked_again(audio.encode(samples, rate, each), reply, api.services)
            store.put(audio_key(reply, each), sound.body, sound.media_type)
    return {each: _signed(api, reply, each) for each in formats}


def _signed(api: Api, reply: dict[str, Any], audio_format: str) -> str:
    media_type = audio.FILE_FORMATS[audio_format].media_type
    output = Output(audio_key(reply, audio_format), media_type, 0)
    return jobs.signed_url(api.services.store, output, api.services.settings.presign_ttl)
