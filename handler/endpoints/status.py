"""status: a job's record, or how the worker itself is. Never loads a model."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from handler import jobs
from handler.alignment import best
from handler.backends import memory
from handler.jobs import Job
from handler.protocols import Services
from handler.removal import Sweep
from handler.requests import StatusInput
from handler.settings import BEST
from handler.types import Failure

PACKAGES = ("runpod", "torch", "boto3", "soundfile", "ass")
"""Packages whose versions a bug report needs, with those of the engines and aligners; one not installed is left out."""

SHOWN_ERRORS = 20


def run(request: StatusInput, _: Job, services: Services) -> dict[str, Any]:
    """The record of ``job_id``, or the worker's health."""
    return _health(services) if request.job_id is None else _record(request.job_id, services)


def _record(job_id: str, services: Services) -> dict[str, Any]:
    found = jobs.as_shown(jobs.load(services.store, job_id), services.store, services.settings)
    record = asdict(found)
    done = found.state == jobs.COMPLETED
    reply = jobs.reply(found, services.store, services.settings.presign_ttl) if done else None
    shown = (
        "job_id", "state", "endpoint", "progress", "attempt",
        "started_at", "heartbeat_at", "finished_at", "metrics", "outputs",
    )  # fmt: skip
    # Not "error": the SDK takes a field of that name for the failure of this very request, and removes it.
    return {name: record[name] for name in shown} | {"job_error": record["error"], "reply": reply}


def _health(services: Services) -> dict[str, Any]:
    settings = services.settings
    engine = services.engines.loaded(settings.default_engine)
    folders = {"temporary": Path(tempfile.gettempdir()), "models": settings.models_dir}
    errors = Counter({code: count for code, count in services.tally.items() if code != jobs.COMPLETED})
    return {
        "state": "ready" if engine else "cold",
        "versions": _versions(services),
        "engine": settings.default_engine,
        "device": engine.device if engine else None,
        "model": engine.model if engine else None,
        "model_license": engine.model_license if engine else None,
        "engines": {name: engine_state(name, services) for name in settings.engines},
        "aligners": aligner_states(services),
        "environment": Path(sys.prefix).name,
        "free_space": {name: shutil.disk_usage(path).free for name, path in folders.items() if path.is_dir()},
        "store": services.store.describe(),
        "jobs": {"done": services.tally[jobs.COMPLETED], "failed": errors.total()},
        "recent_errors": dict(errors),
        "memory": _memory(),
        "sweep": _sweep(services.sweeps[-1]) if services.sweeps else None,
        "queue": asdict(services.queue()) if services.queue else None,
        "last_errors": [_error(failure) for failure in list(services.failures)[: -SHOWN_ERRORS - 1 : -1]],
    }


def _memory() -> dict[str, Any]:
    """In bytes: of this process, of what the machine or the container has, and of the GPU once torch is loaded."""
    free, total = memory.machine_bytes()
    gpu = memory.gpu_bytes()
    return {
        "worker": memory.resident_bytes(),
        "total": total,
        "free": free,
        "gpu": {"total": gpu[1], "free": gpu[0]} if gpu else None,
    }


def _sweep(done: Sweep) -> dict[str, Any]:
    """When this worker last removed what nobody needs, and how many files and objects, by kind."""
    return {"time": round(done.time, 3), "removed": {kind: each.count for kind, each in done.removed.items()}}


def _error(failure: Failure) -> dict[str, Any]:
    """A job that failed, without the words of its client."""
    return {
        "time": round(failure.time, 3),
        "endpoint": failure.endpoint,
        "error_code": failure.code,
        "message": failure.message,
        "retryable": failure.retryable,
    }


def aligner_states(services: Services) -> dict[str, str]:
    """Each of ALIGNERS: ready, or what it lacks; and `best`, where it is one of them or two aligners are ready."""
    aligners, settings = services.aligners, services.settings
    states = {
        name: aligners.problem(name) or aligners.missing_files(name) or "ready" for name in settings.aligner_names
    }
    lacks = best.problem(aligners, settings.aligners)
    return states | ({BEST: lacks or "ready"} if BEST in settings.aligners or not lacks else {})


def engine_state(name: str, services: Services) -> dict[str, Any]:
    """One of ENGINES; its model, licence and device are known once it is loaded."""
    engine = services.engines.loaded(name)
    problem = services.engines.problem(name) or services.engines.missing_files(name)
    return {
        "state": "loaded" if engine else problem or "ready",
        "supports_cloning": engine.supports_cloning if engine else services.engines.backends[name].supports_cloning,
        "device": engine.device if engine else None,
        "model": engine.model if engine else None,
        "model_license": engine.model_license if engine else None,
    }


def _versions(services: Services) -> dict[str, str]:
    versions = {"python": platform.python_version()}
    backends = [*services.engines.backends.values(), *services.aligners.backends.values()]
    for package in (*PACKAGES, *(backend.package for backend in backends if backend.package)):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
