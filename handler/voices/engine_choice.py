"""Which engine a voice asks for: the one that it belongs to, or that its upload bound it to."""

from __future__ import annotations

from handler.errors import BadRequest, quoted
from handler.protocols import Services
from handler.requests import builtin_engine, voice_name
from handler.voices import registry


def chosen(asked: str | None, voice: str | None, services: Services) -> str:
    """The name of the engine that speaks: the one asked for, the one of the voice, or the worker's first.

    Raises BadRequest if ENGINES does not have it, if ``asked`` is not the engine of a built-in voice, or if the voice
    is bound to an engine that this version does not have.
    """
    owner = None if voice is None else builtin_engine(voice)
    if asked and owner and asked != owner:
        problem = f"{quoted(voice or '')} is a voice of the engine {owner}; leave engine out, or send engine: {owner}"
        raise BadRequest.of("engine", problem)
    engines = services.settings.engines
    name = asked or of_voice(voice, services)
    if name is None or name in engines:
        return name or services.settings.default_engine
    if asked:
        problem = f"this worker does not load {asked}; send {' or '.join(engines)}, or add {asked} to its ENGINES"
        raise BadRequest.of("engine", problem)
    _check_known(voice or "", name, services)
    problem = f"this worker does not load {name}, the engine of {voice}; send another voice, or add {name} to its"
    raise BadRequest.of("voice", f"{problem} ENGINES")


def of_part(asked: str | None, voice: str, services: Services) -> str:
    """The name of the engine that speaks a part of a script in a voice of its own: its own engine, else as `chosen`.

    Raises BadRequest as that does.
    """
    return chosen(None if of_voice(voice, services) else asked, voice, services)


def of_voice(voice: object, services: Services) -> str | None:
    """The engine that a voice of a request asks for; None for one that asks for none, is not there, or is no name."""
    if not isinstance(voice, str):
        return None
    if engine := builtin_engine(voice):
        return engine
    try:
        record = registry.read_record(services.store, voice_name(voice))
    except ValueError:
        return None
    return record.engine if record else None


def cloning(services: Services, without_transcript: bool = False) -> list[str]:
    """The engines of ENGINES that speak in the voice of a clip; those that need not know what it says, if asked for."""
    table = services.engines.backends
    rows = ((name, table[name]) for name in services.settings.engines)
    return [name for name, row in rows if row.supports_cloning and not (without_transcript and row.needs_transcript)]


def options_of_one_voice(services: Services) -> list[str]:
    """The names of engines' options that are for the whole of a speech in one voice."""
    options = (backend.options for backend in services.engines.backends.values())
    return sorted({name for each in options if each for name in each.of_one_voice})


def check_bound(name: str, bound: str | None, engine: str, services: Services) -> None:
    """Raise BadRequest if a voice is bound to another engine than what is to speak: an engine, or a converter."""
    if bound is None or bound == engine:
        return
    _check_known(name, bound, services)
    problem = f"{name} is bound to the engine {bound}, and {engine} may not speak in it"
    raise BadRequest.of("voice", f"{problem}; send another voice, or in generate leave engine out")


def _check_known(name: str, bound: str, services: Services) -> None:
    if bound not in services.engines.backends:
        raise BadRequest.of(
            "voice",
            f"{name} is bound to the engine {quoted(bound)}, which this version does not have; "
            "upload it again, without engine or with another",
        )
