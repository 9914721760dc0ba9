"""The engines' own voices, which requests name as ``ENGINE:NAME``."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from handler.errors import MAX_QUOTED_CHARS, BadRequest, ConfigError, quoted
from handler.protocols import Services
from handler.requests import DEFAULT_LANGUAGE
from handler.types import BuiltinVoice, Voice

logger = logging.getLogger(__name__)

MAX_NAMED, MAX_SIMILAR = 20, 3  # voices in one error: all of them, or those with a similar name


def resolve(name: str, language: str | None, services: Services) -> Voice:
    """The voice ``ENGINE:NAME``, to speak the ``language`` (None: the voice's own).

    Raises BadRequest with similar names if the engine has no such voice, whose case does not matter.
    """
    engine, _, own = name.partition(":")
    voices = {voice.name.lower(): voice for voice in services.engines.backends[engine].voices(services.settings)}
    if voice := voices.get(own.lower()):
        language = language or voice.language or DEFAULT_LANGUAGE
        return Voice(f"{engine}:{voice.name}", language, builtin=voice.name, license=voice.license)
    if not voices:
        way_out = f"send a voice of the bucket, or leave voice out and send engine: {engine}"
        raise BadRequest.of("voice", f"{engine} has no voices of its own here; {way_out}")
    raise BadRequest.of("voice", f"{engine} has no voice {quoted(own)}; {_hint(own, engine, voices)}")


def _hint(wanted: str, engine: str, voices: Mapping[str, BuiltinVoice]) -> str:
    """The way out of a wrong name, of those by their names in small letters."""
    wanted = wanted[:MAX_QUOTED_CHARS].lower()
    near = [name for name in voices if wanted and wanted in name] or get_close_matches(wanted, voices, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(f'{engine}:{voices[name].name}' for name in near[:MAX_SIMILAR])}?"
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
