"""The engines' own voices, which requests name as ``ENGINE:NAME``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from handler import models
from handler.errors import MAX_QUOTED_CHARS, BadRequest, ConfigError, Issue, NotFound, WorkerError, quoted
from handler.protocols import Services
from handler.requests import DEFAULT_LANGUAGE
from handler.types import BuiltinVoice, Voice
from handler.voices import engine_choice, registry

logger = logging.getLogger(__name__)

MAX_NAMED, MAX_SIMILAR = 20, 3  # voices in one error: all of them, or those with a similar name


def resolve(name: str, language: str | None, services: Services) -> Voice:
    """The voice ``ENGINE:NAME``, to speak the ``language`` (None: the voice's own).

    Raises BadRequest with similar names if the engine has no such voice, whose case does not matter, and for a voice
    that is neither on this disk nor can be fetched.
    """
    engine, _, own = name.partition(":")
    voices = {voice.name.lower(): voice for voice in services.engines.backends[engine].voices(services.settings)}
    unfetchable = models.fetch_problem(services.settings, services.settings.hub_cache)
    voice = voices.get(own.lower())
    if unfetchable:
        voices = {key: each for key, each in voices.items() if each.on_disk}
        if voice and not voice.on_disk:
            problem = f"{engine}:{voice.name} is not on this disk, and {unfetchable}"
            raise BadRequest.of("voice", f"{problem}; or leave voice out: {_own(engine, voices)}")
    if voice:
        language = language or voice.language or DEFAULT_LANGUAGE
        return Voice(f"{engine}:{voice.name}", language, builtin=voice.name, license=voice.license)
    if not voices:
        way_out = f"send a voice of the bucket, or leave voice out and send engine: {engine}"
        raise BadRequest.of("voice", f"{engine} has no voices of its own here; {way_out}")
    raise BadRequest.of("voice", f"{engine} has no voice {quoted(own)}; {_hint(own, engine, voices)}")


def not_cloned(name: str, engine: str, services: Services) -> WorkerError:
    """The error for a voice without ``ENGINE:`` before its name, for an engine that speaks only in its own voices.

    NotFound where nobody has such a voice, BadRequest where the bucket has it.
    """
    own = {voice.name.lower(): voice for _, voice in on_disk(f"{engine}:", services)}
    if not registry.taken(services.store, name):
        near = _near(name, engine, own)
        way_out = f"did you mean {near}?" if near else f"leave voice out: {_own(engine, own)}"
        problem = f"there is no voice {quoted(name)}; {way_out}"
        return NotFound(f"voice: {problem}", issues=[Issue("voice", problem)])
    # The models of an engine that clones may be others.
    cloning = [other for other in engine_choice.cloning(services) if other != engine]
    others = f"send engine: {' or '.join(cloning)}, or " if cloning else ""
    problem = f"{name} is a voice of the bucket, and the engine {engine} has no cloned voices"
    return BadRequest.of("voice", f"{problem}; {others}leave voice out: {_own(engine, own)}")


def _own(engine: str, voices: Mapping[str, BuiltinVoice]) -> str:
    """What an engine can speak in here, of its voices on this disk."""
    if not voices:
        return f"{engine} then speaks in its own"
    if len(voices) > MAX_NAMED:
        return f"list_voices with prefix {engine}: has those of {engine}"
    return f"{engine} has {', '.join(f'{engine}:{voice.name}' for voice in voices.values())}"


def _near(wanted: str, engine: str, voices: Mapping[str, BuiltinVoice]) -> str:
    """Similar names of an engine's voices, empty for none."""
    wanted = wanted[:MAX_QUOTED_CHARS].lower()
    near = [name for name in voices if wanted and wanted in name] or get_close_matches(wanted, voices, cutoff=0.6)
    return " or ".join(f"{engine}:{voices[name].name}" for name in near[:MAX_SIMILAR])


def _hint(wanted: str, engine: str, voices: Mapping[str, BuiltinVoice]) -> str:
    """The way out of a wrong name, of those by their names in small letters."""
    if near := _near(wanted, engine, voices):
        return f"did you mean {near}?"
    if len(voices) <= MAX_NAMED:
        return f"it has {', '.join(voice.name for voice in voices.values())}"
    return f"send list_voices with prefix {engine}: for those on this disk"


def on_disk(prefix: str, services: Services) -> Iterator[tuple[str, BuiltinVoice]]:
    """The engine and the voice of each ``ENGINE:NAME`` that starts with ``prefix`` and can speak without a fetch.

    An engine that cannot be used here has none.
    """
    for engine in services.settings.engines:
        if services.engines.problem(engine):
            continue
        try:
            voices = services.engines.backends[engine].voices(services.settings)
        except ConfigError as error:
            logger.warning("the voices of %s cannot be listed: %s", engine, error)
            continue
        yield from ((engine, each) for each in voices if each.on_disk and f"{engine}:{each.name}".startswith(prefix))
