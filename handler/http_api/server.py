"""The HTTP server's life: listen at once, be ready once the engine speaks, stop when the running jobs are done."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from functools import partial
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from handler import startup, telemetry
from handler.app import make_services
from handler.backends import heap
from handler.cancellation import in_thread
from handler.errors import ConfigError, Unavailable, WorkerError
from handler.http_api.api import Api
from handler.http_api.app import create_app
from handler.http_api.connections import UVICORN
from handler.http_api.gate import is_local_only
from handler.http_api.health_process import INTERVAL_S, HealthProcess
from handler.http_api.job_queue import JobQueue
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.queued_job import IN_PROGRESS
from handler.http_api.readiness import Readiness, State
from handler.settings import Settings
from handler.sweeping import Sweeper

logger = logging.getLogger(__name__)

DONE, FAILED = 0, 1
DEFAULT_PORT, RUNPOD_PORT = 8000, 80
BACKLOG = 2048
EVERY_IPV4 = "0.0.0.0"  # nosec B104 # a name; `_default_host` says when it is listened on
ANY_ADDRESS = {EVERY_IPV4: "127.0.0.1", "::": "::1"}
"""Hosts that mean all addresses of this machine, and one of these."""

SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the interpreter. With Python's own 5 ms, two threads in pure Python delayed /ping by up to
160 ms; with this they delay it by up to 15 ms, and do as much work."""


def serve(settings: Settings, host: str | None = None, port: int | None = None) -> int:
    """Serve HTTP until SIGTERM or SIGINT; returns an exit code. Raises WorkerError if the worker cannot start.

    On RunPod it then stays, because the load balancer has to see that it is not healthy.
    """
    heap.keep_small()
    startup.mark_environment_in_use()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    local_only = is_local_only(settings, host)
    host = host or _default_host(settings)
    if port is None:
        port = settings.port or (RUNPOD_PORT if settings.runpod_pod_id else DEFAULT_PORT)
    with ExitStack() as stack:
        listening = stack.enter_context(_listen(host, port, "--port or PORT"))
        port = listening.getsockname()[1]
        url = _url(host, port)
        if host in ANY_ADDRESS and not (settings.public_url or settings.s3_bucket):
            logger.info("links to files begin with %s; set PUBLIC_URL if clients are on other machines", url)
        settings = settings.model_copy(update={"public_url": settings.public_url or url})
        health = None
        if settings.port_health not in {None, port}:
            health = HealthProcess(_listen(host, settings.port_health, "PORT_HEALTH"), settings.health_check_path)
            stack.callback(health.close)
        where = f"all addresses, port {port}; on this machine {url}" if host in ANY_ADDRESS else url
        logger.info("listening on %s; open %s in a browser for the studio, %s/docs lists the requests", where, url, url)
        return asyncio.run(_serve(settings, listening, health, local_only=local_only))


def _default_host(settings: Settings) -> str:
    """All addresses where somebody else or a key decides who may send jobs, else this machine alone."""
    return EVERY_IPV4 if settings.runpod_pod_id or settings.keys else "127.0.0.1"


PORT_PROBLEMS = {
    errno.EADDRINUSE: "port {port} is in use; stop the other program, or choose another port with {name}",
    errno.EACCES: "port {port} is not for this user; choose one from 1024 on with {name}",
    **dict.fromkeys(
        (errno.EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_AGAIN),
        "{host} is no address of this machine; correct --host",
    ),
}


