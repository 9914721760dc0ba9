"""Where the jobs of a command are done: in this process, or on a server."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from handler.cli.command import Context
from handler.cli.exits import UsageError
from handler.cli.workers import Worker


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
def opened(
    context: Context, *, engine: str | None = None, language: str | None = None, load: bool = True
) -> Iterator[Worker]:
    """The worker that the options name. ``language`` and ``engine`` are those of the speech that comes first.

    Without ``load`` the engine is only loaded once something is spoken.
    """
    worker = _of_options(context, engine, language, load)
    try:
        yield worker
    finally:
        worker.close()


def _of_options(context: Context, engine: str | None, language: str | None, load: bool) -> Worker:
    options = context.options
    if options.server and options.endpoint:
        raise UsageError("--server and --endpoint are two places; give one of them")
    if not (options.server or options.endpoint):
        if options.api_key:
            raise UsageError("--api-key is for --server or --endpoint; give one of them")
        from handler.cli import local

        return local.start(context, engine, language, load=load)
    from handler.cli import remote

    key = options.api_key or (None if options.endpoint else context.environ.get("SPEECH_API_KEY"))
    if options.verbose:
        from handler import telemetry

        telemetry.configure(context.environ.get("LOG_LEVEL") or "INFO")
    return remote.connect(options.server, options.endpoint, key or context.environ.get("RUNPOD_API_KEY"))
