"""The lines of a job: a line is a chunk of text, with the voice that says it and the engine of that voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handler.pipeline.turns import VoiceRequest
from handler.protocols import Engine, Origin
from handler.types import Chunk, SpeechOptions, Voice


@dataclass(frozen=True, eq=False)
class EngineVoice:
    """A voice with the engine that speaks it, and its options. ``voice.language`` is that of what it says.

    ``asked`` is the first request that it is for.
    """

    engine: Engine
    voice: Voice
    options: SpeechOptions
    asked: VoiceRequest

    @property
    def license(self) -> str:
        """The licence of the model that speaks."""
        return self.voice.license or self.engine.model_license


@dataclass(frozen=True)
class Line:
    """A chunk of text, and the voice that says it."""

    chunk: Chunk
    said_by: EngineVoice

    @property
    def speaker(self) -> str:
        """The name of the speaker in captions, "" in a script of one voice."""
        return self.chunk.tokens[0].speaker


def engine_voices(lines: Sequence[Line]) -> list[EngineVoice]:
    """The voices of the lines, each once, in the order in which they are heard."""
    return list(dict.fromkeys(line.said_by for line in lines))


def origin(lines: Sequence[Line]) -> Origin:
    """What makes the speech of the lines."""
    return Origin.joined([Origin.of_engine(each.engine, each.voice) for each in engine_voices(lines)])


def speakers(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What the reply says of each speaker: ``{speaker, voice, language, engine, model_license}``."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for line in lines:
        voice, engine = line.said_by.voice, line.said_by.engine.name
        found.setdefault(
            (line.speaker, voice.name, voice.language, engine),
            {
                "speaker": line.speaker,
                "voice": voice.name,
                "language": voice.language,
                "engine": engine,
                "model_license": line.said_by.license,
            },
        )
    return list(found.values())
