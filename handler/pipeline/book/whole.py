"""The whole of a book, once its chapters are done: one file with marks of its chapters, and captions of all."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from handler.captions import FORMATS, Captions, Series, Style, burn_in_command
from handler.jobs import File, Job
from handler.media.m4b import ChapterMark, M4bTags, write_m4b
from handler.pipeline import captioning
from handler.pipeline.book.chapter import SpokenChapter, moved
from handler.pipeline.book.narrator import Narrator
from handler.pipeline.book.source import folder_of
from handler.pipeline.marking import Marker
from handler.protocols import Origin, Services, Store, list_all
from handler.requests import BookInput
from handler.text.books import Manuscript
from handler.types import Cue, Samples, Word

MEDIA_TYPE = "audio/mp4"


@dataclass(frozen=True)
class Whole:
    """A book whose chapters are done, in order, and who has spoken them."""

    chapters: Sequence[SpokenChapter]
    narrator: Narrator

    @property
    def rate(self) -> int:
        return self.narrator.rate

    @property
    def length(self) -> int:
        return sum(chapter.length for chapter in self.chapters)

    @property
    def duration(self) -> float:
        return self.length / self.rate

    def speakers(self) -> list[dict[str, Any]]:
        """What the reply says of each speaker, see `lines.speakers`."""
        found: list[dict[str, Any]] = []
        for chapter in self.chapters:
            for part in chapter.parts:
                found += [dict(speaker) for speaker in part.speakers if speaker not in found]
        return found

    def starts(self) -> Iterator[tuple[SpokenChapter, int]]:
        """Each chapter, and the sample at which it begins."""
        start = 0
        for chapter in self.chapters:
            yield chapter, start
            start += chapter.length


def audiobook(whole: Whole, book: Manuscript, cover: Path | None, folder: Path, job: Job, services: Services) -> File:
    """The file of all chapters; ``folder`` is one of this machine that holds it."""
    path = folder / "book.m4b"
    marks = [
        ChapterMark(chapter.planned.chapter.title, start, start + chapter.length) for chapter, start in whole.starts()
    ]
    tags = M4bTags(book.title, book.author, cover, marks)
    with job.timed("join"):
        write_m4b(path, _pieces(whole, job), whole.rate, tags, whole.duration, job.cancellation)
    origins = dict.fromkeys(origin for chapter in whole.chapters for origin in chapter.origins)
    Marker(Origin.joined(list(origins)), job, services).on_disk(path, MEDIA_TYPE)
    return File(f"output/{job.id}.m4b", path, MEDIA_TYPE)


def _pieces(whole: Whole, job: Job) -> Iterator[Samples]:
    for chapter in whole.chapters:
        job.progress("join", 0, 1)
        yield from whole.narrator.pieces(chapter.parts)


def captions(whole: Whole, style: Style, request: BookInput, folder: Path, job: Job) -> captioning.Made:
    """The caption files of the whole, and what the reply says of them."""
    method = next((chapter.method for chapter in whole.chapters if chapter.method), "")
    empty = Captions((), (), style, whole.duration, whole.chapters[0].language, method, request.csv_safe)
    series = Series(empty, lambda: _parts(whole, empty))
    files: dict[str, File] = {}
    with job.timed("captions"):
        for name in request.timing_format:
            job.progress("captions", 0, 1)
            suffix = FORMATS[name].suffix or name
            path = folder / f"book.{suffix}"
            with path.open("wb") as file:
                file.writelines(FORMATS[name].pieces(series))
            files[f"timing.{name}"] = File(f"timings/{job.id}.{suffix}", path, FORMATS[name].media_type, required=False)
    count, confidence = _confidence(series)
    result: dict[str, Any] = {
        "timing_files": {},
        "timing_format": list(request.timing_format),
        "timing_method": method,
        "word_count": count,
        "timing_confidence": confidence,
    }
    if "ass" in request.timing_format:
        files |= captioning.font_file(style)
        result["ffmpeg"] = burn_in_command(f"{job.id}.ass", f"{job.id}.m4b", whole.duration)
    return captioning.Made(files, result)


def _parts(whole: Whole, empty: Captions) -> Iterator[Captions]:
    """The captions of each chapter, at their times in the whole."""
    for chapter, start in whole.starts():
        if chapter.captions is None:
            continue
        words, cues = pickle.loads(chapter.captions.read_bytes())  # nosec B301 # written by this job, in its own folder
        seconds = start / whole.rate
        moved_words = tuple(moved(word, seconds) for word in words)
        yield replace(empty, words=moved_words, cues=tuple(_moved_cue(cue, seconds) for cue in cues))


def _moved_cue(cue: Cue, seconds: float) -> Cue:
    lines = tuple(tuple(moved(word, seconds) for word in line) for line in cue.lines)
    return Cue(cue.start + seconds, cue.end + seconds, lines, cue.first_word)


def _confidence(series: Series) -> tuple[int, float]:
    """How many words there are, and their mean confidence."""
    count, total = 0, 0.0
    words: Iterator[Word] = series.words
    for word in words:
        count, total = count + 1, total + word.confidence
    return count, round(total / count, 3) if count else 0.0


def remove_parts(job_id: str, store: Store) -> None:
    """Remove what only a job that goes on would need."""
    for info in list_all(store, folder_of(job_id)):
        store.delete(info.key)
