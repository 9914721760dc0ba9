"""docs/telemetry.md shows the lines that a worker writes: with the same fields, in the same order."""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from handler import telemetry
from handler.protocols import Services
from tests.support.http_server import running

PAGE = (Path(__file__).parent.parent.parent / "docs" / "telemetry.md").read_text("utf-8")
SHOWN = [json.loads(block) for block in re.findall(r"```json\n(.+?)\n```", PAGE, re.DOTALL)]
KEY = "secret-secret-secret"


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return environ | {"API_KEYS": f"web:{KEY}"}


@pytest.fixture
def written(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The log of a worker on RunPod that was asked as the page tells."""
    stream = io.StringIO()
    monkeypatch.setenv("RUNPOD_POD_ID", "pod-7")
    telemetry.configure("INFO", stream)
    with running(services) as server:
        server.client.headers["X-API-Key"] = KEY
        for given in (
            *(shown for shown in SHOWN if "input" in shown),
            {"input": {"text": "Hello!", "voice": "nobody"}},
        ):
            server.client.post("/runsync", json=given)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def kind(line: dict[str, Any]) -> tuple[str, ...]:
    return line["level"], line["logger"], line["message"], line.get("stage", ""), line.get("outcome", "COMPLETED")


@pytest.mark.parametrize(
    "shown", [shown for shown in SHOWN if "logger" in shown], ids=lambda line: str(line["message"])
)
def test_shown_lines_are_those_of_a_worker(shown: dict[str, Any], written: list[dict[str, Any]]) -> None:
    """Each line of the page has the fields of such a line; a job over HTTP also has the id of its request."""
    lines = [line for line in written if kind(line) == kind(shown)]
    assert lines
    assert [name for name in lines[0] if name != "request_id" or name in shown] == [*shown]


def test_questions_are_answered_from_the_log_of_a_queue(tmp_path: Path) -> None:
    """Both commands of the page count the lines of a log in which RunPod's SDK has its own."""
    lines = ["--- Starting Serverless Worker |  Version 1.12.0 ---", '{"requestId": null, "message": "Started."}', "5"]
    lines += [json.dumps(shown) for shown in SHOWN if "logger" in shown]
    (tmp_path / "worker.log").write_text("\n".join(lines))
    commands = re.findall(r"^jq .+$", PAGE, re.MULTILINE)
    told = [
        subprocess.run(each, shell=True, cwd=tmp_path, check=True, capture_output=True, text=True) for each in commands
    ]
    assert [each.stdout for each in told] == ["1 COMPLETED\n", "speak 0.0312\n"]
