"""book: chapters and their files, the whole with its marks, and a job that goes on where it was stopped."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from benchmarks import book as benchmark
from handler import jobs
from handler.backends import Backend, Pool
from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.engines.espeak import EspeakEngine
from handler.errors import EngineError
from handler.jobs import Listener
from handler.media import loudness, probe
from handler.media.decode import decode
from handler.pipeline.book import plan
from handler.pipeline.book.plan import CHAPTER_PAUSE_S
from handler.protocols import Services
from handler.types import ChunkAudio, SpeechOptions, SpeechRequest, Voice
from tests.endpoints.conftest import Web, call, refused
from tests.endpoints.test_turns import VOICES, Many
from tests.support.epubs import NAV, epub, nav
from tests.support.stub_backends import Even, read, registry, with_settings
from tests.support.videos import lavfi

PART_CHARS = 600  # of a part: here chapters of a page have several
LINE = "The old man walked along the river, and said nothing."
FRONT = "---\ntitle: The Sea\nauthor: Anna Berg\n---\n"
TEXT = f"{FRONT}# One\n\n{LINE} It cost $4.50.\n\n# Two\n\n{LINE}\n\n# Three\n\n{LINE}"


@pytest.fixture(autouse=True)
def _short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PART_CHARS", PART_CHARS)


class Counting(EspeakEngine):
    """espeak that remembers the text of each chunk, and calls ``before`` with the number of each."""

    def __init__(self, services: Services, before: Callable[[int], None] = lambda _: None) -> None:
        super().__init__(services.settings)
        self.before = before
        self.said: list[str] = []

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        for request in requests:
            self.before(len(self.said))
            self.said.append(request.chunk.text)
            yield from super().speak([request], voice, options, cancellation)


def with_engine(services: Services, engine: EspeakEngine) -> Services:
    """The same worker with this engine for espeak."""
    pool: Pool[Any] = Pool("engine", {"espeak": Backend(lambda _: engine)}, services.settings)
    return replace(services, engines=pool)


def speak(services: Services, job_id: str = "sea", **fields: Any) -> dict[str, Any]:
    """The reply of a book."""
    return dispatch({"id": job_id, "input": {"endpoint": "book", **fields}}, services)


def path_of(url: str) -> Path:
    return Path(url2pathname(url.removeprefix("file://")))


def words_of(url: str) -> list[dict[str, Any]]:
    """The words of a JSON file of captions."""
    found: list[dict[str, Any]] = json.loads(read(url))["words"]
    return found


def keys(services: Services, prefix: str) -> list[str]:
    return [info.key for info in services.store.list(prefix, 1000).objects]


def test_a_book_of_three_chapters(services: Services) -> None:
    """A file a chapter, one of all with marks where the chapters begin, and captions of each and of all in time."""
    reply = speak(services, text=TEXT, timing_format=["srt", "json"], audio_format="wav")
    assert (reply["title"], reply["author"], reply["engine"]) == ("The Sea", "Anna Berg", "espeak")
    chapters = reply["chapters"]
    assert [(chapter["number"], chapter["title"]) for chapter in chapters] == [(1, "One"), (2, "Two"), (3, "Three")]
    assert [TEXT[chapter["start_char"] : chapter["end_char"]][:5] for chapter in chapters] == [
        "# One",
        "# Two",
        "# Thr",
    ]
    starts, start = [], 0.0
    for chapter in chapters:
        samples, rate = soundfile.read(path_of(chapter["audio_url"]), dtype="float32")
        assert (
            len(samples) == round(chapter["duration"] * rate) or abs(len(samples) / rate - chapter["duration"]) < 0.001
        )
        assert abs(samples[-round((CHAPTER_PAUSE_S - 0.1) * rate) :]).max() < 0.001
        assert chapter["loudness"] == loudness.measure(samples, rate).fields()
        assert chapter["start"] == pytest.approx(start, abs=0.001)
        starts.append(start)
        start += len(samples) / rate
    assert reply["duration"] == pytest.approx(start, abs=0.001)
    book = path_of(reply["book_url"])
    assert [(round(begin, 2), title) for begin, _, title in benchmark.marks(book)] == [
        (round(begin, 2), chapter["title"]) for begin, chapter in zip(starts, chapters, strict=True)
    ]
    assert decode(book).duration == pytest.approx(start, abs=0.05)
    whole, own = words_of(reply["timing_files"]["json"]), [words_of(each["timing_files"]["json"]) for each in chapters]
    assert [word["word"] for word in whole] == benchmark.written(TEXT)
    assert reply["word_count"] == len(whole)
    shifted = [
        (word["word"], word["start_char"], pytest.approx(word["start"] + begin, abs=0.0015))
        for begin, words in zip(starts, own, strict=True)
        for word in words
    ]
    assert [(word["word"], word["start_char"], word["start"]) for word in whole] == shifted
    assert all(TEXT[word["start_char"] : word["end_char"]] == word["word"] for word in whole)
    assert keys(services, "jobs/") == ["jobs/sea.json"]


def test_sound_of_the_whole_has_no_gaps(services: Services) -> None:
    """The samples of the m4b are those of the chapters one after another."""
    reply = speak(services, text=TEXT, audio_format="flac")
    chapters = [soundfile.read(path_of(chapter["audio_url"]), dtype="float32")[0] for chapter in reply["chapters"]]
    joined, whole = np.concatenate(chapters), decode(path_of(reply["book_url"])).samples
    length = min(len(joined), len(whole))
    assert np.corrcoef(joined[:length], whole[:length])[0, 1] > 0.98


def test_chapters_are_selected(services: Services) -> None:
    """Numbers and ranges choose chapters, which keep their numbers; those that the book lacks are refused."""
    reply = speak(services, text=TEXT, chapters=[1, "3-"])
    assert [chapter["number"] for chapter in reply["chapters"]] == [1, 3]
    refused(
        speak(services, text=TEXT, chapters=["2-4"]), "bad_request", "chapters: there is no chapter 4", "3 chapters"
    )
    for wrong in ("x", 0, "3-1", True):
        refused(speak(services, text=TEXT, chapters=[wrong]), "bad_request", "chapters")


def test_epub_by_its_link(services: Services, web: Web, tmp_path: Path) -> None:
    """An EPUB brings title, author, chapters and cover; its text is a file of the job, in which places count."""
    picture = cover(tmp_path)
    item = f'{NAV}<item id="pic" href="pic.png" media-type="image/png" properties="cover-image"/>'
    pages = {"one.xhtml": f"<h1>One</h1><p>{LINE}</p>", "two.xhtml": f"<h1>Two</h1><p>{LINE}</p>"}
    extra: dict[str, str | bytes] = {
        "OEBPS/nav.xhtml": nav(("First", "one.xhtml"), ("Second", "two.xhtml")),
        "OEBPS/pic.png": picture,
    }
    url = web.put("/sea.epub", epub(pages, items=item, extra=extra))
    reply = speak(services, text_url=url, timing_format="json")
    assert [chapter["title"] for chapter in reply["chapters"]] == ["First", "Second"]
    assert (reply["title"], reply["author"]) == ("The Sea", "Anna Berg")
    assert cover_size(path_of(reply["book_url"]), tmp_path) == (64, 64)
    text = read(reply["transcript_url"]).decode()
    for word in words_of(reply["timing_files"]["json"]):
        assert text[word["start_char"] : word["end_char"]] == word["word"]


def cover(folder: Path) -> bytes:
    """A picture of 64 pixels a side."""
    return lavfi(folder / "cover.png", "color=red:s=64x64", "-frames:v", "1").read_bytes()


def cover_size(book: Path, folder: Path) -> tuple[int, int]:
    """Width and height of the cover in an audiobook, as ffmpeg finds it."""
    found = folder / "found.jpg"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(book), "-map", "0:v", "-c", "copy"]
    subprocess.run([*command, "-update", "1", str(found)], check=True)
    picture = probe.picture(found, field="cover")
    return picture.width, picture.height


def test_upload_and_cover(services: Services, web: Web, tmp_path: Path) -> None:
    """A book that was uploaded is found by its token; the cover of a link is in the file, unless it is no picture."""
    token = "A" * 32
    refused(speak(services, upload_token=token), "not_found", "upload_token")
    services.store.put(f"uploads/{token}", TEXT.encode("cp1252"), "text/plain")
    url = web.put("/cover.png", cover(tmp_path))
    reply = speak(services, upload_token=token, cover_url=url, title="The Lake", chapters=[2])
    assert (reply["title"], reply["author"]) == ("The Lake", "Anna Berg")
    assert cover_size(path_of(reply["book_url"]), tmp_path) == (64, 64)
    refused(
        speak(services, "b", text=TEXT, cover_url=web.put("/x.png", b"none")), "bad_request", "cover_url: is no picture"
    )


def test_requests_that_cannot_be_spoken(services: Services) -> None:
    """All of the text is read before any of it is spoken: a wrong mark in the last chapter is told at once, by name."""
    services = with_engine(services, engine := Counting(services))
    reply = speak(services, text=f"{TEXT} [pause:1h]")
    refused(reply, "bad_request", "text: chapter 3 (Three): the mark '[pause:1h]'")
    assert engine.said == []
    refused(speak(services, text="* * *"), "bad_request", "text")
    refused(speak(services, text="<!-- a comment -->"), "bad_request", "text: has no words")
    refused(speak(services), "bad_request", "there is no book")
    refused(speak(services, text="a", text_url="https://example.com"), "bad_request", "2 books")
    refused(speak(with_settings(services, max_book_chars=5), text=TEXT), "bad_request", "at most 5", "volumes")


def long_chapter(parts: int) -> str:
    """A chapter of so many parts."""
    paragraphs = [f"{number} {LINE}" for number in range(parts * PART_CHARS // (len(LINE) + 8))]
    return "# One\n\n" + "\n\n".join(paragraphs)


@pytest.mark.parametrize("how", ["error", "cancelled"])
def test_resumes_within_a_chapter(services: Services, how: str) -> None:
    """A job that fails or is cancelled goes on after the last stored part, and makes what it would have made."""
    text = long_chapter(3)
    engine = Counting(services)
    services = with_engine(services, engine)
    whole = speak(services, "whole", text=text, timing_format="json", seed=1)
    chunks, engine.said = engine.said, []
    cancellation = Cancellation()

    def stop(number: int) -> None:
        if number == len(chunks) // 2 and engine.before is stop:
            engine.before = lambda _: None
            if how == "error":
                raise EngineError("the engine broke")
            cancellation.cancel()
            cancellation.check()

    engine.before = stop
    event = {"id": "sea", "input": {"endpoint": "book", "text": text, "timing_format": "json", "seed": 1}}
    failed = dispatch(event, services, cancellation=cancellation)
    assert failed["error_code"] == ("engine_error" if how == "error" else "cancelled")
    before = len(engine.said)
    reply = dispatch(event, services)
    again = before + len(engine.said[before:]) - len(chunks)
    assert 0 < again <= PART_CHARS / len(LINE) + 1
    assert 0 < reply["resumed_characters"] < len(text)
    assert engine.said[before:] == chunks[before - again :]
    assert words_of(reply["timing_files"]["json"]) == words_of(whole["timing_files"]["json"])
    assert read(reply["chapters"][0]["audio_url"]) == read(whole["chapters"][0]["audio_url"])
    assert keys(services, "jobs/sea/") == []


def test_timeout_says_how_to_go_on(services: Services) -> None:
    """BOOK_TIMEOUT ends the job with a sentence that names the id and the chapter; sent again, it goes on there."""
    engine = Counting(services)
    services = with_engine(services, engine)
    waited = threading.Event()

    def slow(number: int) -> None:
        if number == 2 and not waited.is_set():
            waited.set()
            threading.Event().wait(2)

    engine.before = slow
    reply = speak(with_settings(services, book_timeout=1.5), text=TEXT)
    refused(reply, "timeout", "BOOK_TIMEOUT (1.5 s)", "with the same id (sea)", "goes on at chapter")
    assert reply["retryable"]
    assert "error" not in speak(services, text=TEXT)


def test_changed_request_is_spoken_anew(services: Services) -> None:
    """What was spoken for another text or pace is not taken; other captions and formats need no speech."""
    engine = Counting(services, lambda number: fail_at(number, 3))
    services = with_engine(services, engine)
    assert "error" in speak(services, text=TEXT, seed=1)
    engine.before, engine.said = lambda _: None, []
    assert speak(services, text=TEXT.replace("river", "lake"), seed=1)["resumed_characters"] == 0
    engine.before, engine.said = lambda number: fail_at(number, 3), []
    assert "error" in speak(services, "b", text=TEXT, seed=1)
    engine.before = lambda _: None
    assert speak(services, "b", text=TEXT, seed=1, audio_format="flac")["resumed_characters"] > 0


def fail_at(number: int, last: int) -> None:
    if number == last:
        raise EngineError("the engine broke")


def test_resumed_book_needs_no_link(services: Services, web: Web) -> None:
    """The file behind a link is kept until the book is done: a job goes on after its link has expired."""
    engine = Counting(services, lambda number: fail_at(number, 3))
    services = with_engine(services, engine)
    url = web.put("/sea.md", TEXT.encode())
    assert "error" in speak(services, text_url=url)
    web.files.clear()
    engine.before = lambda _: None
    reply = speak(services, text_url=url)
    assert read(reply["transcript_url"]).decode().strip() == TEXT
    assert reply["resumed_characters"] > 0
    assert keys(services, "jobs/sea/") == []


def test_killed_and_sent_again(tmp_path: Path) -> None:
    """After SIGKILL the next process takes what is stored: nothing stored is spoken again, no word is lost."""
    text = "\n\n".join(f"# Chapter {number}\n\n" + benchmark.text_of(1000, number)[13:] for number in range(1, 4))
    (tmp_path / "book.md").write_text(text, "utf-8")
    benchmark.run(tmp_path, "espeak", kill_at=0.5)
    assert not (tmp_path / "reply.json").exists()
    benchmark.run(tmp_path, "espeak")
    assert benchmark.problems_of(tmp_path, benchmark.written(text)) == []
    assert json.loads((tmp_path / "reply.json").read_text("utf-8"))["resumed_characters"] > 0


def test_progress_counts_characters(services: Services) -> None:
    """Progress has the chapter, characters of all of the book, and the seconds that are left, down to none."""
    reports: list[dict[str, Any]] = []
    event = {"id": "sea", "input": {"endpoint": "book", "text": TEXT}}
    reply = dispatch(event, services, listener=Listener(on_progress=reports.append))
    spoken = [report for report in reports if report["stage"] == "speak"]
    assert [report["done"] for report in spoken] == sorted(report["done"] for report in spoken)
    assert {report["total"] for report in reports} == {reply["characters"]}
    assert [report["chapter"] for report in spoken] == sorted(report["chapter"] for report in spoken)
    assert {report["chapters"] for report in reports} == {3}
    assert reports[-1]["done"] == reply["characters"]
    assert reports[-1]["seconds_left"] == 0
    assert jobs.load(services.store, "sea").progress["chapters"] == 3


def test_files_are_signed_anew(services: Services) -> None:
    """`download` finds the whole, and the sound and captions of a chapter; it says what a job has not."""
    reply = speak(services, text=TEXT, timing_format=["vtt", "srt"])
    get = {"job_id": "sea"}
    assert call(services, "download", **get, type="book")["book_url"] == reply["book_url"]
    assert call(services, "download", **get, chapter=2)["audio_url"] == reply["chapters"][1]["audio_url"]
    for format_ in ("vtt", "srt"):
        link = call(services, "download", **get, type="timing", chapter=2, format=format_)
        assert link["timing_url"] == reply["chapters"][1]["timing_files"][format_]
        whole = call(services, "download", **get, type="timing", format=format_)
        assert whole["timing_url"] == reply["timing_files"][format_]
    refused(call(services, "download", **get, chapter=4), "not_found", "has no 'audio' of chapter 4")
    refused(call(services, "download", **get, type="book", chapter=1), "bad_request", "chapter")


def test_what_is_not_said_is_left_out(services: Services) -> None:
    """A chapter of a comment alone is none of the audiobook's, and a part that ends in one is spoken without it."""
    reply = speak(services, text=f"# One\n\n{LINE}\n\n<!-- {'note ' * 200} -->\n\n# Two\n\n{LINE}")
    assert "error" not in reply, reply
    assert [chapter["title"] for chapter in reply["chapters"]] == ["One", "Two"]


def test_voices_of_the_text(services: Services) -> None:
    """A voice that a mark names speaks on in the parts that follow, and captions of all chapters say who speaks."""
    settings = services.settings.model_copy(update={"engines": ("many",), "aligners": ("engine", "even")})
    rows = {"many": Backend(lambda _: Many(settings), voices=lambda _: VOICES)}
    pool: Pool[Any] = Pool("engine", rows, settings)
    services = replace(services, settings=settings, engines=pool, aligners=registry(even=Even("even")))
    text = f"# One\n\n{LINE}\n\n[voice:many:Ryan] {LINE}\n\n" + f"{LINE}\n\n" * 30 + f"# Two\n\n{LINE}"
    reply = speak(services, text=text, timing_format=["json", "ass"])
    assert "error" not in reply, reply
    speakers = [word["speaker"] for word in words_of(reply["timing_files"]["json"])]
    own = speakers[0]
    assert [name for name, _ in groupby(speakers)] == [own, "many:Ryan", own]
    assert {each["speaker"] for each in reply["speakers"]} == {own, "many:Ryan"}
    second = read(reply["chapters"][1]["timing_files"]["ass"]).decode("utf-8-sig")
    assert f",{own},0,0,0,," in second
