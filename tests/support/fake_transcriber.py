"""Transcribers for tests of voices: none that needs no weights exists."""

from __future__ import annotations

from dataclasses import replace

from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError
from handler.protocols import Services, Transcriber
from handler.types import Samples, Transcript

FRENCH = "Certains m'appellent la nature, d'autres m'appellent mère nature."
"""Words of the same length as those of the human clip. No aligner of the tests knows French, so none objects."""


class Writer:
    """Has heard ``text`` in ``language`` before it listens; ``asked`` are the languages it was told to expect."""

    name = "writer"

    def __init__(self, text: str, language: str) -> None:
        self.heard = Transcript(text, language)
        self.asked: list[str | None] = []

    def transcribe(
        self, samples: Samples, sample_rate: int, language: str | None, cancellation: Cancellation = NEVER
    ) -> Transcript:
        assert len(samples) <= 30 * sample_rate
        self.asked.append(language)
        self.listen(cancellation)
        return replace(self.heard, language=language or self.heard.language)

    def listen(self, cancellation: Cancellation) -> None:
        cancellation.check()


class Broken:
    """Finds out that its model cannot be had when it is asked for it."""

    name = "broken"

    def transcribe(
        self, samples: Samples, sample_rate: int, language: str | None, cancellation: Cancellation = NEVER
    ) -> Transcript:
        raise ConfigError("no weights")


class Writers:
    """A shelf with one transcriber that can be had, and three before it that cannot, each in its own way."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def get(self, name: str) -> Transcriber:
        if name == "unbuilt":
            raise ConfigError("no place for weights")
        return Broken() if name == "broken" else self._writer

    def built(self, name: str) -> Transcriber | None:
        return None

    def names(self) -> tuple[str, ...]:
        return ("absent", "unbuilt", "broken", "writer")

    def why_not(self, name: str) -> str | None:
        return "not installed" if name == "absent" else None

    def missing(self, name: str) -> str | None:
        return None

    def languages(self, name: str) -> tuple[str, ...] | None:
        return None


def with_writer(services: Services, writer: Writer) -> Services:
    """The same services with somebody who writes down what clips say."""
    return replace(services, transcribers=Writers(writer))
