"""GET /metrics shows jobs, requests and the queue to Prometheus."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from handler.http_api.readiness import State
from handler.protocols import Services
from tests.support.http_server import RunningServer, running


def samples(server: RunningServer) -> dict[tuple[str, str], float]:
    """Every sample by its name and its labels' values."""
    answer = server.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_jobs_and_requests_are_counted(server: RunningServer) -> None:
    """A job that was spoken and one that was refused are counted, as are the requests that sent them."""
    server.client.post("/runsync", json={"input": {"text": "Hello."}})
    server.client.post("/runsync", json={"input": {"text": ""}})
    server.client.get("/status/one")
    server.client.get("/status/another")
    found = samples(server)
    assert found["tts_jobs_total", "generate COMPLETED"] == 1
    assert found["tts_jobs_total", "generate bad_request"] == 1
    assert found["tts_audio_seconds_total", "espeak"] > 0
    assert found["tts_stage_seconds_count", "generate speak"] == 1
    assert found["http_requests_total", "POST /runsync 200"] == 2
    assert found["http_requests_total", "GET /status/{job_id} 404"] == 2
    assert found["http_request_seconds_count", "POST /runsync"] == 2
    assert found["http_requests_in_flight", ""] == 1
    assert (found["tts_ready", ""], found["tts_jobs_queued", ""], found["tts_jobs_running", ""]) == (1, 0, 0)


def test_queue_is_shown_while_it_waits(services: Services) -> None:
    """Jobs that wait are seen, and that the worker is not ready."""
    with running(services, ready=False) as server:
        for _ in range(3):
            server.client.post("/run", json={"input": {"text": "Hello."}})
        found = samples(server)
        assert (found["tts_ready", ""], found["tts_jobs_queued", ""], found["tts_queue_limit", ""]) == (0, 3, 100)
        server.api.readiness.set(State.STOPPING)


def test_odd_paths_and_methods_make_no_series(server: RunningServer) -> None:
    """A client cannot fill the memory with series: paths without a route are one, and unknown methods, too."""
    before = len(samples(server))
    for number in range(20):
        server.client.get(f"/nothing/{number}")
        server.client.request(f"M{number}", "/ping")
    new = {labels for name, labels in samples(server) if name == "http_requests_total"}
    assert {"GET (unknown) 404", "OTHER /ping 405"} <= new
    assert len(samples(server)) < before + 100
