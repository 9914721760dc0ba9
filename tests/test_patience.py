"""A bucket's bad minute costs a job its time, not its speech; what no retry mends is told at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from handler import jobs
from handler.app import make_services
from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.errors import StorageError, StoreUnavailable
from handler.jobs import File, Job, journal, patience
from handler.jobs.patience import Patience
from handler.protocols import Services
from handler.settings import Settings
from handler.types import JobRecord
from s3_utils import S3Store
from tests.support.cutting_proxy import CuttingProxy
from tests.support.s3_fixtures import s3_environ, s3_store, swift

__all__ = ["s3_environ", "s3_store", "swift"]

TIMES = 7
"""More often than the bucket's client tries by itself."""


def answer(status: int, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>-</Message></Error>".encode()
    head = f"HTTP/1.1 {status} -\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def proxy(s3_environ: dict[str, str]) -> Iterator[CuttingProxy]:
    with CuttingProxy(int(s3_environ["AWS_ENDPOINT_URL"].rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture
def services(s3_environ: dict[str, str], proxy: CuttingProxy, tmp_path: Path) -> Services:
    """A worker whose bucket is behind the proxy."""
    environ = {"TTS_ENGINE": "espeak", "MODELS_DIR": str(tmp_path), **s3_environ, "AWS_ENDPOINT_URL": proxy.url}
    return make_services(Settings.read(environ))


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test need not wait for."""
    monkeypatch.setattr(patience, "FIRST_DELAY_S", 0.001)
    monkeypatch.setattr(patience, "MAX_DELAY_S", 0.002)
    # The client's own tries take seconds where many processes share the cores.
    monkeypatch.setattr(journal, "READING_S", patience.WRITING_S)


class Asked(logging.Handler):
    """Calls a function with how often the store was asked again."""

    def __init__(self, on_again: Callable[[int], object]) -> None:
        super().__init__()
        self._on_again, self.times = on_again, 0

    def emit(self, record: logging.LogRecord) -> None:
        self.times += 1
        self._on_again(self.times)


@pytest.fixture
def asked(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[Callable[[int], object]], None]]:
    """Registers what is done when the store is asked again."""
    caplog.set_level(logging.INFO, patience.logger.name)
    handlers: list[Asked] = []

    def register(on_again: Callable[[int], object]) -> None:
        handlers.append(Asked(on_again))
        patience.logger.addHandler(handlers[-1])

    yield register
    for handler in handlers:
        patience.logger.removeHandler(handler)


TROUBLES: dict[str, Callable[[CuttingProxy, bytes], None]] = {
    "busy": lambda proxy, request: proxy.refuse(request, answer(503, "SlowDown"), TIMES),
    "broken": lambda proxy, request: proxy.refuse(request, answer(500, "InternalError"), TIMES),
    "cut": lambda proxy, request: proxy.lose(request, TIMES),
}


@pytest.mark.usefixtures("prompt")
@pytest.mark.parametrize("folder", ["output", "jobs"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_result_survives_trouble(
    services: Services, proxy: CuttingProxy, s3_environ: dict[str, str], s3_store: S3Store, trouble: str, folder: str
) -> None:
    """Speech, and the record of its job, are written although the bucket fails more often than its client tries."""
    TROUBLES[trouble](proxy, f"PUT /{s3_environ['S3_BUCKET']}/{folder}/".encode())
    reply: dict[str, Any] = dispatch({"id": "j1", "input": {"text": "Hello."}}, services)
    assert reply.get("status") == "completed", reply
    assert [warning["code"] for warning in reply["warnings"]] == ["store_waited"]
    assert reply["metrics"]["store_wait"] > 0
    assert s3_store.head("output/j1.wav")
    assert jobs.load(s3_store, "j1").state == jobs.COMPLETED


@pytest.mark.usefixtures("prompt")
def test_outage_is_waited_for(
    services: Services, proxy: CuttingProxy, asked: Callable[[Callable[[int], object]], None]
) -> None:
    """A bucket that nobody can connect to for a while costs the job this while."""
    gone = CuttingProxy(proxy.port)
    store = S3Store(services.settings.model_copy(update={"aws_endpoint_url": gone.url}))
    asked(lambda times: gone.open() if times == 2 else None)
    work = Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0), store, timeout=600)
    work.write_together(lambda store: store.put("voices/anna.wav", b"sound", "audio/wav"))
    assert store.get("voices/anna.wav") == b"sound"
    gone.close()


@pytest.mark.usefixtures("prompt")
def test_shared_file_survives_trouble(
    services: Services, proxy: CuttingProxy, s3_environ: dict[str, str], s3_store: S3Store
) -> None:
    """The question whether a font is there already is asked again, as its write is."""
    proxy.lose(f"HEAD /{s3_environ['S3_BUCKET']}/fonts/".encode(), TIMES)
    work = Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 1.0), services.store, timeout=600)
    work.write(File("fonts/a.ttf", b"font", "font/ttf", shared=True))
    assert s3_store.get("fonts/a.ttf") == b"font"


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (404, "NoSuchBucket"), (507, "QuotaExceeded")])
def test_refusal_is_told_at_once(
    services: Services, proxy: CuttingProxy, s3_environ: dict[str, str], status: int, code: str
) -> None:
    """What no retry mends fails the job after one request."""
    request = f"PUT /{s3_environ['S3_BUCKET']}/output/".encode()
    proxy.refuse(request, answer(status, code), TIMES)
    reply = dispatch({"id": "j1", "input": {"text": "Hello."}}, services)
    assert (reply["error_code"], reply["retryable"]) == ("storage_error", False)
    assert proxy.asked(request) == 1 or status >= 500


def test_cancel_is_heard_in_a_pause(
    services: Services,
    proxy: CuttingProxy,
    asked: Callable[[Callable[[int], object]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job that is cancelled while it waits for its bucket is cancelled, and has not failed."""
    monkeypatch.setattr(patience, "FIRST_DELAY_S", 20.0)
    cancellation = Cancellation()
    asked(lambda _: cancellation.cancel())
    proxy.refuse(b"PUT", answer(503, "SlowDown"), 10**6)
    reply = dispatch({"input": {"text": "Hello."}}, services, cancellation=cancellation)
    assert reply["error_code"] == "cancelled"


class Slept(Cancellation):
    """Notes the pauses, which take no time."""

    def __init__(self, timeout_s: float | None = None) -> None:
        super().__init__(timeout_s=timeout_s)
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def failing(times: int) -> Callable[[], str]:
    left = iter(range(times))

    def request() -> str:
        if next(left, None) is not None:
            raise StoreUnavailable("it is busy")
        return "done"

    return request


def test_pauses_grow() -> None:
    """Each pause is up to twice as long as the one before, to a limit; none is shorter than half of that."""
    slept = Slept()
    assert Patience().ask(slept, 60, failing(7)) == "done"
    most = [min(patience.FIRST_DELAY_S * 2**n, patience.MAX_DELAY_S) for n in range(7)]
    assert all(limit / 2 <= pause <= limit for pause, limit in zip(slept.pauses, most, strict=True))


def test_no_pause_goes_beyond_the_end() -> None:
    """Where the time of the request or of the job ends before the next try, what the store says is raised."""
    for seconds, cancellation in ((0.01, NEVER), (60.0, Cancellation(timeout_s=0.01))):
        with pytest.raises(StorageError, match="it is busy"):
            Patience().ask(cancellation, seconds, failing(1))
