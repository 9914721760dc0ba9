"""Memory: what is free for another model, and what there is."""

from __future__ import annotations

import gc
import os
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
    if gpu := gpu_bytes():
        return gpu[0]
    return machine_bytes()[0]


def gpu_bytes() -> tuple[int, int] | None:
    """Free memory of the GPU and all that it has, if torch is loaded and has one."""
    if not has_gpu():
        return None
    cuda = sys.modules["torch"].cuda
    free, total = cuda.mem_get_info()
    return int(free) + cuda.memory_reserved() - cuda.memory_allocated(), int(total)


def machine_bytes() -> tuple[int, int]:
    """What this container may still use of the machine's memory, and all that it may use."""
    free = min([_field(Path("/proc/meminfo"), "MemAvailable:") * 1024, *_free_of_cgroups()])
    return free, min([_field(Path("/proc/meminfo"), "MemTotal:") * 1024, *_limits_of_cgroups()])


def resident_bytes() -> int:
    """What this process has in memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _limits_of_cgroups() -> list[int]:
    limits = []
    for limit, *_ in CGROUP_FILES:
        try:
            limits.append(_number(CGROUP / limit))
        except (OSError, ValueError):  # as below
            continue
    return limits


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
