"""Files that a client sends in the body of a request: kept in the store for a while, or as long as a job needs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Query, UploadFile
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from handler import temporary
from handler.errors import BadRequest, TooLarge, WorkerError
from handler.http_api.api import Api
from handler.http_api.errors import Refused, as_reply, in_thread, route_class
from handler.http_api.files import receive
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.routes import FILE
from handler.pipeline import uploads
from handler.protocols import FileStore, Store

logger = logging.getLogger(__name__)

READ_BYTES = 1 << 20
MAX_NAME_CHARS = 200

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself, of any media type.",
        "content": {FILE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Uploaded(BaseModel):
    """A file that is in the store."""

    upload_token: str = Field(description="For `upload_token` of the endpoint `upload`.")
    file_url: str = Field(description="For `audio_url`, `video_url`, `image_url`, `captions_url` and their like.")
    bytes: int
    expires_in: int = Field(description="Seconds until `file_url` expires.")


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Files"], route_class=route_class(as_reply))

    @routes.put(
        "/v1/uploads",
        status_code=201,
        summary="Upload a file for jobs",
        response_model=Uploaded,
        responses={413: {"description": "The file is larger than any job takes"}},
        openapi_extra=_BODY,
    )
    async def upload(
        request: Request,
        filename: Annotated[
            str | None,
            Query(max_length=MAX_NAME_CHARS, description="The file's name, whose ending tells what a transcript is."),
        ] = None,
    ) -> Response:
        """The body is the file. It goes through this server, so that a page needs no rights of the bucket's."""
        services = api.services
        token, lives = uploads.new_token(), uploads.file_seconds(services.settings)
        writing = _writing(services.store, uploads.key(token))
        try:
            size = await receive(request, writing, services.settings.max_file_bytes)
        except WorkerError as error:
            raise Refused.by(error) from error
        url = uploads.file_url(services.store, token, lives, _plain_name(filename))
        return JsonAnswer({"upload_token": token, "file_url": url, "bytes": size, "expires_in": lives}, 201)

    return routes


def _writing(store: Store, key: str) -> AbstractContextManager[BinaryIO]:
    """A file to write an upload into, which is in the store once the block ends without an error."""
    return _checked(store.writing(key) if isinstance(store, FileStore) else _on_disk_first(store, key))


@contextmanager
def _checked(writing: AbstractContextManager[BinaryIO]) -> Iterator[BinaryIO]:
    with writing as file:
        yield file
        if not file.tell():
            raise BadRequest.of("body", "is empty; send the file as the body")


@contextmanager
def _on_disk_first(store: Store, key: str) -> Iterator[BinaryIO]:
    """For a bucket, which wants to know the length first."""
    with temporary.file("upload") as file:
        yield cast(BinaryIO, file)
        file.flush()
        store.put(key, Path(file.name), uploads.MEDIA_TYPE)


def _plain_name(filename: str | None) -> str:
    """The last part of a file's name, without what a header cannot hold."""
    last = (filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last)).strip(" .") or uploads.FILE_NAME


@dataclass(frozen=True)
class Upload:
    """A file in the store: ``token`` is for the endpoint `upload`, ``url`` for those that take an ``audio_url``."""

    token: str
    url: str


@asynccontextmanager
async def received(field: str, file: UploadFile, max_bytes: int) -> AsyncIterator[Path]:
    """The file of a form's field on this machine's disk, for the block. Raises Refused for one over ``max_bytes``."""
    with temporary.file("upload") as kept:
        try:
            await _write(file, kept.name, field, max_bytes)
        except WorkerError as error:
            raise Refused.by(error) from error
        yield Path(kept.name)


@asynccontextmanager
async def uploaded(api: Api, field: str, file: UploadFile, max_bytes: int) -> AsyncIterator[Upload]:
    """Put the file of a form's field into the store, and remove it after the block.

    Raises Refused for a file over ``max_bytes``, and for a store that cannot be written.
    """
    token, store = uploads.new_token(), api.services.store
    key = uploads.key(token)
    async with received(field, file, max_bytes) as path:
        url = await in_thread(_keep, store, token, path)
    try:
        yield Upload(token, url)
    finally:
        try:
            await asyncio.to_thread(store.delete, key)
        except WorkerError:
            logger.warning("an upload could not be removed from the store", exc_info=True)


def _keep(store: Store, token: str, path: Path) -> str:
    """Put the file into the store; returns the URL that reads it."""
    store.put(uploads.key(token), path, uploads.MEDIA_TYPE)
    return uploads.file_url(store, token, uploads.FILE_SECONDS)


async def _write(file: UploadFile, path: str, field: str, max_bytes: int) -> None:
    with open(path, "wb") as to:  # noqa: PTH123 - a name of a temporary file; a local disk is quick
        written = 0
        while piece := await file.read(READ_BYTES):
            written += len(piece)
            if written > max_bytes:
                raise TooLarge(f"{field}: the file has more than {max_bytes / 1e6:g} MB; send a smaller one")
            to.write(piece)
