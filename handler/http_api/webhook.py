"""Webhooks: a URL that a client gave is sent a job's view when the job has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from handler.cancellation import in_thread
from handler.errors import BadRequest
from handler.http_api.errors import Refused
from handler.http_api.queued_job import QueuedJob
from handler.net.connection import LinkRefused, NotPublic, Target, TransientFailure
from handler.net.post import post_json
from handler.net.public_address import is_private_host
from handler.settings import Settings
from handler.telemetry import json_text

logger = logging.getLogger(__name__)

TRIES, RETRY_S = 3, 10.0  # as RunPod's
PRIVATE = "an address that is not public; the worker's operator can set ALLOW_PRIVATE_URLS"
MAX_AT_ONCE = 16  # each takes a thread, for up to 20 s where its server does not answer


@dataclass(frozen=True)
class Webhooks:
    """Sends the views of jobs that have ended, ``view(job)`` as JSON."""

    settings: Settings
    view: Callable[[QueuedJob], dict[str, Any]]
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_AT_ONCE))

    def check(self, url: str) -> None:
        """Raise Refused for a URL whose host is written as an address that is not public, unless that is allowed."""
        if not self.settings.allow_private_urls and is_private_host(Target.parse(url).host):
            raise Refused.by(BadRequest.of("webhook", f"leads to {PRIVATE}"))

    async def deliver(self, job: QueuedJob, url: str) -> None:
        """Wait for the job's end and POST its view, again where it is not answered with 200."""
        await job.ended.wait()
        body = json_text(self.view(job)).encode()
        for tried in range(1, TRIES + 1):
            async with self._free:
                problem = await asyncio.wrap_future(in_thread(partial(self._post, url, body)))
            if problem is None:
                return
            logger.warning("the webhook of a job was not delivered: %s", problem, extra={"job": job.id, "try": tried})
            if tried < TRIES:
                await asyncio.sleep(RETRY_S)

    def _post(self, url: str, body: bytes) -> str | None:
        """None, or why the server did not take it."""
        try:
            status = post_json(url, body, allow_private=self.settings.allow_private_urls)
        except NotPublic:
            return f"its host has {PRIVATE}"
        except (LinkRefused, TransientFailure) as failure:
            return f"the link {failure}"
        return None if status == 200 else f"its server answered {status}"
