"""The samples of a job on their way from its thread to a response, as they are spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from handler.http_api.job_queue import ENDED, QueuedJob
from handler.jobs import Listener
from handler.types import Samples


class SpeechStream:
    """Hears of a job's audio by ``listener``, which is given to `Api.submit`; `pieces` yields it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[tuple[Samples, int, bool]] = asyncio.Queue()
        self.listener = Listener(on_audio=self._heard)
        self.sample_rate = 0
        """Samples a second; known from the first piece on."""

    def _heard(self, samples: Samples, sample_rate: int, is_last: bool) -> None:
        """In the job's thread."""
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, (samples, sample_rate, is_last))

    async def pieces(self, job: QueuedJob) -> AsyncIterator[Samples]:
        """Yield the job's samples, float32 mono, up to the last one.

        Ends without any where the job fails before it speaks; then ``job.reply`` says why. Raises SpeechBroken where it
        fails later.
        """
        begun = False
        ended = asyncio.ensure_future(job.ended.wait())
        try:
            while True:
                following = asyncio.ensure_future(self._pieces.get())
                await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    # A job posts its audio before its end, both through the loop, in order.
                    following.cancel()
                    if begun:
                        raise SpeechBroken(job)
                    return
                samples, self.sample_rate, is_last = following.result()
                begun = True
                if len(samples):
                    yield samples
                if is_last:
                    return
        finally:
            ended.cancel()


class SpeechBroken(Exception):
    """The job failed after a part of its speech was sent: the connection is cut, so that no client takes it for all."""

    def __init__(self, job: QueuedJob) -> None:
        super().__init__(job.reply.get("error", "the job ended") if job.state in ENDED else "the job ended")


def pcm16(samples: Samples) -> bytes:
    """Samples as 16-bit little-endian PCM, bit for bit those of the job's own wav: libsndfile rounds down."""
    integers = np.clip(np.floor(samples * np.float32(32768)), -32768, 32767).astype("<i2")
    return bytes(integers.tobytes())
