"""A job in, a reply out: the table of endpoints, and the only place that catches everything."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handler import jobs, telemetry
from handler.cancellation import NEVER, Cancellation
from handler.captions import FORMATS, STYLES
from handler.endpoints import align, convert, delete_voice, download, generate, list_voices, overlay, status, upload
from handler.errors import (
    BadRequest,
    Internal,
    OutOfMemory,
    WorkerError,
    disk_full,
    is_disk_full,
    quoted,
    shortened,
    suggest,
)
from handler.pipeline.job_store import JobStore
from handler.protocols import Services
from handler.requests import (
    AlignInput,
    ConvertInput,
    DeleteVoiceInput,
    DownloadInput,
    GenerateInput,
    JobInput,
    Limits,
    ListVoicesInput,
    OverlayInput,
    StatusInput,
    UploadInput,
    job_id_problem,
    parse,
)
from handler.types import JobRecord
from handler.voices import engine_choice

logger = logging.getLogger(__name__)

_counting = threading.Lock()


@dataclass(frozen=True)
class Endpoint:
    """An endpoint: the model of its request, and the function that does the work.

    ``recorded`` says whether a request with such fields leaves files behind. That job gets a record: its reply can be
    signed again, and a second delivery does not run it again.
    """

    model: type[JobInput]
    run: Callable[[Any, jobs.Job, Services], dict[str, Any]]
    recorded: Callable[[Mapping[str, Any]], bool]


ENDPOINTS = {
    "generate": Endpoint(GenerateInput, generate.run, lambda _: True),
    "align": Endpoint(AlignInput, align.run, lambda _: True),
    "overlay": Endpoint(OverlayInput, overlay.run, lambda _: True),
    "convert": Endpoint(ConvertInput, convert.run, lambda _: True),
    "upload": Endpoint(UploadInput, upload.run, lambda fields: not fields.get("create_upload_url")),
    "download": Endpoint(DownloadInput, download.run, lambda _: False),
    "list_voices": Endpoint(ListVoicesInput, list_voices.run, lambda _: False),
    "delete_voice": Endpoint(DeleteVoiceInput, delete_voice.run, lambda _: False),
    "status": Endpoint(StatusInput, status.run, lambda _: False),
}

UNEXPECTED_MESSAGE = "something went wrong in the worker; its log has the details under the job's id"

ALIASES = {"tts": "generate"}  # names that clients of the predecessor send


def dispatch(
    event: object,
    services: Services,
    *,
    listener: jobs.Listener = jobs.Listener(),  # noqa: B008 - it is frozen
    cancellation: Cancellation = NEVER,
) -> dict[str, Any]:
    """Do one job and return its reply; an error is a reply too, never an exception.

    ``event`` is what RunPod sends: ``{"id": …, "input": {…}}``. ``listener`` hears of the job while it runs;
    ``cancellation`` stops it.
    """
    job_id = _job_id(event)
    token = telemetry.job_id.set(shortened(job_id))
    try:
        reply = _run(event, job_id, services, listener, cancellation)
        _count(services, jobs.COMPLETED)
        return reply
    except Exception as error:  # noqa: BLE001 - the one place that catches everything: `as_worker_error` logs it
        failure = as_worker_error(error)
        _count(services, failure.code)
        return failure.reply()
    finally:
        telemetry.job_id.reset(token)


def _run(
    event: object, job_id: str, services: Services, listener: jobs.Listener, cancellation: Cancellation
) -> dict[str, Any]:
    given = _input(event)
    name, endpoint = _endpoint(given)
    fields = {key: value for key, value in given.items() if key != "endpoint"}
    fingerprint = jobs.fingerprint(given)
    record = JobRecord(job_id, name, jobs.IN_PROGRESS, time.time(), request_sha256=fingerprint)
    timeout = services.settings.job_timeout
    job = jobs.Job(record, services.store, timeout=timeout, listener=listener, cancellation=cancellation)
    services = replace(services, store=JobStore(services.store, job.cancellation))

    def work() -> dict[str, Any]:
        return endpoint.run(parse(endpoint.model, fields, limits(services)), job, services)

    if not endpoint.recorded(fields):
        return work()
    if problem := job_id_problem(job_id):
        raise BadRequest.of("id", problem)
    if done := _done_before(event, job_id, fingerprint, services):
        logger.info("delivered again: the finished job is returned")
    if services.settings.results_local:
        job.warn("results_local", "the URLs are files of the worker, which nobody else can open; set S3_BUCKET")
    expires_in = fields.get("expires_in") or services.settings.presign_ttl
    return jobs.reply(done or _recorded(job, work), services.store, expires_in)


def is_recorded(event: Mapping[str, Any]) -> bool:
    """Whether a job makes files, and may take long; the others read or write a little, such as `status`."""
    given = event.get("input")
    if not isinstance(given, Mapping):
        return False
    name = given.get("endpoint") or "generate"
    endpoint = ENDPOINTS.get(ALIASES.get(name, name)) if isinstance(name, str) else None
    return endpoint is not None and endpoint.recorded(given)


def limits(services: Services) -> Limits:
    """What a request is checked against: this worker's settings and tables."""
    engines = services.engines.backends
    return Limits(
        max_text_chars=services.settings.max_text_chars,
        engines=tuple(engines),
        presets=tuple(STYLES),
        formats=tuple(FORMATS),
        aligners=services.aligners.names(),
        default_engine=services.settings.default_engine,
        engine_options={name: engine.options for name, engine in engines.items() if engine.options},
        engine_of_voice=partial(engine_choice.of_voice, services=services),
    )


