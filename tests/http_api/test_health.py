"""The health check, as RunPod's load balancer reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from handler.http_api.readiness import State
from handler.protocols import Services
from handler.telemetry import version
from tests.support.http_server import RunningServer, running

ROOT = Path(__file__).parent.parent.parent


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


def test_health_in_the_words_of_other_servers(server: RunningServer) -> None:
    """Clients of Qwen3-TTS's and Pocket TTS's servers find their fields in one answer."""
    health = server.client.get("/health")
    assert (health.status_code, health.json()["status"], health.json()["model_loaded"]) == (200, "healthy", False)
    assert health.json()["version"] == version()
    server.client.post("/runsync", json={"input": {"text": "Hello."}})
    assert server.client.get("/health").json()["model_loaded"] is True


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [(State.STARTING, 200, "starting"), (State.FAILED, 503, "failed"), (State.STOPPING, 503, "stopping")],
)
def test_health_by_state(server: RunningServer, state: State, status: int, word: str) -> None:
    """A worker that takes no jobs answers 503; one that starts takes them."""
    server.api.readiness.set(state, "there is a reason")
    health = server.client.get("/health")
    assert (health.status_code, health.json()["status"], health.json()["reason"]) == (status, word, "there is a reason")


def test_health_check_of_compose(server: RunningServer) -> None:
    """The command that docker-compose.yml asks for the health passes on a worker that is ready, and on no other."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    check = compose["services"]["worker"]["healthcheck"]["test"][-1].replace("http://127.0.0.1:8000", server.url)
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
    server.api.readiness.set(State.FAILED, "no GPU")
    assert subprocess.run([sys.executable, "-c", check], check=False, capture_output=True).returncode == 1


def test_worker_knows_its_queue(held: RunningServer) -> None:
    """The endpoint `status` on this server tells how many jobs wait and run, without those that only read."""
    for _ in range(2):
        held.client.post("/v1/jobs", json={"text": "Hello."})
    asked = held.client.post("/runsync", json={"input": {"endpoint": "status"}}).json()["output"]
    assert asked["queue"] == {"waiting": 2, "running": 0, "limit": 100}
