"""handler book: a file in, an audiobook out, here and on a server; the same command again goes on."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handler.cli.terminal import described
from tests.cli.conftest import Shell
from tests.support.signals import interruptible
from tests.support.videos import lavfi

ROOT = Path(__file__).parent.parent.parent
BOOK = "---\ntitle: The Sea\nauthor: Anna Berg\n---\n# One\n\nIt rained.\n\n# The shore!\n\nIt rained no more.\n"
FILES = ["the-sea.m4b", "the-sea.srt", "the-sea.txt", "the-sea/01-one.mp3", "the-sea/01-one.srt",
         "the-sea/02-the-shore.mp3", "the-sea/02-the-shore.srt"]  # fmt: skip


def made(folder: str) -> list[str]:
    """The files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def test_files_are_named_after_the_book(handler: Shell, here: Path, place: str) -> None:
    """The whole lies in the folder of -o under the book's title, its chapters below; a finished book is not redone."""
    Path("b.md").write_text(BOOK)
    lavfi(here / "cover.png", "color=red:s=200x200", "-frames:v", "1")
    command = f"book b.md --captions srt --cover cover.png -o out/{place}"
    done = handler(command)
    assert (done.code, done.err) == (0, "")
    assert made("out") == FILES
    assert sorted(done.lines) == [f"out/{name}" for name in FILES]
    again = handler(f"{command} --json")
    assert "this book is done already" in again.err
    assert again.json["author"] == "Anna Berg"
    assert again.json["files"]["chapter.2.audio"] == "out/the-sea/02-the-shore.mp3"
    own = handler(f"book b.md --title Mine --chapters 2 --format wav -o own/sea.m4b --json{place}")
    assert (own.json["title"], own.err) == ("Mine", "")
    assert made("own") == ["sea.m4b", "sea.txt", "sea/02-the-shore.wav"]


def test_standard_input(handler: Shell, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With - the book comes from standard input; one without a title is called book."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Hallö.".encode())))
    done = handler("book - -o out")
    assert done.code == 0, done.err
    assert "out/book.m4b" in done.lines


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_goes_on_after_its_end(handler: Shell, here: Path, environ: dict[str, str], sent: signal.Signals) -> None:
    """A command that was killed, or interrupted, goes on when it is run again: what is stored is not spoken twice."""
    chapter = "It rained all day long. " * 20
    Path("long.md").write_text("".join(f"# Chapter {number}\n\n{chapter}\n\n" for number in range(1, 9)))
    command = [sys.executable, "-m", "handler", "book", "long.md", "-o", "out"]
    given = {"PATH": os.environ["PATH"], "HOME": str(here), "PYTHONPATH": str(ROOT)} | environ
    jobs = Path(environ["LOCAL_STORE"]) / "jobs"

    def has_stored() -> bool:
        return len(list(jobs.glob("book-*/book/*.flac"))) >= 2 and any(jobs.glob("book-*/book/chapter-*.json"))

    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=given, stdout=pipe, stderr=pipe, text=True, preexec_fn=interruptible) as running:
        while not has_stored() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(sent)
        out, err = running.communicate(timeout=60)
    assert out == ""
    if sent is signal.SIGINT:
        assert running.returncode == 130
        assert err == "what is spoken is kept: the same command goes on where it was\nbook: interrupted\n"
    assert has_stored()
    done = handler("book long.md -o out --json")
    assert done.code == 0, done.err
    assert len(chapter) < done.json["resumed_characters"] < done.json["characters"]
    assert len(done.json["chapters"]) == 8
    assert len(list(jobs.glob("*.json"))) <= 2  # and the upload's, where it has one


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("book gone.epub", 2, "book: there is no file gone.epub"),
        ("book b.md --cover gone.png", 2, "book: there is no file gone.png"),
        ("book b.md -o -", 2, "-o - is for one file"),
        ("book b.md -o a.mp3", 2, "a file that ends in m4b"),
        ("book b.md --chapters 9", 2, "book: --chapters: there is no chapter 9"),
        ("book b.md --cover b.md", 2, "book: b.md: "),
        ("book noise.epub", 2, "book: noise.epub: "),
    ],
)
def test_errors_are_one_sentence(handler: Shell, here: Path, line: str, code: int, sentence: str) -> None:
    """A wrong file or option is one sentence that names it."""
    Path("b.md").write_text(BOOK)
    Path("noise.epub").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 9)
    done = handler(line)
    assert (done.code, done.out) == (code, "")
    (told,) = done.err.splitlines()
    assert sentence in told


def test_progress_says_what_is_left() -> None:
    """Beside the bar stand the chapter and the time that is left, as one would say it."""
    now = {"stage": "speak", "done": 3, "total": 9, "chapter": 3, "chapters": 20}
    assert described(now) == "speaking: chapter 3 of 20"
    assert described({**now, "seconds_left": 41}) == "speaking: chapter 3 of 20, 41 s left"
    assert described({**now, "seconds_left": 7500}) == "speaking: chapter 3 of 20, 2 h 5 min left"
    assert described({"stage": "join"}) == "joining the chapters"
