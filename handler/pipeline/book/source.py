"""The book of a request: its text, the file behind its link, or one that was uploaded; and its cover."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from handler.errors import BadRequest, NotFound, TooLarge
from handler.jobs import File, Job
from handler.media.cover import write_cover
from handler.pipeline import incoming
from handler.protocols import Services
from handler.requests import BookInput, is_language_tag
from handler.text import books
from handler.text.books import Manuscript

BYTES = "application/octet-stream"
FETCH_S = 180.0
MAX_COVER_BYTES = 20_000_000
MAX_SAID_BYTES = 100_000  # of what the server of a link has said of its file


def folder_of(job_id: str) -> str:
    """The prefix of the keys under which a book that is not done yet keeps what is spoken, and what it was sent."""
    return f"jobs/{job_id}/book/"


def read(request: BookInput, folder: Path, job: Job, services: Services) -> Manuscript:
    """The manuscript, with the title and the author of the request where it has them.

    Raises BadRequest on the field that brings the book, and as `incoming.fetch` does.
    """
    field, limit = request.source_field, services.settings.max_book_chars
    with job.timed("fetch"):
        if request.text is not None:
            book = books.read_text(request.text)
        else:
            body, name, media_type = _received(request, field, folder, job, services)
            book = books.read(body, name, media_type, field=field, max_chars=limit)
    language = book.language if is_language_tag(book.language) else ""
    title, author = request.title or book.title, request.author or book.author
    return replace(book, title=title, author=author, language=language)


def _received(request: BookInput, field: str, folder: Path, job: Job, services: Services) -> tuple[bytes, str, str]:
    """The content of the book's file, its name and its media type."""
    limit = services.settings.max_upload_bytes
    if request.text_url is not None:
        path, name, media_type = _kept(request.text_url, field, limit, folder / "source", job, services)
        return path.read_bytes(), name, media_type
    key = f"uploads/{request.upload_token}"
    seen = services.store.head(key)
    if seen is None:
        raise NotFound("nothing is under this upload_token; PUT the book to upload_url, then send the job again")
    if seen.size > limit:
        fault = f"upload_token: the file has {seen.size / 1e6:.1f} MB, at most {limit / 1e6:g} MB are taken"
        raise TooLarge(f"{fault}; take pictures out of the book")
    return services.store.get(key, max_bytes=limit), "", ""


def _kept(url: str, field: str, limit: int, path: Path, job: Job, services: Services) -> tuple[Path, str, str]:
    """The file behind a link, its name and its media type.

    It is kept until the book is done: a job that is sent again to go on may find that the link has expired.
    """
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    key = f"{folder_of(job.id)}{field}-{digest}"
    try:
        said = json.loads(services.store.get(f"{key}.json", MAX_SAID_BYTES))
        path.write_bytes(services.store.get(key, max_bytes=limit))
    except NotFound:
        fetched = incoming.fetch(url, path, field=field, max_bytes=limit, job=job, services=services, timeout=FETCH_S)
        # By the server's words, too, the file is read: with others it might be another text. They come last.
        said = {"filename": fetched.filename, "media_type": fetched.media_type}
        job.write(File(key, path, BYTES))
        job.write(File(f"{key}.json", json.dumps(said).encode(), "application/json"))
    return path, said["filename"], said["media_type"]


def cover(request: BookInput, book: Manuscript, folder: Path, job: Job, services: Services) -> Path | None:
    """The cover as a JPEG: that of the request, else of the book's file; None without one.

    Raises BadRequest for a `cover_url` that is no picture. A cover of the file that cannot be read costs a warning.
    """
    given, made = folder / "picture", folder / "cover.jpg"
    if request.cover_url is not None:
        _kept(request.cover_url, "cover_url", MAX_COVER_BYTES, given, job, services)
        write_cover(given, made, field="cover_url", cancellation=job.cancellation)
        return made
    if book.cover is None:
        return None
    given.write_bytes(book.cover)
    try:
        write_cover(given, made, field="cover", cancellation=job.cancellation)
    except (BadRequest, TooLarge) as error:
        job.warn("cover_ignored", f"the book's own {error.message}")
        return None
    return made
