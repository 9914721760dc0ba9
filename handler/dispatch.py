"""A job in, a reply out: the table of endpoints, and the only place that catches everything."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any

from handler import jobs, telemetry
from handler.backends import device
from handler.cancellation import NEVER, Cancellation
from handler.captions import FORMATS, STYLES
from handler.endpoints import (
    align,
    book,
    captions,
    convert,
    delete_voice,
    download,
    generate,
    inspect,
    layout,
    list_voices,
    overlay,
    status,
    text,
    upload,
)
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
    without_client_text,
)
from handler.openai import routes
from handler.protocols import Services
from handler.requests import (
    AlignInput,
    BookInput,
    CaptionsInput,
    ConvertInput,
    DeleteVoiceInput,
    DownloadInput,
    GenerateInput,
    InspectInput,
    JobInput,
    LayoutInput,
    Limits,
    ListVoicesInput,
    OverlayInput,
    StatusInput,
    TextInput,
    UploadInput,
    job_id_problem,
    json_problem,
    parse,
)
from handler.settings import BEST, Settings
from handler.types import Failure, JobRecord
from handler.voices import engine_choice

logger = logging.getLogger(__name__)

_counting = threading.Lock()


@dataclass(frozen=True)
class Endpoint:
    """An endpoint: the model of its request, and the function that does the work.

    ``recorded`` says whether a request with such fields leaves files behind, or works for long. That job gets a record:
    its reply can be signed again, and a second delivery does not run it again.
    """

    model: type[JobInput]
    run: Callable[[Any, jobs.Job, Services], dict[str, Any]]
    recorded: Callable[[Mapping[str, Any]], bool]
    timeout: Callable[[Settings], float] = attrgetter("job_timeout")
    """Seconds after which a job ends."""


ENDPOINTS = {
    "generate": Endpoint(GenerateInput, generate.run, lambda _: True),
    "align": Endpoint(AlignInput, align.run, lambda _: True),
    "overlay": Endpoint(OverlayInput, overlay.run, lambda _: True),
    "captions": Endpoint(CaptionsInput, captions.run, lambda _: True),
    "layout": Endpoint(LayoutInput, layout.run, lambda _: False),
    "convert": Endpoint(ConvertInput, convert.run, lambda _: True),
    "book": Endpoint(BookInput, book.run, lambda _: True, attrgetter("book_timeout")),
    "inspect": Endpoint(InspectInput, inspect.run, lambda _: True),
    "upload": Endpoint(UploadInput, upload.run, lambda fields: not fields.get("create_upload_url")),
    "download": Endpoint(DownloadInput, download.run, lambda _: False),
    "list_voices": Endpoint(ListVoicesInput, list_voices.run, lambda _: False),
    "delete_voice": Endpoint(DeleteVoiceInput, delete_voice.run, lambda _: False),
    "text": Endpoint(TextInput, text.run, lambda _: False),
    "status": Endpoint(StatusInput, status.run, lambda _: False),
}

UNEXPECTED_MESSAGE = "something went wrong in the worker; its log has the details under the job's id"

TRACE_CONTEXT = ("traceparent", "tracestate")
"""In the input of any job: the client's own trace, as W3C's header of that name has it. No part of the request."""


@dataclass(frozen=True)
class _Call:
    """What goes with the event of a job; see `dispatch`."""

    job_id: str
    is_new: bool
    services: Services
    listener: jobs.Listener
    cancellation: Cancellation
    leaving: Cancellation
    trace: telemetry.JobTrace


ALIASES = {"tts": "generate"}  # names that clients of the predecessor send


def dispatch(
    event: object,
    services: Services,
    *,
    listener: jobs.Listener = jobs.Listener(),  # noqa: B008 - it is frozen
    cancellation: Cancellation = NEVER,
    leaving: Cancellation = NEVER,
    is_new: bool = False,
) -> dict[str, Any]:
    """Do one job and return its reply; an error is a reply too, never an exception.

    ``event`` is what RunPod sends: ``{"id": …, "input": {…}}``. ``listener`` hears of the job while it runs;
    ``cancellation`` stops it. ``leaving`` stops it while it does no more than wait for another worker, with the error
    ``unavailable``: a worker that shall end need not. ``is_new`` says that the caller has just made the id: nobody else
    can be at this job.
    """
    given_id = event.get("id") if isinstance(event, Mapping) else None
    is_given = isinstance(given_id, str) and bool(given_id)
    job_id = str(given_id) if is_given else f"local-{uuid.uuid4()}"
    token = telemetry.job_id.set(shortened(job_id))
    trace = telemetry.JobTrace(shortened(job_id), parent=_parent(event))
    call = _Call(job_id, is_new or not is_given, services, listener, cancellation, leaving, trace)
    try:
        if isinstance(event, Mapping) and (given := _openai_request(event)):
            return _answer_route(given, event, call)
        return _do(event, call)
    finally:
        telemetry.job_id.reset(token)


def _do(event: object, call: _Call) -> dict[str, Any]:
    """Do a job; its reply, of an error, too."""
    services, trace = call.services, call.trace
    try:
        reply = _run(event, call)
        if "rtf" in trace.seconds:
            trace.engine, trace.audio_s = reply["engine"], reply["duration"]
        _observe(services, trace, jobs.COMPLETED)
        return reply
    except Exception as error:  # noqa: BLE001 - the one place that catches everything: `as_worker_error` logs it
        failure = as_worker_error(error)
        _observe(services, trace, failure.code)
        services.failures.append(_failure(event, call.job_id, failure))
        return failure.reply()


def _answer_route(given: Mapping[str, Any], event: Mapping[str, Any], call: _Call) -> dict[str, Any]:
    """Answer a request of OpenAI's, which may mean a job."""

    def run(fields: dict[str, Any]) -> dict[str, Any]:
        return _do({**event, "input": fields}, call)

    try:
        reply = routes.answer(_plain(given), run, call.services)
    except Exception as error:  # noqa: BLE001 - as in `_do`
        reply = as_worker_error(error).reply()
    if not call.trace.outcome:  # it was refused, or answered without a job
        call.trace.endpoint = "openai"
        _observe(call.services, call.trace, str(reply.get("error_code", jobs.COMPLETED)))
    return reply


