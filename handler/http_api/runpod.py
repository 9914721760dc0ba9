"""RunPod's dialect: the paths of a queue endpoint at api.runpod.ai, with and without its ``/v2/{endpoint_id}``."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from handler.http_api.api import Api
from handler.http_api.errors import Refused, as_reply, route_class
from handler.http_api.job_queue import COMPLETED, ENDED, IN_PROGRESS, QueuedJob

WAIT_S = 90.0  # that /runsync waits unless told


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["RunPod"], route_class=route_class(as_reply))

    @routes.post("/run", summary="Queue a job")
    async def run(request: Request) -> Response:
        job = api.submit(await _input(request))
        return JSONResponse(_view(job))

    @routes.post("/runsync", summary="Run a job and wait for it")
    async def runsync(request: Request) -> Response:
        job = api.submit(await _input(request))
        async with api.cancelled_on_disconnect(request, job):
            await asyncio.wait_for(job.ended.wait(), WAIT_S)
        return JSONResponse(_view(job))

    @routes.get("/status/{job_id}", summary="A job's state and result")
    async def status(job_id: str) -> Response:
        return JSONResponse(_view(_job(api, job_id)))

    @routes.post("/cancel/{job_id}", summary="Cancel a job")
    async def cancel(job_id: str) -> Response:
        job = _job(api, job_id)
        api.queue.cancel(job)
        return JSONResponse(_view(job))

    return routes


async def _input(request: Request) -> Any:
    body = await request.json()
    return body.get("input") if isinstance(body, dict) else None


def _job(api: Api, job_id: str) -> QueuedJob:
    job = api.queue.get(job_id)
    if job is None:
        raise Refused.of("not_found", f"there is no job {job_id}")
    return job


def _view(job: QueuedJob) -> dict[str, Any]:
    """The job as api.runpod.ai shows it; the detail of a failure is in ``output``."""
    view: dict[str, Any] = {"id": job.id, "status": job.state}
    if job.started is not None:
        view["delayTime"] = round((job.started - job.created) * 1000)
        view["executionTime"] = round(((job.finished or time.monotonic()) - job.started) * 1000)
    if job.state == IN_PROGRESS and job.progress:
        view["output"] = job.progress
    if job.state == COMPLETED:
        view["output"] = job.reply
    if job.state in ENDED and "error" in job.reply:
        view["error"] = job.reply["error"]
        view["output"] = {name: value for name, value in job.reply.items() if name != "error"}
    return view
