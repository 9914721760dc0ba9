"""The four servers of a Swift in one process group: ``python -m tests.support.swift_process FOLDER``.

``FOLDER`` holds the configuration that `tests.support.s3_server` wrote. Swift is imported once and forked into account,
container, object and proxy server. All end when standard input is closed, so that a test run that dies, however it
dies, leaves neither server nor folder behind; one that ends by itself takes the others with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swift.common import utils
from swift.common.ring.builder import RingBuilder
from swift.common.wsgi import run_wsgi
from swift.obj import server as object_server

SERVERS = ("account", "container", "object", "proxy")
PR_SET_PDEATHSIG = 1


class MemoryCache:
    """What the proxy asks of memcached, in its own memory: one process needs no daemon to share with itself.

    Without any cache each request asks for the account and the container again, which doubles its time.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, str]] = {}

    def get(self, key: str, **_: Any) -> Any:
        until, value = self._kept.get(key, (0.0, "null"))
        return json.loads(value) if until > _now() else None

    def set(self, key: str, value: Any, time: float = 0, **_: Any) -> None:  # Swift passes the seconds as ``time``
        self._kept[key] = (_now() + (time or 3600), json.dumps(value))

    def delete(self, key: str, **_: Any) -> None:
        self._kept.pop(key, None)

    def incr(self, key: str, delta: int = 1, time: float = 0, **_: Any) -> int:
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time)
        return value


def _now() -> float:
    return time.monotonic()


def memory_cache(conf: dict[str, str], **_: str) -> Callable[[Any], Any]:
    """The filter (in Paste's words) that gives every request the cache."""
    cache = MemoryCache()

    def around(app: Any) -> Any:
        def serve(environ: dict[str, Any], start_response: Any) -> Any:
            environ["swift.cache"] = cache
            return app(environ, start_response)

        return serve

    return around


def make_ring(name: str, folder: Path) -> None:
    """Write the ring of a server: one replica on one device, at the port that the configuration names."""
    port = int((folder / f"{name}.port").read_text())
    address = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "device": "d1", "weight": 1.0, "meta": "", **address})
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def start(name: str, folder: Path) -> int:
    """Fork a server; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    more = {"global_conf_callback": object_server.global_conf_callback} if name == "object" else {}
    try:
        os._exit(run_wsgi(str(folder / f"{name}-server.conf"), f"{name}-server", verbose=True, **more) or 0)
    finally:
        # Whatever happened, this copy of the parent must not go on as a second parent.
        os._exit(1)


def main() -> int:
    """Start the servers, watch over them, and end them all; returns 1 if one had ended by itself."""
    folder = Path(sys.argv[1])
    # swift.conf would be looked for in /etc.
    utils.set_swift_dir(str(folder))
    for name in SERVERS[:-1]:
        make_ring(name, folder)
    children = [start(name, folder) for name in SERVERS]
    ended = False
    while not ended and not select.select([0], [], [], 0.2)[0]:
        ended = any(os.waitpid(pid, os.WNOHANG)[0] for pid in children)
    for pid in children:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    if not ended:
        # Whoever started us may be gone, and cannot do it. After a failure the log is still wanted.
        shutil.rmtree(folder, ignore_errors=True)
    return int(ended)


if __name__ == "__main__":
    sys.exit(main())
