"""A process for tests of `ChildProcess`: started as ``python -m tests.support.small_process``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from handler.backends import child_process
from handler.cancellation import current


def _pid() -> int:
    sys.stdout.write("this is no answer\n")
    sys.stdout.flush()
    return os.getpid()


def _fail(message: str) -> None:
    raise ValueError(message)


def _listen() -> None:
    """Work for ever, and look now and then whether anybody waits for it."""
    while True:
        current().check()
        time.sleep(0.01)


if __name__ == "__main__":
    child_process.main(
        {
            "pid": _pid,
            "environment": os.environ.get,
            "fail": _fail,
            "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
            "hang": lambda: threading.Event().wait(),
            "listen": _listen,
        }
    )
