"""The voice of a request: one by its name, or a recording (a file or a link) that is a voice for this request alone."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import UploadFile
from starlette.requests import Request

from handler.errors import NotFound, WorkerError
from handler.http_api import engine_voices
from handler.http_api.api import Api
from handler.http_api.errors import Refused, raise_for_error
from handler.http_api.uploads import uploaded
from handler.voices import registry

logger = logging.getLogger(__name__)


def is_link(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


@asynccontextmanager
async def request_voice(
    api: Api, request: Request, engine: str | None, sources: Mapping[str, UploadFile | str | None]
) -> AsyncIterator[str | None]:
    """Yield the ``voice`` of a job from the one of the client's fields that gives it; None for the engine's own voice.

    A link or a file becomes a voice that is deleted after the block. ``engine`` is as `engine_voices` has it. Raises
    Refused for two of them, for a name that nobody has, and for a recording that cannot be used.
    """
    given = {field: source for field, source in sources.items() if source}
    if len(given) > 1:
        raise Refused.of("bad_request", f"{' and '.join(given)} each give a voice; send one of them")
    if not given:
        yield None
        return
    ((field, source),) = given.items()
    if isinstance(source, str) and not is_link(source):
        yield await engine_voices.resolve(api, request, engine, source, field)
        return
    async with _temporary(api, request, source, field, engine) as name:
        yield name


@asynccontextmanager
async def _temporary(
    api: Api, request: Request, recording: UploadFile | str, field: str, engine: str | None
) -> AsyncIterator[str]:
    """Publish a recording, a file or its URL, as a voice, and delete the voice after the block. Yields its name."""
    if engine is not engine_voices.CONVERTER and not api.services.engines.backends[engine].supports_cloning:
        problem = f"the engine {engine}, which speaks here, has no cloned voices; leave the recording out"
        raise Refused.of("bad_request", f"{field}: {problem}")
    name = registry.TEMPORARY + secrets.token_hex(8)
    fields: dict[str, Any] = {"endpoint": "upload", "voice_name": name, "engine": engine}
    try:
        async with AsyncExitStack() as stack:
            if isinstance(recording, str):
                fields["voice_file_url"] = recording
            else:
                limit = api.services.settings.max_upload_bytes
                upload = await stack.enter_async_context(uploaded(api, field, recording, limit))
                fields["upload_token"] = upload.token
            reply = await api.run(request, fields)
            raise_for_error(reply, dict.fromkeys(("voice_file_url", "upload_token"), field))
        yield name
    finally:
        # One that was never made would be a failed job in the metrics.
        if await asyncio.to_thread(_is_there, api, name):
            await _delete(api, name)


def _is_there(api: Api, name: str) -> bool:
    try:
        return registry.taken(api.services.store, name)
    except WorkerError:
        return True  # Its deletion is tried, and logs what is wrong with the store.


async def _delete(api: Api, name: str) -> None:
    """Delete the voice, also when the client has hung up."""
    try:
        # No job does it: a full queue refuses jobs, as does a worker that stops.
        await asyncio.to_thread(registry.delete, api.services.store, name)
    except NotFound:
        return
    except WorkerError as error:
        logger.warning("the voice %s of a request could not be deleted: %s", name, error)
