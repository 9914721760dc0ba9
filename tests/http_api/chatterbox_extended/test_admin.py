"""Health, resources, clean-up and errors in the dialect of Chatterbox TTS Extended Plus."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handler.app import make_services
from handler.http_api.chatterbox_extended import admin
from handler.http_api.readiness import State
from handler.removal import MAX_SWEEPS
from handler.settings import Settings
from tests.support.http_server import RunningServer, running

DAY_S = 86_400


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worker's temporary folder, its own for each test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def cleaning(environ: dict[str, str]) -> Iterator[RunningServer]:
    """A server that keeps results for a week."""
    with running(make_services(Settings.read(environ | {"RETENTION_DAYS": "7"}))) as server:
        yield server


def get(server: RunningServer, path: str) -> dict[str, Any]:
    answer = server.client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def fail(server: RunningServer, times: int = 1, **fields: Any) -> None:
    """Send jobs that fail."""
    for _ in range(times):
        server.client.post("/runsync", json={"input": fields})


def old(path: Path, days: float) -> Path:
    """The path, last written so many days ago."""
    at = time.time() - days * DAY_S
    os.utime(path, (at, at))
    return path


def put(server: RunningServer, key: str, days: float) -> None:
    """An object of ten bytes in the store that was last written so many days ago."""
    server.api.services.store.put(key, b"0123456789", "audio/wav")
    folder = server.api.services.settings.local_store
    assert folder is not None
    old(folder / key, days)


def test_health(server: RunningServer) -> None:
    """It says what is loaded, what the jobs came to, and how the process and its disk are."""
    health = get(server, "health")
    assert (health["status"], health["models_loaded"]) == ("healthy", {"tts": False, "vc": False})
    assert health["error_summary"] is None
    server.client.post("/api/v1/tts", json={"text": "Hello."})
    fail(server, text="")
    health = get(server, "health")
    assert health["models_loaded"] == {"tts": True, "vc": False}
    assert health["metrics"] == {"jobs_completed": 1, "jobs_failed": 1, "jobs_queued": 0, "jobs_running": 0}
    assert health["error_summary"]["by_operation"] == {"generate": 1}
    assert health["system_info"]["memory"]["rss_mb"] > 10
    assert 0 <= health["system_info"]["disk"]["usage_percent"] <= 100
    assert health["uptime_seconds"] >= 0


def test_health_of_a_worker_that_cannot_start(server: RunningServer) -> None:
    """The status is that of /health."""
    server.api.readiness.set(State.FAILED, "no model")
    assert get(server, "health")["status"] == "failed"


def test_full_disk_is_a_warning(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health and resources warn of a disk that is nearly full."""
    monkeypatch.setattr(admin, "FULL_SHARE", 0.0)
    for path in ("health", "resources"):
        (warning,) = get(server, path)["warnings"]
        assert warning.endswith("% of the worker's disk is in use")


