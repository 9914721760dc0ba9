"""What a command is: a row of the table in `commands`, and what it is given."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from handler.cli.terminal import Terminal

if TYPE_CHECKING:
    from handler.cli.config import Configuration


@dataclass(frozen=True)
class Context:
    """What a command is given. Its settings are read when they are asked for."""

    options: argparse.Namespace
    terminal: Terminal
    environ: Mapping[str, str]
    parser: Callable[[], argparse.ArgumentParser]
    """Makes the parser of all commands."""
    rest: Sequence[str] = ()
    """Flags that the command passes on, see `Command.passes_flags`."""

    @cached_property
    def configuration(self) -> Configuration:
        """The settings of ``--set``, the environment and the settings file. Raises ConfigError, UsageError."""
        from handler.cli import config

        file = getattr(self.options, "config", None) or self.environ.get("SPEECH_CONFIG")
        return config.read(self.environ, file, getattr(self.options, "set", None) or ())


@dataclass(frozen=True)
class Command:
    """A row of the table of commands."""

    summary: str
    """What it does, in a line of the list of commands."""
    run: Callable[[Context], int]
    """Does it, and returns the exit code. Heavy modules are imported in here."""
    arguments: Callable[[argparse.ArgumentParser], None] = field(default=lambda _: None)
    """Adds its arguments to the parser."""
    examples: Sequence[tuple[str, str]] = ()
    """Lines as one types them, each with what it does; ``--help`` shows them, and a test parses them."""
    passes_flags: bool = False
    """Whether flags that it does not know are for somebody else."""
