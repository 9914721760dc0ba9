"""A transcriber for tests of other things: Whisper hears no French here, and its words cannot be chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from handler.backends import Backend, Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError
from handler.media.recording import Recording
from handler.protocols import Services, Transcriber
from handler.settings import Settings
from handler.types import Transcript

FRENCH = "Certains m'appellent la nature, d'autres m'appellent mère nature."
"""Words of the same length as those of the human clip. No aligner of the tests knows French, so none objects."""


class Writer:
    """Has heard ``text`` in ``language`` before it listens; ``asked`` are the languages it was told to expect.

    ``prompts`` are those it got.
    """

    name = "writer"

    def __init__(self, text: str, language: str) -> None:
        self.transcript = Transcript(text, language)
        self.asked: list[str | None] = []
        self.prompts: list[str | None] = []

    def transcribe(
        self,
        recording: Recording,
        language: str | None,
        *,
        prompt: str | None = None,
        progress: Callable[[float], None] = lambda _: None,
        cancellation: Cancellation = NEVER,
    ) -> Transcript:
        self.asked.append(language)
        self.prompts.append(prompt)
        self.listen(cancellation)
        return replace(self.transcript, language=language or self.transcript.language)

    def listen(self, cancellation: Cancellation) -> None:
        cancellation.check()


class Broken:
    """Finds out that its model cannot be had when it is asked for it."""

    name = "broken"

    def transcribe(
        self,
        recording: Recording,
        language: str | None,
        *,
        prompt: str | None = None,
        progress: Callable[[float], None] = lambda _: None,
        cancellation: Cancellation = NEVER,
    ) -> Transcript:
        raise ConfigError("no weights")


def _no_weights(_: Settings) -> Transcriber:
    raise ConfigError("no place for weights")


def with_writer(services: Services, writer: Writer) -> Services:
    """The same services with ``writer``, after three transcribers that cannot be used, each in its own way."""
    table: dict[str, Backend[Transcriber]] = {
        "absent": Backend(lambda _: writer, requires=("a_library_nobody_has",)),
        "unbuilt": Backend(_no_weights),
        "broken": Backend(lambda _: Broken()),
        "writer": Backend(lambda _: writer),
    }
    return replace(services, transcribers=Registry("transcriber", table, services.settings))