def test_resources_count_what_is_in_the_store(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder of results has its number of files and their size; of a huge one only a part is counted."""
    for number in range(3):
        put(server, f"output/{number}.wav", 0)
    folders = get(server, "resources")["directories"]
    assert folders["output"] == {"file_count": 3, "size_bytes": 30, "size_mb": 0.0, "complete": True}
    assert folders["videos"]["file_count"] == 0
    monkeypatch.setattr(admin, "MAX_COUNTED", 2)
    counted = get(server, "resources")["directories"]["output"]
    assert (counted["file_count"], counted["complete"]) == (2, False)


def test_cleanup_removes_expired_results_alone(cleaning: RunningServer) -> None:
    """What is older than RETENTION_DAYS goes, except for voices; the answer counts it, and so does the history."""
    for key in ("output/old.wav", "jobs/old.json", "uploads/old", "voices/old.wav", "prepared/old.wav"):
        put(cleaning, key, 8)
    put(cleaning, "output/young.wav", 6)
    done = cleaning.client.post("/api/v1/cleanup").json()
    assert done["actions"]["expired_results"] == {"files_removed": 3, "bytes_freed": 30}
    assert (done["total_files_removed"], done["total_bytes_freed"], done["forced"]) == (3, 30, True)
    left = {item.key for item in cleaning.api.services.store.list("", 100).objects if "/." not in item.key}
    assert left == {"output/young.wav", "voices/old.wav", "prepared/old.wav"}
    status = get(cleaning, "cleanup/status")
    assert status["history"] == [done]
    scheduler = status["scheduler"]
    assert (scheduler["last_cleanup_time"], scheduler["cleanup_count"]) == (done["timestamp"], 1)
    assert (scheduler["cleanup_on_startup"], scheduler["retention_days"]) == (True, 7)


def test_cleanup_without_retention_keeps_results(server: RunningServer) -> None:
    """With RETENTION_DAYS 0 no result goes, however old it is."""
    assert get(server, "cleanup/status")["scheduler"]["last_cleanup_time"] is None
    put(server, "output/old.wav", 1000)
    done = server.client.post("/api/v1/cleanup").json()
    nothing = {"files_removed": 0, "bytes_freed": 0}
    assert done["actions"] == {"temporary_files": nothing, "partial_files": nothing}
    assert server.api.services.store.head("output/old.wav")


def test_cleanup_removes_what_killed_jobs_left(server: RunningServer, disk: Path) -> None:
    """Old temporary folders of jobs go; young ones, those of other programs and what links lead to stay."""
    left = disk / "speech-00000000-convert-abcd1234"
    left.mkdir()
    (left / "recording").write_bytes(b"0123456789")
    old(left, 3)
    outside = disk / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"x")
    link = disk / "speech-00000000-align-abcd1234"
    link.symlink_to(outside)
    os.utime(link, (0, 0), follow_symlinks=False)
    young = disk / "speech-00000000-upload-abcd1234"
    young.mkdir()
    other = disk / "backup-abcd1234"
    other.mkdir()
    old(other, 1000)
    done = server.client.post("/api/v1/cleanup").json()
    assert done["actions"]["temporary_files"] == {"files_removed": 1, "bytes_freed": 10}
    assert not left.exists()
    assert all(path.exists() for path in (outside / "kept", link, young, other))


def test_history_of_cleanups_is_limited(server: RunningServer) -> None:
    """The status shows the last few."""
    times = [server.client.post("/api/v1/cleanup").json()["timestamp"] for _ in range(MAX_SWEEPS + 1)]
    status = get(server, "cleanup/status")
    assert [each["timestamp"] for each in status["history"]] == times[-admin.SHOWN_CLEANUPS :]
    assert status["scheduler"]["cleanup_count"] == MAX_SWEEPS


def test_errors_are_counted(server: RunningServer) -> None:
    """The summary counts the failed jobs by what they were for, how bad it is, and what happens often."""
    fail(server, admin.FREQUENT, text="")
    fail(server, endpoint="status", job_id="nobody")
    summary = get(server, "errors/summary")
    assert (summary["total_errors"], summary["unresolved_count"]) == (4, 4)
    assert summary["by_operation"] == {"generate": 3, "status": 1}
    assert (summary["by_category"], summary["by_severity"]) == ({"permanent": 4}, {"low": 4})
    assert summary["most_frequent"] == {"generate:bad_request": 3}
    assert [each["operation"] for each in summary["recent_errors"]] == ["status", "generate", "generate", "generate"]


def test_old_errors_are_not_counted(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary is about the last day."""
    fail(server, text="")
    monkeypatch.setattr(admin, "SUMMARY_S", -1.0)
    assert get(server, "errors/summary")["total_errors"] == 0


def test_recent_errors_quote_nothing(server: RunningServer) -> None:
    """The newest come first, as many as asked for, without the words of the client and without paths."""
    fail(server, text="")
    fail(server, text="My secret diary.", engine="secret-engine")
    recent = get(server, "errors/recent?count=1")
    (failed,) = recent["recent_errors"]
    assert recent["total_stored"] == 2
    assert (failed["error_type"], failed["operation"], failed["severity"]) == ("bad_request", "generate", "low")
    assert failed["error_message"].startswith("engine: … is not known")
    assert set(failed["context"]) == {"job_id"}
    assert "secret" not in str(recent)


@pytest.mark.parametrize("query", ["count=0", "count=51", "count=many", "count=1e9"])
def test_hostile_count(server: RunningServer, query: str) -> None:
    """A count that is none is refused in this dialect's form."""
    answer = server.client.get(f"/api/v1/errors/recent?{query}")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["error"].startswith("count: must be")
