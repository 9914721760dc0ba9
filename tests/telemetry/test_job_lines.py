"""Each job leaves a line for each of its stages, and one for itself."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from handler import telemetry
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.telemetry.job_trace import SIZES, JobTrace

SCRIPT = "Hello there. It works!"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setenv("RUNPOD_POD_ID", "pod-7")
    stream = io.StringIO()
    telemetry.configure("INFO", stream)
    return stream


def lines(log: io.StringIO, message: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["message"] == message]


def test_job_leaves_a_line_a_stage_and_one_at_its_end(services: Services, log: io.StringIO) -> None:
    """The lines have job, worker, stage, seconds and sizes; stages of sound have a real-time factor, as the job has."""
    reply = dispatch({"id": "j1", "input": {"text": SCRIPT, "timing_format": ["srt", "ass"]}}, services)
    stages = {line["stage"]: line for line in lines(log, "stage")}
    assert {"text", "speak", "encode", "align", "captions", "upload"} <= stages.keys()
    for line in stages.values():
        assert (line["job_id"], line["worker"], line["endpoint"], line["level"]) == ("j1", "pod-7", "generate", "INFO")
        assert line["seconds"] == reply["metrics"][line["stage"]]
        assert line["blocks"] >= 1
        assert 0 <= line["after"] <= reply["metrics"]["total"]
    assert (stages["text"]["characters"], stages["text"]["words"]) == (len(SCRIPT), 4)
    assert stages["speak"]["audio_s"] == pytest.approx(reply["duration"], abs=0.001)
    assert stages["speak"]["rtf"] == pytest.approx(stages["speak"]["seconds"] / reply["duration"], abs=0.001)
    assert stages["captions"]["words"] == 4
    assert stages["upload"]["files"] >= len(reply["timing_files"]) + 1
    assert stages["upload"]["bytes"] > stages["encode"]["bytes"] > 44
    (job,) = lines(log, "job")
    assert (job["job_id"], job["worker"], job["outcome"], job["engine"]) == ("j1", "pod-7", "COMPLETED", "espeak")
    assert (job["audio_s"], job["rtf"]) == (reply["duration"], reply["metrics"]["rtf"])


@pytest.mark.parametrize(
    ("given", "endpoint", "outcome"),
    [
        ({"text": ""}, "generate", "bad_request"),
        ({"endpoint": "sing"}, "unknown", "bad_request"),
        ({"endpoint": "status"}, "status", "COMPLETED"),
        ({"openai_route": "/v1/models"}, "openai", "COMPLETED"),
        ({"openai_route": "/v1/chat"}, "openai", "bad_request"),
        (
            {"openai_route": "/v1/audio/speech", "openai_input": {"input": "Hi.", "voice": "alloy"}},
            "generate",
            "COMPLETED",
        ),
    ],
)
def test_each_job_has_one_last_line(
    services: Services, log: io.StringIO, given: dict[str, Any], endpoint: str, outcome: str
) -> None:
    """Refused or answered, of whatever dialect: one line says how the job ended."""
    dispatch({"id": "j1", "input": given}, services)
    (job,) = lines(log, "job")
    assert (job["endpoint"], job["outcome"]) == (endpoint, outcome)
    assert "audio_s" in job if endpoint == "generate" and outcome == "COMPLETED" else "audio_s" not in job


def test_many_blocks_are_one_line(log: io.StringIO) -> None:
    """A stage that is entered for each chunk is one line with their number and the sum of their sizes."""
    trace = JobTrace("j1", "book")
    for _ in range(3):
        with trace.timed("encode"):
            trace.measure("encode", bytes=10)
    telemetry.job_lines.write(trace)
    (line,) = lines(log, "stage")
    assert (line["blocks"], line["bytes"]) == (3, 30)
    assert "rtf" not in line


def test_sizes_have_known_names() -> None:
    """A size that the documents do not explain is refused."""
    with pytest.raises(KeyError):
        JobTrace("j1").measure("encode", octets=1)
    assert "octets" not in SIZES
