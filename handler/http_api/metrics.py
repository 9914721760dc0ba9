"""``GET /metrics``, as Prometheus reads it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from handler.http_api.api import Api
from handler.http_api.queued_job import IN_PROGRESS, IN_QUEUE
from handler.http_api.readiness import State
from handler.telemetry.metrics import CONTENT_TYPE

PATH = "/metrics"


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Health"])

    @routes.get(PATH, summary="Metrics for Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Jobs, stages, speech, queue, batches, caches, memory and requests, in Prometheus's text format."""
        return Response(api.metrics.text(), media_type=CONTENT_TYPE)

    return routes


def watch(api: Api) -> None:
    """Have the metrics count the jobs of this server, and read its queue."""
    api.services.observers.append(api.metrics)
    gauge, queue = api.metrics.gauge, api.queue
    gauge("tts_jobs_queued", "Jobs that wait.", lambda: queue.count(IN_QUEUE))
    gauge("tts_jobs_running", "Jobs that run.", lambda: queue.count(IN_PROGRESS))
    gauge("tts_queue_limit", "Jobs that may wait.", lambda: api.services.settings.queue_limit)
    gauge("tts_ready", "1 if the worker takes jobs.", lambda: api.readiness.state is State.READY)
