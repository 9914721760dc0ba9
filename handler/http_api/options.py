"""What this worker offers, so that a client can make its controls from it. Nothing is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from handler.captions import FORMATS, STYLES, Style
from handler.dispatch import ENDPOINTS, limits
from handler.endpoints.status import aligner_states, engine_state
from handler.http_api.api import Api
from handler.http_api.errors import as_reply, in_thread, route_class
from handler.http_api.json_answer import JsonAnswer
from handler.protocols import Services
from handler.requests import CaptionStyle, GenerateInput, Limits
from handler.requests.fields import MAX_CAPTIONS_CHARS, NAMES_KEY
from handler.requests.sound import AudioFormat
from handler.settings import NO_MARK
from handler.telemetry import version

LOOK = ("effect", "bold", "outline_colour", "space_scale")
"""What a preset looks like beyond what a request can change; whoever draws it needs to know."""


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Jobs"], route_class=route_class(as_reply))

    @routes.get("/v1/options", summary="What this worker offers: endpoints, engines, styles, formats, limits")
    async def options() -> Response:
        """Schemas of all requests (JSON Schema), with the names of the engines, formats and styles of this worker."""
        return JsonAnswer(await in_thread(offered, api.services))

    return routes


def offered(services: Services) -> dict[str, Any]:
    """The answer of ``GET /v1/options``."""
    settings, known = services.settings, limits(services)
    return {
        "version": version(),
        "endpoints": {name: schema(endpoint.model, known, settings.engines) for name, endpoint in ENDPOINTS.items()},
        "presets": {name: _values(style) for name, style in STYLES.items()},
        "looks": {name: {part: getattr(style, part) for part in LOOK} for name, style in STYLES.items()},
        "caption_style": schema(CaptionStyle, known, settings.engines),
        "engines": {name: _engine(name, known, services) for name in settings.engines},
        "default_engine": settings.default_engine,
        "formats": list(FORMATS),
        "audio_formats": list(get_args(get_args(AudioFormat)[0])),
        "aligners": aligner_states(services),
        "transcribers": {
            name: services.transcribers.problem(name) or services.transcribers.missing_files(name) or "ready"
            for name in services.transcribers.names()
        },
        "converters": {
            name: services.converters.problem(name) or services.converters.missing_files(name) or "ready"
            for name in services.converters.names()
            if name in settings.engines
        },
        "limits": _limits(services),
        "ai_mark": list(settings.ai_mark),
        "ai_marks": [*services.marks.names(), NO_MARK],
        "require_consent": settings.require_consent,
    }


def schema(model: type[BaseModel], known: Limits, engines: tuple[str, ...]) -> dict[str, Any]:
    """The JSON Schema of a request, in which fields that take a name of a table list its names.

    A field that may be left out is not said to take null, though it may.
    """
    named = {name: list(getattr(known, name)) for name in ("presets", "formats", "aligners", "timing_methods")}
    made: dict[str, Any] = _plain(model.model_json_schema(), named | {"engines": list(engines)})
    return made


def _plain(part: Any, named: Mapping[str, list[str]]) -> Any:
    if isinstance(part, list):
        return [_plain(each, named) for each in part]
    if not isinstance(part, dict):
        return part
    plain = {key: _plain(value, named) for key, value in part.items() if key != NAMES_KEY}
    if (table := part.get(NAMES_KEY)) is not None:
        plain["enum"] = named[table]
    alternatives = plain.get("anyOf")
    if isinstance(alternatives, list) and {"type": "null"} in alternatives:
        rest = [each for each in alternatives if each != {"type": "null"}]
        plain = {key: value for key, value in plain.items() if key not in ("anyOf", "default")}
        plain = plain | (rest[0] if len(rest) == 1 else {"anyOf": rest})
    return plain


def _values(style: Style) -> dict[str, Any]:
    """Every value of a preset as ``caption_style`` takes it; null for one that is not set."""
    width, height = style.canvas
    written = {"canvas": f"{width}x{height}", "fps": float(style.fps)}
    if style.effect == "none":
        written["highlight"] = None  # a colour of it is what asks for an effect
    names = [name for name in CaptionStyle.model_fields if name != "preset"]
    return {name: written.get(name, getattr(style, name)) if name not in written else written[name] for name in names}


def _engine(name: str, known: Limits, services: Services) -> dict[str, Any]:
    engine, backend = services.engines.loaded(name), services.engines.backends[name]
    state = engine_state(name, services)
    options = backend.options
    return {
        "state": state["state"],
        "languages": _languages(name, services),
        "supports_cloning": state["supports_cloning"],
        "needs_transcript": backend.needs_transcript,
        "supports_seeds": engine.supports_seeds if engine else None,
        "options": schema(options, known, services.settings.engines) if options else None,
    }


def _languages(name: str, services: Services) -> list[str]:
    """The languages of an engine, or of its own voices; empty where only its loaded model tells."""
    if services.engines.problem(name):
        return []
    backend, settings = services.engines.backends[name], services.settings
    of_models = backend.languages(settings)
    of_voices = {voice.language for voice in backend.voices(settings) if voice.language}
    return list(of_models) if of_models is not None else sorted(of_voices)


def _limits(services: Services) -> dict[str, Any]:
    """The settings that limit requests, and the bounds that their models have."""
    settings = services.settings
    names = (
        "max_text_chars",
        "max_speech_seconds",
        "max_book_chars",
        "max_upload_bytes",
        "max_audio_bytes",
        "max_audio_seconds",
        "max_video_bytes",
    )
    shown = {name: getattr(settings, name) for name in (*names, "max_video_seconds", "max_body_bytes", "job_timeout")}
    takes = schema(GenerateInput, limits(services), settings.engines)["properties"]["takes"]
    return shown | {"max_takes": takes["maximum"], "max_captions_chars": MAX_CAPTIONS_CHARS}
