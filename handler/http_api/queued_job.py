"""A job of the HTTP server's queue: its state, and its events for those that follow it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from handler.cancellation import Cancellation
from handler.errors import WorkerError

IN_QUEUE, IN_PROGRESS = "IN_QUEUE", "IN_PROGRESS"
COMPLETED, FAILED, CANCELLED, TIMED_OUT = "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"
ENDED = frozenset({COMPLETED, FAILED, CANCELLED, TIMED_OUT})
RETRYABLE = frozenset({FAILED, TIMED_OUT})

MAX_EVENTS_BYTES = 4_000_000  # events of one job: the words of three hours


@dataclass(frozen=True)
class Event:
    """Something that happened to a job.

    ``queue`` {position, seconds}, the place among the jobs that wait, from 1, and when it will begin;
    ``progress`` {stage, done, total}; ``chunk`` {index, url, start, duration, text} where chunk URLs were asked for;
    ``words`` {words} of the next chunk; or the job's end: its state in small letters, and its reply.
    """

    kind: str
    data: dict[str, Any]


@dataclass(eq=False)
class QueuedJob:
    """One job of this server. Read and changed by the event loop's thread alone."""

    id: str
    event: dict[str, Any] = field(default_factory=dict)
    """What `dispatch` is given; once the job has ended, only where it can be retried."""
    is_new: bool = False
    """Whether its id was made for it: no other worker can have it."""
    is_short: bool = False
    """Whether it only reads, or writes a little: then it runs in threads of its own."""
    state: str = IN_QUEUE
    endpoint: str = ""
    """Its endpoint, "" for a job that is refused for its form."""
    created_at: float = field(default_factory=time.time)
    """A Unix time; those below count from the machine's start."""
    created: float = field(default_factory=time.monotonic)
    started: float | None = None
    finished: float | None = None
    progress: dict[str, Any] | None = None
    place: dict[str, Any] | None = None
    """Its place in the queue while it waits."""
    reply: dict[str, Any] = field(default_factory=dict)
    """What `dispatch` returned, once the job has ended."""
    events: dict[int, Event] = field(default_factory=dict)
    """By number, in order. Of ``progress`` and of ``queue`` only the newest is kept."""
    stop: tuple[str, WorkerError] | None = None
    """The state and the error that the job ends with, once it has been told to stop."""
    cancellation: Cancellation = field(default_factory=Cancellation)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    input_bytes: int = 0
    _sizes: dict[int, int] = field(default_factory=dict)
    _events_bytes: int = 0
    _next_number: int = 0
    _chunks: set[int] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)

    @property
    def shown_state(self) -> str:
        """The state for clients: a job that was told to stop has stopped, though it may work a moment longer."""
        return self.stop[0] if self.stop else self.state

    @property
    def size(self) -> int:
        """Bytes of its input and its events, as JSON."""
        return self.input_bytes + self._events_bytes

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, Event]]:
        """Yield the job's events from number ``after`` on, those to come as they happen, up to its end."""
        while True:
            changed = self._changed
            for number, event in list(self.events.items()):
                if number >= after:
                    after = number + 1
                    yield number, event
            if changed is not self._changed:
                continue
            if self.state in ENDED:
                return
            await changed.wait()

    def report(self, progress: dict[str, Any]) -> None:
        """Keep the newest progress, and add an event for each chunk in it that has none yet."""
        self.progress = progress
        for chunk in progress.get("chunks", ()):
            if chunk["index"] not in self._chunks:
                self._chunks.add(chunk["index"])
                self.add(Event("chunk", chunk))
        self._add_newest(Event("progress", {name: value for name, value in progress.items() if name != "chunks"}))

    def report_place(self, position: int, seconds: float) -> None:
        """Add an event for the job's place in the queue, unless it is the one that it has."""
        place = {"position": position, "seconds": round(seconds, 1)}
        if place != self.place:
            self.place = place
            self._add_newest(Event("queue", place))

    def _add_newest(self, event: Event) -> None:
        """Add an event in place of the last one of its kind."""
        for number in [number for number, each in self.events.items() if each.kind == event.kind]:
            self._drop(number)
        self.add(event)

    def add(self, event: Event) -> None:
        """Keep an event, and wake those that follow the job. Past MAX_EVENTS_BYTES the oldest make room."""
        number, self._next_number = self._next_number, self._next_number + 1
        self.events[number], self._sizes[number] = event, json_bytes(event.data)
        self._events_bytes += self._sizes[number]
        while len(self.events) > 1 and self._events_bytes > MAX_EVENTS_BYTES:
            self._drop(next(iter(self.events)))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _drop(self, number: int) -> None:
        del self.events[number]
        self._events_bytes -= self._sizes.pop(number)

    def finish(self, state: str, reply: dict[str, Any]) -> None:
        """End with this state and reply, or with those of its stop."""
        self.state, self.reply = (self.stop[0], self.stop[1].reply()) if self.stop else (state, reply)
        self.finished, self.place = time.monotonic(), None
        if self.state not in RETRYABLE:
            self.event, self.input_bytes = {}, 0
        self.add(Event(self.state.lower(), self.reply))
        self.ended.set()


def json_bytes(value: Any) -> int:
    """How long a value is as JSON."""
    return len(json.dumps(value, default=str))
