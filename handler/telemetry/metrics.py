"""The worker's metrics as Prometheus reads them, in a registry of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from handler.telemetry.counters import COUNTERS, counters
from handler.telemetry.job_trace import JobTrace

CONTENT_TYPE = CONTENT_TYPE_LATEST

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 600)
RTFS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10)

NOT_STAGES = {"rtf", "total"}  # metrics of a job's reply that are no stage's seconds


class Metrics:
    """All metrics of one server. It is an `Observer` of jobs; the HTTP server reports its requests."""

    def __init__(self, version: str) -> None:
        self.registry = registry = CollectorRegistry()
        self._jobs = Counter("tts_jobs", "Jobs by endpoint and outcome.", ["endpoint", "outcome"], registry=registry)
        self._job_s = Histogram(
            "tts_job_seconds", "Seconds of a job, without its wait.", ["endpoint"], buckets=SECONDS, registry=registry
        )
        self._stage_s = Histogram(
            "tts_stage_seconds", "Seconds of a job's stage.", ["endpoint", "stage"], buckets=SECONDS, registry=registry
        )
        self._audio_s = Counter("tts_audio_seconds", "Seconds of speech made.", ["engine"], registry=registry)
        self._rtf = Histogram(
            "tts_rtf", "Seconds of speaking for a second of speech.", ["engine"], buckets=RTFS, registry=registry
        )
        self._requests = Counter("http_requests", "HTTP requests.", ["method", "route", "status"], registry=registry)
        self._request_s = Histogram(
            "http_request_seconds", "Seconds of an HTTP request.", ["method", "route"], buckets=SECONDS,
            registry=registry,
        )  # fmt: skip
        self.in_flight = Gauge("http_requests_in_flight", "HTTP requests that are being answered.", registry=registry)
        info = Gauge("tts_info", "1; the labels tell the worker's version.", ["version"], registry=registry)
        info.labels(version).set(1)
        registry.register(_Process())

    def gauge(self, name: str, help_: str, read: Callable[[], float]) -> None:
        """Add a number that is read whenever Prometheus asks."""
        Gauge(name, help_, registry=self.registry).set_function(read)

    def job_ended(self, trace: JobTrace) -> None:
        """Count a job, its stages and its speech."""
        self._jobs.labels(trace.endpoint, trace.outcome).inc()
        self._job_s.labels(trace.endpoint).observe(trace.ended - trace.started)
        for name, seconds in trace.seconds.items():
            if name not in NOT_STAGES:
                self._stage_s.labels(trace.endpoint, name).observe(seconds)
        if trace.audio_s:
            self._audio_s.labels(trace.engine).inc(trace.audio_s)
            self._rtf.labels(trace.engine).observe(trace.seconds["rtf"])

    def request_ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an HTTP request by its route's template: a path has ids, and would be a series for each."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_s.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)


class _Process:
    """What this process has counted, and the memory of its GPUs; read when Prometheus asks."""

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        values = counters.values()
        for name, (label, help_) in COUNTERS.items():
            family = CounterMetricFamily(f"tts_{name}", help_, labels=[label])
            for (counted, value), amount in values.items():
                if counted == name:
                    family.add_metric([value], amount)
            yield family
        memory = GaugeMetricFamily("tts_gpu_memory_bytes", "Memory of a GPU, by use.", labels=["device", "use"])
        for device, uses in _gpu_memory().items():
            for use, size in uses.items():
                memory.add_metric([device, use], size)
        yield memory


def _gpu_memory() -> Mapping[str, Mapping[str, int]]:
    """Bytes of each GPU by use, if an engine has loaded torch and uses one; nothing is loaded for it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return {}
    found = {}
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        found[str(index)] = {
            "total": total,
            "free": free,
            "reserved": torch.cuda.memory_reserved(index),
            "allocated": torch.cuda.memory_allocated(index),
        }
    return found