def _recorded(job: jobs.Job, work: Callable[[], dict[str, Any]]) -> JobRecord:
    """Do the work of a job, and close its record however that ends: `status` knows a refused job, too."""
    job.start()
    try:
        job.complete(work())
    except Exception as error:  # noqa: BLE001 - the record has it as the reply will
        failure = as_worker_error(error)
        job.fail(failure)
        raise failure from None
    logger.info("done", extra={"seconds": job.metrics})
    return job.record


def _done_before(event: object, job_id: str, fingerprint: str, services: Services) -> JobRecord | None:
    """The finished record of the same job: RunPod may deliver a job twice, and it should be paid for once."""
    if not (isinstance(event, Mapping) and event.get("id")):
        return None
    record = jobs.find(services.store, job_id)
    same = record is not None and record.state == jobs.COMPLETED and record.request_sha256 == fingerprint
    return record if same else None


def _job_id(event: object) -> str:
    given = event.get("id") if isinstance(event, Mapping) else None
    return given if isinstance(given, str) and given else f"local-{uuid.uuid4()}"


MAX_NESTING = 32  # levels of objects and arrays: what reads them by recursion stays far from Python's own limit


def _input(event: object) -> Mapping[str, Any]:
    if not isinstance(event, Mapping):
        raise BadRequest('the job is not an object; send {"input": {"text": "…"}}')
    given = event.get("input")
    if not isinstance(given, Mapping):
        raise BadRequest.of("input", 'is missing or not an object; send {"input": {"text": "…"}}')
    if _is_nested(given, MAX_NESTING):
        raise BadRequest.of("input", "is nested too deeply; send the fields that API.md lists")
    return given


def _is_nested(value: object, levels: int) -> bool:
    """Whether a JSON value has objects or arrays in more than so many levels."""
    held: list[Any] = [value]
    for _ in range(levels):
        inner = ((item.values() if isinstance(item, Mapping) else item) for item in held)
        held = [item for items in inner for item in items if isinstance(item, Mapping | list)]
    return bool(held)


def _endpoint(given: Mapping[str, Any]) -> tuple[str, Endpoint]:
    name = given.get("endpoint")
    name = "generate" if name is None else name
    if not isinstance(name, str):
        raise BadRequest.of("endpoint", f"must be text, one of {', '.join(ENDPOINTS)}")
    name = ALIASES.get(name, name)
    if name not in ENDPOINTS:
        raise BadRequest.of("endpoint", f"{quoted(name)} is not known; {suggest(name, ENDPOINTS)}")
    return name, ENDPOINTS[name]


def as_worker_error(error: Exception) -> WorkerError:
    """The error as a client may read it. Its cause goes to the log, under the job's id."""
    if isinstance(error, WorkerError):
        # `_recorded` logs it and raises it again.
        if not error.logged:
            error.logged = True
            cause = error if error.__cause__ else None
            logger.warning("refused: %s", error.message, extra={"code": error.code}, exc_info=cause)
        return error
    logger.error("unexpected error", exc_info=error)
    out_of_memory = OutOfMemory("the worker ran out of memory; send a shorter text")
    failure: WorkerError = out_of_memory if isinstance(error, MemoryError) else Internal(UNEXPECTED_MESSAGE)
    failure = disk_full() if is_disk_full(error) else failure
    failure.logged = True
    return failure


def _count(services: Services, outcome: str) -> None:
    with _counting:
        services.tally[outcome] += 1