def _listen(host: str, port: int, name: str) -> socket.socket:
    """A socket that listens: clients wait until it is answered. Raises ConfigError with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OverflowError:
        raise ConfigError(f"{name} must be a port from 1 to 65535") from None
    except OSError as error:
        problem = PORT_PROBLEMS.get(error.errno or 0, "port {port} cannot be listened on: " + str(error.strerror))
        raise ConfigError(problem.format(host=host, port=port, name=name)) from None


def _url(host: str, port: int) -> str:
    """The server's address as a URL for this machine."""
    host = ANY_ADDRESS.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def _serve(
    settings: Settings, listening: socket.socket, health: HealthProcess | None, *, local_only: bool
) -> int:
    readiness = Readiness()
    publishing = asyncio.create_task(_publish(readiness, health)) if health else None
    try:
        services = make_services(settings)
    except WorkerError as error:
        _fail(error, readiness)
        if settings.runpod_pod_id is not None:
            answer = JsonAnswer({**error.reply(), **(readiness.health()[1] or {})}, 503)
            await _Server(answer, readiness).serve(sockets=[listening])
        raise
    api, sweeper = Api(services, JobQueue(services), readiness), Sweeper(services)
    server = _Server(create_app(api, local_only=local_only), readiness, api)
    preparing = asyncio.create_task(_prepare(api, server, sweeper))
    replacing = asyncio.create_task(_stop_when_broken(api, server))
    await server.serve(sockets=[listening])
    sweeper.stop()
    if not preparing.done():
        # A model that is being loaded cannot be interrupted, and nobody waits for it.
        os._exit(DONE)
    preparing.result()
    for task in filter(None, (publishing, replacing)):
        task.cancel()
    return FAILED if api.queue.refresh.is_set() else DONE


async def _publish(readiness: Readiness, health: HealthProcess) -> None:
    while True:
        try:
            health.publish(readiness)
        except BrokenPipeError:
            logger.error("the process of the health check has ended; PORT_HEALTH is not answered any more")
            return
        await asyncio.sleep(INTERVAL_S)


async def _prepare(api: Api, server: _Server, sweeper: Sweeper) -> None:
    """Make the worker ready. Raises WorkerError if it cannot be; at home the server then stops."""
    services = api.services
    try:
        await asyncio.wrap_future(in_thread(partial(startup.prepare, services)))
        sweeper.start()
    except Exception as error:  # noqa: BLE001 - `_fail` logs it
        failure = _fail(error, api.readiness)
        api.queue.refuse(failure)
        if services.settings.runpod_pod_id is None:
            # At home somebody is looking; on RunPod the load balancer has to see the 503.
            server.should_exit = True
        raise failure from error.__cause__
    api.queue.start()
    api.readiness.set(State.READY)
    logger.info("ready")


def _fail(error: Exception, readiness: Readiness) -> WorkerError:
    """Log why the worker cannot start, and have the health check say it; returns it as a client may read it."""
    failure = error if isinstance(error, WorkerError) else ConfigError("the start failed; the worker's log says why")
    readiness.set(State.FAILED, failure.message)
    details = {"cause": telemetry.cause(error)}
    logger.error(
        "no jobs are taken: %s", failure.message, extra=details, exc_info=error if failure is not error else None
    )
    return failure


async def _stop_when_broken(api: Api, server: _Server) -> None:
    await api.queue.refresh.wait()
    await server.stop("a job broke the device, and the worker is replaced")


class _Server(uvicorn.Server):
    """Uvicorn, which on a signal first lets the running jobs end."""

    def __init__(self, app: ASGIApp, readiness: Readiness, api: Api | None = None) -> None:
        super().__init__(uvicorn.Config(app, **UVICORN))
        self._readiness = readiness
        self._api = api
        self._stopping: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn calls it so
        if self._stopping is not None:
            # Somebody does not want to wait. A thread says so: the signal may have interrupted a line of the log.
            threading.Thread(target=self._end_at_once, args=(128 + sig,), daemon=True).start()
            return
        stop = self.stop("the worker is stopping", cancel=sig == signal.SIGINT)
        self._stopping = asyncio.get_running_loop().create_task(stop)

    def _end_at_once(self, code: int) -> None:
        try:
            lost = self._running()
            logger.warning("a second signal ends the worker at once; jobs that ran and are lost: %d", lost)
        finally:
            os._exit(code)

    async def stop(self, reason: str, *, cancel: bool = False) -> None:
        """Take no more jobs, fail those that are queued, wait for those that run or ``cancel`` them, and end."""
        fate = "cancelled" if cancel else "waited for; a second signal ends them"
        logger.info("stopping; jobs that run: %d, they are %s", self._running(), fate, extra={"reason": reason})
        self._readiness.set(State.STOPPING, reason)
        if self._api is not None:
            self._api.queue.refuse(Unavailable(f"{reason}; send the job again"))
            await self._api.queue.drain(cancel=cancel)
            await self._api.finish()
        self.should_exit = True

    def _running(self) -> int:
        """How many jobs run."""
        return self._api.queue.count(IN_PROGRESS) if self._api else 0
