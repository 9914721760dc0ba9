"""RunPod's dialect: the paths of a queue endpoint at api.runpod.ai, with and without its ``/v2/{endpoint_id}``."""

from __future__ import annotations

import asyncio
import uuid
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, field_validator
from starlette.responses import Response

from handler.http_api.api import Api
from handler.http_api.errors import as_reply, route_class
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.queued_job import CANCELLED, COMPLETED, ENDED, FAILED, IN_PROGRESS, IN_QUEUE, TIMED_OUT, QueuedJob
from handler.http_api.readiness import State
from handler.http_api.webhook import Webhooks
from handler.net.connection import LinkRefused, Target

MIN_WAIT_MS, DEFAULT_WAIT_MS, MAX_WAIT_MS = 1000, 90_000, 300_000
WEEK_MS = 7 * 24 * 3600 * 1000

STREAMED = frozenset({"progress", "chunk", "words"})
"""The kinds of events that ``/stream`` gives; the reply is in ``/status``."""

JobId = Annotated[str, Path(description="The id that /run or /runsync answered.")]
Wait = Annotated[int, Query(ge=MIN_WAIT_MS, le=MAX_WAIT_MS, description="Milliseconds to wait for the job's end.")]


class Policy(BaseModel):
    """Limits of one job, in milliseconds. Other policies have no effect here."""

    executionTimeout: int | None = Field(None, ge=5000, le=WEEK_MS, description="Longest time that the job may run.")  # noqa: N815
    ttl: int | None = Field(None, ge=10_000, le=WEEK_MS, description="Longest time that the job may wait and run.")


class JobRequest(BaseModel):
    """A job: ``input`` has the fields of an endpoint, as API.md lists them. Other keys have no effect here."""

    input: dict[str, Any] = Field(examples=[{"text": "Hello, world!"}])
    webhook: str | None = Field(None, description="URL that is sent the result when the job has ended.")
    policy: Policy | None = None

    @field_validator("webhook")
    @classmethod
    def _link(cls, value: str | None) -> str | None:
        if not value:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must be an http:// or https:// URL")
        try:
            Target.parse(value)
        except LinkRefused as refusal:
            raise ValueError(str(refusal)) from refusal
        return value

    def event(self) -> dict[str, Any]:
        """The keys of the job's event beside ``input``."""
        policy = self.policy.model_dump(exclude_none=True) if self.policy else {}
        return {name: value for name, value in (("policy", policy), ("webhook", self.webhook)) if value}


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["RunPod"], route_class=route_class(as_reply))
    worker_id = api.services.settings.runpod_pod_id or "local"
    streamed: WeakKeyDictionary[QueuedJob, int] = WeakKeyDictionary()

    def view(job: QueuedJob) -> dict[str, Any]:
        return _view(job, worker_id)

    webhooks = Webhooks(api.services.settings, view)

    def call_when_ended(job: QueuedJob) -> QueuedJob:
        if url := job.event.get("webhook"):
            api.in_background(webhooks.deliver(job, url))
        return job

    def submitted(body: JobRequest, new_id: str) -> QueuedJob:
        if body.webhook:
            webhooks.check(body.webhook)
        return call_when_ended(api.submit(body.input, new_id=new_id, **body.event()))

    @routes.post("/run", summary="Queue a job")
    async def run(body: JobRequest) -> Response:
        job = submitted(body, _new_id())
        return JsonAnswer({"id": job.id, "status": IN_QUEUE})

    @routes.post("/runsync", summary="Run a job and wait for it")
    async def runsync(body: JobRequest, wait: Wait = DEFAULT_WAIT_MS) -> Response:
        job = submitted(body, _new_id("sync-"))
        await _ended(job, wait)
        return JsonAnswer(view(job))

    @routes.get("/status/{job_id}", summary="A job's state and result")
    @routes.post("/status/{job_id}", summary="A job's state and result")
    async def status(job_id: JobId) -> Response:
        return JsonAnswer(view(api.job(job_id)))

    @routes.get("/status-sync/{job_id}", summary="Wait for a job's end")
    @routes.post("/status-sync/{job_id}", summary="Wait for a job's end")
    async def status_sync(job_id: JobId, wait: Wait = DEFAULT_WAIT_MS) -> Response:
        job = api.job(job_id)
        await _ended(job, wait)
        return JsonAnswer(view(job))

    @routes.get("/stream/{job_id}", summary="What has happened to a job since the last call")
    async def stream(job_id: JobId) -> Response:
        job = api.job(job_id)
        first, state = streamed.get(job, 0), job.shown_state
        new = {number: event for number, event in job.events.items() if number >= first}
        streamed[job] = max(new, default=first - 1) + 1
        pieces = [{"output": event.data} for event in new.values() if event.kind in STREAMED]
        return JsonAnswer({"id": job.id, "status": state, "stream": pieces})

    @routes.post("/cancel/{job_id}", summary="Cancel a job")
    async def cancel(job_id: JobId) -> Response:
        job = api.job(job_id)
        api.queue.cancel(job)
        return JsonAnswer({"id": job.id, "status": job.shown_state})

    @routes.post("/retry/{job_id}", summary="Run a failed job again")
    async def retry(job_id: JobId) -> Response:
        job = call_when_ended(api.retry(api.job(job_id)))
        return JsonAnswer({"id": job.id, "status": IN_QUEUE})

    @routes.post("/purge-queue", summary="Cancel the jobs that wait")
    async def purge_queue() -> Response:
        return JsonAnswer({"removed": api.queue.purge(), "status": "completed"})

    both = APIRouter()
    both.include_router(routes)
    both.include_router(routes, prefix="/v2/{endpoint_id}", include_in_schema=False)
    return both


