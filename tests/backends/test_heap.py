"""The C library's heap stays small: threads share one pool of it, and what is freed goes back to the machine."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handler.backends.heap import MAX_ARENAS

ROOT = Path(__file__).parents[2]


ARENAS = """
import ctypes, re, sys, tempfile, threading
from handler.backends.heap import limit_arenas

limit_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(6)

def allocate():
    together.wait()
    for _ in range(1000):
        libc.malloc(1000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(6)]
[each.start() for each in threads]
[each.join() for each in threads]
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(len(re.findall("<heap nr=", open(file.name).read())))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this C library has no arenas")
def test_threads_share_one_arena() -> None:
    """Threads that allocate at once have one pool of memory, or as many as MALLOC_ARENA_MAX says."""

    def arenas(**more: str) -> int:
        environ = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        command = [sys.executable, "-c", ARENAS]
        done = subprocess.run(command, cwd=ROOT, env=environ | more, capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert arenas() <= MAX_ARENAS
    assert arenas(MALLOC_ARENA_MAX="5") > MAX_ARENAS


TRIMMED = """
from pathlib import Path
from handler.backends import heap

def held():
    return int(Path("/proc/self/statm").read_text().split()[1])

before = held()
arrays, lasting = [], []
for _ in range(1000):
    arrays.append(bytearray(100_000))
    lasting.append(bytes(2000))
full = held()
del arrays
heap.trim()
print((held() - before) / (full - before))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library cannot be trimmed")
def test_freed_arrays_go_back() -> None:
    """Of pages between which something lasts most go back; the C library would keep all."""
    done = subprocess.run([sys.executable, "-c", TRIMMED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.2
