"""A worker whose clock can be wrong: ``python -m benchmarks.soaking.clock worker`` is ``python -m handler worker``.

The seconds of the file that SOAK_CLOCK names are added to `time.time`: records, links to a folder's files and the ages
of files have it. `datetime` has its own way to the system's clock, so that signatures for a bucket stay right.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = struct.Struct("d")


def make(path: Path) -> None:
    """Make the file of a clock that is right."""
    path.write_bytes(SECONDS.pack(0.0))


def shift(path: Path, seconds: float) -> None:
    """Let the clock of the worker be wrong by so many seconds."""
    with path.open("r+b") as file:
        file.write(SECONDS.pack(seconds))


def shifted(path: Path) -> Callable[[], float]:
    """`time.time`, wrong by what the file says."""
    with path.open("rb") as file:
        held = mmap.mmap(file.fileno(), SECONDS.size, access=mmap.ACCESS_READ)
    right = time.time
    return lambda: right() + float(SECONDS.unpack_from(held)[0])


def main() -> None:
    """Run the worker."""
    time.time = shifted(Path(os.environ["SOAK_CLOCK"]))

    from handler.cli import program

    program()


if __name__ == "__main__":
    main()
