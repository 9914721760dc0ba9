"""What the tests of the command line share: a machine of somebody's own, and commands as one types them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handler.cli import main
from handler.protocols import Services
from tests.support.http_server import RunningServer, running


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands in this process, in a folder of their own."""

    def __init__(self, environ: dict[str, str], capture: pytest.CaptureFixture[str]) -> None:
        self.environ = environ
        self._capture = capture

    def __call__(self, line: str, *more: str, **environ: str) -> Ended:
        """Run ``handler LINE``; ``more`` are arguments as they are."""
        self._capture.readouterr()
        try:
            code = main([*shlex.split(line), *more], self.environ | environ)
        except SystemExit as error:
            code = int(error.code or 0)
        written = self._capture.readouterr()
        return Ended(code, written.out, written.err)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the commands are typed."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Recordings are aligned without a download."""
    return environ | {"ALIGNERS": "engine,sphinx"}


@pytest.fixture
def handler(environ: dict[str, str], here: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(environ, capsys)


@pytest.fixture
def server(services: Services) -> Iterator[RunningServer]:
    with running(services) as server:
        yield server


@pytest.fixture(params=["here", "server"])
def place(request: pytest.FixtureRequest) -> Iterator[str]:
    """The flags of a command that runs in this process, and of one that runs on a server."""
    if request.param == "here":
        yield ""
    else:
        yield f" --server {request.getfixturevalue('server').url}"
