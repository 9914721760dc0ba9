"""What a worker tells the queue of its jobs: progress once, the result until it is taken."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from runpod.http_client import AsyncClientSession
from runpod.serverless.modules import rp_http
from yarl import URL

from handler.sdk.batches import safe
from handler.sdk.pauses import Pauses, retry_after_s
from handler.telemetry import json_text

logger = logging.getLogger(__name__)

POST_FOR_S = 300.0
"""How long a result is posted again: what is longer, the queue has given up on the job, and hands it out again."""
TRY_TIMEOUT_S = 60.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 30.0
PROGRESS_TIMEOUT_S = 1.0  # how long a finished job waits for a post of progress that is under way

PASSING = frozenset({408, 425, 429})
"""What the client errors among HTTP's statuses say of now alone, as all server errors do."""


@dataclass(frozen=True)
class Answer:
    """How the queue took a post: HTTP's status, None where it did not answer; what it asks to wait; and a phrase."""

    status: int | None
    wait_s: float | None
    text: str

    @property
    def is_taken(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def is_final(self) -> bool:
        """Whether the same post will have the same answer."""
        return self.status is not None and 300 <= self.status < 500 and self.status not in PASSING


async def post(session: Any, job_id: str, data: dict[str, Any], timeout_s: float = TRY_TIMEOUT_S) -> Answer:
    """Post once, as the SDK does. Errors of the network are answers, too."""
    url = rp_http.JOB_DONE_URL.replace("$ID", safe(job_id)) + "&isStream=false"
    headers = {"charset": "utf-8", "Content-Type": "application/x-www-form-urlencoded", "X-Request-ID": safe(job_id)}
    try:
        async with session.post(
            URL(url, encoded=True),
            data=json_text(data).encode(),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
        ) as response:
            return Answer(
                response.status, retry_after_s(response.headers.get("Retry-After")), f"HTTP {response.status}"
            )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Answer(None, None, str(error) or type(error).__name__)


async def post_result(session: Any, job_id: str, data: dict[str, Any]) -> bool:
    """Post a job's result until the queue takes it, for `POST_FOR_S` at most; whether it did."""
    pauses, until = Pauses(FIRST_PAUSE_S, LONGEST_PAUSE_S), time.monotonic() + POST_FOR_S
    while True:
        answer = await post(session, job_id, data)
        if answer.is_taken:
            return True
        pause = pauses.next_s(answer.wait_s)
        if answer.is_final or time.monotonic() + pause > until:
            lost = "the job's error is lost" if "error" in data else "the job's result is lost to its client"
            logger.error("the queue did not take a post (%s): %s", answer.text, lost, extra={"job_id": job_id})
            return False
        logger.warning(
            "the queue did not take a result (%s): posted again in %.1f s", answer.text, pause, extra={"job_id": job_id}
        )
        await asyncio.sleep(pause)


class ProgressRelay:
    """Posts the newest progress of a job, one post at a time; nothing once it is closed.

    The SDK's own ``progress_update`` may arrive after the result, and leaves the finished job IN_PROGRESS for ever.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._newest: dict[str, Any] | None = None
        self._sender: asyncio.Task[None] | None = None
        # Without a queue (local tests, the SDK's own API) nothing receives progress.
        self._open = bool(os.environ.get("RUNPOD_WEBHOOK_POST_OUTPUT"))

    def notify(self, progress: dict[str, Any]) -> None:
        """Send this progress soon. Called from the job's thread."""
        if self._open:
            self._loop.call_soon_threadsafe(self._put, progress)

    def _put(self, progress: dict[str, Any]) -> None:
        if not self._open:
            return
        self._newest = progress
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())

    async def _send(self) -> None:
        async with AsyncClientSession() as session:
            while self._newest is not None:
                progress, self._newest = self._newest, None
                await post(session, self._job["id"], {"status": "IN_PROGRESS", "output": progress})

    def stop(self) -> None:
        """Post nothing more; a post that is under way is broken off."""
        self._open, self._newest = False, None
        if self._sender is not None:
            self._sender.cancel()

    async def close(self) -> None:
        """Post nothing more, and let a post that is under way arrive before the result that follows."""
        self._open, self._newest = False, None
        if self._sender is not None:
            done, _ = await asyncio.wait({self._sender}, timeout=PROGRESS_TIMEOUT_S)
            self.stop()
            if done and not self._sender.cancelled() and (error := self._sender.exception()):
                logger.warning("progress could not be sent", exc_info=error)
