"""Files of finished jobs and samples of voices, through this server and with its key: no link, no bucket's rights."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from handler.captions import FORMATS
from handler.endpoints import download as downloads
from handler.errors import BadRequest, NotFound, quoted
from handler.http_api.api import Api
from handler.http_api.errors import as_reply, in_thread, route_class
from handler.http_api.stored_files import StoredFile, answer
from handler.protocols import Services
from handler.requests import builtin_engine, job_id_problem, voice_name
from handler.voices import registry

KINDS = (*downloads.FILES, *FORMATS)

_BINARY: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": _BINARY},
    206: {"description": "The part that `Range` names", "content": _BINARY},
    416: {"description": "The file has no such part"},
}

Chapter = Annotated[int | None, Query(ge=1, description="A chapter of a book. Default: the whole.")]
Download = Annotated[bool, Query(description="Have browsers save the file rather than show it.")]


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1", route_class=route_class(as_reply))

    async def send(found: StoredFile, request: Request, download: bool) -> Response:
        def read() -> Response:
            store = api.services.store
            return answer(store, found, request.headers, only_head=request.method == "HEAD", download=download)

        return await in_thread(read)

    @routes.head("/jobs/{job_id}/files/{kind}", include_in_schema=False)
    @routes.get(
        "/jobs/{job_id}/files/{kind}",
        tags=["Jobs"],
        summary="A file of a finished job",
        response_class=Response,
        responses=RESPONSES,
    )
    async def job_file(
        request: Request,
        job_id: Annotated[str, Path(description="The id of the job, whichever worker ran it.")],
        kind: Annotated[str, Path(description=f"One of {', '.join(map('`{}`'.format, KINDS))}.")],
        chapter: Chapter = None,
        download: Download = False,
    ) -> Response:
        """Whole, or with ``Range`` a part of it."""
        return await send(await in_thread(_of_job, job_id, kind, chapter, api.services), request, download)

    @routes.head("/voices/{name}/preview", include_in_schema=False)
    @routes.get(
        "/voices/{name}/preview",
        tags=["Files"],
        summary="The recording that a voice was made of",
        response_class=Response,
        responses=RESPONSES,
    )
    async def preview(
        request: Request,
        name: Annotated[str, Path(description="The name of a voice of the store.")],
        download: Download = False,
    ) -> Response:
        """Whole, or with ``Range`` a part of it. A voice of an engine's own has none."""
        return await send(await in_thread(_of_voice, name, api.services), request, download)

    return routes


def _of_job(job_id: str, kind: str, chapter: int | None, services: Services) -> StoredFile:
    if problem := job_id_problem(job_id):
        raise BadRequest.of("job_id", problem)
    part = f"chapter.{chapter}." if chapter is not None else ""
    # What is no file for clients, such as the words that a later job captions, has no name of this form.
    name = f"{part}{kind}" if kind in downloads.FILES else f"{part}timing.{kind}"
    output = downloads.output_of(job_id, name, services.store, services.settings)
    return StoredFile(output.key, output.media_type, output.key.rpartition("/")[2])


def _of_voice(name: str, services: Services) -> StoredFile:
    if builtin_engine(name):
        problem = f"{quoted(name)} is a voice of an engine's own and has no recording; speak a sentence with it"
        raise NotFound(f"name: {problem}")
    try:
        bare = voice_name(name)
    except ValueError as error:
        raise BadRequest.of("name", str(error)) from None
    seen = registry.snapshot(services.store, bare)
    return StoredFile(seen.wav.key, registry.WAV, f"{bare}.wav")
