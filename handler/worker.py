"""The RunPod loop: ready first, then take jobs; the event loop stays free while threads work."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

from handler.app import make_tools
from handler.dispatch import dispatch
from handler.errors import ConfigError
from handler.ports import Tools
from handler.settings import Settings

logger = logging.getLogger(__name__)


def serve(settings: Settings, sdk_arguments: Sequence[str]) -> int:
    """Take jobs until RunPod stops the worker; returns an exit code.

    A start that cannot succeed raises ConfigError before the first job is taken: a worker that comes up broken would
    fail every job it is given, and be paid for.
    """
    tools = make_tools(settings)
    if reason := tools.engines.why_not(settings.tts_engine):
        raise ConfigError(f"TTS_ENGINE: {reason}")
    tools.engines.get(settings.tts_engine)
    # The SDK reads its addresses from the environment when it is imported, and its flags from sys.argv.
    try:
        import runpod
    except ImportError:
        raise ConfigError("the package runpod is not installed; install requirements/worker.txt") from None
    sys.argv = [sys.argv[0], *sdk_arguments]
    runpod.serverless.start(
        {
            "handler": Worker(tools).handle,
            "concurrency_modifier": lambda _: settings.worker_concurrency,
        }
    )
    return 0


class Worker:
    """Runs jobs in threads for the SDK, and sends their progress in order."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def handle(self, job: dict[str, Any]) -> dict[str, Any]:
        """One job, as the SDK calls it. Cancelling this coroutine stops the job at its next chunk."""
        progress = _Progress(job)
        cancelled = threading.Event()
        work = asyncio.create_task(
            asyncio.to_thread(dispatch, job, self._tools, notify=progress.notify, cancelled=cancelled)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled.set()
            # The thread cannot be killed: the lane is free only once it has noticed.
            await work
            raise
        finally:
            await progress.flush()


class _Progress:
    """Sends the newest progress, one post at a time, all of them before the result.

    The SDK's own ``progress_update`` posts from a thread that nobody waits for: one sent near the end arrives after
    the result, and leaves the finished job IN_PROGRESS for ever.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._newest: dict[str, Any] | None = None
        self._sender: asyncio.Task[None] | None = None
        # Without a queue (local tests, the SDK's own API) there is nobody to tell.
        self._queue = bool(os.environ.get("RUNPOD_WEBHOOK_POST_OUTPUT"))

    def notify(self, progress: dict[str, Any]) -> None:
        """Called from the job's thread."""
        if self._queue:
            self._loop.call_soon_threadsafe(self._put, progress)

    def _put(self, progress: dict[str, Any]) -> None:
        self._newest = progress
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())

    async def _send(self) -> None:
        import runpod.http_client
        from runpod.serverless.modules.rp_http import send_result

        async with runpod.http_client.AsyncClientSession() as session:
            while self._newest is not None:
                progress, self._newest = self._newest, None
                await send_result(session, {"status": "IN_PROGRESS", "output": progress}, self._job)

    async def flush(self) -> None:
        """Wait until what was told is sent; progress that cannot be sent is no reason to lose the result."""
        if self._sender is not None:
            try:
                await self._sender
            except Exception:  # the SDK's own code: nothing it raises may cost a finished job
                logger.warning("progress could not be sent", exc_info=True)
