"""What this process has open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def open_below(folder: Path) -> list[str]:
    """Files and folders below ``folder``, those that were removed among them.

    How many descriptors there are in all is no measure: threads of other tests, and the collection of garbage, close
    some at any time.
    """
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(descriptor.readlink()))
    return [path for path in found if path.startswith(f"{folder}/")]
