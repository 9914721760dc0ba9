"""What marks speech and files as made by AI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from handler.media.tags import Tags
from handler.protocols.speech import Engine
from handler.types import Samples, Voice


@dataclass(frozen=True)
class Origin:
    """What made the sound of a file: the engine and its model, and the licence of that.

    ``composite`` says that the file also has pictures or sound of the client's.
    """

    system: str = ""
    model_license: str | None = None
    composite: bool = False

    @classmethod
    def of_engine(cls, engine: Engine, voice: Voice) -> Origin:
        """The origin of what an engine says in a voice. A voice with a licence of its own is a model of its own."""
        model = f"{engine.name} {voice.builtin}" if voice.license and voice.builtin else engine.model
        system = model if engine.name in model else f"{engine.name} {model}"
        return cls(system, voice.license or engine.model_license)

    @classmethod
    def joined(cls, origins: Sequence[Origin]) -> Origin:
        """The origin of speech that several made."""
        licenses = [each.model_license for each in origins if each.model_license]
        return cls(", ".join(dict.fromkeys(each.system for each in origins)), " AND ".join(dict.fromkeys(licenses)))


class Mark(Protocol):
    """Marks speech as made by AI: a `SoundMark` or a `FileMark`. Called from several threads."""

    name: str


@runtime_checkable
class SoundMark(Mark, Protocol):
    """A mark in the samples, which every format keeps."""

    min_s: float
    """The shortest sound, in seconds, that can hold it or be searched for it."""

    def mark(self, samples: Samples, sample_rate: int) -> Samples:
        """As many samples, with the mark in them; none of them moves."""
        ...

    def find(self, samples: Samples, sample_rate: int) -> float:
        """The confidence that the mark is in the samples, 0 to 1; 0 for silence."""
        ...


@runtime_checkable
class FileMark(Mark, Protocol):
    """A mark beside the samples, in the file. Those of a job are written in the order of the table."""

    def mark(self, body: bytes, media_type: str, origin: Origin) -> bytes | None:
        """The file with the mark in it; None for a format that cannot hold it."""
        ...

    def mark_file(self, path: Path, media_type: str, origin: Origin) -> bool:
        """Put the mark into a file on the disk; False, and nothing is changed, for a format that cannot hold it."""
        ...

    def read(self, path: Path) -> dict[str, Any] | None:
        """What the mark of a file says, as JSON; None where there is none. It may say ``made_by_ai``."""
        ...


@runtime_checkable
class TagMark(FileMark, Protocol):
    """A mark that consists of tags, which can also stand at the head of a stream."""

    def tags(self, origin: Origin) -> Tags:
        """The tags that say what made a sound."""
        ...
