"""The examples of API.md for RunPod's API and for events run against a server, and get what the document shows."""

from __future__ import annotations

import json
import re
import shlex
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.support.http_server import RunningServer

DOCUMENT = (Path(__file__).parents[2] / "API.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"


def blocks(title: str, language: str) -> list[str]:
    """The code blocks of one language in the section with this title."""
    section = re.split(r"\n##+ ", DOCUMENT.partition(f"\n### {title}\n")[2])[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def curl(server: RunningServer, command: str) -> httpx.Response:
    """The answer to what this command line sends."""
    name, flags, url, *options = shlex.split(command.replace("\\\n", " "))
    assert (name, flags[:2]) == ("curl", "-s")
    values = dict(zip(options[::2], options[1::2], strict=True))
    header, _, value = values.get("-H", "Accept: */*").partition(": ")
    method = "POST" if "-d" in values else "GET"
    path = url.removeprefix(ADDRESS)
    return server.client.request(method, path, headers={header: value}, content=values.get("-d", "").encode())


def test_runpod_examples_run(server: RunningServer) -> None:
    """The command line of the section does its job."""
    [command] = blocks("RunPod's API", "sh")
    view = curl(server, command).json()
    assert (view["status"], view["output"]["text"]) == ("COMPLETED", "Hello, world!")


def test_sdk_example_runs(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program of the section prints what happens to its job, and the result."""
    runpod = pytest.importorskip("runpod")
    monkeypatch.setattr(runpod, "endpoint_url_base", "")
    monkeypatch.setattr("runpod.endpoint.runner.time", SimpleNamespace(sleep=lambda _: time.sleep(0.01)))
    [program] = blocks("RunPod's API", "python")
    exec(compile(program.replace(ADDRESS, server.url), "API.md", "exec"), {})
    *pieces, last = capsys.readouterr().out.splitlines()
    assert any("'words'" in piece for piece in pieces)
    assert last.startswith("COMPLETED {'job_id'")


def test_event_examples_run(server: RunningServer) -> None:
    """The job of the section is taken with the shown answer, and its events are those of the section's table."""
    send, follow = blocks("Events of a job", "sh")
    [shown] = blocks("Events of a job", "json")
    assert curl(server, send).json() == json.loads(shown)
    names = re.findall(r"^event: (\w+)$", curl(server, follow).text, re.MULTILINE)
    known = re.findall(r"^\| (`[^|]+`) \|", DOCUMENT.partition("\n### Events of a job\n")[2], re.MULTILINE)
    documented = [name for cell in known for name in re.findall(r"\w+", cell)]
    assert set(names) == {"progress", "chunk", "words", "completed"}
    assert set(names) <= set(documented[:7])


def test_calls_are_documented(server: RunningServer) -> None:
    """The table of calls has every path of the dialect."""
    paths: dict[str, Any] = server.client.get("/openapi.json").json()["paths"]
    routes = {path.split("/")[1] for path, item in paths.items() for call in item.values() if "RunPod" in call["tags"]}
    routes.add("health")  # which clients of other servers ask, too
    section = DOCUMENT.partition("\n### RunPod's API\n")[2].partition("\n### ")[0]
    assert routes == set(re.findall(r"^\| `[A-Z`, ]+ /([\w-]+)", section, re.MULTILINE))
