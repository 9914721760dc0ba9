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
from handler.job_input import StatusInput
from handler.jobs import Job
from handler.ports import Tools

PACKAGES = ("runpod", "torch", "f5-tts", "whisperx", "google-cloud-speech", "boto3", "pocketsphinx", "soundfile", "ass")
"""Whose versions a report of a fault needs; one that is not installed is left out."""


def run(request: StatusInput, _: Job, tools: Tools) -> dict[str, Any]:
    """The record of ``job_id``, or the worker's health."""
    return _health(tools) if request.job_id is None else _record(request.job_id, tools)


def _record(job_id: str, tools: Tools) -> dict[str, Any]:
    record = asdict(jobs.load(tools.store, job_id))
    shown = ("job_id", "state", "endpoint", "progress", "started_at", "finished_at", "metrics", "outputs")
    # Not "error": the SDK takes a field of that name for the failure of this very request, and removes it.
    return {name: record[name] for name in shown} | {"job_error": record["error"]}


def _health(tools: Tools) -> dict[str, Any]:
    settings = tools.settings
    engine = tools.engines.built(settings.tts_engine)
    errors = Counter({code: count for code, count in tools.tally.items() if code != jobs.COMPLETED})
    return {
        "state": "ready" if engine else "cold",
        "versions": _versions(),
        "engine": settings.tts_engine,
        "device": engine.device if engine else None,
        "model": engine.model if engine else None,
        "model_license": engine.model_license if engine else None,
        "aligners": {name: _aligner(name, tools) for name in settings.aligners if name != "engine"},
        "environment": Path(sys.prefix).name,
        "free_space": {name: shutil.disk_usage(path).free for name, path in _places(tools).items()},
        "store": tools.store.describe(),
        "jobs": {"done": tools.tally[jobs.COMPLETED], "failed": errors.total()},
        "recent_errors": dict(errors),
    }


def _aligner(name: str, tools: Tools) -> str:
    return tools.aligners.why_not(name) or tools.aligners.missing(name) or "ready"


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _places(tools: Tools) -> dict[str, Path]:
    places = {"temporary": Path(tempfile.gettempdir()), "models": tools.settings.models_dir}
    return {name: path for name, path in places.items() if path.is_dir()}