def _run(event: object, call: _Call) -> dict[str, Any]:
    services, job_id = call.services, call.job_id
    given = _input(event)
    name, endpoint = _endpoint(given)
    call.trace.endpoint = name
    given = {key: value for key, value in given.items() if key not in TRACE_CONTEXT}
    fields = {key: value for key, value in given.items() if key != "endpoint"}
    fingerprint = jobs.fingerprint(given)
    settings = services.settings
    worker = jobs.worker_name(settings.runpod_pod_id)
    record = JobRecord(job_id, name, jobs.IN_PROGRESS, time.time(), request_sha256=fingerprint, worker=worker)
    job = jobs.Job(
        record,
        services.store,
        timeout=endpoint.timeout(settings),
        listener=call.listener,
        cancellation=call.cancellation,
        trace=call.trace,
        lost_after=settings.lost_after,
    )

    def work() -> dict[str, Any]:
        within = replace(services, store=jobs.JobStore(services.store, job.cancellation, job.patience))
        return endpoint.run(parse(endpoint.model, fields, limits(within)), job, within)

    if not endpoint.recorded(fields):
        return work()
    if problem := job_id_problem(job_id):
        raise BadRequest.of("id", problem)
    expires_in = fields.get("expires_in") or settings.presign_ttl

    def recorded_work() -> dict[str, Any]:
        if settings.results_local:
            job.warn("results_local", "the URLs are files of the worker, which nobody else can open; set S3_BUCKET")
        if isinstance(expires_in, int) and settings.urls_may_end_early(expires_in):
            ending = "the URLs end when the session token of the worker's keys does, which may be before"
            job.warn("urls_end_early", f"{ending} the {expires_in} s that were asked for; download gives new ones")
        return work()

    return jobs.reply(_recorded(job, recorded_work, call), services.store, expires_in)


