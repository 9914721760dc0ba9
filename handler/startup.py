"""A worker proves that it works before it takes a job: the store is writable, the engine speaks, models are loaded."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from handler.doctor import probe_store
from handler.errors import AlignerFailed, AlignmentError, ConfigError, StoreUnavailable, WorkerError
from handler.protocols import Engine, Services, WarmAligner
from handler.text.languages.tags import primary_language

logger = logging.getLogger(__name__)

MIN_CONFIDENCE = 0.25
"""The lightest local aligner gives four words of a synthetic voice 0.68 to 0.92 in any of its accents and paces, other
words for the same sound mostly 0.2 to 0.6, noise 0.01 to 0.07."""

MAX_LANGUAGES = 2  # languages per aligner whose models are loaded: an aligner keeps no more
MIN_FREE_BYTES = 50_000_000  # of temporary files: a minute of speech, with its work files
IN_USE_INTERVAL_S = 3600.0  # half of what ``setup_network_venv.py --gc`` waits for


def mark_environment_in_use() -> None:
    """Show ``setup_network_venv.py --gc`` every hour, from a thread, that a worker runs in this environment."""
    threading.Thread(target=_mark_in_use, name="in-use", daemon=True).start()


def _mark_in_use() -> None:
    environment, never = Path(sys.prefix), threading.Event()
    while True:
        # On a read-only volume nobody removes anything.
        with suppress(OSError):
            if (environment / ".ready").exists():
                os.utime(environment / ".used")
        never.wait(IN_USE_INTERVAL_S)


def prepare(services: Services) -> None:
    """Load what a worker needs, by all of CHECKS. Raises the error of the one that finds that jobs would fail."""
    for name, check in CHECKS.items():
        try:
            check(services)
        except WorkerError as error:
            error.check = name
            raise


def _check_store(services: Services) -> None:
    try:
        probe_store(services.store)
    except WorkerError as error:
        # A bucket that is away for a minute is no wrong setting: jobs that wait for the start may be sent again.
        gone = isinstance(error, StoreUnavailable)
        raise ConfigError(f"the store cannot be used: {error.message}", retryable=gone) from error
    if services.settings.urls_may_end_early(services.settings.presign_ttl):
        logger.warning("URLs end with AWS_SESSION_TOKEN, maybe before PRESIGN_TTL; set keys that stay")


def _check_disk(_: Services) -> None:
    """Raise ConfigError where the temporary files of no job have room: each would fail, and be paid for."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < MIN_FREE_BYTES:
        raise ConfigError(
            f"TMPDIR: the folder for temporary files has {free / 1e6:.0f} MB free, and jobs need "
            f"{MIN_FREE_BYTES / 1e6:.0f} MB; make room, give the worker a larger disk, or set TMPDIR to another folder"
        )


def _check_speech(services: Services) -> None:
    """Load the default engine and the aligners' models. Raises ConfigError for an engine that does not speak."""
    _warm_aligners(services)
    _verify_intelligible(services.engines.get(services.settings.default_engine), services)


def _check_engines(services: Services) -> None:
    """Log what each of ENGINES lacks here. Raises ConfigError if the default is not installed; it is loaded next."""
    default, *others = services.settings.engines
    if problem := services.engines.problem(default):
        raise ConfigError(f"ENGINES: {problem}")
    for name in others:
        if problem := services.engines.problem(name):
            logger.warning("requests for the engine %s will be refused: %s", name, problem)
        elif missing := services.engines.missing_files(name):
            logger.warning("the first job of the engine %s has to fetch its files, or fails: %s", name, missing)


def _load_marks(services: Services) -> None:
    """Load the marks of AI_MARK. Raises ConfigError if one cannot be made: no job shall go out without it."""
    for name in services.settings.ai_mark:
        services.marks.get(name)


def _warm_aligners(services: Services) -> None:
    """Load the aligners' models that are on this disk.

    One that cannot be loaded does not stop the start: jobs skip it with a warning.
    """
    on_disk = {name: services.aligners.languages(name) or () for name in services.settings.aligner_names}
    usable = services.aligners.usable(name for name, languages in on_disk.items() if languages)
    for name, aligner in usable:
        try:
            if isinstance(aligner, WarmAligner):
                for language in on_disk[name][:MAX_LANGUAGES]:
                    aligner.warm(language)
        except Exception as error:  # noqa: BLE001 - `skip` logs it
            usable.skip(name, error)


def _verify_intelligible(engine: Engine, services: Services) -> None:
    """Have a local aligner find the words of the engine's warm-up in its sound, if there is such an aligner.

    Weights may give sound that is finite, loud and of the right length, and no speech at all. Raises ConfigError if the
    words are not found.
    """
    if (warmup := engine.warmup) is None:
        return
    usable = services.aligners.usable(_local_aligners(warmup.language, services), warmup.language)
    for name, aligner in usable:
        try:
            times = aligner.align(warmup.samples, engine.sample_rate, warmup.words, warmup.language)
        except Exception as error:  # noqa: BLE001 - `skip` logs it
            # A fault of the aligner itself says nothing about the engine.
            if isinstance(error, AlignerFailed) or not isinstance(error, AlignmentError):
                usable.skip(name, error)
                continue
            times = []
        confidence = sum(time.confidence for time in times if time) / len(warmup.words)
        logger.info("warm-up aligned", extra={"aligner": name, "confidence": round(confidence, 3)})
        if confidence < MIN_CONFIDENCE:
            remedy = f"{warmup.remedy}; " if warmup.remedy else ""
            measure = f"confidence {confidence:.2f}, at least {MIN_CONFIDENCE} is needed"
            fault = f"{engine.name} makes sound, but {name} cannot find the words that it was given ({measure})"
            raise ConfigError(f"{fault}: {remedy}to start all the same, leave {name} out of ALIGNERS")
        return


def _local_aligners(language: str, services: Services) -> list[str]:
    """Those of ALIGNERS that compute on this machine and lack no model of the language."""
    aligners = services.aligners
    local = [name for name in services.settings.aligner_names if aligners.backends[name].local]
    on_disk = {name: aligners.languages(name) for name in local}
    return [name for name, known in on_disk.items() if known is None or primary_language(language) in known]


CHECKS: Mapping[str, Callable[[Services], None]] = {
    "engine_is_installed": _check_engines,
    "marks_can_be_made": _load_marks,
    "store_answers": _check_store,
    "disk_has_room": _check_disk,
    "engine_speaks": _check_speech,
}
"""What a start proves, in this order, by the names that RunPod is told."""
