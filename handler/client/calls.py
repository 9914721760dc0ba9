"""The calls of both clients, written once: coroutines over a transport that blocks or does not."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from .connection import Connection, json_object
from .jobs import WORKER_ID, JobBase, OnProgress, SaidBase, SaidT, file_name
from .transport import Transport
from .values import CONNECTION_LOST, TIMED_OUT, SpeechError, Voice, read

RUNPOD_API = "https://api.runpod.ai/v2"
VOICES_ON_A_PAGE = 1000

_KINDS = frozenset({"audio", "video", "transcript", "book"})  # of files that are no captions

JobT = TypeVar("JobT", bound=JobBase[Any])
Source = str | os.PathLike[str]  # a file on this machine, or a link
Spoken = Source | JobBase[Any] | SaidBase  # a recording, or the speech of a job
Captions = str | Sequence[str] | None  # srt, vtt, csv, json, ass, a list of them, or "all"
Style = str | Mapping[str, Any] | None  # the name of a preset, or an object as in API.md


class SpeechBase(Generic[JobT, SaidT]):
    _transport: type[Transport]
    _job: type[JobT]
    _said: type[SaidT]

    def __init__(
        self,
        url: str | None = None,
        *,
        endpoint_id: str | None = None,
        api_key: str | None = None,
        timeout: float = 900.0,
        retry_for: float = 30.0,
    ) -> None:
        """``url`` is that of the worker's HTTP server, ``endpoint_id`` that of an endpoint on RunPod.

        ``api_key`` is one of the server's API_KEYS, or RunPod's (default: RUNPOD_API_KEY). ``timeout`` is how many
        seconds a job may take, ``retry_for`` for how many a request that gets no answer is sent again.
        """
        if (url is None) == (endpoint_id is None):
            raise ValueError("give either the url of a server or an endpoint_id")
        base = url or f"{RUNPOD_API}/{endpoint_id}"
        if endpoint_id or (urlsplit(base).hostname or "").endswith(".runpod.ai"):
            api_key = api_key or os.environ.get("RUNPOD_API_KEY")
            if not api_key:
                raise ValueError("an endpoint on RunPod needs a key: set RUNPOD_API_KEY, or give api_key")
        self._has_queue = endpoint_id is not None
        self._timeout = timeout
        self._connection = Connection(base, api_key, retry_for, self._transport)

    async def _say(
        self,
        /,
        text: str | None = None,
        *,
        voice: str | None = None,
        captions: Captions = None,
        style: Style = None,
        progress: OnProgress = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> SaidT:
        """Speak a script; ``fields`` are any of `generate` in API.md, such as ``turns`` in place of the text.

        The job is cancelled if the call ends before it, by ``timeout`` or an interruption. If the connection breaks
        while the job is sent, nobody knows whether it runs: it is not sent again, and the error is ``connection_lost``.
        """
        fields |= _named(text=text, voice=voice, captions=captions, style=style)
        return await self._run(fields, progress=progress, timeout=timeout)

    async def _align(
        self,
        /,
        speech: Spoken,
        text: str | None = None,
        *,
        captions: Captions = None,
        style: Style = None,
        progress: OnProgress = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> SaidT:
        """Make captions for a recording and its text, or what is heard, or for the speech of a job."""
        fields |= _named(endpoint="align", text=text, captions=captions, style=style)
        return await self._run(fields | await self._speech(speech), progress=progress, timeout=timeout)

    async def _overlay(
        self,
        /,
        speech: Spoken | None = None,
        *,
        video: Source | None = None,
        image: Source | None = None,
        text: str | None = None,
        style: Style = None,
        progress: OnProgress = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> SaidT:
        """Draw captions on a video; without one, make an audiogram of the speech."""
        fields |= _named(endpoint="overlay", text=text, style=style)
        if speech is not None:
            fields |= await self._speech(speech)
        if video is not None:
            fields["video_url"] = await self._link(video)
        if image is not None:
            fields["image_url"] = await self._link(image)
        return await self._run(fields, progress=progress, timeout=timeout)

    async def _book(
        self,
        /,
        book: Source | None = None,
        *,
        text: str | None = None,
        voice: str | None = None,
        cover: Source | None = None,
        captions: Captions = None,
        style: Style = None,
        progress: OnProgress = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> SaidT:
        """Make an audiobook of a file (text, Markdown, EPUB), of a link to one, or of a ``text``.

        ``timeout`` is for all of it: a book of some hours needs more than the client's own.
        """
        fields |= _named(endpoint="book", text=text, voice=voice, captions=captions, style=style)
        if book is not None:
            fields["text_url"] = await self._link(book)
        if cover is not None:
            fields["cover_url"] = await self._link(cover)
        return await self._run(fields, progress=progress, timeout=timeout)

    async def _convert(
        self,
        /,
        speech: Spoken,
        voice: str,
        *,
        captions: Captions = None,
        style: Style = None,
        progress: OnProgress = None,
        timeout: float | None = None,
        **fields: Any,
    ) -> SaidT:
        """Speak a recording, or the speech of a job, again in another voice."""
        fields |= _named(endpoint="convert", voice=voice, captions=captions, style=style)
        return await self._run(fields | await self._speech(speech), progress=progress, timeout=timeout)

    async def _inspect(
        self, /, speech: Spoken | None = None, *, video: Source | None = None, **fields: Any
    ) -> Mapping[str, Any]:
        """Return the reply of `inspect`: ``made_by_ai`` and ``marks`` of a recording, of a job or of a ``video``."""
        fields |= {"endpoint": "inspect"} | ({} if speech is None else await self._speech(speech))
        if video is not None:
            fields["video_url"] = await self._link(video)
        return (await self._run(fields)).reply

    async def _submit(
        self,
        /,
        text: str | None = None,
        *,
        voice: str | None = None,
        captions: Captions = None,
        style: Style = None,
        **fields: Any,
    ) -> JobT:
        """Send a job without waiting for it: `generate`, unless ``endpoint`` is among the ``fields``."""
        return await self._send(fields | _named(text=text, voice=voice, captions=captions, style=style))

    async def _run(
        self,
        fields: Mapping[str, Any],
        *,
        progress: OnProgress = None,
        timeout: float | None = None,
        repeatable: bool = False,
        job_id: str | None = None,
    ) -> SaidT:
        """Do a job of any endpoint by its fields, as API.md names them, and return what it made.

        A job that is ``repeatable`` only reads: it is sent again if the connection breaks. The job is cancelled as that
        of `say` is. With a ``job_id`` a server's job has that id; one of that id that is running already is waited for.
        """
        job = await self._send(fields, repeatable=repeatable, job_id=job_id)
        try:
            said: SaidT = await job._wait(progress, timeout)
        except BaseException as error:
            if not isinstance(error, SpeechError) or error.code == TIMED_OUT:
                await job.abandon()
            raise
        return said

    async def _link(self, source: Source) -> str:
        """A link by which a job reads a file of this machine, which is sent; a link stays as it is."""
        if _is_link(source):
            return str(source)
        return str((await self._upload(Path(source)))["file_url"])

    async def _fetch(self, url: str, path: str | os.PathLike[str]) -> Path:
        """Save the file at a link of a reply; it has its name only once it is complete."""
        await self._connection.save(url, Path(path))
        return Path(path)

    async def _preview(self, /, text: str | None = None, **fields: Any) -> Mapping[str, Any]:
        """Return the reply of `text`: what will be spoken of a script, and about how many ``seconds`` it will take."""
        return (await self._run(fields | _named(endpoint="text", text=text), repeatable=True)).reply

    async def _options(self) -> Mapping[str, Any]:
        """Return what a server offers: its endpoints, engines, styles, formats and limits; not on a queue of RunPod."""
        return await self._of_server("/v1/options", "version")

    async def _jobs(self, limit: int = 50) -> list[Mapping[str, Any]]:
        """The last jobs of a server, the newest first, as ``GET /v1/jobs`` shows them; a queue has no such list."""
        jobs: list[Mapping[str, Any]] = (await self._of_server(f"/v1/jobs?limit={limit}", "jobs"))["jobs"]
        return jobs

    async def _of_server(self, path: str, field: str) -> Mapping[str, Any]:
        if self._has_queue:
            raise SpeechError("bad_request", "a queue has no such call; use the url of a server")
        request = self._connection.request("GET", path)
        return json_object(await self._connection.answer(request), field)

    def job(self, job_id: str) -> JobT:
        """A job that was sent before, perhaps by another program."""
        return self._job(job_id, self._said, self._connection, self._timeout)

    async def _close(self) -> None:
        await self._connection.transport.close()

    async def _voices(self, prefix: str = "") -> list[Voice]:
        """All voices of the engines and of the bucket whose names begin with ``prefix``."""
        voices: list[Voice] = []
        cursor = None
        while True:
            fields = {"endpoint": "list_voices", "prefix": prefix, "limit": VOICES_ON_A_PAGE, "cursor": cursor}
            reply = (await self._run(fields, repeatable=True)).reply
            voices += [read(Voice, voice) for voice in reply["voices"]]
            if not (cursor := reply["cursor"]):
                return voices

    async def _add_voice(self, /, name: str, speech: Spoken, *, text: str | None = None, **fields: Any) -> Voice:
        """Make a voice of a recording that says ``text``, or of a job's speech.

        ``fields`` are any of `upload` in API.md.
        """
        fields |= _named(endpoint="upload", voice_name=name, ref_text=text)
        if isinstance(speech, SaidBase | JobBase):
            fields |= await self._speech(speech)
        elif _is_link(speech):
            fields["voice_file_url"] = speech
        else:
            early = _named(voice_name=name, overwrite=fields.get("overwrite"))  # is the name free?
            fields["upload_token"] = (await self._upload(Path(speech), **early))["upload_token"]
        return read(Voice, (await self._run(fields)).reply["voice"])

    async def _delete_voice(self, name: str) -> None:
        """Remove a voice of the bucket."""
        await self._run({"endpoint": "delete_voice", "voice_name": name})

    async def _download(
        self, job_id: str, kind: str = "audio", folder: str | os.PathLike[str] = ".", *, chapter: int | None = None
    ) -> Path:
        """Save a file of a finished job, however old.

        ``kind`` is audio, video, transcript, book or a caption format; ``chapter`` is one of a book.
        """
        wanted = {"type": kind} if kind in _KINDS else {"type": "timing", "format": kind}
        fields = {"endpoint": "download", "job_id": job_id, **wanted, **_named(chapter=chapter)}
        link = (await self._run(fields, repeatable=True)).reply
        path = Path(folder, file_name(link["filename"]))
        await self._connection.save(link[f"{wanted['type']}_url"], path)
        return path

    async def _stream(
        self, /, text: str, *, voice: str | None = None, format: str = "mp3", **fields: Any
    ) -> AsyncIterator[bytes]:
        """Yield the audio of a text while it is spoken, as mp3, opus, aac, flac, wav or pcm; not on a queue of RunPod.

        ``fields`` are any of ``POST /v1/audio/speech``. To leave the iterator cancels the job.
        """
        if self._has_queue:
            raise SpeechError("bad_request", "a queue does not stream; use the url of a server")
        body = {"model": "tts-1", "input": text, "response_format": format, **_named(voice=voice), **fields}
        request = self._connection.request("POST", "/v1/audio/speech", body, timeout=self._timeout)
        async with AsyncExitStack() as stack:
            response = await self._connection.retry(
                lambda: stack.enter_async_context(self._connection.opened(request)), repeatable=False
            )
            try:
                async for piece in self._connection.transport.pieces(response):
                    yield piece
            except httpx.RequestError as error:
                raise SpeechError(CONNECTION_LOST, "the connection broke before the end of the audio") from error

    async def _send(self, fields: Mapping[str, Any], *, repeatable: bool = False, job_id: str | None = None) -> JobT:
        if job_id is not None and self._has_queue:
            raise SpeechError("bad_request", "a queue gives its jobs their ids; use the url of a server")
        path, body = ("/run", {}) if job_id is None else ("/v1/jobs", {"id": job_id})
        request = self._connection.request("POST", path, {**body, "input": fields})

        async def send() -> JobT:
            try:
                response = await self._connection.answer(request, repeatable=repeatable or job_id is not None)
            except SpeechError as error:
                if job_id is None or error.code != "already_exists":
                    raise
                # It was sent before, with other links to the same files.
                return self.job(job_id)
            worker = response.headers.get(WORKER_ID)
            given = json_object(response, "id")["id"]
            return self._job(given, self._said, self._connection, self._timeout, worker)

        # The job of a caller that is gone when its id comes would run for nobody.
        return await self._connection.transport.complete(send(), lambda job: job.abandon())

    async def _speech(self, speech: Spoken) -> dict[str, str]:
        """The field of a request that says where the speech is."""
        if isinstance(speech, SaidBase):
            return {"job_id": speech.job_id}
        if isinstance(speech, JobBase):
            return {"job_id": speech.id}
        return {"audio_url": await self._link(speech)}

    async def _upload(self, path: Path, **fields: Any) -> Mapping[str, Any]:
        """Put a file where the worker reads it; returns the worker's reply to ``create_upload_url``.

        Raises OSError if this machine does not have the file.
        """
        path.stat()
        request = {"endpoint": "upload", "create_upload_url": True, **fields}
        ticket = (await self._run(request, repeatable=True)).reply
        await self._connection.put(path, ticket["upload_url"])
        return ticket


def _named(*, captions: Captions = None, style: Style = None, **fields: Any) -> dict[str, Any]:
    """The fields of a request that are not None, under the worker's names."""
    named = {**fields, "timing_format": captions, "caption_style": style}
    return {name: value for name, value in named.items() if value is not None}


def _is_link(source: Source) -> bool:
    return isinstance(source, str) and re.match(r"(https?|file)://", source) is not None
