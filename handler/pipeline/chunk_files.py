"""Each chunk's audio as soon as it is spoken: a file of its own in the store, its URL in the job's progress."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from itertools import pairwise
from time import monotonic
from typing import Any

from handler.errors import JobTimeout, WorkerError, reason
from handler.jobs import Job, signed_url
from handler.media import audio
from handler.pipeline.background import Lane
from handler.pipeline.takes import Take
from handler.protocols import Store
from handler.types import Chunk, Output, Samples, Span

logger = logging.getLogger(__name__)

TOLD = 100
"""Chunks in one progress, the newest: each is about a kilobyte of URL and text, and the platform takes a few MB."""


class Handout:
    """Stores the chunks of a job beside its speaking, and has its progress tell of those that are there.

    A chunk is told as ``{index, url, start, duration, text}``: ``start`` is where it begins in the whole, in seconds,
    exact to the sample. Where chunks fade into each other each file has the whole of its own.
    """

    def __init__(
        self, script: str, sample_rate: int, format_: str, expires_in: int, job: Job, store: Store, lane: Lane
    ):
        self._script = script
        self._sample_rate = sample_rate
        self._format = format_
        self._expires_in = expires_in
        self._job = job
        self._store = store
        self._lane = lane
        self._kept: list[tuple[int, Output, dict[str, Any]]] = []
        self._signed = monotonic()
        self._told: list[dict[str, Any]] = []
        self._last: Future[None] | None = None

    def on_chunk(self, chunk: Chunk, take: Take, span: Span) -> None:
        """Store a chunk that has its place, beside what the caller does next."""
        self._last = self._lane.submit(self._put, chunk, take.spoken.samples, span)

    def finish(self) -> None:
        """Wait until all are stored, as long as the job has time; what is late then stays undone, with a warning."""
        try:
            if self._last is not None:
                self._lane.wait(self._last)
        except JobTimeout:
            self._job.warn("chunk_not_kept", "not every chunk could be stored in time; the whole audio is there")

    def _put(self, chunk: Chunk, samples: Samples, span: Span) -> None:
        self._lane.cancellation.check()
        try:
            sound = audio.encode(audio.faded(samples, self._sample_rate), self._sample_rate, self._format)
            key = f"jobs/{self._job.id}/chunks/{chunk.index}.{self._format}"
            self._store.put(key, sound.body, sound.media_type)
        except Exception as error:
            logger.warning("chunk %d was not handed out", chunk.index, exc_info=error)
            self._job.warn("chunk_not_kept", f"chunk {chunk.index} could not be stored by itself: {reason(error)}")
            return
        facts = {
            "start": round(span.start / self._sample_rate, 6),
            "duration": round(len(samples) / self._sample_rate, 6),
            "text": _shown(chunk, self._script),
        }
        self._kept.append((chunk.index, Output(key, sound.media_type, len(sound.body)), facts))
        self._job.publish_progress(self._progress)

    def _progress(self) -> dict[str, Any]:
        """What the job's progress says of its chunks; their URLs are signed anew once half of their life is over."""
        now = monotonic()
        if now - self._signed > self._expires_in / 2:
            self._told, self._signed = [], now
        try:
            self._told += [
                {"index": index, "url": signed_url(self._store, output, self._expires_in), **facts}
                for index, output, facts in self._kept[len(self._told) :]
            ]
        except WorkerError as error:
            logger.warning("chunks could not be told of", exc_info=error)
            self._job.warn("chunk_not_kept", f"the URLs of some chunks could not be made: {error.message}")
        return {"chunks": self._told[-TOLD:]}


def _shown(chunk: Chunk, script: str) -> str:
    """The chunk in the script's own spelling, with blanks where the script has white space."""
    text = chunk.tokens[0].shown
    for token, following in pairwise(chunk.tokens):
        between = script[token.end_char : following.start_char]
        text += " " * any(map(str.isspace, between)) + following.shown
    return text
