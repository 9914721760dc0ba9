"""An engine that stops before a chunk until a test lets it go on, or the job is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

from handler.cancellation import NEVER, Cancellation
from handler.errors import EngineError
from handler.settings import Settings
from handler.types import ChunkAudio, SpeechOptions, SpeechRequest, Voice
from tests.support.stub_backends import PATIENCE, Speaker


class GatedSpeaker(Speaker):
    """Speaks with espeak, and stops before chunk ``at``: ``reached`` is set then, and it waits for ``go_on``.

    With ``fails`` it fails there with an error instead of speaking on.
    """

    def __init__(self, settings: Settings, at: int, *, fails: bool = False) -> None:
        super().__init__(settings, self._asked)
        self.at, self.fails = at, fails
        self.reached, self.go_on = threading.Event(), threading.Event()
        self._cancellation = NEVER

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        self._cancellation = cancellation
        return super().speak(requests, voice, options, cancellation)

    def _asked(self, index: int) -> None:
        if index == self.at:
            with self._cancellation.notifying(self.go_on.set):
                self.reached.set()
                self._cancellation.check()
                assert self.go_on.wait(PATIENCE), "nobody let the engine go on, or cancelled its job"
            self._cancellation.check()
            if self.fails:
                raise EngineError("the engine broke; send the job again")
