"""Memory that is free for another model."""

from __future__ import annotations

import gc
import sys
import traceback
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
CGROUP_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),  # version 2
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
)
"""Where the limit of a container is, what it uses, and how much of that is cache that the kernel gives up."""


def free_bytes() -> int:
    """Free memory of the GPU if torch is loaded and has one, else what this container may still use."""
    if has_gpu():
        torch = sys.modules["torch"]
        cached: int = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(torch.cuda.mem_get_info()[0]) + cached
    return min([_field(Path("/proc/meminfo"), "MemAvailable:") * 1024, *_free_of_cgroups()])


def _free_of_cgroups() -> list[int]:
    free = []
    for limit, used, stat, cache in CGROUP_FILES:
        try:
            taken = _number(CGROUP / used) - _field(CGROUP / stat, cache)
            free.append(max(0, _number(CGROUP / limit) - taken))
        except (OSError, ValueError):  # a cgroup of the other version, or the limit "max", which is none
            continue
    return free


def _number(path: Path) -> int:
    return int(path.read_text("ascii"))


def _field(path: Path, name: str) -> int:
    """A number in a file with a name and a number on each line. Raises ValueError if it is not there."""
    for line in path.read_text("ascii").splitlines():
        if line.split()[0] == name:
            return int(line.split()[1])
    raise ValueError(f"{path} has no {name}")


def has_gpu() -> bool:
    """Whether torch is loaded and has a GPU."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())


def is_shortage(error: BaseException | None) -> bool:
    """Whether an error of Python or torch says that memory is short."""
    return isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__


def release() -> None:
    """Give memory of objects that nobody holds any more back, that of the GPU too."""
    gc.collect()
    if has_gpu():
        sys.modules["torch"].cuda.empty_cache()


def forget_locals(error: BaseException | None) -> None:
    """Clear the local variables of the functions that an error passed through: they hold the model's memory."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
