"""Signals of the processes that tests start."""

from __future__ import annotations

import signal


def interruptible() -> None:
    """In a new process: take Ctrl-C as on a terminal, also where the tests run in the background of a shell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
