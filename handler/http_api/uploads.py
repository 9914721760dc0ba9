"""Files that a client sends in the body of a request, kept in the store for as long as the job needs them."""

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import UploadFile

from handler.errors import TooLarge, WorkerError
from handler.http_api.api import Api
from handler.http_api.errors import Refused, in_thread
from handler.protocols import Store

logger = logging.getLogger(__name__)

URL_EXPIRES_S = 86_400
MEDIA_TYPE = "application/octet-stream"
READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Upload:
    """A file in the store: ``token`` is for the endpoint `upload`, ``url`` for those that take an ``audio_url``."""

    token: str
    url: str


@asynccontextmanager
async def received(field: str, file: UploadFile, max_bytes: int) -> AsyncIterator[Path]:
    """The file of a form's field on this machine's disk, for the block. Raises Refused for one over ``max_bytes``."""
    with tempfile.NamedTemporaryFile(prefix="upload-") as temporary:
        try:
            await _write(file, temporary.name, field, max_bytes)
        except WorkerError as error:
            raise Refused.by(error) from error
        yield Path(temporary.name)


@asynccontextmanager
async def uploaded(api: Api, field: str, file: UploadFile, max_bytes: int) -> AsyncIterator[Upload]:
    """Put the file of a form's field into the store, and remove it after the block.

    Raises Refused for a file over ``max_bytes``, and for a store that cannot be written.
    """
    token, store = secrets.token_urlsafe(24), api.services.store
    key = f"uploads/{token}"
    async with received(field, file, max_bytes) as path:
        url = await in_thread(_keep, store, key, path)
    try:
        yield Upload(token, url)
    finally:
        try:
            await asyncio.to_thread(store.delete, key)
        except WorkerError:
            logger.warning("an upload could not be removed from the store", exc_info=True)


def _keep(store: Store, key: str, path: Path) -> str:
    """Put the file into the store; returns the URL that reads it."""
    store.put(key, path, MEDIA_TYPE)
    return store.presign_get(key, URL_EXPIRES_S, media_type=MEDIA_TYPE, filename="upload")


async def _write(file: UploadFile, path: str, field: str, max_bytes: int) -> None:
    with open(path, "wb") as to:  # noqa: PTH123 - a name of a temporary file; a local disk is quick
        written = 0
        while piece := await file.read(READ_BYTES):
            written += len(piece)
            if written > max_bytes:
                raise TooLarge(f"{field}: the file has more than {max_bytes / 1e6:g} MB; send a smaller one")
            to.write(piece)
