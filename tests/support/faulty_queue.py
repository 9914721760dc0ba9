"""A RunPod queue that misbehaves as told: raw answers, refused results, an outage; and every ping is kept."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.support.runpod_queue import Queue

CUT = 0
"""In place of a status: the connection is cut."""


class FaultyQueue(Queue):
    """A `Queue` with faults, each told from a test's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.pings: list[dict[str, str]] = []
        self.request_ids: list[str | None] = []
        """``X-Request-ID`` of every post."""
        self.refused: list[int] = []
        """What results were refused with."""
        self.asked = 0
        """How many times a worker has asked for jobs."""
        self.told = 0
        """How many of the answers of `answer` were given."""
        self.outage: int | None = None
        """The status of every answer to a worker that asks for jobs; None: the queue answers."""
        self._answers: deque[tuple[bytes, str, bool]] = deque()
        self._refusals: deque[tuple[int, dict[str, str]]] = deque()

    def __enter__(self) -> FaultyQueue:
        super().__enter__()
        return self

    def wait(self, condition: Callable[[Any], Any]) -> Any:
        """As a `Queue`, and conditions may ask for what only this one has."""
        return super().wait(condition)

    def answer(self, body: bytes, content_type: str = "application/json", *, cut: bool = False) -> None:
        """Answer the next worker that asks for jobs with these bytes; ``cut``: as if there were more to come."""

        def put() -> None:
            self._answers.append((body, content_type, cut))
            self._wake.set()

        self._loop.call_soon_threadsafe(put)

    def refuse(self, *statuses: int, **headers: str) -> None:
        """Refuse the next results with these statuses, or `CUT`."""
        self._refusals.extend((status, headers) for status in statuses)

    async def _take(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override]
        with self._changed:
            self.asked += 1
            self._changed.notify_all()
        if self.outage is not None:
            return web.Response(status=self.outage)
        if not self._answers:
            answer = await super()._take(request)
            if not (answer.status == 204 and self._answers):
                return answer
        with self._changed:
            body, content_type, cut = self._answers.popleft()
            self.told += 1
            self._changed.notify_all()
        response = web.StreamResponse(headers={"Content-Type": content_type})
        response.content_length = len(body) + (1000 if cut else 0)
        await response.prepare(request)
        await response.write(body)
        if cut and request.transport:
            request.transport.close()
        return response

    async def _done(self, request: web.Request) -> web.Response:
        self.request_ids.append(request.headers.get("X-Request-ID"))
        if self._refusals and json.loads(await request.read()).get("status") != "IN_PROGRESS":
            status, headers = self._refusals.popleft()
            with self._changed:
                self.refused.append(status)
                self._changed.notify_all()
            if status == CUT and request.transport:
                request.transport.close()
            return web.Response(status=status or 500, headers=headers)
        return await super()._done(request)

    async def _ping(self, request: web.Request) -> web.Response:
        with self._changed:
            self.pings.append(dict(request.query))
            self._changed.notify_all()
        return web.json_response({})

    def failure(self, job_id: str) -> dict[str, Any]:
        """What a failed job was answered with: its sentence as ``error``, and what stands under ``output``."""
        result = self.result(job_id)
        return {**result.get("output", {}), "error": result["error"]}
