"""The worker's own HTTP server in a thread of the test, on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from handler.http_api.api import Api
from handler.http_api.app import create_app
from handler.http_api.job_queue import JobQueue
from handler.http_api.readiness import Readiness, State
from handler.protocols import Services

PATIENCE_S = 60.0


@dataclass(frozen=True)
class RunningServer:
    """A server that takes requests: its address, a client for it, and what is behind it."""

    url: str
    client: httpx.Client
    api: Api
    loop: asyncio.AbstractEventLoop


@contextmanager
def running(services: Services, *, ready: bool = True) -> Iterator[RunningServer]:
    """Serve these services; the engine is not warmed up. With ``ready`` false the worker is still starting."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    started, loops, apis, servers = threading.Event(), [], [], []

    async def serve() -> None:
        api = Api(services, JobQueue(services), Readiness())
        if ready:
            api.queue.start()
            api.readiness.set(State.READY)
        server = uvicorn.Server(uvicorn.Config(create_app(api), log_config=None, access_log=False))
        loops.append(asyncio.get_running_loop())
        apis.append(api)
        servers.append(server)
        started.set()
        await server.serve(sockets=[listening])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="server")
    thread.start()
    try:
        assert started.wait(PATIENCE_S)
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
            yield RunningServer(url, client, apis[0], loops[0])
    finally:
        servers[0].should_exit = servers[0].force_exit = True
        thread.join(PATIENCE_S)
        listening.close()
