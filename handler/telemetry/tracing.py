"""Spans of OpenTelemetry: one for each HTTP request, one for each job, and the job's stages as its children.

Exporters read OTEL's own variables themselves, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_SERVICE_NAME. No attribute
holds text of clients.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from handler.telemetry.job_trace import JobTrace
from handler.telemetry.logs import WORKER_VARIABLE

COMPLETED = "COMPLETED"
IDS = {SERVICE_INSTANCE_ID: WORKER_VARIABLE, "runpod.endpoint.id": "RUNPOD_ENDPOINT_ID"}
"""Attributes of the resource that RunPod's variables name."""
NS = 1_000_000_000


class Tracing:
    """Makes spans and sends them. It is an `Observer` of jobs; the HTTP server opens a span for each request."""

    def __init__(self, exporter: SpanExporter, version: str) -> None:
        self._provider = TracerProvider(resource=_resource(version, os.environ))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("handler", version)

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str]) -> Iterator[Span]:
        """The span of a request, a child of the one that its ``traceparent`` names; `name_request` ends its story."""
        parent = propagate.extract(headers)
        with self._tracer.start_as_current_span(method, parent, SpanKind.SERVER) as span:
            yield span

    def name_request(self, span: Span, method: str, route: str, status: int, request_id: str) -> None:
        """Tell a request's span what became of it."""
        span.update_name(f"{method} {route}")
        span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "request.id": request_id,
            }
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))

    def job_ended(self, done: JobTrace) -> None:
        """Send the spans of a job: a child of the request that sent it, though that may have ended, or of what its
        input names."""
        parent, kind = context.get_current(), SpanKind.INTERNAL
        # Over HTTP the request's span is the parent: it has read that request's own header.
        if not trace.get_current_span().get_span_context().is_valid:
            parent, kind = propagate.extract(done.parent, parent), SpanKind.CONSUMER
        span = self._tracer.start_span(f"job {done.endpoint}", parent, kind, start_time=_ns(done.started))
        span.set_attributes({"job.id": done.job_id, "job.endpoint": done.endpoint, "job.outcome": done.outcome})
        if done.audio_s:
            span.set_attributes({"job.engine": done.engine, "job.audio_seconds": done.audio_s})
        if done.outcome != COMPLETED:
            span.set_status(Status(StatusCode.ERROR, done.outcome))
        inside = trace.set_span_in_context(span, context.get_current())
        for stage in done.stages:
            child = self._tracer.start_span(stage.name, inside, start_time=_ns(stage.started))
            child.end(_ns(stage.ended))
        span.end(_ns(done.ended))

    def close(self) -> None:
        """Send what is left; Python's exit does it too."""
        self._provider.shutdown()


def _resource(version: str, environ: Mapping[str, str]) -> Resource:
    """What makes the spans: the worker, by its id on RunPod. What OTEL's variables say of it comes before."""
    own = {SERVICE_NAME: "tts-captions", SERVICE_VERSION: version}
    for name, variable in IDS.items():
        if environ.get(variable):
            own[name] = environ[variable]
    return Resource.create({**own, **OTELResourceDetector().detect().attributes})


def exporter(name: str) -> SpanExporter:
    """The exporter of OTEL_TRACES_EXPORTER."""
    return ConsoleSpanExporter() if name == "console" else OTLPSpanExporter()


def _ns(seconds: float) -> int:
    return int(seconds * NS)
