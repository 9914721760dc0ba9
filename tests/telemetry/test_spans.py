"""Spans are made when OpenTelemetry's usual variables ask for them, and reach a collector."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handler.dispatch import dispatch
from handler.protocols import Services
from handler.telemetry import spans, version
from tests.support.otlp_receiver import Received, attributes, receiving

ROOT = Path(__file__).parent.parent.parent
COLLECTOR = "http://127.0.0.1:4318"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": COLLECTOR}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_SDK_DISABLED": "true"}, None),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, None),
    ],
)
def test_the_usual_variables_decide(environ: Mapping[str, str], name: str | None) -> None:
    """An endpoint or an exporter asks for spans, unless they are disabled."""
    assert spans.exporter_name(environ) == name


def test_unknown_exporter_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """An exporter that is not here is named in the log."""
    spans.exporter_name({"OTEL_TRACES_EXPORTER": "zipkin"})
    assert "OTEL_TRACES_EXPORTER is not one of otlp, console, none" in caplog.text


def test_sdk_is_not_loaded_unless_it_is_wanted() -> None:
    """Without the variables no module of the SDK is imported."""
    script = "import sys\nfrom handler.telemetry import spans\nassert spans.start({}) is None\n"
    script += "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_job_and_its_stages_reach_the_collector(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is a span with its stages as children, inside its time, and nothing of its text."""
    with receiving() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        tracing = spans.start()
        assert tracing is not None
        services = replace(services, observers=[tracing])
        dispatch({"id": "j1", "input": {"text": "Peculiar words."}}, services)
        dispatch({"id": "j2", "input": {"text": "Peculiar words.", "voice": "nobody"}}, services)
        tracing.close()
    spoken, refused = [span for span in received.spans if span.name == "job generate"]
    assert attributes(spoken)["job.id"] == "j1"
    assert attributes(spoken)["job.outcome"] == "COMPLETED"
    assert attributes(spoken)["job.audio_seconds"] > 0
    assert attributes(refused)["job.outcome"] == "not_found"
    assert refused.status.code == refused.status.STATUS_CODE_ERROR
    stages = [span for span in received.spans if span.parent_span_id == spoken.span_id]
    assert {"text", "speak", "encode", "upload"} <= {stage.name for stage in stages}
    for stage in stages:
        assert spoken.start_time_unix_nano <= stage.start_time_unix_nano
        assert stage.end_time_unix_nano <= spoken.end_time_unix_nano
    assert received.resources[0]["service.version"] == version()
    assert received.resources[0]["service.name"] == "tts-captions"
    assert "Peculiar" not in str(received.spans)


TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def spans_of(services: Services, *jobs: dict[str, Any]) -> Received:
    """What a collector has got of these jobs."""
    with receiving() as received:
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = received.url
        tracing = spans.start()
        assert tracing is not None
        for job in jobs:
            dispatch(job, replace(services, observers=[tracing]))
        tracing.close()
    return received


@pytest.fixture
def otel(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Undoes what a test sets, and what `spans_of` does."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    return monkeypatch


def test_job_of_a_queue_continues_the_clients_trace(services: Services, otel: pytest.MonkeyPatch) -> None:
    """A job whose input has a traceparent is a span of that trace; it is no field, and one that is wrong is nothing."""
    parent = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "a=b"}
    received = spans_of(
        services,
        {"id": "j1", "input": {"endpoint": "status", **parent}},
        {"id": "j2", "input": {"endpoint": "list_voices", "traceparent": "none", "tracestate": 7}},
        {"id": "j3", "input": {"openai_route": "/v1/models", **parent}},
    )
    status, voices, models = (received.named(f"job {name}") for name in ("status", "list_voices", "openai"))
    assert status.trace_id.hex() == models.trace_id.hex() == TRACE
    assert status.parent_span_id.hex() == PARENT
    assert status.kind == status.SPAN_KIND_CONSUMER
    assert voices.trace_id.hex() != TRACE
    assert [attributes(span)["job.outcome"] for span in (status, voices, models)] == ["COMPLETED"] * 3


def test_trace_of_a_job_is_no_part_of_its_request(services: Services) -> None:
    """The same request under another trace is the same job, delivered again."""
    replies = [
        dispatch({"id": "j1", "input": {"text": "Hello.", "traceparent": f"00-{trace}-{PARENT}-01"}}, services)
        for trace in (TRACE, TRACE[::-1])
    ]
    assert [reply["status"] for reply in replies] == ["completed", "completed"]
    assert replies[0]["metrics"] == replies[1]["metrics"]


def test_sampler_of_the_usual_variables_decides(services: Services, otel: pytest.MonkeyPatch) -> None:
    """With OTEL_TRACES_SAMPLER=parentbased_always_off only what the client samples is sent."""
    otel.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    sampled, not_sampled = (f"00-{TRACE}-{PARENT}-0{flag}" for flag in (1, 0))
    received = spans_of(
        services,
        {"id": "j1", "input": {"endpoint": "status"}},
        {"id": "j2", "input": {"endpoint": "status", "traceparent": not_sampled}},
        {"id": "j3", "input": {"endpoint": "status", "traceparent": sampled}},
    )
    assert [attributes(span)["job.id"] for span in received.spans] == ["j3"]


def test_worker_is_told_in_the_resource(services: Services, otel: pytest.MonkeyPatch) -> None:
    """The worker's id and its endpoint's are attributes of the resource; OTEL's own variables come before."""
    otel.setenv("RUNPOD_POD_ID", "pod-7")
    otel.setenv("RUNPOD_ENDPOINT_ID", "endpoint-1")
    (plain,) = spans_of(services, {"input": {"endpoint": "status"}}).resources
    assert (plain["service.name"], plain["service.instance.id"]) == ("tts-captions", "pod-7")
    assert plain["runpod.endpoint.id"] == "endpoint-1"
    otel.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine,service.instance.id=one,deployment.environment=test")
    (given,) = spans_of(services, {"input": {"endpoint": "status"}}).resources
    assert (given["service.name"], given["service.instance.id"]) == ("mine", "one")
    assert given["deployment.environment"] == "test"
    otel.setenv("OTEL_SERVICE_NAME", "first")
    (named,) = spans_of(services, {"input": {"endpoint": "status"}}).resources
    assert named["service.name"] == "first"


def test_headers_of_the_usual_variables_are_sent(services: Services, otel: pytest.MonkeyPatch) -> None:
    """OTEL_EXPORTER_OTLP_HEADERS goes to the collector, which may ask for a key."""
    otel.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=collectors-key")
    received = spans_of(services, {"input": {"endpoint": "status"}})
    assert [headers["x-api-key"] for headers in received.headers] == ["collectors-key"]


def test_collector_that_is_not_there_costs_no_job(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job has its reply though its spans go nowhere."""
    with receiving() as received:
        pass  # its port is free again
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing = spans.start()
    assert tracing is not None
    reply = dispatch({"input": {"text": "Hello."}}, replace(services, observers=[tracing]))
    tracing.close()
    assert reply["status"] == "completed"
