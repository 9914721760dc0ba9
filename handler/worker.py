"""The RunPod loop: ready first, then take jobs; the event loop stays free while threads work."""

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
from pathlib import Path
from typing import Any

from handler.app import make_services
from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.doctor import probe_store
from handler.errors import AlignerFailed, AlignmentError, ConfigError, TooLarge, WorkerError
from handler.languages import primary_language
from handler.protocols import Engine, Services, WarmAligner
from handler.settings import Settings
from handler.storage import retention

logger = logging.getLogger(__name__)


MAX_REPLY = 8_000_000
"""Bytes of JSON: the platform answers 400 to larger ones (10 MB on /run), and the SDK only logs that."""

LISTENERS = ("whisperx", "sphinx")
"""Aligners that work on this machine alone."""

UNDERSTOOD = 0.25
"""Confidence that the engine's first words need. By sphinx, four words of a synthetic voice have 0.68 to 0.92 in any
of its accents and paces, the same sound with other words mostly 0.2 to 0.6, noise 0.01 to 0.07."""

SIGN_OF_USE = 3600.0
"""Seconds between two; half of what `--gc` of the set-up waits for."""

PROGRESS_PATIENCE = 5.0
"""Seconds that a finished job waits for its last progress to be sent."""


def serve(settings: Settings, sdk_arguments: Sequence[str]) -> int:
    """Take jobs until RunPod stops the worker; returns an exit code.

    A start that cannot succeed raises ConfigError before the first job is taken: a worker that comes up broken would
    fail every job it is given, and be paid for.
    """
    threading.Thread(target=_stay_in_use, name="in-use", daemon=True).start()
    loading = load_sdk()
    services = make_services(settings)
    _ready(services)
    retention.start(settings, services.store)
    loading.join()
    runpod = _sdk(sdk_arguments)
    runpod.serverless.start(
        {
            "handler": Worker(services).handle,
            "concurrency_modifier": lambda _: settings.worker_concurrency,
        }
    )
    return 0


def _stay_in_use() -> None:
    """Tell ``setup_network_venv.py --gc`` every hour that a worker runs in this environment, if that made it."""
    env, never = Path(sys.prefix), threading.Event()
    while True:
        # On a read-only volume nobody removes anything.
        with suppress(OSError):
            if (env / ".ready").exists():
                os.utime(env / ".used")
        never.wait(SIGN_OF_USE)


def _ready(services: Services) -> None:
    """The bucket takes what will be written, the engine is warm."""
    if reason := services.engines.why_not(services.settings.tts_engine):
        raise ConfigError(f"TTS_ENGINE: {reason}")
    try:
        probe_store(services.store)
    except WorkerError as error:
        raise ConfigError(f"the store cannot be used: {error.message}") from error
    _warm(services)
    _understood(services.engines.get(services.settings.tts_engine), services)


def _warm(services: Services) -> None:
    """Load the aligners' models that are on this disk, two languages of each at most: more are not kept.

    One that cannot be loaded is no reason not to start: jobs pass it over, and say so.
    """
    for name in services.settings.aligners:
        if name == "engine" or services.aligners.why_not(name) or not (languages := services.aligners.languages(name)):
            continue
        try:
            aligner = services.aligners.get(name)
            if isinstance(aligner, WarmAligner):
                for language in languages[:2]:
                    aligner.warm(language)
        except Exception as error:
            logger.warning("the aligner %s is not ready", name, exc_info=error)


