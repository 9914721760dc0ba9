"""The engine that a dialect of an engine's own server speaks with, and its voices under the names that it has there."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from handler.errors import quoted
from handler.http_api.api import Api
from handler.http_api.errors import Refused, in_thread, raise_for_error
from handler.requests import builtin_engine, voice_name
from handler.voices import registry

DEFAULT = "default"
"""Names the engine's own default voice, unless a voice has this name. Clients that must name one can name this."""

PAGE_VOICES = 1000
MAX_NAMED = 20  # voices in one error


def engine_for(api: Api, name: str) -> str:
    """The engine ``name`` where this worker has it, else the worker's default engine."""
    usable = name in api.services.settings.engines and not api.services.engines.problem(name)
    return name if usable else api.services.settings.default_engine


CONVERTER = None
"""In place of an engine's name: the voice converter, which has the bucket's voices and none of its own."""


async def listed(api: Api, request: Request, engine: str | None) -> list[dict[str, Any]]:
    """The voices that an engine speaks in, as `list_voices` shows them: its own first, then those of the bucket."""
    bound = {engine, None} if _clones(api, engine) else {engine}
    if engine is CONVERTER:
        bound |= set(api.services.converters.names())
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        fields = {"endpoint": "list_voices", "limit": PAGE_VOICES, "cursor": cursor}
        page = raise_for_error(await api.run(request, fields))
        voices = [
            each
            for each in page["voices"]
            if each["engine"] in bound and not each["name"].startswith(registry.TEMPORARY)
        ]
        found += [each for each in voices if not (each["builtin"] and engine is CONVERTER)]
        if (cursor := page["cursor"]) is None:
            return found


def short_name(voice: dict[str, Any]) -> str:
    """The name of a listed voice as its engine's own server has it: without the engine before it."""
    name: str = voice["name"]
    return name.partition(":")[2] if voice["builtin"] else name


async def names(api: Api, request: Request, engine: str | None) -> list[str]:
    """The names that `resolve` takes; `DEFAULT` where an engine has no other."""
    found = [short_name(voice) for voice in await listed(api, request, engine)]
    return found or ([] if engine is CONVERTER else [DEFAULT])


async def resolve(api: Api, request: Request, engine: str | None, name: str, field: str) -> str | None:
    """The ``voice`` of a job for a name that a client sent in ``field``; None for the engine's default voice.

    The case of the engine's own voices does not matter. Raises Refused, which names the voices that there are.
    """
    voice = await in_thread(_find, api, engine, name)
    if voice is not None:
        return voice
    if name.lower() == DEFAULT and engine is not CONVERTER:
        return None
    known = await names(api, request, engine)
    shown = ", ".join(known[:MAX_NAMED]) or "none yet; upload one"
    more = f" and {len(known) - MAX_NAMED} more" if len(known) > MAX_NAMED else ""
    raise Refused.of("not_found", f"{field}: there is no {quoted(name)} here; there is {shown}{more}")


def _find(api: Api, engine: str | None, name: str) -> str | None:
    if engine is not CONVERTER:
        voices = api.services.engines.backends[engine].voices(api.services.settings)
        own = {voice.name.lower(): f"{engine}:{voice.name}" for voice in voices}
        wanted = name.partition(":")[2] if builtin_engine(name) == engine else name
        if wanted.lower() in own:
            return own[wanted.lower()]
    try:
        bare = voice_name(name)
    except ValueError:
        return None
    return bare if _clones(api, engine) and registry.taken(api.services.store, bare) else None


def _clones(api: Api, engine: str | None) -> bool:
    if engine is CONVERTER:
        return True
    # What an engine can do depends on its weights, which are known once it is loaded.
    return (api.services.engines.loaded(engine) or api.services.engines.backends[engine]).supports_cloning
