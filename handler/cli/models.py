"""``handler models``: the files of the models that the settings choose."""

from __future__ import annotations

import argparse
import json

from handler import telemetry
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, FAILED

ACTIONS = {
    "list": "what each part needs, where it is, its size and state",
    "verify": "read every file and compare it with its checksum; exit 1 if one is missing or damaged",
    "pull": "fetch what is missing and mend what is damaged",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = "; ".join(f"{name}: {does}" for name, does in ACTIONS.items())
    parser.add_argument("action", choices=tuple(ACTIONS), help=actions)
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these backends, as list names them")
    parser.add_argument("--json", action="store_true", help="the same as JSON")


def run(context: Context) -> int:
    options, settings = context.options, context.configuration.settings
    telemetry.configure(settings.log_level)
    from handler.doctor import model_files

    if options.action == "pull":
        found = model_files.pull(settings, options.parts)
    else:
        found = model_files.survey(settings, options.parts, deep=options.action == "verify")
    lines = []
    for line in found:
        lines.append(line)
        if not options.json:
            print(line, flush=True)
    if options.json:
        print(json.dumps([line.data() for line in lines], ensure_ascii=False, indent=2))
    # A list does not fail because a model is missing.
    return DONE if options.action == "list" or all(line.ready for line in lines) else FAILED


COMMAND = Command(
    "the files of the models that the settings choose",
    run,
    arguments,
    examples=(
        ("handler models list", "what each engine and aligner needs, and whether it is here"),
        ("handler models pull whisperx", "fetch what one of them lacks"),
        ("handler models verify --json", "compare every file with its checksum"),
    ),
)