def _understood(engine: Engine, services: Services) -> None:
    """Have an aligner, where there is one that works here, find the engine's first words in their sound.

    Weights may give sound that is finite, loud and of the right length, and no speech at all.
    """
    warmup = engine.warmup
    for name in (name for name in services.settings.aligners if name in LISTENERS):
        if warmup is None or services.aligners.why_not(name):
            continue
        on_disk = services.aligners.languages(name)
        if on_disk is not None and primary_language(warmup.language) not in on_disk:
            continue
        try:
            aligner = services.aligners.get(name)
            if not aligner.speaks(warmup.language):
                continue
            times = aligner.align(warmup.samples, engine.sample_rate, warmup.words, warmup.language)
        except AlignmentError as error:
            if isinstance(error, AlignerFailed):
                logger.warning("%s cannot listen", name, exc_info=error)
                continue
            times = []
        except Exception as error:
            # Its own fault says nothing of the engine.
            logger.warning("%s cannot listen", name, exc_info=error)
            continue
        confidence = sum(time.confidence for time in times if time) / len(warmup.words)
        logger.info("first words", extra={"aligner": name, "confidence": round(confidence, 3)})
        if confidence < UNDERSTOOD:
            raise ConfigError(
                f"{engine.name} makes sound, but {name} cannot find the words that it was given (confidence "
                f"{confidence:.2f}, at least {UNDERSTOOD} is needed): take the F5_CKPT_FILE, F5_VOCAB_FILE and "
                f"F5_VOCODER_DIR that belong to F5_MODEL; to start all the same, leave {name} out of ALIGNERS"
            )
        return


def load_sdk() -> threading.Thread:
    """Import RunPod's SDK beside the loading of the model: each waits for the disk for much of its time."""
    # At its own default, DEBUG, it logs every reply whole, signed URLs included.
    os.environ.setdefault("RUNPOD_LOG_LEVEL", "INFO")

    def load() -> None:
        # One that is not there is told by `_sdk`, in the main thread.
        with suppress(ImportError):
            importlib.import_module("runpod")

    thread = threading.Thread(target=load, name="sdk", daemon=True)
    thread.start()
    return thread


def _sdk(arguments: Sequence[str]) -> Any:
    """RunPod's SDK: it reads its addresses from the environment when it is imported, and its flags from sys.argv."""
    try:
        import runpod
        from runpod.serverless.modules import rp_scale
    except ImportError:
        raise ConfigError("the package runpod is not installed; in a clone, make worker installs it") from None
    sys.argv = [sys.argv[0], *arguments]
    rp_scale.JobScaler = _prompt_scaler(rp_scale.JobScaler)
    return runpod


def _prompt_scaler(scaler: Any) -> Any:
    """The SDK's loop, that stops asking for jobs when it is told to stop.

    Its own goes on with a poll of up to 90 seconds after SIGTERM, and a job handed over then is taken and never run.
    """

    class PromptScaler(scaler):  # type: ignore[misc]
        def __init__(self, config: dict[str, Any]) -> None:
            super().__init__(config)
            for name in ("jobs_fetcher", "stop_signals_fetcher"):
                setattr(self, name, self._until_stopped(getattr(self, name)))

        def _until_stopped(self, fetch: Any) -> Any:
            async def fetch_or_stop(*arguments: Any) -> Any:
                stopped = asyncio.ensure_future(self._shutdown_event.wait())
                poll = asyncio.ensure_future(fetch(*arguments))
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
        self._tools = services
        # The loop's own pool has fewer threads than jobs may be taken on a small machine.
        self._threads = ThreadPoolExecutor(services.settings.worker_concurrency, thread_name_prefix="job")

    async def handle(self, job: dict[str, Any]) -> dict[str, Any]:
        """One job, as the SDK calls it. Cancelling this coroutine stops the job at its next chunk."""
        progress = _Progress(job)
        cancellation = Cancellation()
        do = partial(dispatch, job, self._tools, notify=progress.notify, cancellation=cancellation)
        work = asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, do)
        try:
            return _within_limits(await asyncio.shield(work))
        except asyncio.CancelledError:
            cancellation.cancel()
            # The thread cannot be killed: the lane is free only once it has noticed.
            await work
            raise
        finally:
            await progress.flush()


def _within_limits(reply: dict[str, Any]) -> dict[str, Any]:
    size = len(json.dumps(reply, ensure_ascii=False).encode())
    if size <= MAX_REPLY:
        return reply
    return TooLarge(
        f"the reply has {size / 1e6:.0f} MB and the platform takes {MAX_REPLY / 1e6:g}; the files are in the bucket, "
        "ask download for them"
    ).reply()


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
                await asyncio.wait_for(self._sender, PROGRESS_PATIENCE)
            except Exception:  # the SDK's own code: nothing it raises may cost a finished job
                logger.warning("progress could not be sent", exc_info=True)
