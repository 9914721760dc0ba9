"""Jobs on a server or on an endpoint of RunPod, by `handler.client`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from handler.cli.exits import UsageError
from handler.cli.terminal import OnProgress
from handler.cli.workers import JobFailed, Reply
from handler.client import Progress, Speech, SpeechError

MAX_JOB_S = 24 * 3600.0
"""How long a job is waited for; Ctrl-C ends it before."""

UNAUTHORIZED = "unauthorized"
KEY_WAY_OUT = "; set SPEECH_API_KEY (for RunPod RUNPOD_API_KEY), or give --api-key"


def connect(url: str | None, endpoint: str | None, key: str | None) -> RemoteWorker:
    """Raises UsageError for an endpoint without a key."""
    try:
        speech = Speech(url, endpoint_id=endpoint, api_key=key, timeout=MAX_JOB_S, retry_for=10)
    except ValueError as error:
        raise UsageError(str(error).replace("give api_key", "give --api-key")) from None
    return RemoteWorker(speech, takes_ids=endpoint is None)


class RemoteWorker:
    """Implements `workers.Worker` over HTTP."""

    default_engine: str | None = None
    cloning_engines: Sequence[str] | None = None

    def __init__(self, speech: Speech, *, takes_ids: bool) -> None:
        self._speech = speech
        self.takes_ids = takes_ids

    def run(self, fields: Reply, on_progress: OnProgress | None = None, job_id: str | None = None) -> Reply:
        def tell(now: Progress) -> None:
            if on_progress:
                on_progress({name: value for name, value in vars(now).items() if value is not None})

        with _failures():
            return self._speech.run(fields, progress=tell, job_id=job_id).reply

    @contextmanager
    def linked(self, path: Path) -> Iterator[str]:
        with _failures():
            link = self._speech.link(path)
        yield link

    def fetch(self, url: str, path: Path) -> None:
        with _failures():
            self._speech.fetch(url, path)

    def jobs(self, limit: int) -> list[dict[str, Any]]:
        with _failures():
            return [dict(job) for job in self._speech.jobs(limit)]

    def cancel(self, job_id: str) -> str:
        with _failures():
            return self._speech.job(job_id).cancel().state

    def close(self) -> None:
        self._speech.close()


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except SpeechError as error:
        is_key = error.code == UNAUTHORIZED
        reply: Mapping[str, Any] = {
            "error": error.message.partition(";")[0] + KEY_WAY_OUT if is_key else error.message,
            "error_code": error.code,
            "retryable": error.retryable,
            "issues": list(error.issues),
            **({"job_id": error.job_id} if error.job_id else {}),
        }
        raise JobFailed(reply) from error
