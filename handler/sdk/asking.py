"""What a worker asks the queue for: jobs, and the jobs that it shall stop. Bounded, and read whatever it is."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

import aiohttp
from runpod.serverless.modules import rp_job

from handler.sdk import batches
from handler.sdk.batches import Batch
from handler.sdk.pauses import retry_after_s

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S = 90.0  # for one answer: the queue holds it back until there is something to say
CONNECT_TIMEOUT_S = 15.0
MAX_JOB_BYTES = 25_000_000  # the platform takes 20 MB
MAX_STOPS_BYTES = 1_000_000
MANY_BYTES = 1_000_000  # of an answer: reading it would keep other jobs waiting

NOTHING = frozenset({204, 400})
"""HTTP's statuses of a queue without jobs; 400 is that of one that FlashBoot has put to sleep."""


class NoAnswer(Exception):
    """The queue did not answer as one does; ``wait_s`` is how long it asks to be left alone."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True)
class _Body:
    """The body of an answer, and why its end is missing, if it is."""

    content: bytes
    cut: str | None = None


async def jobs(session: Any, count: int) -> Batch | None:
    """Up to ``count`` jobs, None if the queue has none. Raises NoAnswer."""
    body = await _ask(session, rp_job._job_get_url(count), count * MAX_JOB_BYTES)
    if body is None:
        return None
    if len(body.content) < MANY_BYTES:
        return batches.parse(body.content, cut=body.cut)
    return await asyncio.to_thread(batches.parse, body.content, cut=body.cut)


async def stops(session: Any) -> list[str]:
    """The ids of jobs that were cancelled. Raises NoAnswer."""
    url = rp_job._job_stop_url()
    body = await _ask(session, url, MAX_STOPS_BYTES) if url else None
    if body is None:
        return []
    try:
        answer = json.loads(body.content)
        return [job_id for job_id in answer["jobsToStop"] if isinstance(job_id, str)]
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise NoAnswer(f"what it says of cancelled jobs cannot be read ({type(error).__name__})") from None


async def _ask(session: Any, url: str, most: int) -> _Body | None:
    try:
        timeout = aiohttp.ClientTimeout(total=ASK_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)
        async with session.get(url, timeout=timeout) as response:
            if response.status in NOTHING:
                return None
            if response.status != 200:
                wait_s = retry_after_s(response.headers.get("Retry-After"))
                raise NoAnswer(f"HTTP {response.status}", wait_s)
            return await _read(response, most)
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectionError) as error:
        raise NoAnswer(str(error) or type(error).__name__) from None
    except TimeoutError:  # before an answer began: there was nothing to say
        return None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise NoAnswer(str(error) or type(error).__name__) from None


async def _read(response: aiohttp.ClientResponse, most: int) -> _Body:
    """At most so many bytes; a connection that breaks off ends the body, and what came before it counts."""
    content = bytearray()
    try:
        async for piece in response.content.iter_any():
            content += piece
            if len(content) > most:
                response.close()
                return _Body(bytes(content[:most]), batches.TOO_LARGE)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return _Body(bytes(content), "arrived cut short")
    return _Body(bytes(content))
