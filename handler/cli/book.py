"""``handler book``: a long text becomes an audiobook; the same command again goes on where it was."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from handler import temporary
from handler.cli import flags, inputs, opening, outputs, recorded_voices
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, UsageError
from handler.cli.workers import JobFailed, Reply, Worker

SUFFIXES = ("m4b",)
USUAL_NAME = "book"
DIGEST_CHARS = 32

FIELDS = {**flags.SPEECH_FIELDS, "chapters": "chapters", "title": "title", "author": "author"}
"""Flags, and the fields of `book` that they are."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the book: plain text, Markdown or EPUB; or -")
    flags.add_output(parser, "a folder, or a .m4b file (this folder)")
    flags.add_speech(parser, "book", seed="another one speaks the book anew", audio="of the chapters (mp3)")
    parser.add_argument("--cover", metavar="PICTURE", help="png, jpeg or webp (that of the book)")
    parser.add_argument("--title", metavar="TITLE", help="of the book (that of the file)")
    parser.add_argument("--author", metavar="NAME", help="of the book (that of the file)")
    parser.add_argument("--chapters", metavar="NUMBERS", type=inputs.names_of, help="those to speak: 1,3-5,8- (all)")
    flags.add_option(parser, "`book` in API.md, such as loudness=-18")
    opening.add_arguments(parser)


def run(context: Context) -> int:
    options = context.options
    if options.output == outputs.STDOUT:
        raise UsageError("-o - is for one file, and a book makes several; name a folder")
    fields = flags.fields_of(options, FIELDS)
    cover = inputs.existing(options.cover) if options.cover else None
    with ExitStack() as stack:
        book = stack.enter_context(_book(options.file))
        place = outputs.target(options.output, "", SUFFIXES)
        engine = recorded_voices.engine_of(options)
        language = options.language or "en"
        worker = stack.enter_context(opening.opened(context, engine=engine, language=language, load=False))
        fields |= recorded_voices.voice_of(worker, options, context.terminal)
        reply = _spoken(worker, book, cover, fields, context)
        if not place.suffix:
            usual = USUAL_NAME if options.file == inputs.STDIN else Path(options.file).stem
            place = replace(place, stem=outputs.stem_of(reply["title"], usual))
        outputs.report(context, reply, outputs.save(worker, reply, place))
    return DONE


def _spoken(worker: Worker, book: Path, cover: Path | None, fields: dict[str, Any], context: Context) -> Reply:
    """The reply of the book's job: that of the store if it is done already, else it is done, or goes on."""
    job_id = _job_id(book, cover, fields) if worker.takes_ids else None
    if job_id and (done := _done_before(worker, job_id)):
        context.terminal.note(f"this book is done already (job {job_id}); another --seed speaks it anew")
        return done
    try:
        with ExitStack() as stack:
            on_progress = stack.enter_context(context.terminal.progress())
            links = {"text_url": stack.enter_context(worker.linked(book))}
            if cover:
                links["cover_url"] = stack.enter_context(worker.linked(cover))
            return worker.run({"endpoint": "book", **fields, **links}, on_progress, job_id)
    except KeyboardInterrupt:
        if job_id:
            context.terminal.note("what is spoken is kept: the same command goes on where it was")
        raise


def _job_id(book: Path, cover: Path | None, fields: Mapping[str, Any]) -> str:
    """The id of the job that makes just this of just this book, by which the same command finds it again."""
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode())
    for path in (book, *([cover] if cover else ())):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"book-{digest.hexdigest()[:DIGEST_CHARS]}"


def _done_before(worker: Worker, job_id: str) -> Reply | None:
    """The reply of the job if it was completed before, with links signed anew."""
    try:
        reply: Reply | None = worker.run({"endpoint": "status", "job_id": job_id})["reply"]
    except JobFailed as error:
        if error.reply["error_code"] != "not_found":
            raise
        return None
    return reply


@contextmanager
def _book(argument: str) -> Iterator[Path]:
    """The file of the book; what comes from standard input is put into one. Raises UsageError."""
    if argument != inputs.STDIN:
        yield inputs.existing(argument)
        return
    with temporary.folder("command") as folder:
        path = folder / USUAL_NAME
        path.write_bytes(sys.stdin.buffer.read())
        yield path


COMMAND = Command(
    "make an audiobook of a text, of Markdown or of an EPUB; the same command goes on after an interruption",
    run,
    arguments,
    examples=(
        ("handler book sea.epub -o out/", "writes out/TITLE.m4b, and each chapter into out/TITLE/"),
        (
            "handler book sea.md --captions srt --cover sea.jpg --author 'Anna Berg' -o out/",
            "with captions and a cover",
        ),
        ("handler book sea.epub --chapters 1,3-5 --voice me.wav -o out/", "some chapters, in the voice of a recording"),
        ("handler book sea.txt --title 'The Sea' --engine piper --format opus -o sea.m4b", "a file of your own name"),
        ("handler book sea.epub --server http://127.0.0.1:8000 --json -o out/", "on a server; the reply as JSON"),
    ),
)
