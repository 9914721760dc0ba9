"""The status endpoint: a job's record, or the worker's health."""

from __future__ import annotations

from handler import jobs
from handler.protocols import Services
from tests.endpoints.conftest import call


def test_status_reports_a_job_and_the_worker(services: Services) -> None:
    """A job's record has its state and outputs; the worker's health counts jobs and errors, and loads no engine."""
    health = call(services, "status")
    assert (health["state"], health["engine"], health["device"]) == ("cold", "espeak", None)
    assert services.engines.loaded("espeak") is None
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
