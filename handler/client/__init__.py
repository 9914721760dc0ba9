"""A client of the worker for programs in Python. This folder can be copied into one: it needs only httpx.

    speech = Speech("http://127.0.0.1:8000")             # the worker's own HTTP server
    speech = Speech(endpoint_id="abc", api_key="rpa_…")  # an endpoint on RunPod
    speech.say("It works!", captions="srt").save("out/")

`AsyncSpeech` has the same calls, to be awaited. They raise `SpeechError`; docs/client.md tells the rest.
"""

from __future__ import annotations

from types import TracebackType

from .calls import SpeechBase
from .jobs import JobBase, SaidBase
from .transport import AsyncTransport, BlockingTransport, blocking, blocking_iterator
from .values import JobWarning, Progress, SpeechError, Voice, Word

__all__ = [
    "AsyncJob",
    "AsyncSaid",
    "AsyncSpeech",
    "Job",
    "JobWarning",
    "Progress",
    "Said",
    "Speech",
    "SpeechError",
    "Voice",
    "Word",
]


class Said(SaidBase):
    save = blocking(SaidBase._save)
    audio = blocking(SaidBase._audio)
    words = blocking(SaidBase._words)


class AsyncSaid(SaidBase):
    save = SaidBase._save
    audio = SaidBase._audio
    words = SaidBase._words


class Job(JobBase[Said]):
    wait = blocking(JobBase._wait)
    status = blocking(JobBase._status)
    cancel = blocking(JobBase._cancel)


class AsyncJob(JobBase[AsyncSaid]):
    wait = JobBase._wait
    status = JobBase._status
    cancel = JobBase._cancel


class Speech(SpeechBase[Job, Said]):
    """The worker behind a URL or an endpoint on RunPod. Its calls block; threads may share it."""

    _transport, _job, _said = BlockingTransport, Job, Said

    say = blocking(SpeechBase._say)
    align = blocking(SpeechBase._align)
    overlay = blocking(SpeechBase._overlay)
    book = blocking(SpeechBase._book)
    convert = blocking(SpeechBase._convert)
    inspect = blocking(SpeechBase._inspect)
    preview = blocking(SpeechBase._preview)
    options = blocking(SpeechBase._options)
    submit = blocking(SpeechBase._submit)
    run = blocking(SpeechBase._run)
    jobs = blocking(SpeechBase._jobs)
    link = blocking(SpeechBase._link)
    fetch = blocking(SpeechBase._fetch)
    stream = blocking_iterator(SpeechBase._stream)
    voices = blocking(SpeechBase._voices)
    add_voice = blocking(SpeechBase._add_voice)
    delete_voice = blocking(SpeechBase._delete_voice)
    download = blocking(SpeechBase._download)
    close = blocking(SpeechBase._close)

    def __enter__(self) -> Speech:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncSpeech(SpeechBase[AsyncJob, AsyncSaid]):
    """The same calls for asyncio: ``await`` them, and ``async for`` over `stream`."""

    _transport, _job, _said = AsyncTransport, AsyncJob, AsyncSaid

    say = SpeechBase._say
    align = SpeechBase._align
    overlay = SpeechBase._overlay
    book = SpeechBase._book
    convert = SpeechBase._convert
    inspect = SpeechBase._inspect
    preview = SpeechBase._preview
    options = SpeechBase._options
    submit = SpeechBase._submit
    run = SpeechBase._run
    jobs = SpeechBase._jobs
    link = SpeechBase._link
    fetch = SpeechBase._fetch
    stream = SpeechBase._stream
    voices = SpeechBase._voices
    add_voice = SpeechBase._add_voice
    delete_voice = SpeechBase._delete_voice
    download = SpeechBase._download
    close = SpeechBase._close

    async def __aenter__(self) -> AsyncSpeech:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
