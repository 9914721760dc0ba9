"""Jobs that were sent, and what they made."""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import unquote, urlsplit

from .book_files import book_files
from .connection import ANSWER_S, Connection, json_object
from .values import ENDED, TIMED_OUT, JobWarning, Progress, SpeechError, Word, failure, progress_of, read

FIRST_POLL_S = 0.05
MAX_POLL_S = 1.0
POLL_GROWTH = 1.3

CANCEL_S = 5.0
"""How long an interrupted call tries to cancel its job."""

WORKER_ID = "X-Runpod-Worker-Id"
"""By this header a load balancer names a worker, and is asked for it."""

OnProgress = Callable[[Progress], None] | None


@dataclass(frozen=True)
class SaidBase:
    """What a job made; ``duration`` in seconds. Its links expire; `download` makes new ones."""

    job_id: str
    reply: Mapping[str, Any] = field(repr=False)  # all of it, as in API.md
    _connection: Connection = field(repr=False, compare=False)
    duration: float = 0.0
    audio_url: str | None = None
    audio_format: str | None = None
    video_url: str | None = None
    transcript_url: str | None = None
    book_url: str | None = None
    chapters: Sequence[Mapping[str, Any]] = ()  # of a book, as API.md shows them
    timing_files: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[JobWarning] = ()

    async def _save(self, folder: str | os.PathLike[str] = ".", name: str | None = None) -> dict[str, Path]:
        """Save audio, video, transcript and captions in a folder, with their suffixes, and fonts in ``fonts`` below it.

        Default of ``name``: the job's id. Returns the path of ``audio``, ``video``, ``transcript``, and each caption
        format; of a book, also of ``book`` and of ``chapter.1.audio``, ``chapter.1.srt`` and so on, which are in a
        folder ``name``: ``01-the-storm.mp3``.
        """
        stem = name or self.job_id
        files = {kind: (url, stem + self._ending(kind, url)) for kind, url in self.timing_files.items()}
        if self.audio_url:
            files["audio"] = (self.audio_url, f"{stem}.{self.audio_format}")
        if self.video_url:
            files["video"] = (self.video_url, f"{stem}.mp4")
        if self.transcript_url:
            files["transcript"] = (self.transcript_url, f"{stem}.txt")
        paths = {kind: Path(folder, file_name(file)) for kind, (_, file) in files.items()}
        of_book = book_files(self.reply, file_name(stem))
        files |= of_book
        paths |= {kind: Path(folder, file) for kind, (_, file) in of_book.items()}
        for kind, path in paths.items():
            await self._connection.save(files[kind][0], path)
        for font in self.reply.get("fonts", ()):
            await self._connection.save(font["url"], Path(folder, "fonts", file_name(_stored_name(font["url"]))))
        return paths

    def _ending(self, kind: str, url: str) -> str:
        """How the name of a caption file goes on after the job's id."""
        name = _stored_name(url)
        return name.removeprefix(self.job_id) if name.startswith(f"{self.job_id}.") else f".{kind}"

    async def _audio(self) -> bytes:
        """The bytes of the audio file."""
        if self.audio_url is None:
            raise SpeechError("not_found", "this job made no audio", job_id=self.job_id)
        return await self._connection.read(self.audio_url)

    async def _words(self) -> list[Word]:
        """The words with their times; ``json`` has to be among the ``captions`` of the job."""
        if "json" not in self.timing_files:
            raise SpeechError("not_found", "words: ask for captions=['json']", job_id=self.job_id)
        content = json.loads(await self._connection.read(self.timing_files["json"]))
        return [read(Word, word) for word in content["words"]]


SaidT = TypeVar("SaidT", bound=SaidBase)


@dataclass(frozen=True)
class JobBase(Generic[SaidT]):
    """A job that was sent, by its id."""

    id: str
    _said: type[SaidT] = field(repr=False, compare=False)
    _connection: Connection = field(repr=False, compare=False)
    _timeout: float = field(repr=False, compare=False)
    _worker: str | None = field(default=None, repr=False, compare=False)

    async def _wait(self, progress: OnProgress = None, timeout: float | None = None) -> SaidT:
        """Return the job's result; lost connections only delay it. ``progress`` is called with each change.

        Raises SpeechError if the job fails, and with the code ``timed_out`` after ``timeout`` seconds (default: that of
        the client). Then the job goes on, and can be waited for again.
        """
        timeout = self._timeout if timeout is None else timeout
        end, pause, last = time.monotonic() + timeout, FIRST_POLL_S, None
        while (view := await self._view("GET", "status", end))["status"] not in ENDED:
            now = progress_of(view)
            if progress is not None and now != last:
                progress(now)
            last = now
            if time.monotonic() + pause > end:
                message = f"the job is {now.state} after {timeout:g} s; wait for it again, or cancel it"
                raise SpeechError(TIMED_OUT, message, job_id=self.id)
            await self._connection.transport.sleep(pause)
            pause = min(pause * POLL_GROWTH, MAX_POLL_S)
        if view["status"] != "COMPLETED":
            raise failure(self.id, view)
        reply = view.get("output") or {}
        warnings = tuple(read(JobWarning, warning) for warning in reply.get("warnings", ()))
        made = {"job_id": self.id, "reply": reply, "_connection": self._connection, "warnings": warnings}
        return read(self._said, {**reply, **made})

    async def _status(self) -> Progress:
        """The job's state and progress, without waiting."""
        return progress_of(await self._view("GET", "status"))

    async def _cancel(self) -> Progress:
        """Stop the job. One that runs ends at its next step."""
        return progress_of(await self._view("POST", "cancel"))

    async def abandon(self) -> None:
        """Cancel the job if that is possible within CANCEL_S."""
        with suppress(SpeechError):
            await self._view("POST", "cancel", time.monotonic() + CANCEL_S)

    async def _view(self, method: str, call: str, end: float = math.inf) -> dict[str, Any]:
        # A load balancer has several workers, and only one of them knows the job.
        headers = {WORKER_ID: f"strict {self._worker}"} if self._worker else {}
        timeout = min(ANSWER_S, max(1.0, end - time.monotonic()))
        request = self._connection.request(method, f"/{call}/{self.id}", headers=headers, timeout=timeout)
        try:
            return json_object(await self._connection.answer(request, end=end), "status")
        except SpeechError as error:
            error.job_id = self.id
            raise


def _stored_name(url: str) -> str:
    """The name that a file has in the store, by its link."""
    return unquote(urlsplit(url).path).rpartition("/")[2]


def file_name(name: str) -> str:
    """A name from the worker without what would lead to another folder, or hide the file."""
    return re.sub(r"[^\w.-]+", "-", name).lstrip(".") or "file"
