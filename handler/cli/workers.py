"""Where the jobs of a command are done: in this process, or on a server. Commands know one protocol, `Worker`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from handler.cli.command import Context, UsageError
from handler.cli.terminal import OnProgress
from handler.errors import renamed

Reply = Mapping[str, Any]

FLAGS = {
    "timing_format": "--captions", "caption_style": "--style", "audio_format": "--format", "ref_text": "--voice-text",
    "voice": "--voice", "engine": "--engine", "language": "--language", "speed": "--speed", "seed": "--seed",
    "quality": "--quality", "turns": "--turns", "takes": "--takes", "loudness": "--loudness",
}  # fmt: skip
"""What fields of requests are called here, for the errors about them."""


class JobFailed(Exception):
    """A job that failed. ``reply`` is its reply, as API.md describes that of an error."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply["error"])
        self.reply = reply

    @property
    def sentence(self) -> str:
        """The error, with the flags of the command line for the fields of the request."""
        return str(renamed(self.reply, FLAGS)["error"])


class Worker(Protocol):
    """Does jobs. Every method raises JobFailed."""

    def run(self, fields: Reply, on_progress: OnProgress | None = None) -> Reply:
        """Do a job, of any endpoint of API.md by its fields, and return its reply. An interruption cancels it."""
        ...

    def linked(self, path: Path) -> AbstractContextManager[str]:
        """A link by which the jobs of the block read a file of this machine."""
        ...

    def fetch(self, url: str, path: Path) -> None:
        """Write the file at a link of a reply; it has its name only once it is complete."""
        ...

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        """The last jobs, the newest first: ``id``, ``status``, and as far as known ``endpoint``, ``created_at``…"""
        ...

    def cancel(self, job_id: str) -> str:
        """Stop a job, and return its state."""
        ...

    def close(self) -> None: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of every command whose jobs may run here or on a server."""
    where = parser.add_argument_group("where it runs (by default in this process)")
    where.add_argument("--server", metavar="URL", help="on this HTTP server of the worker")
    where.add_argument("--endpoint", metavar="ID", help="on this endpoint on RunPod")
    where.add_argument(
        "--api-key",
        metavar="KEY",
        help="its key; better: SPEECH_API_KEY, for RunPod RUNPOD_API_KEY, in the environment",
    )
    shown = parser.add_argument_group("what is shown")
    shown.add_argument("--json", action="store_true", help="the result as JSON on standard output")
    shown.add_argument("-q", "--quiet", action="store_true", help="errors alone: no progress, no notes")
    shown.add_argument("-v", "--verbose", action="store_true", help="also the log of the work")


@contextmanager
def opened(context: Context, *, engine: str | None = None, language: str | None = None) -> Iterator[Worker]:
    """The worker that the options name. ``engine`` and ``language`` are what the job will need, if that is known."""
    worker = _of_options(context, engine, language)
    try:
        yield worker
    finally:
        worker.close()


def _of_options(context: Context, engine: str | None, language: str | None) -> Worker:
    options = context.options
    if options.server and options.endpoint:
        raise UsageError("--server and --endpoint are two places; give one of them")
    if not (options.server or options.endpoint):
        if options.api_key:
            raise UsageError("--api-key is for --server or --endpoint; give one of them")
        from handler.cli import local

        return local.start(context, engine, language)
    from handler.cli import remote

    key = options.api_key or (None if options.endpoint else context.environ.get("SPEECH_API_KEY"))
    if options.verbose:
        from handler import telemetry

        telemetry.configure(context.environ.get("LOG_LEVEL") or "INFO")
    return remote.connect(options.server, options.endpoint, key or context.environ.get("RUNPOD_API_KEY"))


def replace_when_complete(path: Path) -> Path:
    """Where a file is written before it has its name; its folder exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}.partial")
