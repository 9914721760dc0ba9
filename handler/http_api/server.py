"""The HTTP server's life: listen at once, be ready once the engine speaks, stop when the running jobs are done."""

from __future__ import annotations

import asyncio
import logging
import signal
from types import FrameType

import uvicorn

from handler import startup
from handler.app import make_services
from handler.errors import ConfigError, Internal, WorkerError
from handler.http_api.api import Api
from handler.http_api.app import create_app
from handler.http_api.job_queue import JobQueue
from handler.http_api.readiness import Readiness, State
from handler.protocols import Services
from handler.settings import Settings
from handler.storage import retention

logger = logging.getLogger(__name__)

DONE, FAILED = 0, 1
DEFAULT_PORT = 8000


def serve(settings: Settings, host: str | None = None, port: int | None = None) -> int:
    """Serve HTTP until SIGTERM or SIGINT; returns an exit code. Raises ConfigError for settings that cannot work."""
    startup.mark_environment_in_use()
    services = make_services(settings)
    port = port or settings.port or DEFAULT_PORT
    return asyncio.run(_serve(services, host or _default_host(settings), port))


def _default_host(settings: Settings) -> str:
    """All addresses where somebody else or a key decides who may send jobs, else this machine alone."""
    return "0.0.0.0" if settings.runpod_pod_id or settings.api_keys else "127.0.0.1"


async def _serve(services: Services, host: str, port: int) -> int:
    api = Api(services, JobQueue(services), Readiness())
    # No logs of its own: the access log is ours.
    config = uvicorn.Config(create_app(api), host, port, log_config=None, access_log=False)
    server = _Server(config, api)
    preparing = asyncio.create_task(_prepare(api, server))
    await server.serve()
    preparing.cancel()
    return FAILED if api.readiness.state is State.FAILED or api.queue.refresh.is_set() else DONE


async def _prepare(api: Api, server: _Server) -> None:
    services = api.services
    try:
        await asyncio.to_thread(startup.prepare, services)
        retention.start(services.settings, services.store)
    except Exception as error:
        message = error.message if isinstance(error, WorkerError) else "the worker could not start; its log says why"
        logger.error("the worker cannot take jobs: %s", message, exc_info=error)
        api.readiness.set(State.FAILED, message)
        api.queue.refuse(error if isinstance(error, WorkerError) else ConfigError(message))
        if services.settings.runpod_pod_id is None:
            # At home somebody is looking; on RunPod the load balancer has to see the 503.
            server.should_exit = True
        return
    api.queue.start()
    api.readiness.set(State.READY)
    logger.info("ready")
    await api.queue.refresh.wait()
    await server.stop("a job broke the device; the worker is replaced")


class _Server(uvicorn.Server):
    """Uvicorn, which on a signal first lets the running jobs end."""

    def __init__(self, config: uvicorn.Config, api: Api) -> None:
        super().__init__(config)
        self._api = api
        self._stopping: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn calls it so
        if self._stopping is not None:
            # A second signal: somebody does not want to wait.
            self.should_exit = self.force_exit = True
        else:
            stop = self.stop("the worker is stopping", cancel=sig == signal.SIGINT)
            self._stopping = asyncio.get_running_loop().create_task(stop)

    async def stop(self, reason: str, *, cancel: bool = False) -> None:
        """Take no more jobs, fail those that are queued, wait for those that run or ``cancel`` them, and end."""
        self._api.readiness.set(State.STOPPING, reason)
        self._api.queue.refuse(Internal(f"{reason}; send the job again"))
        await self._api.queue.drain(cancel=cancel)
        self.should_exit = True
