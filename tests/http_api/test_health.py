"""The health check, as RunPod's load balancer reads it."""

from __future__ import annotations

from handler.http_api.readiness import State
from handler.protocols import Services
from tests.support.http_server import RunningServer, running


def test_ready_worker_is_healthy(server: RunningServer) -> None:
    """A worker that takes jobs answers 200."""
    assert server.client.get("/ping").status_code == 200


def test_starting_worker_says_so(services: Services) -> None:
    """A worker that still loads its engine answers 204, with no body."""
    with running(services, ready=False) as server:
        answer = server.client.get("/ping")
        assert (answer.status_code, answer.content) == (204, b"")


def test_worker_that_cannot_start_says_why(server: RunningServer) -> None:
    """A worker that failed to start answers 503 with its reason."""
    server.api.readiness.set(State.FAILED, "S3_BUCKET: there is no such bucket")
    answer = server.client.get("/ping")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "S3_BUCKET: there is no such bucket"
