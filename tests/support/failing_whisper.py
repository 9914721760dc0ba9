"""Whisper's process, whose model fails on every recording; started as ``python -m tests.support.failing_whisper``.

On German it ends.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from handler.backends import child_process
from handler.whisper import server


def _fail(_: Any, samples: Any, language: str, prompt: str | None) -> Any:
    if language == "de":
        os.kill(os.getpid(), signal.SIGKILL)
    raise IndexError("list index out of range")


if __name__ == "__main__":
    server.METHODS["transcribe"] = _fail
    made = server.Server()
    child_process.main({"find_device": made.find_device, "answer": made.answer})
