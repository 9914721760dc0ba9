"""The RunPod loop: be ready first, then take jobs; the event loop stays free while threads work."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from handler import startup
from handler.app import make_services
from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.errors import ConfigError, TooLarge
from handler.jobs import Listener
from handler.protocols import Services
from handler.settings import Settings
from handler.storage import retention
from handler.telemetry import spans

logger = logging.getLogger(__name__)

MAX_REPLY_BYTES = 8_000_000  # the platform answers 400 to larger replies (10 MB on /run), and the SDK only logs that
PROGRESS_TIMEOUT_S = 5.0  # how long a finished job waits for its last progress to be sent


def serve(settings: Settings, sdk_arguments: Sequence[str]) -> int:
    """Take jobs until RunPod stops the worker; returns an exit code.

    Raises ConfigError before the first job is taken: a broken worker would fail every job, and be paid for.
    """
    startup.mark_environment_in_use()
    loading = load_sdk()
    services = make_services(settings)
    if tracing := spans.start():
        services.observers.append(tracing)
    startup.prepare(services)
    retention.start(settings, services.store)
    loading.join()
    runpod = _sdk(sdk_arguments)
    runpod.serverless.start(
        {"handler": Worker(services).handle, "concurrency_modifier": lambda _: settings.worker_concurrency}
    )
    return 0


def load_sdk() -> threading.Thread:
    """Import RunPod's SDK in a thread, while the model is loaded: each waits for the disk most of its time."""
    # At its own default, DEBUG, it logs every reply whole, signed URLs included.
    os.environ.setdefault("RUNPOD_LOG_LEVEL", "INFO")

    def load() -> None:
        # `_sdk` reports a missing package in the main thread.
        with suppress(ImportError):
            importlib.import_module("runpod")

    thread = threading.Thread(target=load, name="sdk", daemon=True)
    thread.start()
    return thread


def _sdk(arguments: Sequence[str]) -> Any:
    """RunPod's SDK, patched; it reads its flags from sys.argv."""
    try:
        import runpod
        from runpod.serverless.modules import rp_scale
    except ImportError:
        raise ConfigError("the package runpod is not installed; in a clone, make worker installs it") from None
    sys.argv = [sys.argv[0], *arguments]
    rp_scale.JobScaler = _prompt_scaler(rp_scale.JobScaler)
    return runpod


def _prompt_scaler(scaler: Any) -> Any:
    """The SDK's job loop, patched to end its poll on SIGTERM: a job that it got in the next 90 s would never run."""

    class PromptScaler(scaler):  # type: ignore[misc]
        def __init__(self, config: dict[str, Any]) -> None:
            super().__init__(config)
            for name in ("jobs_fetcher", "stop_signals_fetcher"):
                setattr(self, name, self._until_stopped(getattr(self, name)))

        def _until_stopped(self, fetch: Any) -> Any:
            async def fetch_or_stop(*arguments: Any) -> Any:
                poll, stopped = map(asyncio.ensure_future, (fetch(*arguments), self._shutdown_event.wait()))
                try:
                    await asyncio.wait({poll, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    return await poll if poll.done() else []
                finally:
                    stopped.cancel()
                    poll.cancel()

            return fetch_or_stop

    return PromptScaler


class Worker:
    """Runs jobs in threads for the SDK, and sends their progress in order."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # The loop's own pool may have fewer threads than WORKER_CONCURRENCY on a small machine.
        self._threads = ThreadPoolExecutor(services.settings.worker_concurrency, thread_name_prefix="job")

    async def handle(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run one job, as the SDK calls it. Cancelling this coroutine cancels the job."""
        progress = _ProgressRelay(job)
        cancellation = Cancellation()
        listener = Listener(on_progress=progress.notify)
        run = partial(dispatch, job, self._services, listener=listener, cancellation=cancellation)
        work = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, run)
        try:
            return _within_limits(await asyncio.shield(work))
        except asyncio.CancelledError:
            cancellation.cancel()
            # A thread cannot be killed: its place is free only once it has noticed.
            await work
            raise
        finally:
            await progress.flush()


def _within_limits(reply: dict[str, Any]) -> dict[str, Any]:
    size = len(json.dumps(reply, ensure_ascii=False).encode())
    if size <= MAX_REPLY_BYTES:
        return reply
    fault = f"the reply has {size / 1e6:.0f} MB and the platform takes {MAX_REPLY_BYTES / 1e6:g}"
    return TooLarge(f"{fault}; the files are in the bucket, ask download for them").reply()


class _ProgressRelay:
    """Sends the newest progress, one post at a time, all of them before the result.

    The SDK's own ``progress_update`` may arrive after the result, and leaves the finished job IN_PROGRESS for ever.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._loop = asyncio.get_running_loop()
        self._newest: dict[str, Any] | None = None
        self._sender: asyncio.Task[None] | None = None
        # Without a queue (local tests, the SDK's own API) nothing receives progress.
        self._has_queue = bool(os.environ.get("RUNPOD_WEBHOOK_POST_OUTPUT"))

    def notify(self, progress: dict[str, Any]) -> None:
        """Send this progress soon. Called from the job's thread."""
        if self._has_queue:
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
        """Wait until the progress is sent; a failed update must not lose the result."""
        try:
            if self._sender is not None:
                await asyncio.wait_for(self._sender, PROGRESS_TIMEOUT_S)
        except Exception:  # the SDK's own code: nothing it raises may cost a finished job
            logger.warning("progress could not be sent", exc_info=True)
