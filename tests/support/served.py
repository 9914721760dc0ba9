"""`python -m handler serve` as a process, as its user or a container starts it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


class Served:
    """The process, its address, and all that it wrote to stderr so far."""

    def __init__(self, environ: Mapping[str, str], *arguments: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "handler", *arguments],
            cwd=ROOT, env={**inherited, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self.url = ""
        self._listening, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        assert self._listening.wait(PATIENCE_S)
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stderr
        with self.process.stderr as stderr:
            for line in stderr:
                self.lines.append(line)
                if found := re.search(r"(?:listening on|on this machine) (http://[^;]+);", line):
                    self.url = found[1]
                    self._listening.set()
        self._ended.set()
        self._listening.set()

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def health(self) -> int:
        return self.client.get("/ping").status_code

    def wait_for_health(self, status: int) -> None:
        while self.health() != status:
            assert self.process.poll() is None, self.log
            time.sleep(0.01)

    def post(self, **fields: Any) -> dict[str, Any]:
        """Post a job to /runsync; its whole answer."""
        answer = self.client.post("/runsync", json={"input": fields})
        result: dict[str, Any] = json.loads(answer.text)
        return result

    def wait(self) -> int:
        """The exit code, once the process has ended and its log is whole."""
        code = self.process.wait(PATIENCE_S)
        assert self._ended.wait(PATIENCE_S)
        return code


@contextmanager
def served(environ: Mapping[str, str], *arguments: str) -> Iterator[Served]:
    """Run `python -m handler` with these arguments, by default ``serve`` on a free port, and end it after the block."""
    process = Served(environ, *(arguments or ("serve", "--port", "0")))
    try:
        yield process
    finally:
        process.client.close()
        process.process.kill()
        process.wait()
