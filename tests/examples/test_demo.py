"""`make demo`, at a tenth of its size: it is drawn in a second or two, and nothing else differs."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from examples import demo
from examples.backdrop import SIZE
from examples.film import LOUDNESS_LUFS, MAX_PEAK_DBTP, loudness
from handler.media import ffmpeg

Picture = npt.NDArray[np.int16]
"""[height, width, 3], red, green and blue from 0 to 255."""

# What of a picture has the colours of a title, of a karaoke's sweep and of a box: nothing of the backdrop has.
COLOURS: dict[str, Callable[[Picture], npt.NDArray[np.bool_]]] = {
    "white": lambda picture: picture.min(axis=-1) > 180,
    "yellow": lambda picture: picture[..., 0] - picture[..., 2] > 60,
    "mint": lambda picture: picture[..., 1] - picture[..., 0] > 60,
}
ENDINGS = ("mp4", "wav", "srt", "vtt", "csv", "json", "ass", "remotion.json", "TextGrid")
FILES = {f"demo.{ending}" for ending in ENDINGS} | {"frames.png"}


@dataclass(frozen=True)
class Made:
    folder: Path
    printed: str

    @property
    def video(self) -> Path:
        return self.folder / "demo.mp4"

    def word(self, shown: str) -> tuple[float, float]:
        """When a word is said, in seconds."""
        words = json.loads((self.folder / "demo.json").read_text("utf-8"))["words"]
        return next((word["start"], word["end"]) for word in words if word["word"] == shown)

    def frame(self, seconds: float) -> Picture:
        """The picture shown then: [height, width, 3]."""
        body = decoded(self.video, "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", start=seconds)
        return np.frombuffer(body, np.uint8).reshape(SIZE[1], SIZE[0], 3).astype(np.int16)

    def sound(self, name: str) -> npt.NDArray[np.float32]:
        """The samples of a file, mono at 48 kHz."""
        return np.frombuffer(decoded(self.folder / name, "-ac", "1", "-ar", "48000", "-f", "f32le"), np.float32)


def decoded(path: Path, *options: str, start: float = 0) -> bytes:
    """What ffmpeg writes of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", f"{start:.3f}", "-i", str(path), *options, "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("out") / "demo"
    (folder / "left-over").mkdir(parents=True)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        demo.demo("piper", folder, canvas=None)
    return Made(folder, printed.getvalue())


def shown_colours(picture: Picture) -> set[str]:
    """The colours of captions in the middle of a picture: at least one in a hundred of its pixels has them."""
    height = len(picture)
    middle = picture[height * 2 // 5 : height * 3 // 5]
    return {colour for colour, has in COLOURS.items() if has(middle).mean() > 0.01}


def test_folder_has_the_files_of_this_run_alone(made: Made) -> None:
    """The files of an earlier run and of the worker's store are not among them, and every one is named and sized."""
    assert {path.name for path in made.folder.iterdir()} == FILES
    for path in made.folder.iterdir():
        assert any(line.split()[:2] == [path.name, f"{path.stat().st_size:,}"] for line in made.printed.splitlines())


def test_captions_keep_the_spelling_of_the_script(made: Made) -> None:
    """A number, a price and a name are in the caption files as they are in the script."""
    for ending in ("srt", "vtt", "csv", "json"):
        text = (made.folder / f"demo.{ending}").read_text("utf-8")
        assert all(shown in text for shown in ("Nguyen", "1,250", "$4.50"))


def test_title_is_shown_before_the_first_word(made: Made) -> None:
    """The title is on the first frame, and gone when the captions begin."""
    first, _ = made.word("You")
    assert 1 < demo.TITLE_S < first
    assert "white" in shown_colours(made.frame(0))
    assert shown_colours(made.frame((demo.TITLE_S + first) / 2 - 1 / 60)) == set()


def test_style_changes_between_the_halves(made: Made) -> None:
    """Words of the first half turn yellow, words of the second have a mint box, and between them nothing is shown."""
    (_, end), (start, _) = made.word("it."), made.word("Dr.")
    assert shown_colours(made.frame((end + start) / 2)) == set()
    for words, colour in ((("speaks", "exactly"), "yellow"), (("Nguyen", "$4.50", "video."), "mint")):
        for word in words:
            assert shown_colours(made.frame(sum(made.word(word)) / 2)) - {"white"} == {colour}


def test_sound_is_as_loud_as_platforms_want(made: Made) -> None:
    """The summary prints the loudness that is measured in the file."""
    measured = loudness(made.video)
    assert abs(measured.lufs - LOUDNESS_LUFS) <= 1
    assert measured.peak_dbtp <= MAX_PEAK_DBTP
    assert f"{measured.lufs:.1f} LUFS, peak {measured.peak_dbtp:.1f} dBTP" in made.printed


def test_sound_is_in_time_with_the_captions(made: Made) -> None:
    """The speech of the video is that of the wav, whose words the captions time, at the same place to a millisecond."""
    speech, heard = made.sound("demo.wav"), made.sound("demo.mp4")
    size = 1 << 21
    likeness = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(speech, size)))
    late = int(np.argmax(likeness))
    assert min(late, size - late) < 48


