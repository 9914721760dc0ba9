"""A worker whose engine is one lane that takes as many seconds for each job as ENGINE_SECONDS says, as a GPU would.

Started by tests and benchmarks as ``python -m tests.support.timed_engine worker``. It speaks with espeak, whose own
milliseconds are within the seconds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Sequence

from handler.backends import Backend
from handler.cancellation import NEVER, Cancellation
from handler.cli import program
from handler.engines import ENGINES
from handler.engines.espeak import EspeakEngine
from handler.types import ChunkAudio, SpeechOptions, SpeechRequest, Voice

_LANE = threading.Lock()


class TimedEngine(EspeakEngine):
    """espeak that holds its only lane for the given seconds."""

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        with _LANE:
            ends = time.monotonic() + float(os.environ["ENGINE_SECONDS"])
            spoken = list(super().speak(requests, voice, options, cancellation))
            time.sleep(max(0.0, ends - time.monotonic()))
        yield from spoken


if __name__ == "__main__":
    ENGINES["espeak"] = Backend(TimedEngine)
    program()
