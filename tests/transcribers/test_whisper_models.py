"""Whisper's files are found on the disk, or fetched once, while every job that waits for them can be stopped.

The hub is one on this machine that speaks to the hub's real client; its files are a few bytes.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.cancellation import NEVER, Cancellation
from handler.errors import Cancelled, ConfigError, JobTimeout
from handler.models import download
from handler.settings import Settings
from handler.transcribers.whisper_models import MODEL, WhisperFiles
from tests.support import hf_hub
from tests.support.cancellations import Checked
from tests.support.hf_hub import Hub

served = hf_hub.hub

FILES = {
    name: f"{name} of the model".encode()
    for name in ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.json")
}


@pytest.fixture
def hub(served: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub with the model, whose weights do not come before it is ``open``."""
    served.repositories[MODEL] = FILES | {"README.md": b"not needed"}
    served.held["model.bin"] = 0
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())
    return served


@pytest.fixture
def files(settings: Settings) -> WhisperFiles:
    settings.models_dir.mkdir(parents=True)
    return WhisperFiles(settings)


def put_model(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, body in FILES.items():
        (folder / name).write_bytes(body)


def snapshot(settings: Settings, repository: str) -> Path:
    return settings.models_dir / "huggingface" / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"


def stopped_once(reached: threading.Event, error: Exception) -> Cancellation:
    """The check of a job that is stopped as soon as the weights are on their way."""

    def check() -> None:
        if reached.is_set():
            raise error

    return Checked(check)


def fetch_ended() -> None:
    """Wait for the fetch that a stopped job left behind."""
    for thread in threading.enumerate():
        if thread.name == "models":
            thread.join(30)
            assert not thread.is_alive()


def test_the_best_model_on_the_disk_is_used(settings: Settings, hub: Hub) -> None:
    """One put into MODELS_DIR goes before the hub's cache, a large one before a small one, half of one counts not."""
    put_model(snapshot(settings, "Systran/faster-whisper-tiny"))
    files = WhisperFiles(settings)
    half = snapshot(settings, MODEL)
    half.mkdir(parents=True)
    (half / "model.bin").write_bytes(b"half")
    assert files.get(NEVER) == snapshot(settings, "Systran/faster-whisper-tiny")
    put_model(snapshot(settings, "Systran/faster-whisper-medium"))
    assert files.get(NEVER) == snapshot(settings, "Systran/faster-whisper-medium")
    put_model(settings.models_dir / "whisper")
    assert files.get(NEVER) == settings.models_dir / "whisper"
    assert not hub.asked


def test_without_a_place_to_keep_it_nothing_is_fetched(settings: Settings, hub: Hub) -> None:
    """No MODELS_DIR: a ConfigError at once that asks for ref_text, nothing is asked of the hub."""
    with pytest.raises(ConfigError, match="ref_text"):
        WhisperFiles(settings)
    assert not hub.asked


def test_a_model_is_fetched_whole_and_once(files: WhisperFiles, hub: Hub) -> None:
    """The hub's client brings every file that is needed and no other; the next job finds them."""
    hub.open.set()
    folder = files.get(NEVER)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert files.get(NEVER) == folder
    assert hub.asked == dict.fromkeys([*FILES, "list"], 1)


@pytest.mark.parametrize("error", [Cancelled("no more"), JobTimeout("too long")])
def test_a_job_that_is_stopped_does_not_wait(files: WhisperFiles, hub: Hub, error: Exception) -> None:
    """Cancellation and the job's timeout end the wait while the weights are under way; the fetch goes on for others."""
    with pytest.raises(type(error)):
        files.get(stopped_once(hub.reached, error))
    assert files.find() is None
    hub.open.set()
    fetch_ended()
    assert files.get(NEVER) == files.find()
    assert hub.asked == dict.fromkeys([*FILES, "list"], 1)


def test_two_jobs_share_one_fetch(files: WhisperFiles, hub: Hub) -> None:
    """The second waits for the fetch of the first, and can be stopped as well; neither begins another."""
    waiting = threading.Barrier(3)
    seen = threading.local()

    def joined() -> None:
        if hub.reached.is_set() and not hasattr(seen, "it"):
            seen.it = True
            waiting.wait(30)

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(files.get, Checked(joined)) for _ in range(2)]
        waiting.wait(30)
        with pytest.raises(Cancelled):
            files.get(stopped_once(hub.reached, Cancelled("no more")))
        hub.open.set()
        assert {job.result() for job in jobs} == {files.find()}
    assert hub.asked == dict.fromkeys([*FILES, "list"], 1)


def test_a_fetch_that_failed_is_begun_anew(files: WhisperFiles, hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be fetched is a ConfigError without the hub's address, its cause is in the log; the next job gets
    what is lacking, and only that."""
    hub.open.set()
    hub.lies.add("vocabulary.json")
    with pytest.raises(ConfigError, match=r"could not be fetched.*ref_text") as caught:
        files.get(NEVER)
    assert "127.0.0.1" not in caught.value.message
    assert "could not be fetched" in caplog.text
    hub.lies.clear()
    assert {path.name for path in files.get(NEVER).iterdir()} == set(FILES)
    assert hub.asked["model.bin"] == 1


def test_an_unfinished_fetch_does_not_keep_the_process(files: WhisperFiles, hub: Hub) -> None:
    """The thread is a daemon with none of a pool behind it, so a worker that is told to end ends."""
    before = set(threading.enumerate())
    with pytest.raises(Cancelled):
        files.get(stopped_once(hub.reached, Cancelled("no more")))
    begun = {
        thread for thread in threading.enumerate() if thread not in before and "process_request" not in thread.name
    }
    assert sorted(thread.name for thread in begun) == ["heartbeat", "models"]
    assert all(thread.daemon for thread in begun)
    hub.open.set()
    fetch_ended()
