"""What commands know of whoever does their jobs: one protocol, `Worker`, and the error of a job."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from handler.cli.terminal import OnProgress

Reply = Mapping[str, Any]


class JobFailed(Exception):
    """A job that failed. ``reply`` is its reply, as API.md describes that of an error."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply["error"])
        self.reply = reply


class Worker(Protocol):
    """Does jobs. Every method raises JobFailed."""

    takes_ids: bool
    """Whether jobs may have ids of one's own, and so be sent again to go on."""
    default_engine: str | None
    """The engine that speaks where nobody asks for one; None where that is not known."""
    cloning_engines: Sequence[str] | None
    """The engines that speak in the voices of recordings; None where they are not known."""

    def run(self, fields: Reply, on_progress: OnProgress | None = None, job_id: str | None = None) -> Reply:
        """Do a job, of any endpoint of API.md by its fields, and return its reply. An interruption cancels it.

        ``job_id`` is an id of one's own, where the worker takes ids.
        """
        ...

    def linked(self, path: Path) -> AbstractContextManager[str]:
        """A link by which the jobs of the block read a file of this machine."""
        ...

    def fetch(self, url: str, path: Path) -> None:
        """Write the file at a link of a reply; it has its name only once it is complete. Raises OSError, too."""
        ...

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The last jobs, the newest first: ``id``, ``status``, and as far as known ``endpoint``, ``created_at``…"""
        ...

    def cancel(self, job_id: str) -> str:
        """Stop a job, and return its state."""
        ...

    def close(self) -> None:
        """Let go of what it holds, once no job runs any more."""
        ...


def replace_when_complete(path: Path) -> Path:
    """Where a file is written before it has its name; its folder exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}.partial")
