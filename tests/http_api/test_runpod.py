"""RunPod's dialect: the calls of a queue endpoint, answered by this server."""

from __future__ import annotations

from pathlib import Path

from tests.support.http_server import RunningServer


def test_runsync_returns_the_result(server: RunningServer, tmp_path: Path) -> None:
    """A job sent to /runsync is done when the answer comes, with its output as the queue gives it."""
    answer = server.client.post("/runsync", json={"input": {"text": "Hello."}}).json()
    assert answer["status"] == "COMPLETED"
    assert answer["output"]["job_id"] == answer["id"]
    assert (tmp_path / "store" / "output" / f"{answer['id']}.wav").is_file()


def test_failed_job_has_its_detail_in_output(server: RunningServer) -> None:
    """A refused job is FAILED, with its sentence in error and the rest in output."""
    answer = server.client.post("/runsync", json={"input": {"text": ""}}).json()
    assert answer["status"] == "FAILED"
    assert answer["error"].startswith("text: is empty")
    assert answer["output"]["error_code"] == "bad_request"
