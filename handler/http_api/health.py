"""The health checks: ``GET /ping`` as RunPod's load balancer reads it, and ``GET /health`` as clients of others do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from handler.http_api.api import Api
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.readiness import State
from handler.http_api.runpod import health_report
from handler.telemetry import version

STATUSES = {State.STARTING: "starting", State.READY: "healthy", State.FAILED: "failed", State.STOPPING: "stopping"}
"""The ``status`` of ``/health``: healthy as the servers of Qwen3-TTS and Pocket TTS say it."""


def health_fields(api: Api) -> dict[str, Any]:
    """What the servers of Qwen3-TTS and Pocket TTS answer: ``status``, ``model_loaded`` and ``version``.

    ``model_loaded`` is about the worker's default engine.
    """
    loaded = api.services.engines.loaded(api.services.settings.default_engine)
    return {
        "status": STATUSES[api.readiness.state],
        "reason": api.readiness.reason,
        "model_loaded": loaded is not None,
        "version": version(),
    }


HEALTH_PARTS: tuple[Callable[[Api], dict[str, Any]], ...] = (health_fields, health_report)
"""The fields of ``/health``: each dialect whose clients ask it has a row. No two rows have a field in common."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    204: {"description": "The worker is starting."},
    503: {"description": "The worker cannot take jobs; `reason` says why."},
}


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Health"])

    @routes.get(api.services.settings.health_check_path, summary="Whether the worker takes jobs", responses=RESPONSES)
    async def ping() -> Response:
        """204 while it starts, 200 when it is ready, 503 when it cannot take jobs."""
        status, body = api.readiness.health()
        return Response(status_code=status) if body is None else JsonAnswer(body, status)

    @routes.get("/v2/{endpoint_id}/health", include_in_schema=False)
    async def endpoint_health() -> Response:
        """As RunPod's platform answers: 200 whatever its workers do."""
        return JsonAnswer(health_report(api))

    @routes.get("/health", summary="The worker's health, in one answer for clients of several servers")
    async def health() -> Response:
        """200 while it starts and when it is ready, since jobs are queued; 503 when it cannot take jobs."""
        fields = {name: value for part in HEALTH_PARTS for name, value in part(api).items()}
        return JsonAnswer(fields, 200 if api.readiness.state in (State.STARTING, State.READY) else 503)

    return routes
