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
from handler.jobs import Job
from handler.protocols import Services
from handler.requests import StatusInput

PACKAGES = ("runpod", "torch", "boto3", "soundfile", "ass")
"""Packages whose versions a bug report needs, with those of the engines and aligners; one not installed is left out."""


def run(request: StatusInput, _: Job, services: Services) -> dict[str, Any]:
    """The record of ``job_id``, or the worker's health."""
    return _health(services) if request.job_id is None else _record(request.job_id, services)


def _record(job_id: str, services: Services) -> dict[str, Any]:
    record = asdict(jobs.load(services.store, job_id))
    shown = ("job_id", "state", "endpoint", "progress", "started_at", "finished_at", "metrics", "outputs")
    # Not "error": the SDK takes a field of that name for the failure of this very request, and removes it.
    return {name: record[name] for name in shown} | {"job_error": record["error"]}


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
        "engines": {name: _engine(name, services) for name in settings.engines},
        "aligners": {
            name: services.aligners.problem(name) or services.aligners.missing_files(name) or "ready"
            for name in settings.aligner_names
        },
        "environment": Path(sys.prefix).name,
        "free_space": {name: shutil.disk_usage(path).free for name, path in folders.items() if path.is_dir()},
        "store": services.store.describe(),
        "jobs": {"done": services.tally[jobs.COMPLETED], "failed": errors.total()},
        "recent_errors": dict(errors),
    }


def _engine(name: str, services: Services) -> dict[str, Any]:
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
