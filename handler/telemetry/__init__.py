"""What the worker tells of itself: logs, counters, metrics of Prometheus, spans of OpenTelemetry.

`metrics` and `tracing` import the libraries of those two, and are imported by whoever wants them.
"""

from handler.telemetry import job_lines
from handler.telemetry.counters import Counters, counters
from handler.telemetry.job_trace import JobTrace, Observer, Stage
from handler.telemetry.logs import (
    JsonFormatter,
    cause,
    configure,
    job_id,
    json_text,
    prints_to_stderr,
    request_id,
    timed,
)
from handler.telemetry.version import SOFTWARE, version

__all__ = [
    "SOFTWARE",
    "Counters",
    "JobTrace",
    "JsonFormatter",
    "Observer",
    "Stage",
    "cause",
    "configure",
    "counters",
    "job_id",
    "job_lines",
    "json_text",
    "prints_to_stderr",
    "request_id",
    "timed",
    "version",
]
