"""``handler completion``: what a shell completes after Tab."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from handler.cli import inputs
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, CommandFailed

SHELLS = ("bash", "zsh", "tcsh")
FILES, FOLDERS = {"FILE", "AUDIO", "MEDIA", "PLACE", "TEXT", "JOB", "VOICE"}, {"FOLDER"}
"""Placeholders of arguments that are files, and folders."""
VALUES = {"STYLE": inputs.STYLES, "FORMATS": inputs.CAPTION_FORMATS}
"""Placeholders of arguments that take a few names, or other values besides."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(context: Context) -> int:
    try:
        import shtab
    except ImportError:
        raise CommandFailed("completion needs the package shtab; in a clone, run `make demo`") from None
    parser = context.parser()
    for action in _actions(parser):
        kind = shtab.FILE if action.metavar in FILES else shtab.DIRECTORY if action.metavar in FOLDERS else None
        if kind is not None:
            action.complete = kind  # type: ignore[attr-defined]
        elif action.metavar in VALUES:
            action.choices = VALUES[str(action.metavar)]
    context.terminal.out(shtab.complete(parser, context.options.shell))
    return DONE


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a parser and of those below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)


COMMAND = Command(
    "print the completion for a shell",
    run,
    arguments,
    examples=(
        ('eval "$(handler completion bash)"', "for this shell"),
        ("handler completion zsh > ~/.zfunc/_handler", "for every zsh, if ~/.zfunc is in its fpath"),
    ),
)
