"""A job in, a reply out: the table of endpoints, and the only place that catches everything."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handler import jobs, telemetry
from handler.captions import LOOKS
from handler.endpoints import delete_voice, download, generate, list_voices, status, upload
from handler.errors import BadRequest, Internal, WorkerError
from handler.job_input import (
    DeleteVoiceInput,
    DownloadInput,
    GenerateInput,
    JobInput,
    Known,
    ListVoicesInput,
    StatusInput,
    UploadInput,
    job_id_problem,
    parse,
)
from handler.ports import Tools
from handler.settings import nearest
from handler.values import JobRecord

logger = logging.getLogger(__name__)

_counting = threading.Lock()


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint takes, and the function that does it.

    A ``recorded`` one makes files: it is a job with a record, progress and a reply that can be signed again, and
    its function is called with the job as well.
    """

    model: type[JobInput]
    run: Callable[..., dict[str, Any]]
    recorded: bool = False


ENDPOINTS = {
    "generate": Endpoint(GenerateInput, generate.run, recorded=True),
    "upload": Endpoint(UploadInput, upload.run),
    "download": Endpoint(DownloadInput, download.run),
    "list_voices": Endpoint(ListVoicesInput, list_voices.run),
    "delete_voice": Endpoint(DeleteVoiceInput, delete_voice.run),
    "status": Endpoint(StatusInput, status.run),
}

UNEXPECTED = "something went wrong in the worker; its log has the details under the job's id"

ALIASES = {"tts": "generate"}
"""Names that clients of the forerunner send."""


def dispatch(
    event: object,
    tools: Tools,
    *,
    notify: jobs.Notify | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, Any]:
    """Do one job and return its reply; an error is a reply too, never an exception.

    ``event`` is what RunPod hands over: ``{"id": …, "input": {…}}``. ``notify`` hears of progress, ``cancelled``
    is looked at between chunks.
    """
    job_id = _job_id(event)
    token = telemetry.job_id.set(job_id)
    try:
        reply = _do(event, job_id, tools, notify, cancelled)
        _count(tools, jobs.COMPLETED)
        return reply
    except WorkerError as error:
        return _refusal(error, tools)
    except MemoryError:
        logger.exception("out of memory")
        return _refusal(Internal("the worker ran out of memory; send a shorter text"), tools)
    except Exception:
        logger.exception("unexpected error")
        return _refusal(Internal(UNEXPECTED), tools)
    finally:
        telemetry.job_id.reset(token)


def _do(
    event: object,
    job_id: str,
    tools: Tools,
    notify: jobs.Notify | None,
    cancelled: threading.Event | None,
) -> dict[str, Any]:
    given = _input(event)
    name, endpoint = _endpoint(given)
    fields = {key: value for key, value in given.items() if key != "endpoint"}
    known = Known(tools.settings.max_text_chars, tools.engines.names(), tuple(LOOKS))
    if not endpoint.recorded:
        return endpoint.run(parse(endpoint.model, fields, known), tools)

    if problem := job_id_problem(job_id):
        raise BadRequest.of("id", problem)
    fingerprint = jobs.fingerprint(given)
    record = _done_before(event, job_id, fingerprint, tools)
    if record is None:
        record = JobRecord(job_id, name, jobs.IN_PROGRESS, time.time(), request_sha256=fingerprint)
        timeout = tools.settings.job_timeout
        job = jobs.Job(record, tools.store, timeout=timeout, notify=notify, cancelled=cancelled)
        record = _recorded(job, lambda: endpoint.run(parse(endpoint.model, fields, known), job, tools))
    else:
        logger.info("delivered again: the finished job is returned")
    return jobs.reply(record, tools.store, fields.get("expires_in") or tools.settings.presign_ttl)


def _recorded(job: jobs.Job, work: Callable[[], dict[str, Any]]) -> JobRecord:
    """Do the work of a job, and close its record however that ends: a refusal can be asked about as well."""
    job.begin()
    try:
        job.complete(work())
    except WorkerError as error:
        job.fail(error)
        raise
    except BaseException:
        job.fail(Internal(UNEXPECTED))
        raise
    logger.info("done", extra={"seconds": job.metrics})
    return job.record


def _done_before(event: object, job_id: str, fingerprint: str, tools: Tools) -> JobRecord | None:
    """The finished record of the same job: RunPod may deliver one twice, and it should be paid for once."""
    if not (isinstance(event, Mapping) and event.get("id")):
        return None
    record = jobs.find(tools.store, job_id)
    same = record is not None and record.state == jobs.COMPLETED and record.request_sha256 == fingerprint
    return record if same else None


def _job_id(event: object) -> str:
    given = event.get("id") if isinstance(event, Mapping) else None
    return given if isinstance(given, str) and given else f"local-{uuid.uuid4()}"


def _input(event: object) -> Mapping[str, Any]:
    if not isinstance(event, Mapping):
        raise BadRequest('the job is not an object; send {"input": {"text": "…"}}')
    given = event.get("input")
    if not isinstance(given, Mapping):
        raise BadRequest.of("input", 'is missing or not an object; send {"input": {"text": "…"}}')
    return given


def _endpoint(given: Mapping[str, Any]) -> tuple[str, Endpoint]:
    name = given.get("endpoint")
    name = "generate" if name is None else name
    if not isinstance(name, str):
        raise BadRequest.of("endpoint", f"must be text, one of {', '.join(ENDPOINTS)}")
    name = ALIASES.get(name, name)
    if name not in ENDPOINTS:
        near = nearest(name, list(ENDPOINTS))
        hint = f"did you mean {near}?" if near else f"known are {', '.join(ENDPOINTS)}"
        raise BadRequest.of("endpoint", f"{name!r} is not known; {hint}")
    return name, ENDPOINTS[name]


def _refusal(error: WorkerError, tools: Tools) -> dict[str, Any]:
    logger.warning("refused: %s", error.message, extra={"code": error.code})
    _count(tools, error.code)
    return error.reply()


def _count(tools: Tools, outcome: str) -> None:
    with _counting:
        tools.tally[outcome] += 1
