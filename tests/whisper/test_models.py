"""Whisper's models: found on the disk, or fetched once from a hub on this machine, with a few bytes a file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handler.cancellation import NEVER, Cancellation
from handler.errors import Cancelled, ConfigError, JobTimeout
from handler.models import download
from handler.settings import Settings
from handler.whisper.models import MODEL, best, fetch, require_storage
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
    """A hub with the model, which sends the weights once it is ``open``."""
    served.repositories[MODEL] = FILES | {"README.md": b"not needed"}
    served.held["model.bin"] = 0
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())
    return served


@pytest.fixture
def stored(settings: Settings) -> Settings:
    """Settings with a MODELS_DIR that exists."""
    settings.models_dir.mkdir(parents=True)
    return settings


def put_model(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, body in FILES.items():
        (folder / name).write_bytes(body)


def snapshot(settings: Settings, repository: str) -> Path:
    return settings.models_dir / "huggingface" / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"


def stopped_once(reached: threading.Event, error: Exception) -> Cancellation:
    """The cancellation of a job that is stopped as soon as the download of the weights has begun."""

    def check() -> None:
        if reached.is_set():
            raise error

    return Checked(check)


def found(settings: Settings) -> Path | None:
    model = best(settings)
    return model.find(settings) if model else None


def fetch_ended() -> None:
    """Wait for the end of the fetch of a stopped job."""
    for thread in threading.enumerate():
        if thread.name == "models":
            thread.join(30)
            assert not thread.is_alive()


def test_best_model_on_the_disk_is_used(settings: Settings, hub: Hub) -> None:
    """A model in MODELS_DIR precedes the hub's cache, a large one a small one; an incomplete one is not used."""
    put_model(snapshot(settings, "Systran/faster-whisper-tiny"))
    require_storage(settings)
    half = snapshot(settings, MODEL)
    half.mkdir(parents=True)
    (half / "model.bin").write_bytes(b"half")
    assert fetch(settings, NEVER) == snapshot(settings, "Systran/faster-whisper-tiny")
    put_model(snapshot(settings, "Systran/faster-whisper-medium"))
    assert fetch(settings, NEVER) == snapshot(settings, "Systran/faster-whisper-medium")
    put_model(settings.models_dir / "whisper")
    assert fetch(settings, NEVER) == settings.models_dir / "whisper"
    assert not hub.asked


def test_missing_models_dir_is_a_config_error(settings: Settings, hub: Hub) -> None:
    """Without MODELS_DIR a ConfigError asks for ref_text at once, and the hub is asked nothing."""
    with pytest.raises(ConfigError, match="ref_text"):
        require_storage(settings)
    assert not hub.asked


def test_model_is_fetched_once(stored: Settings, hub: Hub) -> None:
    """Every needed file is fetched and no other; the next job finds them."""
    hub.open.set()
    folder = fetch(stored, NEVER)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert fetch(stored, NEVER) == folder
    assert hub.asked == dict.fromkeys([*FILES, "list"], 1)


@pytest.mark.parametrize("error", [Cancelled("no more"), JobTimeout("too long")])
def test_stopped_job_does_not_wait_for_the_fetch(stored: Settings, hub: Hub, error: Exception) -> None:
    """Cancellation and the job's timeout end the wait during the download; the fetch goes on for others."""
    with pytest.raises(type(error)):
        fetch(stored, stopped_once(hub.reached, error))
    assert best(stored) is None
    hub.open.set()
    fetch_ended()
    assert fetch(stored, NEVER) == found(stored)
    assert hub.asked == dict.fromkeys([*FILES, "list"], 1)


def test_jobs_share_one_fetch(stored: Settings, hub: Hub) -> None:
    """The second job waits for the fetch of the first and can be stopped too; neither starts another."""
    waiting = threading.Barrier(3)
    seen = threading.local()

    def joined() -> None:
        if hub.reached.is_set() and not hasattr(seen, "it"):
            seen.it = True
            waiting.wait(30)

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(fetch, stored, Checked(joined)) for _ in range(2)]
        waiting.wait(30)
        with pytest.raises(Cancelled):
            fetch(stored, stopped_once(hub.reached, Cancelled("no more")))
        hub.open.set()
        assert {job.result() for job in jobs} == {found(stored)}
    assert hub.asked == dict.fromkeys([*FILES, "list"], 1)


def test_failed_fetch_is_repeated(stored: Settings, hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """A failed fetch is a ConfigError without the hub's address, and a line in the log; the next job fetches only what
    is missing."""
    hub.open.set()
    hub.lies.add("vocabulary.json")
    with pytest.raises(ConfigError, match=r"could not be fetched.*ref_text") as caught:
        fetch(stored, NEVER)
    assert "127.0.0.1" not in caught.value.message
    assert "could not be fetched" in caplog.text
    hub.lies.clear()
    assert {path.name for path in fetch(stored, NEVER).iterdir()} == set(FILES)
    assert hub.asked["model.bin"] == 1


def test_unfinished_fetch_does_not_block_the_exit(stored: Settings, hub: Hub) -> None:
    """The fetch runs in daemon threads outside of any pool, so the process can end."""
    before = set(threading.enumerate())
    with pytest.raises(Cancelled):
        fetch(stored, stopped_once(hub.reached, Cancelled("no more")))
    begun = {
        thread for thread in threading.enumerate() if thread not in before and "process_request" not in thread.name
    }
    assert sorted(thread.name for thread in begun) == ["heartbeat", "models"]
    assert all(thread.daemon for thread in begun)
    hub.open.set()
    fetch_ended()
