"""How a command ends: its exit code, and the errors that are one sentence on standard error."""

from __future__ import annotations

from handler.errors import ConfigError

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
EXIT_CODES = {
    DONE: "done",
    FAILED: "the job or the start failed, or a check or a limit was not met",
    USAGE: "the command was used wrongly: an option, a text or a settings file is not valid",
    INTERRUPTED: "interrupted by Ctrl-C; the job is cancelled",
}


class UsageError(Exception):
    """The command was used wrongly; the message says how it is used."""


class CommandFailed(Exception):
    """What was asked for could not be done; the message is one sentence that names the way out."""


class WrongSettings(ConfigError):
    """Settings of a flag or of a settings file are wrong, and so the command was used wrongly."""
