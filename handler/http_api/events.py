"""Jobs of our own API: sent, followed by server-sent events, asked for and cancelled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import Response

from handler.http_api import sse
from handler.http_api.api import Api
from handler.http_api.bodies import checked
from handler.http_api.errors import as_reply, route_class
from handler.http_api.json_answer import JsonAnswer
from handler.http_api.queued_job import ENDED, QueuedJob
from handler.requests import job_id_problem

SHOWN_PROGRESS = ("stage", "done", "total", "chapter", "chapters", "seconds_left")
DEFAULT_LISTED, MAX_LISTED = 50, 1000

JobId = Annotated[str, Path(description="The id that the job was given.")]


class NewJob(BaseModel):
    """A job: the fields of an endpoint, as API.md lists them."""

    model_config = ConfigDict(extra="forbid")

    input: dict[str, Any]
    id: str | None = Field(default=None, description="The job's id: sent again while it runs, it is not run twice.")

    @field_validator("id")
    @classmethod
    def _is_job_id(cls, value: str | None) -> str | None:
        if value is not None and (problem := job_id_problem(value)):
            raise ValueError(problem)
        return value


def router(api: Api) -> APIRouter:
    routes = APIRouter(prefix="/v1/jobs", tags=["Jobs"], route_class=route_class(as_reply))

    @routes.post("", status_code=202, summary="Queue a job")
    async def submit(
        body: Annotated[dict[str, Any], Body(examples=[{"input": {"text": "Hello, world!"}}, {"text": "Hello!"}])],
    ) -> Response:
        """The fields of an endpoint, or an object with them as ``input`` and perhaps an ``id``."""
        new = _new_job(body)
        job = api.submit(new.input, id=new.id)
        url = f"/v1/jobs/{job.id}"
        answer = {"id": job.id, "status": job.shown_state, "status_url": url, "events_url": f"{url}/events"}
        return JsonAnswer(answer, 202, {"Location": url})

    @routes.get("", summary="The last jobs of this server, the newest first")
    async def newest(
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED, description="Most jobs in the answer.")] = DEFAULT_LISTED,
    ) -> Response:
        """Those that make files or take long, not those that only read, such as ``status``. No texts."""
        return JsonAnswer({"jobs": [_listed(job) for job in api.queue.newest(limit)]})

    @routes.get("/{job_id}", summary="A job's state, and its reply once it has ended")
    async def status(job_id: JobId) -> Response:
        return JsonAnswer(_view(api.job(job_id)))

    @routes.delete("/{job_id}", summary="Cancel a job")
    async def cancel(job_id: JobId) -> Response:
        job = api.job(job_id)
        api.queue.cancel(job)
        return JsonAnswer(_view(job))

    @routes.get("/{job_id}/events", summary="What happens to a job, as server-sent events")
    async def events(
        job_id: JobId,
        after: Annotated[int | None, Query(ge=-1, description="Only events after the one with this id.")] = None,
        last_event_id: Annotated[str | None, Header(description="The same, as browsers send it.")] = None,
    ) -> Response:
        """``queue``, ``progress``, ``chunk``, ``words``, and the end: ``completed``, ``failed`` and their like."""
        job = api.job(job_id)
        first = 0 if after is None else after + 1
        if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
            first = int(last_event_id[:18]) + 1
        if job.state in ENDED and not any(number >= first for number in job.events):
            # No event is left; a 204 tells a browser not to connect again.
            return Response(status_code=204)
        return sse.EventStream(_events(job, first))

    return routes


def _new_job(body: dict[str, Any]) -> NewJob:
    """Raises RequestValidationError for an ``input`` that is not an object, and for other fields beside it."""
    return checked(NewJob, body if "input" in body else {"input": body})


async def _events(job: QueuedJob, first: int) -> AsyncIterator[bytes]:
    async for number, event in job.follow(first):
        yield sse.event(event.data, event.kind, number)


def _listed(job: QueuedJob) -> dict[str, Any]:
    """A job in a list: neither its texts nor those of its reply."""
    listed = {
        "id": job.id,
        "status": job.shown_state,
        "endpoint": job.endpoint or None,
        "created_at": round(job.created_at, 3),
        "queue": job.place,
        "progress": job.progress and {name: job.progress[name] for name in SHOWN_PROGRESS if name in job.progress},
        "duration": job.reply.get("duration"),
        "error_code": job.reply.get("error_code"),
    }
    return {name: value for name, value in listed.items() if value is not None}


def _view(job: QueuedJob) -> dict[str, Any]:
    view: dict[str, Any] = {"id": job.id, "status": job.shown_state}
    if job.state in ENDED:
        view["reply"] = job.reply
    elif job.progress is not None:
        view["progress"] = job.progress
    elif job.place is not None:
        view["queue"] = job.place
    return view
