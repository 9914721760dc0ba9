"""book: a long text becomes an audiobook, chapter by chapter. A job that is sent again goes on where it ended.

What is in memory is the text, and the sound of one part of it: sound goes from file to file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from handler import temporary
from handler.captions import Style
from handler.errors import JobTimeout
from handler.jobs import Job, Listener
from handler.pipeline import transcription
from handler.pipeline.book import plan, source, whole
from handler.pipeline.book.chapter import ChapterMaker, SpokenChapter
from handler.pipeline.book.narrator import Narrator
from handler.pipeline.book.plan import PlannedChapter
from handler.pipeline.book.progress import BookProgress
from handler.pipeline.book.whole import Whole
from handler.protocols import Services
from handler.requests import AUTO, DEFAULT_LANGUAGE, BookInput
from handler.text import language_asked, language_warnings, shown_text
from handler.text.books import Manuscript

LANGUAGE_SAMPLE_CHARS = 20_000  # of the text in which its language is found


def run(request: BookInput, job: Job, services: Services) -> dict[str, Any]:
    """Speak the book, caption it if asked to, keep the files; returns the reply without its URLs."""
    # Parts of a book know nothing of the times in the whole.
    job.listener = Listener(on_progress=job.listener.on_progress)
    # Now: what a job that can be resumed has stored is kept when it fails.
    job.tidy(partial(whole.remove_parts, job.id))
    with temporary.folder("book") as folder:
        book = source.read(request, folder, job, services)
        request = _with_language(request, book, job)
        chapters, cast = plan.check(plan.plan(request, book), request, services, job)
        cover = source.cover(request, book, folder, job, services)
        progress = BookProgress(job, chapters)
        try:
            with services.engines.lease_all(cast.engines, job.warn, job.cancellation) as engines:
                narrator = Narrator(request, cast, engines, progress, folder, job, services)
                maker = ChapterMaker(request, narrator, folder, job, services)
                spoken = _spoken(chapters, narrator, maker, progress)
            result = _files(spoken, request, book, cover, maker.style, folder, job, services)
        except JobTimeout as error:
            raise _to_be_resumed(progress, job, services) from error
    if narrator.spoken_s:
        job.metrics["rtf"] = round(job.metrics["speak"] / narrator.spoken_s, 4)
    return result | {"characters": progress.total, "resumed_characters": progress.resumed, "seed": narrator.seed}


def _with_language(request: BookInput, book: Manuscript, job: Job) -> BookInput:
    """The request with the language of the book: the one found in its text for AUTO, else the one that it says."""
    language = request.language
    if language == AUTO:
        sample = shown_text(book.text[book.start :][:LANGUAGE_SAMPLE_CHARS], ssml=False)
        language = language_asked(AUTO, sample) or DEFAULT_LANGUAGE
        job.warn_all(language_warnings(sample, language, AUTO))
    language = language or book.language
    return request.model_copy(update={"language": language}) if language else request


def _spoken(
    chapters: Sequence[PlannedChapter], narrator: Narrator, maker: ChapterMaker, progress: BookProgress
) -> Whole:
    """Speak the chapters one after another, and store the files of each as soon as it is spoken."""
    done: list[SpokenChapter] = []
    digits = max(2, len(str(chapters[-1].chapter.number)))
    for planned in chapters:
        progress.begin_chapter(planned)
        parts = [narrator.part(planned, part) for part in planned.parts]
        done.append(maker.make(planned, parts, digits))
    return Whole(done, narrator)


def _files(
    spoken: Whole,
    request: BookInput,
    book: Manuscript,
    cover: Path | None,
    style: Style | None,
    folder: Path,
    job: Job,
    services: Services,
) -> dict[str, Any]:
    """Make and store the files of the whole, and return what the reply says of the book."""
    files = {"book": whole.audiobook(spoken, book, cover, folder, job, services)}
    result = _described(spoken, request, book, job)
    if request.wants_timings:
        result |= {"timing_files": {}, "timing_format": list(request.timing_format)}
    if style is not None:
        made = whole.captions(spoken, style, request, folder, job)
        files |= made.files
        result |= made.result
    if request.text is None:
        files["transcript"] = transcription.file(book.text, job.id)
    job.store(files)
    return result


def _described(spoken: Whole, request: BookInput, book: Manuscript, job: Job) -> dict[str, Any]:
    """What the reply says of the book, of its chapters, and of who speaks it: the first voice, and all if several."""
    speakers = spoken.speakers()
    first = speakers[0]
    result: dict[str, Any] = {
        "job_id": job.id,
        "status": "completed",
        "title": book.title,
        "author": book.author,
        "language": first["language"],
        "voice": first["voice"],
        "engine": first["engine"],
        "model_license": " AND ".join(dict.fromkeys(each["model_license"] for each in speakers)),
        "audio_format": request.audio_format,
        "sample_rate": spoken.rate,
        "duration": round(spoken.duration, 3),
        "chapters": [
            {
                "number": (chapter := each.planned.chapter).number,
                "title": chapter.title,
                "start": round(start / spoken.rate, 3),
                "duration": round(each.length / spoken.rate, 3),
                "start_char": chapter.start,
                "end_char": chapter.end,
                "loudness": each.loudness,
            }
            for each, start in spoken.starts()
        ],
    }
    return result | ({"speakers": speakers} if len(speakers) > 1 else {})


def _to_be_resumed(progress: BookProgress, job: Job, services: Services) -> JobTimeout:
    """The error of a book that took too long. What is spoken is not lost."""
    took = f"the book took longer than BOOK_TIMEOUT ({services.settings.book_timeout:g} s)"
    goes_on = f"send the job again with the same id ({job.id}), and it goes on at {progress.chapter.name}"
    return JobTimeout(f"{took}; {goes_on}", retryable=True)
