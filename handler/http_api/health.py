"""The health checks: ``GET /ping`` as RunPod's load balancer reads it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from handler.http_api.api import Api
from handler.http_api.readiness import HEALTH_STATUS, State


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["Health"])

    @routes.get(api.services.settings.health_check_path, summary="Whether the worker takes jobs")
    async def ping() -> Response:
        """204 while it starts, 200 when it is ready, 503 when it cannot take jobs."""
        state = api.readiness.state
        status = HEALTH_STATUS[state]
        if state is State.STARTING:
            return Response(status_code=status)
        return JSONResponse({"status": state.name.lower(), "reason": api.readiness.reason}, status)

    return routes
