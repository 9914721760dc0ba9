"""``handler serve``: the worker over HTTP."""

from __future__ import annotations

import argparse

from handler import telemetry
from handler.cli.command import Command, Context


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on (127.0.0.1; with API_KEYS or on RunPod 0.0.0.0)")
    parser.add_argument("--port", type=int, help="the port (PORT, else 8000, on RunPod 80)")


def run(context: Context) -> int:
    from handler.http_api import server

    settings = context.configuration.settings
    telemetry.configure(settings.log_level)
    return server.serve(settings, context.options.host, context.options.port)


COMMAND = Command(
    "the worker over HTTP: RunPod's API, OpenAI's and others",
    run,
    arguments,
    examples=(
        ("handler serve", "on http://127.0.0.1:8000, for this machine alone"),
        ("handler serve --config speech.yaml --port 9000", "with the settings of a file"),
    ),
)
