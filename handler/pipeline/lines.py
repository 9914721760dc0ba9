"""What a job speaks, line by line: a chunk of text, and the engine and the voice that say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handler.pipeline.turns import Role
from handler.protocols import Engine, Origin
from handler.types import Chunk, SpeechOptions, Voice


@dataclass(frozen=True, eq=False)
class Narrator:
    """An engine in a voice, whose language is that of what it says. ``role`` is the first that it has."""

    engine: Engine
    voice: Voice
    options: SpeechOptions
    role: Role

    @property
    def license(self) -> str:
        """That of the model that speaks."""
        return self.voice.license or self.engine.model_license


@dataclass(frozen=True)
class Line:
    """A chunk, and who says it."""

    chunk: Chunk
    narrator: Narrator

    @property
    def speaker(self) -> str:
        """Who says it by the captions, "" in a script of one voice."""
        return self.chunk.tokens[0].speaker


def narrators(lines: Sequence[Line]) -> list[Narrator]:
    """The narrators of the lines, each once, in the order in which they are heard."""
    return list(dict.fromkeys(line.narrator for line in lines))


def origin(lines: Sequence[Line]) -> Origin:
    """What makes the speech of the lines."""
    return Origin.joined([Origin.of_engine(each.engine, each.voice) for each in narrators(lines)])


def speakers(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What the reply says of each speaker: ``{speaker, voice, language, engine, model_license}``."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for line in lines:
        voice, engine = line.narrator.voice, line.narrator.engine.name
        found.setdefault(
            (line.speaker, voice.name, voice.language, engine),
            {
                "speaker": line.speaker,
                "voice": voice.name,
                "language": voice.language,
                "engine": engine,
                "model_license": line.narrator.license,
            },
        )
    return list(found.values())
