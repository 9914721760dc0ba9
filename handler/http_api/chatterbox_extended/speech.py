"""Speech, voice conversion, voices and configuration, as Chatterbox TTS Extended Plus answers them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from handler.endpoints import convert
from handler.http_api import engine_voices
from handler.http_api.api import Api
from handler.http_api.audio_answers import audio_answer
from handler.http_api.bodies import body_schema, json_or_form
from handler.http_api.chatterbox_extended import exports
from handler.http_api.chatterbox_extended.errors import RESPONSES, ChatterboxRoute
from handler.http_api.chatterbox_extended.models import (
    FIELDS,
    VC_FIELDS,
    VC_FILES,
    AudioAnswer,
    AudioFile,
    AudioFormat,
    Config,
    ResponseMode,
    TtsRequest,
    VcRequest,
    Voice,
    Voices,
)
from handler.http_api.errors import Refused, raise_for_error
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.request_voices import is_link, request_voice
from handler.http_api.uploads import uploaded
from handler.media.audio import FILE_FORMATS

ENGINE = "chatterbox"

SOUND_SUFFIXES = {".wav", ".mp3", ".flac", ".ogg", ".m4a"}

Mode = Annotated[ResponseMode, Query(description="`stream`: the audio itself; `url`: JSON with links to it.")]
ReturnFormat = Annotated[AudioFormat | None, Query(description="Format of a `stream` answer.")]

_BINARY = {"schema": {"type": "string", "format": "binary"}}
AUDIO_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": AudioAnswer,
        "description": "The audio, or with `response_mode=url` JSON with links to it",
        "content": {kind.media_type: _BINARY for kind in FILE_FORMATS.values()},
    }
}


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Chatterbox Extended"], route_class=ChatterboxRoute, responses=RESPONSES)
    engine = engine_voices.engine_for(api, ENGINE)

    @routes.post(
        "/tts", summary="Speak a text with Chatterbox, or the worker's default engine", responses=AUDIO_RESPONSES
    )
    async def tts(
        request: Request, body: TtsRequest, response_mode: Mode = "stream", return_format: ReturnFormat = None
    ) -> Response:
        formats = _formats(body.export_formats, response_mode, return_format)
        fields, ignored = body.job_fields(engine)
        reference = {"reference_audio_filename": _name(body.reference_audio_filename)}
        async with request_voice(api, request, engine, reference) as voice:
            fields |= {"voice": voice, "audio_format": exports.format_of_job(formats)}
            reply = raise_for_error(await api.run(request, fields), FIELDS)
        return await _answer(api, reply, formats, response_mode, ignored)

    @routes.post(
        "/vc",
        summary="Convert a recording to another voice",
        responses=AUDIO_RESPONSES,
        openapi_extra=body_schema(VcRequest, VC_FILES),
    )
    async def vc(request: Request, response_mode: Mode = "stream", return_format: ReturnFormat = None) -> Response:
        async with json_or_form(request, VcRequest, VC_FILES) as (body, files):
            _require_converter(api)
            formats = _formats(body.export_formats, response_mode, return_format)
            target: dict[str, UploadFile | str | None] = {
                "target_voice_source": _name(body.target_voice_source),
                "target_voice": files.get("target_voice"),
            }
            if not any(target.values()):
                raise Refused.of("bad_request", "target_voice_source: is required, or in a form the file target_voice")
            async with (
                _recording(api, body, files) as source,
                request_voice(api, request, engine_voices.CONVERTER, target) as voice,
            ):
                fields = {"endpoint": "convert", "voice": voice, "audio_format": exports.format_of_job(formats)}
                reply = raise_for_error(await api.run(request, fields | source), VC_FIELDS)
        return await _answer(api, reply, formats, response_mode, sorted(body.model_extra or {}))

    @routes.get("/voices", summary="The voices of the engine, and those it can clone, a page at a time")
    async def voices(
        request: Request,
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        page_size: Annotated[int, Query(ge=1, le=100)] = 50,
        search: Annotated[
            str | None, Query(max_length=200, description="What the name, the description or a tag has in it.")
        ] = None,
    ) -> Voices:
        found = [_shown(each) for each in await engine_voices.listed(api, request, engine)]
        wanted = (search or "").lower()
        found = [each for each in found if wanted in " ".join((each.name, each.description or "", *each.tags)).lower()]
        pages = max(1, -(-len(found) // page_size))
        shown = found[(page - 1) * page_size : page * page_size]
        return Voices(
            voices=shown,
            count=len(shown),
            page=page,
            page_size=page_size,
            total_pages=pages,
            has_next=page < pages,
            has_previous=page > 1,
        )

    @routes.get("/config", summary="Defaults and limits of requests")
    async def config() -> Config:
        settings = api.services.settings
        return Config(
            tts_defaults=_defaults(TtsRequest),
            vc_defaults=_defaults(VcRequest),
            supported_formats=list(FILE_FORMATS),
            api_limits={
                "max_text_length": settings.max_text_chars,
                "max_upload_bytes": settings.max_upload_bytes,
                "max_audio_bytes": settings.max_audio_bytes,
                "max_audio_seconds": settings.max_audio_seconds,
            },
        )

    return routes


def _require_converter(api: Api) -> None:
    """Raise Refused where nothing installed converts: before a recording is kept, and a voice made of it."""
    if problem := convert.problem(api.services):
        raise Refused.by(problem)


def _defaults(model: type[TtsRequest | VcRequest]) -> dict[str, Any]:
    """The defaults of a request's fields that have one."""
    return {
        name: field.default
        for name, field in model.model_fields.items()
        if not field.is_required() and field.default is not None
    }


