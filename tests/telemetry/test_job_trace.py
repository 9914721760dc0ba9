"""A job's trace has its stages, and reaches those who observe jobs."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from handler.dispatch import dispatch
from handler.protocols import Services
from handler.telemetry import JobTrace
from handler.telemetry.job_trace import MAX_STAGES


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.traces: list[JobTrace] = []

    def job_ended(self, trace: JobTrace) -> None:
        self.traces.append(trace)


class Broken:
    def job_ended(self, trace: JobTrace) -> None:
        raise ZeroDivisionError


def test_stage_is_kept_when_its_block_raises() -> None:
    """A stage that fails has its times and its seconds."""
    trace = JobTrace("j1")
    with pytest.raises(ZeroDivisionError), trace.timed("speak"):
        _ = 1 / 0
    assert [stage.name for stage in trace.stages] == list(trace.seconds) == ["speak"]
    assert trace.started <= trace.stages[0].started <= trace.stages[0].ended


def test_stages_are_bounded() -> None:
    """A job of a thousand chunks keeps the first stages alone, and the seconds of all."""
    trace = JobTrace("j1")
    for _ in range(MAX_STAGES + 5):
        with trace.timed("speak"):
            pass
    assert len(trace.stages) == MAX_STAGES


def test_observer_hears_of_each_job(services: Services) -> None:
    """A job that succeeds is told with its engine, speech and stages, one that is refused with its error's code."""
    notes = Notes()
    services = replace(services, observers=[notes])
    reply = dispatch({"id": "j1", "input": {"text": "Hello."}}, services)
    dispatch({"id": "j2", "input": {"text": ""}}, services)
    dispatch({"id": "j3", "input": {"endpoint": "sing"}}, services)
    spoken, empty, unknown = notes.traces
    assert (spoken.endpoint, spoken.engine, spoken.outcome) == ("generate", "espeak", "COMPLETED")
    assert spoken.audio_s == reply["duration"]
    assert {"speak", "encode", "upload"} <= {stage.name for stage in spoken.stages}
    assert all(spoken.started <= stage.started <= stage.ended <= spoken.ended for stage in spoken.stages)
    assert (empty.endpoint, empty.outcome, empty.audio_s) == ("generate", "bad_request", 0.0)
    assert unknown.endpoint == "unknown"


def test_job_delivered_again_is_not_spoken_twice(services: Services) -> None:
    """The second delivery of a finished job adds no seconds of speech."""
    notes = Notes()
    services = replace(services, observers=[notes])
    for _ in range(2):
        dispatch({"id": "j1", "input": {"text": "Hello."}}, services)
    assert [bool(trace.audio_s) for trace in notes.traces] == [True, False]


def test_failing_observer_costs_no_job(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    """An observer that raises is logged, and the job has its reply."""
    with caplog.at_level(logging.ERROR):
        reply = dispatch({"input": {"text": "Hello."}}, replace(services, observers=[Broken()]))
    assert reply["status"] == "completed"
    assert "a job could not be observed" in caplog.text
