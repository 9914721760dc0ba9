"""The worker's own HTTP server in a thread of the test, on a free port of 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
import uvicorn

from handler.http_api.api import Api
from handler.http_api.app import create_app
from handler.http_api.connections import UVICORN
from handler.http_api.job_queue import JobQueue
from handler.http_api.queued_job import QueuedJob
from handler.http_api.readiness import Readiness, State
from handler.protocols import Services
from handler.storage.local_store import LocalStore

PATIENCE_S = 60.0


@dataclass(frozen=True)
class RunningServer:
    """A server that takes requests: its address, a client for it, and what is behind it."""

    url: str
    client: httpx.Client
    api: Api
    loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        """Run the jobs that wait for the worker's start."""
        self.loop.call_soon_threadsafe(self.api.queue.start)

    def finish(self) -> None:
        """Wait for what is done after the answers."""
        asyncio.run_coroutine_threadsafe(self.api.finish(), self.loop).result(PATIENCE_S)

    def ended(self, job_id: str) -> QueuedJob:
        """The job of this id, once it has ended."""
        job = self.api.queue.get(job_id)
        assert job is not None
        asyncio.run_coroutine_threadsafe(job.ended.wait(), self.loop).result(PATIENCE_S)
        return job


@contextmanager
def running(services: Services, *, ready: bool = True, local_only: bool = False) -> Iterator[RunningServer]:
    """Serve these services; the engine is not warmed up. With ``ready`` false the worker is still starting.

    A store that is a folder signs links to this server.
    """
    # With the protocol named, asyncio sends small pieces at once: without it each answer takes 40 ms.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # from here on a client waits for the server rather than being refused
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    if isinstance(services.store, LocalStore):
        settings = services.settings.model_copy(update={"public_url": url})
        services = replace(services, settings=settings, store=LocalStore(settings))
    started, loops, apis, servers = threading.Event(), [], [], []

    async def serve() -> None:
        api = Api(services, JobQueue(services), Readiness())
        if ready:
            api.queue.start()
            api.readiness.set(State.READY)
        server = uvicorn.Server(uvicorn.Config(create_app(api, local_only=local_only), **UVICORN))
        loops.append(asyncio.get_running_loop())
        apis.append(api)
        servers.append(server)
        started.set()
        await server.serve(sockets=[listening])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="server")
    thread.start()
    try:
        assert started.wait(PATIENCE_S)
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
            yield RunningServer(url, client, apis[0], loops[0])
    finally:
        servers[0].should_exit = servers[0].force_exit = True
        thread.join(PATIENCE_S)
        listening.close()