def test_frames_are_of_the_title_and_both_styles(made: Made) -> None:
    """frames.png has five frames side by side."""
    with Image.open(made.folder / "frames.png") as sheet:
        assert sheet.size == (5 * 360 + 6 * 12, 640 + 2 * 12)
        picture = np.asarray(sheet.convert("RGB")).astype(np.int16)
    frames = [picture[12:-12, 12 + 372 * at : 372 * (at + 1)] for at in range(5)]
    styles = [shown_colours(frame) - {"white"} for frame in frames[1:]]
    assert styles == [{"yellow"}, {"yellow"}, {"mint"}, {"mint"}]
    assert "white" in shown_colours(frames[0])


def test_summary_says_what_to_try_next(made: Made) -> None:
    """It names steps and seconds, three things to try, and documents that exist."""
    lines = made.printed.splitlines()
    assert [line.split(" .")[0].strip() for line in lines[:5]] == [
        "Speaking the script",
        "Drawing a backdrop",
        "Drawing captions in the style karaoke",
        "Drawing captions in the style box",
        "Joining both, below a title",
    ]
    for start in ("  your own voice ", "  your own video ", "  deploy ", "Done in "):
        assert sum(line.startswith(start) for line in lines) == 1
    for document in ("README.md", "docs/deploy.md", "docs/captions.md"):
        assert document in made.printed
        assert (demo.ROOT / document).exists()
    assert "ALIGNERS=engine,sphinx" in made.printed  # those that this environment has
    assert max(map(len, lines)) <= 120  # columns of a terminal


def test_words_may_come_from_an_aligner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo works with word times that are found in the speech, as those of F5-TTS are."""
    monkeypatch.setenv("ALIGNERS", "sphinx")
    demo.demo("espeak", tmp_path / "demo", canvas=None)
    found = Made(tmp_path / "demo", "")
    assert "yellow" in shown_colours(found.frame(sum(found.word("exactly")) / 2))
    assert "mint" in shown_colours(found.frame(sum(found.word("Nguyen")) / 2))


Usage = namedtuple("Usage", "free")


def _full(*_: object) -> Usage:
    return Usage(12_000_000)


def _broken(*_: object) -> None:
    raise ffmpeg.Failed(1)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"shutil.disk_usage": _full}, "has 12 MB of free space, and 200 MB are needed"),
        ({"examples.demo.backdrop": _broken}, "ffmpeg could not write a video; is the disk full?"),
        ({"examples.demo.SECOND_HALF": "[pause:99s]"}, "pause"),
    ],
)
def test_failure_is_one_sentence(
    broken: dict[str, object],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A disk that is full or a job that fails is told in one line, and the exit code is 1."""
    monkeypatch.setattr(demo, "OUT", tmp_path / "demo")
    for name, value in broken.items():
        monkeypatch.setattr(name, value)
    assert demo.main([]) == 1
    line = capsys.readouterr().err
    assert line.startswith("The demo stopped: ")
    assert message in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("ALIGNERS", "engine,nobody", "ALIGNERS has 'nobody'"), ("JOB_TIMEOUT", "long", "JOB_TIMEOUT")],
)
def test_setting_that_cannot_work_is_one_sentence(name: str, value: str, message: str, tmp_path: Path) -> None:
    """A variable of the machine that the worker refuses is named, in one line."""
    given = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", name: value}
    script = f"import sys; from examples import demo; demo.OUT = demo.Path({str(tmp_path)!r}); sys.exit(demo.main([]))"
    done = subprocess.run([sys.executable, "-c", script], cwd=demo.ROOT, env=given, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("The demo stopped: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in place of the folder out/ is told by its path."""
    (tmp_path / "out").write_text("")
    monkeypatch.setattr(demo, "OUT", tmp_path / "out" / "demo")
    assert demo.main([]) == 1
    assert capsys.readouterr().err == f"The demo stopped: {tmp_path}/out/demo cannot be written: Not a directory\n"


def test_unknown_engine_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The engines that can be asked for are those of the worker."""
    with pytest.raises(SystemExit, match="2"):
        demo.main(["--engine", "f6"])
    assert "espeak" in capsys.readouterr().err
