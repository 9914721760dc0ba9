"""A job's speech on its way to a response: encoded while it is spoken, from the job's thread to the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from handler.errors import WorkerError, without_quotes
from handler.http_api.api import Api
from handler.http_api.errors import Refused, raise_for_error
from handler.http_api.queued_job import ENDED, QueuedJob
from handler.jobs import Listener
from handler.media import ffmpeg
from handler.media.stream_encoder import StreamFormat
from handler.pipeline.marking import stream_tags
from handler.types import Samples, Word

logger = logging.getLogger(__name__)

T = TypeVar("T")


class SpeechStream:
    """Takes a job's audio and words by ``listener``, which is given to `Api.submit`; `pieces` yields the audio."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[tuple[Samples, int, bool]] = asyncio.Queue()
        self._words: list[Word] = []
        self.listener = Listener(on_audio=self._on_audio, on_words=self._on_words)
        self.sample_rate = 0
        """Samples a second; known from the first piece on."""
        self.duration = 0.0
        """Seconds spoken so far."""

    def _on_audio(self, samples: Samples, sample_rate: int, is_last: bool) -> None:
        """In the job's thread."""
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, (samples, sample_rate, is_last))

    def _on_words(self, words: Sequence[Word]) -> None:
        """In a thread of the job's."""
        self._loop.call_soon_threadsafe(self._words.extend, words)

    def take_words(self) -> list[Word]:
        """Return the words whose times have become known since the last call."""
        words, self._words[:] = list(self._words), []
        return words

    async def pieces(self, job: QueuedJob) -> AsyncGenerator[Samples]:
        """Yield the job's samples, float32 mono, up to the last one.

        Ends without any where the job fails before it speaks; then ``job.reply`` says why. Raises SpeechBroken where it
        fails later.
        """
        begun = False
        ended = asyncio.ensure_future(job.ended.wait())
        try:
            while True:
                following = asyncio.ensure_future(self._pieces.get())
                try:
                    await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    following.cancel()  # without effect on one that is done
                if not following.done():
                    # A job posts its audio before its end, both through the loop, in order.
                    if begun:
                        raise SpeechBroken(job)
                    return
                samples, self.sample_rate, is_last = following.result()
                if len(samples):
                    begun = True
                    self.duration += len(samples) / self.sample_rate
                    yield samples
                if is_last:
                    return
        finally:
            ended.cancel()


class SpeechBroken(Exception):
    """The job failed after a part of its speech was sent: the connection is cut, so that no client takes it for all."""

    def __init__(self, job: QueuedJob) -> None:
        super().__init__(job.reply.get("error", "the job ended") if job.state in ENDED else "the job ended")


@dataclass(frozen=True)
class StreamedSpeech:
    """A job that has begun to speak: the bytes of its encoded speech, to be taken once, and the words so far."""

    job: QueuedJob
    stream: SpeechStream
    parts: AsyncIterator[bytes]
    """Ends when the job has ended: then its own file is in the store."""


@asynccontextmanager
async def stream_speech(
    api: Api, request: Request, fields: Mapping[str, Any], format_: StreamFormat
) -> AsyncGenerator[StreamedSpeech]:
    """Run a job, and encode its speech while it is spoken; the block begins with the first bytes.

    Raises Refused where the job fails before that. A job that has not ended when the block is left, or when the client
    hangs up, is cancelled.
    """
    stream = SpeechStream()
    job = api.submit(fields, stream.listener)
    async with api.cancelled_on_disconnect(request, job), aclosing(stream.pieces(job)) as pieces:
        first = await anext(pieces, None)
        if first is None:
            raise_for_error(job.reply)
            raise Refused.of("internal", "the job ended without a sound; its record says more")
        tags = stream_tags(api.services)
        async with aclosing(format_.encode(_chained(first, pieces), stream.sample_rate, tags)) as parts:
            begun = await _first_part(parts, job)
            yield StreamedSpeech(job, stream, _up_to_end(_chained(begun, parts), job))


async def _first_part(parts: AsyncIterator[bytes], job: QueuedJob) -> bytes:
    """The first bytes; an error before them is still one that the client can be told."""
    try:
        return await anext(parts)
    except SpeechBroken:
        raise_for_error(job.reply)
        raise
    except WorkerError as error:
        raise Refused.by(error) from error
    except ffmpeg.Failed as error:
        raise Refused.of("internal", "the speech could not be encoded; the worker's log says why") from error


async def _up_to_end(parts: AsyncIterator[bytes], job: QueuedJob) -> AsyncGenerator[bytes]:
    async for part in parts:
        yield part
    await job.ended.wait()
    if "error" in job.reply:
        logger.warning("the speech was sent whole, but the job failed then: %s", without_quotes(job.reply["error"]))


async def _chained(first: T, rest: AsyncGenerator[T]) -> AsyncGenerator[T]:
    async with aclosing(rest):
        yield first
        async for item in rest:
            yield item


class SpeechResponse(StreamingResponse):
    """A streamed response, which takes over what is open for it until it has been sent or the client has left."""

    def __init__(self, content: AsyncIterator[bytes], opened: AsyncExitStack, **options: Any) -> None:
        super().__init__(content, **options)
        # Last, because an error above leaves it to the caller.
        self._opened = opened.pop_all()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opened:
            await super().__call__(scope, receive, send)
