"""A request and its answer while they pass: what the access log and the metrics will say of them."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from handler.http_api.routes import UNKNOWN, RouteInfo


@dataclass
class Exchange:
    """One request and its answer. Nothing in it is text, a query, a key or a signature."""

    request_id: str = ""
    method: str = ""
    route: RouteInfo = UNKNOWN
    key_name: str = ""
    """The name of the API key that was sent."""
    job_id: str = ""
    status: int = 0
    """0 until the answer begins."""
    complete: bool = False
    bytes_in: int = 0
    bytes_out: int = 0
    started: float = field(default_factory=time.perf_counter)


current: ContextVar[Exchange] = ContextVar("exchange")
"""The exchange of this task, and of the jobs that it has sent."""


def note_job(job_id: str) -> None:
    """Tell the log, and the client by ``X-Job-Id``, which job this request has sent."""
    if exchange := current.get(None):
        exchange.job_id = job_id
