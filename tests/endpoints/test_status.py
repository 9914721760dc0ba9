"""The status endpoint: a job's record, or the worker's health."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from handler import jobs
from handler.backends import Backend, Pool
from handler.protocols import Services
from handler.types import JobRecord, ObjectInfo
from tests.endpoints.conftest import call, left_behind
from tests.support.local_worker import LocalWorker


def test_status_reports_a_job_and_the_worker(services: Services) -> None:
    """A job's record has its state and outputs; the worker's health counts jobs and errors, and loads no engine."""
    health = call(services, "status")
    assert (health["state"], health["engine"], health["device"]) == ("cold", "espeak", None)
    assert services.engines.loaded("espeak") is None
    assert health["engines"]["espeak"]["state"] == "ready"
    job_id = call(services, "generate", text="Hello.")["job_id"]
    call(services, "generate", text="")
    record = call(services, "status", job_id=job_id)
    assert (record["state"], record["endpoint"], record["job_error"]) == (jobs.COMPLETED, "generate", None)
    assert record["outputs"]["audio"]["media_type"] == "audio/wav"
    health = call(services, "status")
    assert (health["state"], health["recent_errors"]) == ("ready", {"bad_request": 1})
    assert health["jobs"]["failed"] == 1
    assert health["aligners"]["sphinx"] == "ready"
    assert health["versions"]["python"]
    assert health["model_license"]
    assert health["engines"] == {
        "espeak": {
            "state": "loaded",
            "supports_cloning": False,
            **{name: health[name] for name in ("device", "model", "model_license")},
        }
    }


def test_status_tells_that_a_worker_is_lost(services: Services) -> None:
    """A job in progress without a sign of life for minutes, or of an older version for longer than a job may take."""
    job_id = call(services, "generate", text="Hello.")["job_id"]
    left_behind(services, job_id, jobs.IN_PROGRESS)
    assert call(services, "status", job_id=job_id)["state"] == jobs.IN_PROGRESS
    left_behind(services, job_id, jobs.LOST)
    record = call(services, "status", job_id=job_id)
    assert (record["state"], record["attempt"], record["reply"]) == (jobs.LOST, 1, None)
    assert (record["job_error"]["error_code"], record["job_error"]["retryable"]) == ("lost", True)
    assert "send the job again" in record["job_error"]["error"]
    left_behind(services, job_id, jobs.LOST, seconds=services.settings.job_timeout - 60, heartbeat_at=None)
    assert call(services, "status", job_id=job_id)["state"] == jobs.IN_PROGRESS
    left_behind(services, job_id, jobs.LOST, seconds=services.settings.job_timeout + 1, heartbeat_at=None)
    assert call(services, "status", job_id=job_id)["state"] == jobs.LOST


def test_status_knows_at_once_that_a_process_of_this_machine_is_gone(services: Services) -> None:
    """Unless it has ended the job after its record was read."""
    job_id = call(services, "generate", text="Hello.")["job_id"]
    with LocalWorker() as worker:
        left_behind(services, job_id, jobs.IN_PROGRESS, worker=worker.name)
        read = jobs.load(services.store, job_id)
        assert call(services, "status", job_id=job_id)["state"] == jobs.IN_PROGRESS
    assert call(services, "status", job_id=job_id)["state"] == jobs.LOST
    left_behind(services, job_id, jobs.COMPLETED)
    assert jobs.as_shown(read, services.store, services.settings).state == jobs.COMPLETED


def test_age_of_a_record_is_that_by_the_clock_of_the_store(services: Services) -> None:
    """A worker whose clock is wrong by minutes loses no job."""
    record = JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0, heartbeat_at=1.0)

    class Behind:
        """A store whose clock is an hour behind."""

        def __init__(self, age: float) -> None:
            self.age = age

        def head(self, key: str) -> ObjectInfo:
            hour_ago = time.time() - 3600
            return ObjectInfo(key, 1, hour_ago - self.age, "", told_at=hour_ago)

    for age, state in ((60, jobs.IN_PROGRESS), (300, jobs.LOST)):
        store: Any = Behind(age)
        assert jobs.as_shown(record, store, services.settings).state == state


def test_status_lists_every_engine(services: Services) -> None:
    """Each of ENGINES with what it lacks; one that is not asked for is not there."""
    missing: Any = Backend(lambda _: None, missing_files=lambda _: "no weights", supports_cloning=True)
    absent: Any = Backend(lambda _: None, requires=("a_library_nobody_has",))
    settings = services.settings.model_copy(update={"engines": ("missing", "absent")})
    table = {"missing": missing, "absent": absent, "other": missing}
    health = call(replace(services, settings=settings, engines=Pool("engine", table, settings)), "status")
    assert list(health["engines"]) == ["missing", "absent"]
    assert health["engines"]["missing"] == {
        "state": "no weights", "supports_cloning": True, "device": None, "model": None, "model_license": None
    }  # fmt: skip
    assert "a_library_nobody_has" in health["engines"]["absent"]["state"]


def test_status_tells_memory_and_the_last_errors(services: Services) -> None:
    """Bytes of this process and of the machine; the errors newest first, in plain words without those of the client."""
    call(services, "generate", text="secret words", voice="secretname")
    call(services, "align")
    health = call(services, "status")
    used = health["memory"]
    assert 10_000_000 < used["worker"] < used["total"]
    assert 0 < used["free"] < used["total"]
    assert (used["gpu"], health["queue"]) == (None, None)
    newest, oldest = health["last_errors"]
    assert (newest["endpoint"], newest["error_code"], newest["retryable"]) == ("align", "bad_request", False)
    assert newest["time"] >= oldest["time"]
    assert newest["message"]
    assert "secret" not in str(health)