def _new_id(prefix: str = "") -> str:
    """An id such as RunPod gives."""
    return f"{prefix}{uuid.uuid4()}-u1"


async def _ended(job: QueuedJob, wait_ms: int) -> None:
    """Wait until the job has ended, or until the time is over."""
    try:
        await asyncio.wait_for(job.ended.wait(), wait_ms / 1000)
    except TimeoutError:
        return


def _view(job: QueuedJob, worker_id: str) -> dict[str, Any]:
    """The job as api.runpod.ai shows it; the detail of a failure is in ``output``."""
    state = job.shown_state
    view: dict[str, Any] = {"id": job.id, "status": state}
    if job.started is not None:
        view |= {"delayTime": round((job.started - job.created) * 1000), "workerId": worker_id}
        if job.finished is not None:
            view["executionTime"] = round((job.finished - job.started) * 1000)
    if state == IN_PROGRESS and job.progress:
        view["output"] = job.progress
    if state == COMPLETED:
        view["output"] = job.reply
    if job.state in ENDED - {CANCELLED} and "error" in job.reply:
        view["error"] = job.reply["error"]
        view["output"] = {name: value for name, value in job.reply.items() if name != "error"}
    return view


def health_report(api: Api) -> dict[str, Any]:
    """``jobs`` and ``workers`` by state, as RunPod counts those of an endpoint; this server is the only worker."""
    queue, state = api.queue, api.readiness.state
    running = bool(queue.count(IN_PROGRESS))
    ready = state is State.READY
    return {
        "jobs": {
            "completed": queue.tally[COMPLETED],
            "failed": queue.tally[FAILED] + queue.tally[TIMED_OUT],
            "inProgress": queue.count(IN_PROGRESS),
            "inQueue": queue.count(IN_QUEUE),
            "retried": queue.tally["retried"],
        },
        "workers": {
            "idle": int(ready and not running),
            "initializing": int(state is State.STARTING),
            "ready": int(ready),
            "running": int(running),
            "throttled": 0,
            "unhealthy": int(state is State.FAILED),
        },
    }
