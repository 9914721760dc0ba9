"""Metrics as Prometheus reads them."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from handler.telemetry import JobTrace, Stage, counters
from handler.telemetry.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Every sample by its name and its labels' values, as a reader of the text finds them."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def trace() -> JobTrace:
    """A job that spoke 4 s in one."""
    return JobTrace(
        "j1", "generate", "espeak", "COMPLETED", 4.0, 100.0, 101.5, {"speak": 1.0, "rtf": 0.25, "total": 1.5},
        [Stage("speak", 100.0, 101.0)],
    )  # fmt: skip


def test_job_is_counted_with_its_stages_and_its_speech() -> None:
    """A job adds to its outcome, its stages' seconds, the seconds of speech and the real-time factor."""
    metrics = Metrics("1.2")
    metrics.job_ended(trace())
    found = samples(metrics)
    assert found["tts_jobs_total", "generate COMPLETED"] == 1
    assert found["tts_job_seconds_sum", "generate"] == 1.5
    assert found["tts_stage_seconds_sum", "generate speak"] == 1.0
    assert found["tts_audio_seconds_total", "espeak"] == 4.0
    assert found["tts_rtf_sum", "espeak"] == 0.25
    assert found["tts_info", "1.2"] == 1
    assert ("tts_stage_seconds_sum", "generate total") not in found


def test_each_server_has_metrics_of_its_own() -> None:
    """Two servers of one process do not share their counts, nor fail for a name that is taken."""
    first, second = Metrics("1"), Metrics("1")
    first.job_ended(trace())
    assert ("tts_jobs_total", "generate COMPLETED") not in samples(second)


def test_counters_of_the_process_are_exported() -> None:
    """What engines and caches count is among the metrics."""
    metrics = Metrics("1")
    before = samples(metrics).get(("tts_batches_total", "a-test"), 0)
    counters.add("batches", "a-test", 3)
    assert samples(metrics)["tts_batches_total", "a-test"] == before + 3


def test_counter_needs_a_known_name() -> None:
    """A counter that no table explains is refused."""
    with pytest.raises(KeyError):
        counters.add("batch", "a-test")


def test_gpu_memory_is_that_of_a_torch_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of each GPU is shown by use, once something has initialised torch."""
    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 1,
        mem_get_info=lambda _: (30, 100),
        memory_reserved=lambda _: 60,
        memory_allocated=lambda _: 50,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    found = samples(Metrics("1"))
    assert [found["tts_gpu_memory_bytes", f"0 {use}"] for use in ("total", "free", "reserved", "allocated")] == [
        100, 30, 60, 50,
    ]  # fmt: skip


def test_torch_is_not_started_for_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A torch that nobody uses on a GPU is not asked: that would take memory and seconds."""
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(is_initialized=lambda: False)))
    assert not [name for name, _ in samples(Metrics("1")) if name == "tts_gpu_memory_bytes"]
