"""``handler run``: do one job and print its reply."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from handler import telemetry
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, FAILED, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help="a JSON file, - for standard input, or the JSON itself")


def run(context: Context) -> int:
    settings = context.configuration.settings
    telemetry.configure(settings.log_level)
    from handler.app import make_services
    from handler.dispatch import dispatch

    try:
        job = _read_job(context.options.job)
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from None
    reply = dispatch(job, make_services(settings))
    print(json.dumps(reply, ensure_ascii=False, indent=2))
    return FAILED if "error" in reply else DONE


def _read_job(argument: str) -> Any:
    """The job as parsed JSON; ValueError or OSError says what is wrong with the argument."""
    from handler.requests import NotPlain, parsed_json

    if argument == "-":
        data = sys.stdin.buffer.read()
    elif argument.lstrip().startswith(("{", "[")):
        # The bytes that were given, whatever the locale took them for.
        data = os.fsencode(argument)
    else:
        path = Path(argument)
        if not path.is_file():
            raise ValueError(f"neither JSON nor a file: {argument}")
        data = path.read_bytes()
    try:
        return parsed_json(data)
    except NotPlain as error:
        detail = f": {error.__cause__}" if isinstance(error.__cause__, json.JSONDecodeError) else ""
        raise ValueError(f"the job {error}{detail}") from None


COMMAND = Command(
    "do one job, as API.md describes it, and print its reply; logs go to standard error",
    run,
    arguments,
    examples=(
        ("""handler run '{"input": {"text": "Hello.", "timing_format": "srt"}}'""", "a job on the command line"),
        ("handler run job.json", "a job in a file"),
        ("handler run -", "a job from standard input"),
    ),
)
