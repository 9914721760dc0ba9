"""Mark what a job makes as made by AI, in the ways of AI_MARK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from handler.jobs import Job
from handler.media import audio
from handler.media.audio import Encoded
from handler.media.tags import Tags
from handler.protocols import FileMark, Mark, Origin, Services, SoundMark, TagMark
from handler.types import ChunkAudio

P = ParamSpec("P")
T = TypeVar("T")

_FILES = "wav, mp3, flac, m4a and mp4 can"


class Marker:
    """The marks of one job's speech and files. The seconds of each are the job's metric ``mark_`` and its name.

    Marks that an engine gives its speech itself are not given again. A mark that cannot be made costs a warning, where
    the speech or the format is to blame; otherwise the job fails, for its files shall not be taken for others.
    """

    def __init__(self, origin: Origin, job: Job, services: Services) -> None:
        """Load the marks that are not loaded yet. Raises ConfigError for one that cannot be used here."""
        self._origin = origin
        self._job = job
        marks = [job.cancellation.run(services.marks.get, name) for name in _chosen(services)]
        self._in_sound = [mark for mark in marks if isinstance(mark, SoundMark)]
        self._in_file = [mark for mark in marks if isinstance(mark, FileMark)]
        self._longest_s = 0.0
        self._is_marked = False

    def speech(self, spoken: ChunkAudio, sample_rate: int) -> ChunkAudio:
        """A chunk with the marks in its samples: as many, each at its place. One that is too short stays as it is.

        Chunks are marked one by one, so that speech can be streamed, and each can be told by itself.
        """
        seconds = len(spoken.samples) / sample_rate
        self._longest_s = max(self._longest_s, seconds)
        samples = spoken.samples
        for mark in [] if spoken.watermarked else self._in_sound:
            if seconds >= mark.min_s:
                samples = self._run(mark, mark.mark, samples, sample_rate)
                self._is_marked = True
        if samples is spoken.samples:
            self._is_marked |= spoken.watermarked
            return spoken
        if float(np.abs(samples).max(initial=0.0)) > 1:
            samples = audio.limited(samples)
        return replace(spoken, samples=samples)

    def file(self, made: Encoded) -> Encoded:
        """The file of the whole speech with the marks that are beside the sound."""
        self._warn_of_short_speech()
        return self.part(made)

    def part(self, made: Encoded) -> Encoded:
        """The file of a part of the speech with these marks."""
        body = made.body
        for mark in self._in_file:
            marked = self._run(mark, mark.mark, body, made.media_type, self._origin)
            if marked is None:
                self._warn_of_format(mark, made.media_type)
            body = body if marked is None else marked
        return replace(made, body=body)

    def on_disk(self, path: Path, media_type: str) -> None:
        """Put these marks into a file on the disk. An MP4 stays there, other files are read whole."""
        for mark in self._in_file:
            if not self._run(mark, _marked_on_disk, mark, path, media_type, self._origin):
                self._warn_of_format(mark, media_type)

    def _run(self, mark: Mark, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what makes a mark."""
        with self._job.timed(_metric(mark)):
            return self._job.apart(work, *args, **kwargs)

    def _warn_of_short_speech(self) -> None:
        for mark in [] if self._is_marked else self._in_sound:
            message = f"the speech is too short for a {mark.name}, which needs a part of {mark.min_s:g} s, and has none"
            self._job.warn("mark_not_made", f"{message} (its longest is {self._longest_s:.2f} s); send a longer text")

    def _warn_of_format(self, mark: Mark, media_type: str) -> None:
        name = media_type.partition("/")[2]
        self._job.warn("mark_not_made", f"a file of the type {name} cannot hold the mark {mark.name}; {_FILES}")


def _marked_on_disk(mark: FileMark, path: Path, media_type: str, origin: Origin) -> bool:
    """Whether the file has the mark now."""
    if mark.mark_file(path, media_type, origin):
        return True
    marked = mark.mark(path.read_bytes(), media_type, origin)
    if marked is not None:
        path.write_bytes(marked)
    return marked is not None


def origin_of(path: Path, services: Services) -> Origin | None:
    """What made a client's file, where its metadata says that this was AI; None if they do not."""
    said = _metadata(services).read(path) or {}
    if not said.get("made_by_ai"):
        return None
    return Origin(said.get("system") or said.get("software", ""), said.get("model_license"))


def origin_of_job(reply: Mapping[str, Any]) -> Origin:
    """What made the speech of a finished job, by its reply: all engines that speak in it."""
    engines = [each["engine"] for each in reply.get("speakers", ())] or [str(reply.get("engine") or "")]
    return Origin(", ".join(dict.fromkeys(engines)), str(reply.get("model_license") or ""))


def marked_again(made: Encoded, reply: Mapping[str, Any], services: Services) -> Encoded:
    """Another format of a finished job's speech, with the marks beside the sound as far as that can hold them."""
    origin = origin_of_job(reply)
    body = made.body
    for mark in (services.marks.get(name) for name in _chosen(services)):
        if isinstance(mark, FileMark):
            body = mark.mark(body, made.media_type, origin) or body
    return replace(made, body=body)


def stream_tags(services: Services) -> Tags:
    """The tags of speech that is streamed, which say that AI made it; none where AI_MARK has no `metadata`."""
    metadata = _metadata(services)
    return metadata.tags(Origin()) if metadata.name in services.settings.ai_mark else Tags()


def _chosen(services: Services) -> list[str]:
    """Those of AI_MARK, in the order of the table."""
    return [name for name in services.marks.names() if name in services.settings.ai_mark]


def _metadata(services: Services) -> TagMark:
    mark = services.marks.get("metadata")
    assert isinstance(mark, TagMark)
    return mark


def _metric(mark: Mark) -> str:
    return f"mark_{mark.name}"
