"""A process of this machine that a record may name as its worker: it lives until it is killed."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType

CODE = "import sys; from handler.jobs import worker_name; print(worker_name(None), flush=True); sys.stdin.read()"


class LocalWorker:
    """Starts the process; ``name`` is what it calls itself in records. It is killed at the end of the block."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", CODE], stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout is not None
        self.name = self.process.stdout.readline().strip()

    def __enter__(self) -> LocalWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()
