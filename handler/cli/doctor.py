"""``handler doctor``: check everything a worker needs, and say where its settings come from."""

from __future__ import annotations

import argparse
import json
import typing
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from handler import telemetry
from handler.cli import lifecycle
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, FAILED, UsageError
from handler.cli.terminal import cell

if TYPE_CHECKING:
    from handler.cli.config import Configuration
    from handler.doctor import Check
    from handler.settings import Settings

HIDDEN = "(not shown)"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the checks as JSON")
    parser.add_argument("--deep", action="store_true", help="also read every model file, and start the aligners")
    parser.add_argument("--speak", action="store_true", help="also speak with each engine, and measure what it says")
    parser.add_argument("--engine", action="append", metavar="NAME", help="with --speak: with this one of ENGINES only")
    parser.add_argument(
        "--fix-lifecycle",
        action="store_true",
        help="have the bucket remove results after RETENTION_DAYS: show the rules that it lacks, ask, and write them",
    )
    parser.add_argument("--yes", action="store_true", help="with --fix-lifecycle: do not ask")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="with --speak: where to write the speech, as wav")


def run(context: Context) -> int:
    options, configuration = context.options, context.configuration
    settings = configuration.settings
    telemetry.configure(settings.log_level)
    if options.fix_lifecycle:
        return lifecycle.fix(context)
    if options.yes:
        raise UsageError("--yes needs --fix-lifecycle")
    from handler import doctor
    from handler.doctor import speech

    if (options.keep or options.engine) and not options.speak:
        raise UsageError(f"{'--keep' if options.keep else '--engine'} needs --speak")
    engines = options.engine or settings.engines
    if unknown := [name for name in engines if name not in settings.engines]:
        raise UsageError(f"ENGINES has no {unknown[0]}; it has {', '.join(settings.engines)}")
    further = [partial(speech.prove, keep=options.keep, engines=engines)] if options.speak else []
    checks = []
    for check in chain(origins(configuration), doctor.examine(settings, *further, deep=options.deep)):
        checks.append(check)
        if not options.json:
            # At once: speech on a CPU takes minutes.
            print(check, flush=True)
    if options.json:
        print(json.dumps([vars(check) for check in checks], ensure_ascii=False, indent=2))
    return FAILED if any(check.state == doctor.FAILURE for check in checks) else DONE


def origins(configuration: Configuration) -> Iterator[Check]:
    """The settings file, and each setting that somebody has set: its value, unless it is secret, and its origin."""
    from handler.doctor import OK, Check

    if configuration.file is not None:
        yield Check("settings file", OK, str(configuration.file))
    for name, origin in configuration.origins.items():
        yield Check(f"setting {name.upper()}", OK, f"{_shown(name, configuration.settings)} (from {origin})")


def _shown(name: str, settings: Settings) -> str:
    from pydantic import SecretStr

    from handler.settings import MAY_HOLD_SECRETS

    secret = SecretStr in typing.get_args(type(settings).model_fields[name].annotation) or name in MAY_HOLD_SECRETS
    return HIDDEN if secret else cell(getattr(settings, name))


COMMAND = Command(
    "check everything a worker needs, and say what to do about it and where its settings come from",
    run,
    arguments,
    examples=(
        ("handler doctor", "all checks; exit code 1 if a worker could not start"),
        ("handler doctor --speak --engine piper", "also speak, and measure word errors, likeness and speed"),
        ("handler doctor --fix-lifecycle --set retention_days=30", "the bucket shall remove results after 30 days"),
        ("handler doctor --config speech.yaml --json", "with the settings of a file, as JSON"),
    ),
)
