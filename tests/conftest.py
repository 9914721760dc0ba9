"""What several test files share: settings from a dict, a store in a temporary folder, services of a small worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from handler.app import make_services
from handler.backends.child_process import ChildProcess
from handler.cancellation import CALL_THREAD
from handler.protocols import Services
from handler.settings import Settings
from handler.storage.local_store import LocalStore
from tests.support.s3_fixtures import s3_environ, s3_store, swift

__all__ = ["environ", "s3_environ", "s3_store", "services", "settings", "store", "swift"]

# The same examples in each run, however long a busy machine takes; `--hypothesis-profile default` draws others.
hypothesis.settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("same")


@pytest.fixture(autouse=True)
def _log_of_this_test() -> Iterator[None]:
    """A command that a test runs configures the process's log until the end of the test alone.

    Calls that an earlier test has left in their threads are silent: a job's last record, for one, is tried for minutes,
    and says so, when its bucket is gone.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    left = {thread for thread in threading.enumerate() if thread.name == CALL_THREAD}
    handle = logging.Logger.handle

    def unless_left(logger: logging.Logger, record: logging.LogRecord) -> None:
        if threading.current_thread() not in left:
            handle(logger, record)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(logging.Logger, "handle", unless_left)
        yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _processes_of_this_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The processes of what a test makes, such as its aligners, end with it.

    What is around a worker refers to itself: its processes, of 200 MB each, would live until the next collection of
    cycles, which is rare.
    """
    made: list[ChildProcess] = []
    init = ChildProcess.__init__

    def remember(process: ChildProcess, *arguments: Any, **options: Any) -> None:
        init(process, *arguments, **options)
        made.append(process)

    monkeypatch.setattr(ChildProcess, "__init__", remember)
    yield
    for process in made:
        if (child := process._child) is not None:
            child.kill()
            child.wait()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a worker with espeak and a folder for a store."""
    return {"TTS_ENGINE": "espeak", "LOCAL_STORE": str(tmp_path / "store"), "MODELS_DIR": str(tmp_path / "models")}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.read(environ)


@pytest.fixture
def store(settings: Settings) -> LocalStore:
    return LocalStore(settings)


@pytest.fixture
def services(settings: Settings) -> Services:
    return make_services(settings)
