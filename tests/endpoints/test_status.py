"""The status endpoint: a job's record, or the worker's health."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handler import jobs
from handler.backends import Backend, Pool
from handler.protocols import Services
from tests.endpoints.conftest import call


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
