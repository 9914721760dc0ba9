"""The RunPod worker: be ready first, then take jobs; the event loop stays free while threads work."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from handler import sdk, startup
from handler.app import make_services
from handler.backends import device, heap
from handler.cancellation import Cancellation
from handler.dispatch import dispatch, is_recorded
from handler.errors import ConfigError, TooLarge, Unavailable, WorkerError
from handler.jobs import Listener
from handler.protocols import Services
from handler.settings import Settings
from handler.sweeping import Sweeper
from handler.telemetry import spans

logger = logging.getLogger(__name__)

MAX_REPLY_BYTES = 8_000_000  # the platform answers 400 to larger replies (10 MB on /run)


def serve(settings: Settings, sdk_arguments: Sequence[str]) -> int:
    """Take jobs until RunPod stops the worker; returns an exit code.

    A worker that cannot start takes none: it would fail every job, and be paid for. On a queue RunPod is told why, and
    the process ends with code 1; elsewhere this raises WorkerError.
    """
    heap.keep_small()
    startup.mark_environment_in_use()
    loading = sdk.load()
    try:
        services = _ready(settings)
    except WorkerError as error:
        loading.join()
        if settings.runpod_webhook_get_job:
            refuse(error)
        raise
    sweeper = Sweeper(services)
    sweeper.start()
    loading.join()
    sdk.start(_config(services), sdk_arguments, {name: _outcome(name) for name in startup.CHECKS})
    sweeper.stop()
    return 0


def refuse(error: WorkerError) -> None:
    """Tell RunPod why this worker cannot start, and end the process with code 1. Returns if the SDK is missing."""
    if error.__cause__ is not None:
        logger.warning("the cause", exc_info=error.__cause__)
    checks = {name: _outcome(name, error) for name in (WorkerError.check, *startup.CHECKS)}
    with suppress(ConfigError):
        sdk.start({"handler": lambda _: error.reply()}, (), checks)


def _ready(settings: Settings) -> Services:
    """Everything of a worker that has proved to work. Raises WorkerError."""
    services = make_services(settings)
    if tracing := spans.start():
        services.observers.append(tracing)
    startup.prepare(services)
    return services


def _outcome(name: str, error: WorkerError | None = None) -> Callable[[], None]:
    """A check of the SDK's: what the start has found, which took seconds, is not looked for again."""

    def check() -> None:
        if error is not None and error.check == name:
            # As every command ends; the SDK lets nothing else be said.
            sys.stderr.write(f"{error.code}: {error.message}\n")
            raise error

    return check


def _config(services: Services) -> dict[str, Any]:
    settings, worker = services.settings, Worker(services)
    return {
        "handler": worker.handle,
        "lanes": settings.worker_concurrency,
        "max_jobs": settings.max_jobs_per_worker,
        "is_counted": is_recorded,
        "leave": worker.leave,
    }


class Worker:
    """Runs jobs in threads for the SDK, and sends their progress in order."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._leaving = Cancellation()
        # The loop's own pool may have fewer threads than WORKER_CONCURRENCY on a small machine.
        self._threads = ThreadPoolExecutor(services.settings.worker_concurrency, thread_name_prefix="job")

    def leave(self) -> None:
        """End the jobs that only wait for another worker, which has them: this one was told to stop."""
        self._leaving.cancel()

    async def handle(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run one job, as the SDK calls it. Cancelling this coroutine cancels the job.

        Raises CancelledError, too, for a job that `leave` has ended.
        """
        # It imports the SDK, which a start loads beside the model.
        from handler.sdk.posting import ProgressRelay

        progress = ProgressRelay(job)
        cancellation = Cancellation()
        listener = Listener(on_progress=progress.notify)
        run = partial(
            dispatch, job, self._services, listener=listener, cancellation=cancellation, leaving=self._leaving
        )
        work = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, run)
        try:
            reply = await asyncio.shield(work)
        except asyncio.CancelledError:
            cancellation.cancel()
            # Now: the job's thread reports until it has noticed.
            progress.stop()
            # A thread cannot be killed: its place is free only then.
            await _end_of(work)
            raise
        if reply.get("error_code") == Unavailable.code:
            # Posted, it would be the end of the job; so the queue gives it to a worker that stays.
            progress.stop()
            raise asyncio.CancelledError
        await progress.close()
        reply = _within_limits(reply)
        # Also a job that went well may have met the fault: without its aligner, say.
        return reply | {"refresh_worker": True} if device.is_broken() else reply


async def _end_of(work: asyncio.Future[Any]) -> None:
    """Wait for it, however often the waiting is cancelled."""
    while not work.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({work})


def _within_limits(reply: dict[str, Any]) -> dict[str, Any]:
    size = len(json.dumps(reply, ensure_ascii=False).encode(errors="surrogatepass"))
    if size <= MAX_REPLY_BYTES:
        return reply
    fault = f"the reply has {size / 1e6:.0f} MB and the platform takes {MAX_REPLY_BYTES / 1e6:g}"
    return TooLarge(f"{fault}; the files are in the bucket, ask download for them").reply()