def _openai_request(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The input of a job that arrives as a request of OpenAI's API, None for any other."""
    given = event.get("input")
    return given if isinstance(given, Mapping) and routes.ROUTE in given else None


def is_recorded(event: Mapping[str, Any]) -> bool:
    """Whether a job makes files, and may take long; the others read or write a little, such as `status`."""
    if given := _openai_request(event):
        return routes.is_speech(given)
    name = endpoint_name(event)
    return name is not None and ENDPOINTS[name].recorded(event["input"])


def endpoint_name(event: object) -> str | None:
    """The endpoint that a job is for, None for a job that is refused for its form, or is for a route of OpenAI's."""
    given = event.get("input") if isinstance(event, Mapping) else None
    if not isinstance(given, Mapping) or routes.ROUTE in given:
        return None
    try:
        return _endpoint(given)[0]
    except BadRequest:
        return None


def limits(services: Services) -> Limits:
    """What a request is checked against: this worker's settings and tables."""
    engines = services.engines.backends
    return Limits(
        max_text_chars=services.settings.max_text_chars,
        max_book_chars=services.settings.max_book_chars,
        engines=tuple(engines),
        presets=tuple(STYLES),
        formats=tuple(FORMATS),
        aligners=(*services.aligners.names(), BEST),
        default_engine=services.settings.default_engine,
        engine_options={name: engine.options for name, engine in engines.items() if engine.options},
        engine_of_voice=partial(engine_choice.of_voice, services=services),
    )


def _recorded(job: jobs.Job, work: Callable[[], dict[str, Any]], call: _Call) -> JobRecord:
    """Do the work of a job, and close its record however that ends: `status` knows a refused job, too.

    RunPod delivers a job again whose worker it has lost sight of, and it should be paid for once: where another worker
    is at it, this one waits. A job whose id is new begins without asking the store.
    """
    while True:
        try:
            if call.is_new:
                job.start()
            elif done := jobs.enter(job, call.services.store, call.leaving):
                return done
            job.complete(work())
        except Exception as error:  # noqa: BLE001 - the record has it as the reply will
            if not job.superseded:
                failure = as_worker_error(error)
                job.fail(failure)
                if not job.superseded:  # to write that it failed, it has looked
                    raise failure from None
            job.renew()
        else:
            return job.record


def _parent(event: object) -> dict[str, str]:
    """The client's own trace, where the job's input names one; what it holds is the business of OpenTelemetry."""
    given = event.get("input") if isinstance(event, Mapping) else None
    named = {name: given.get(name) for name in TRACE_CONTEXT} if isinstance(given, Mapping) else {}
    return {name: value for name, value in named.items() if isinstance(value, str)}


def _input(event: object) -> Mapping[str, Any]:
    if not isinstance(event, Mapping):
        raise BadRequest('the job is not an object; send {"input": {"text": "…"}}')
    given = event.get("input")
    if not isinstance(given, Mapping):
        raise BadRequest.of("input", 'is missing or not an object; send {"input": {"text": "…"}}')
    return _plain(given)


def _plain(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a request. Raises BadRequest on the first whose value no request can mean."""
    for name, value in given.items():
        if problem := json_problem(name) or json_problem(value):
            raise BadRequest.of(shortened(str(name)), problem)
    return given


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
    device.notice(error)
    if isinstance(error, WorkerError):
        # `_recorded` logs it and raises it again.
        if not error.logged:
            error.logged = True
            cause = error if error.__cause__ else None
            logger.warning("refused: %s", without_client_text(error), extra={"code": error.code}, exc_info=cause)
        return error
    logger.error("unexpected error", exc_info=error)
    out_of_memory = OutOfMemory("the worker ran out of memory; send a shorter text")
    failure: WorkerError = out_of_memory if isinstance(error, MemoryError) else Internal(UNEXPECTED_MESSAGE)
    failure = disk_full() if is_disk_full(error) else failure
    failure.logged = True
    return failure


def _failure(event: object, job_id: str, error: WorkerError) -> Failure:
    return Failure(
        time.time(),
        shortened(job_id),
        endpoint_name(event) or "unknown",
        error.code,
        without_client_text(error),
        error.retryable,
    )


def _observe(services: Services, trace: telemetry.JobTrace, outcome: str) -> None:
    """Count and log the job, and tell the observers of it; one that fails costs a log line, not the job."""
    trace.outcome, trace.ended = outcome, time.time()
    telemetry.job_lines.write(trace)
    with _counting:
        services.tally[outcome] += 1
    for observer in services.observers:
        try:
            observer.job_ended(trace)
        except Exception:
            logger.exception("a job could not be observed")