def _formats(asked: list[AudioFormat] | None, mode: str, return_format: str | None) -> list[str]:
    """The formats of an answer, each once, that of its body first."""
    formats: list[str] = list(asked or (["wav"] if mode == "stream" else ["wav", "mp3"]))
    return list(dict.fromkeys([return_format, *formats] if return_format else formats))


@asynccontextmanager
async def _recording(api: Api, body: VcRequest, files: Mapping[str, UploadFile]) -> AsyncIterator[dict[str, str]]:
    """The fields of a job that say what is converted. Raises Refused."""
    source, file = body.input_audio_source, files.get("input_audio")
    if bool(source) == bool(file):
        raise Refused.of("bad_request", "input_audio_source: send it, or in a form the file input_audio, not both")
    if file:
        async with uploaded(api, "input_audio", file, api.services.settings.max_audio_bytes) as upload:
            yield {"audio_url": upload.url}
    elif source:
        yield {"audio_url": source} if is_link(source) else {"job_id": _name(source) or ""}


def _name(source: str | None) -> str | None:
    """The name in a path: ``folder/anna.wav`` as ``anna``; a link stays as it is."""
    if not source or is_link(source):
        return source
    path = PurePosixPath(source.replace("\\", "/"))
    return path.stem if path.suffix.lower() in SOUND_SUFFIXES else path.name


async def _answer(api: Api, reply: dict[str, Any], formats: list[str], mode: str, ignored: list[str]) -> Response:
    urls = await exports.export(api, reply, formats)
    if mode == "stream":
        answer = await audio_answer(api, reply, ignored, formats[0])
        if len(formats) > 1:
            answer.headers["X-Alternative-Formats"] = "|".join(f"{each}:{urls[each]}" for each in formats[1:])
        return answer
    warnings = [warning["message"] for warning in reply["warnings"]]
    if ignored:
        warnings.append(f"these fields have no effect here: {', '.join(ignored)}")
    made = AudioAnswer(
        message="the audio is ready",
        output_files=[
            AudioFile(format=each, filename=f"{reply['job_id']}.{each}", url=url) for each, url in urls.items()
        ],
        generation_seed_used=reply["seed"],
        processing_time_seconds=reply["metrics"]["total"],
        warnings=warnings,
    )
    return JsonAnswer(made.model_dump())


def _shown(voice: dict[str, Any]) -> Voice:
    return Voice(
        name=engine_voices.short_name(voice),
        url=voice["filename"] or engine_voices.short_name(voice),
        description=voice["description"],
        duration_seconds=voice["duration"],
        file_size_bytes=voice["size"],
        format=None if voice["builtin"] else "wav",
        tags=voice["tags"],
        created_date=voice["created_at"] or voice["last_modified"],
    )
