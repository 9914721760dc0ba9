"""The names of workers in records, and whether a worker of this machine has ended.

Who sends a job again at home has mostly just killed the process that was at it, and would wait for LOST_AFTER all the
same. So a local worker's name tells which process it is: the next worker sees that it is gone. Elsewhere such a name
says nothing: on another machine, in another container, since a restart of the machine, and without Linux's ``/proc``.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

PROC = Path("/proc")

_LOCAL = re.compile(r"local:([0-9a-f]{16}):([1-9][0-9]*):([0-9]+)")
"""Machine, number of the process, and when that began, because numbers are given again."""


@cache
def name(pod_id: str | None) -> str:
    """The name of this worker in records: that of its Pod, which has one worker, else one of this process alone.

    It tells clients nothing of the machine.
    """
    if pod_id:
        return pod_id
    machine, number = _machine(), os.getpid()
    began = _began(number)
    return f"local:{machine}:{number}:{began}" if machine and began else f"local:{uuid.uuid4().hex}"


def has_ended(worker: str) -> bool:
    """Whether a worker was a process of this machine, and is none any more. False where that cannot be known."""
    local = _LOCAL.fullmatch(worker)
    if local is None or local[1] != _machine():
        return False
    number = int(local[2])
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass  # another user's, whose entry in /proc may be hidden
    began = _began(number)
    return began is not None and began != local[3]


@cache
def _machine() -> str | None:
    """A hash of what numbers of processes are given by: this start of the machine, and this container of it.

    A container's number may be given to a later one, but not before all of its processes have ended.
    """
    with suppress(OSError):
        # Else it shows the processes of another container than the one that this process is in.
        if (PROC / "self").readlink() == Path(str(os.getpid())):
            boot = (PROC / "sys/kernel/random/boot_id").read_text("ascii")
            return hashlib.sha256(f"{boot} {(PROC / 'self/ns/pid').readlink()}".encode()).hexdigest()[:16]
    return None


def _began(number: int) -> str | None:
    """When a process began, in ticks since the start of the machine; "" once it has ended, None if unknown.

    One that nobody has waited for has ended when its last thread has.
    """
    with suppress(OSError, ValueError, IndexError):
        # Before its name, which may hold anything, there is only the number.
        fields = (PROC / str(number) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" and int(fields[17]) <= 1 else fields[19]
    return None
