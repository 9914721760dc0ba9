"""handler captions and convert: what is done with recordings and videos."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.videos import film


def test_captions_of_a_recording(handler: Shell, place: str) -> None:
    """-o FILE has the format of its suffix; other formats lie beside it; the worker keeps no copy of the recording."""
    done = handler(f"captions --captions vtt -o talk.srt{place}", str(HUMAN_CLIP), "--text", HUMAN_TEXT)
    assert done.lines == ["talk.srt", "talk.vtt"], done.err
    assert "nature," in Path("talk.srt").read_text("utf-8")
    if not place:
        assert not list(Path(handler.environ["LOCAL_STORE"], "uploads").iterdir())


def test_captions_by_standard_input_and_output(handler: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """With - the text comes from standard input, and standard output has the captions alone."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HUMAN_TEXT.encode())))
    done = handler("captions --text - -o -", str(HUMAN_CLIP))
    assert done.out.startswith("1\n00:00:00,"), done.err


def test_captions_are_drawn_on_a_video(handler: Shell, here: Path) -> None:
    """--burn makes a video of a recording, and draws on a video; with --captions the files come, too."""
    done = handler("captions --burn --style box --captions srt -o out/", str(HUMAN_CLIP), "--text", HUMAN_TEXT)
    assert done.lines == ["out/basic_ref_en.srt", "out/basic_ref_en.mp4"], done.err
    Path("sea.mp4").write_bytes(film(here, seconds=1))
    assert handler("captions sea.mp4 --burn -o out/drawn.mp4 --option captions_url=x").code == 2
    assert Path("out/basic_ref_en.mp4").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("captions nowhere.mp4", "there is no file nowhere.mp4"),
        ("captions a.wav -o a.pdf", "takes a folder, or a file that ends in srt"),
        ("captions a.wav --burn -o a.srt", "takes a folder, or a file that ends in mp4"),
        ("captions a.wav -o - --captions srt,vtt", "-o - writes one caption format"),
        ("convert nowhere.wav --voice anna", "there is no file nowhere.wav"),
    ],
)
def test_wrong_usage(handler: Shell, here: Path, line: str, sentence: str) -> None:
    """A file that is not there, and a place that cannot hold the result, are wrong usage."""
    Path("a.wav").write_bytes(b"RIFF")
    done = handler(line)
    assert done.code == 2
    assert sentence in done.err


def test_text_is_asked_for_where_nothing_writes_it_down(handler: Shell) -> None:
    """Without --text, and without a transcriber, the command names the option, and what installs one."""
    for line in ("captions", "captions --burn"):
        done = handler(f"{line} -o out/", str(HUMAN_CLIP), TRANSCRIBER="")
        assert done.code == 2
        assert done.err.startswith("captions: --text: is missing, and nothing here can write down what is said; ")
        assert "--text FILE" in done.err
        assert "`make worker`" in done.err


def test_conversion_needs_a_converter(handler: Shell) -> None:
    """convert names what is missing where no engine can convert."""
    done = handler("convert --voice anna -o out/", str(HUMAN_CLIP))
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
