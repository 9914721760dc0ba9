"""Publish each chunk's audio as soon as it is spoken: a file in the store, its URL in the job's progress."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from itertools import pairwise
from time import monotonic
from typing import Any

from handler.errors import Cancelled, JobTimeout, WorkerError, reason
from handler.jobs import Job, signed_url
from handler.media import audio
from handler.pipeline.background import BackgroundQueue
from handler.pipeline.marking import Marker
from handler.pipeline.takes import Take
from handler.protocols import Services
from handler.requests import GenerateInput
from handler.types import Chunk, Output, Samples, Span

logger = logging.getLogger(__name__)

MAX_LISTED = 100  # newest chunks in one progress: each is about a kilobyte, and the platform takes a few MB


class ChunkPublisher:
    """Stores the chunks of a job in a background queue, and lists the stored ones in the job's progress.

    A chunk is listed as ``{index, url, start, duration, text}``: ``start`` is where it begins in the whole, in seconds,
    exact to the sample. Where chunks fade into each other each file has the whole of its own.
    """

    def __init__(
        self,
        request: GenerateInput,
        sample_rate: int,
        job: Job,
        services: Services,
        queue: BackgroundQueue,
        marker: Marker,
    ) -> None:
        self._sample_rate = sample_rate
        self._format = request.audio_format
        self._wanted_rate = request.sample_rate
        self._expires_in = request.expires_in or services.settings.presign_ttl
        self._job = job
        self._marker = marker
        self._store = services.store
        self._queue = queue
        self._stored: list[tuple[int, Output, dict[str, Any]]] = []
        self._signed_at = monotonic()
        self._listed: list[dict[str, Any]] = []
        self._last: Future[None] | None = None

    def on_chunk(self, chunk: Chunk, take: Take, span: Span) -> None:
        """Store the next chunk in the background."""
        self._last = self._queue.submit(self._put, chunk, take.spoken.samples, span)

    def finish(self) -> None:
        """Wait until all are stored; those that the job has no time for cost a warning."""
        try:
            if self._last is not None:
                self._queue.wait(self._last)
        except JobTimeout:
            self._job.warn("chunk_not_kept", "not every chunk could be stored in time; the whole audio is there")

    def _put(self, chunk: Chunk, samples: Samples, span: Span) -> None:
        self._queue.cancellation.check()
        try:
            faded = audio.faded(samples, self._sample_rate)
            made = audio.encode(faded, self._sample_rate, self._format, self._wanted_rate, self._queue.cancellation)
            sound = self._marker.part(made)
            key = f"jobs/{self._job.id}/chunks/{chunk.index}.{self._format}"
            self._store.put(key, sound.body, sound.media_type)
        except (Cancelled, JobTimeout):
            raise
        except Exception as error:
            logger.warning("chunk %d was not published", chunk.index, exc_info=error)
            self._job.warn("chunk_not_kept", f"chunk {chunk.index} could not be stored by itself: {reason(error)}")
            return
        facts = {
            "start": round(span.start / self._sample_rate, 6),
            "duration": round(len(samples) / self._sample_rate, 6),
            "text": _shown(chunk),
        }
        self._stored.append((chunk.index, Output(key, sound.media_type, len(sound.body)), facts))
        self._job.publish_progress(self._progress)

    def _progress(self) -> dict[str, Any]:
        """The newest chunks for the job's progress; their URLs are signed anew once half of their life is over."""
        now = monotonic()
        if now - self._signed_at > self._expires_in / 2:
            self._listed, self._signed_at = [], now
        try:
            self._listed += [
                {"index": index, "url": signed_url(self._store, output, self._expires_in), **facts}
                for index, output, facts in self._stored[len(self._listed) :]
            ]
        except WorkerError as error:
            logger.warning("the URLs of chunks could not be made", exc_info=error)
            self._job.warn("chunk_not_kept", f"the URLs of some chunks could not be made: {error.message}")
        return {"chunks": self._listed[-MAX_LISTED:]}


def _shown(chunk: Chunk) -> str:
    """The chunk as captions show it, with blanks between tokens that do not touch in the script."""
    text = chunk.tokens[0].shown
    for token, following in pairwise(chunk.tokens):
        text += " " * (token.end_char != following.start_char) + following.shown
    return text
