"""Every check of what a worker needs: ok, a warning or a failure, each with what to do about it."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from handler.app import make_tools
from handler.errors import StorageError, WorkerError
from handler.ports import Store, Tools
from handler.settings import Settings

OK, WARNING, FAILURE = "ok", "warning", "failure"

LEAST_FREE = 1 << 30
"""Bytes: a gigabyte holds the longest speech and its files many times over."""


@dataclass(frozen=True)
class Check:
    """One finding. ``remedy`` says what to do unless all is well."""

    name: str
    state: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n           → {self.remedy}" if self.remedy else ""
        return f"{self.state:8}  {self.name}: {self.finding}{remedy}"


def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which a start needs them. Nothing heavier than an import is loaded."""
    try:
        tools = make_tools(settings)
    except WorkerError as error:
        return [Check("settings", FAILURE, error.message, "see CONFIG.md for the setting named")]
    findings = [Check("settings", OK, "well-formed")]
    for check in CHECKS:
        findings.extend(check(tools))
    return findings


def _engine(tools: Tools) -> Iterator[Check]:
    name = tools.settings.tts_engine
    reason = tools.engines.why_not(name)
    if reason:
        yield Check("engine", FAILURE, reason, "install what is missing, or set TTS_ENGINE to another engine")
        return
    yield Check("engine", OK, f"{name} is installed")
    if missing := tools.engines.missing(name):
        remedy = "let the worker reach the hub at its start, or name files on disk (F5_CKPT_FILE, F5_VOCODER_DIR)"
        yield Check("model files", WARNING, missing, remedy)


def _aligners(tools: Tools) -> Iterator[Check]:
    usable = 0
    for name in tools.settings.aligners:
        if name == "engine":
            continue
        reason = tools.aligners.why_not(name)
        usable += reason is None
        remedy = "" if reason is None else f"leave {name} out of ALIGNERS" + _or_install(name, tools)
        yield Check(f"aligner {name}", WARNING if reason else OK, reason or "installed", remedy)
    if not usable:
        yield Check("aligners", WARNING, "none can be used", "captions need an engine with word times, or an aligner")


def _or_install(name: str, tools: Tools) -> str:
    return ", or install what it needs" if name in tools.aligners.names() else ""


def probe_store(store: Store) -> None:
    """Write, read, list and delete one small object; raises WorkerError for what does not work."""
    key = f"uploads/check-{uuid.uuid4().hex}"
    store.put(key, b"ok", "text/plain")
    whole = store.get(key) == b"ok" and any(info.key == key for info in store.list(key, 1).objects)
    store.delete(key)
    if not whole:
        raise StorageError("what was written could not be read back; check the store's consistency")


def _store(tools: Tools) -> Iterator[Check]:
    try:
        probe_store(tools.store)
    except WorkerError as error:
        yield Check("store", FAILURE, error.message, "check the bucket's name, its keys and their rights")
    else:
        yield Check("store", OK, f"{tools.store.describe()}: put, get, list and delete work")


def _space(tools: Tools) -> Iterator[Check]:
    places = {"temporary folder": Path(tempfile.gettempdir()), "models": tools.settings.models_dir}
    for name, path in places.items():
        if not path.is_dir():
            continue
        free = shutil.disk_usage(path).free
        low = free < LEAST_FREE
        remedy = "remove old files, or give it more space" if low else ""
        yield Check(f"space, {name}", WARNING if low else OK, f"{free / 1e9:.1f} GB free", remedy)


def _sdk(_: Tools) -> Iterator[Check]:
    if find_spec("runpod") is None:
        yield Check(
            "runpod", WARNING, "the SDK is not installed", "install requirements/worker.txt to take jobs from RunPod"
        )
    else:
        yield Check("runpod", OK, f"version {metadata.version('runpod')}")


def _tools(_: Tools) -> Iterator[Check]:
    try:
        import imageio_ffmpeg

        imageio_ffmpeg.get_ffmpeg_exe()
        yield Check("ffmpeg", OK, f"version {imageio_ffmpeg.get_ffmpeg_version()}")
    except (ImportError, RuntimeError):
        yield Check("ffmpeg", WARNING, "not found", "install imageio-ffmpeg; only videos need it")


CHECKS: tuple[Callable[[Tools], Iterator[Check]], ...] = (_engine, _aligners, _store, _space, _sdk, _tools)
