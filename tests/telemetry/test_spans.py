"""Spans are made when OpenTelemetry's usual variables ask for them, and reach a collector."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from handler.dispatch import dispatch
from handler.protocols import Services
from handler.telemetry import spans, version
from tests.support.otlp_receiver import attributes, receiving

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
