"""Run the script and SIGKILL this process at its Nth step: python killed_at_a_step.py N SCRIPT ARGUMENTS.

A step is a file on the volume opened for writing, renamed, linked or removed, a folder made, a process begun.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from pathlib import Path

STEPS = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.utime"}
left = int(sys.argv[1])


def hook(event: str, arguments: tuple[object, ...]) -> None:
    """Count a step, and end at the last one allowed."""
    global left
    writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
    on_volume = str(arguments[0]).startswith(os.environ["VOLUME_DIR"]) if arguments else False
    if event == "subprocess.Popen" or (on_volume and (event in STEPS or writes)):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


sys.argv = sys.argv[2:]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
sys.addaudithook(hook)
runpy.run_path(sys.argv[0], run_name="__main__")
