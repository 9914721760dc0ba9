import shlex
import shutil
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from handler.captions.burn_in import burn_in_command
from handler.captions.files import FORMATS, Captions
from handler.captions.layout import cues
from handler.captions.looks import FONTS, LOOKS, Look
from handler.captions.video import contact_sheet, render
from handler.errors import EngineError, JobTimeout
from handler.values import Word

WIDTH, HEIGHT, FPS, DURATION = 270, 480, 20, 3.0
SMALL = replace(LOOKS["word"], canvas=(WIDTH, HEIGHT), fps=FPS, size=44.0, outline=2.0)
WORDS = (
    Word("Hello", 0.5, 1.0, 1, False, 0, 5),
    Word("Ωмега,", 1.5, 2.0, 1, False, 6, 12),
    Word("{end}", 2.0, 2.5, 1, False, 13, 18),
)
CAPTION_ROWS = slice(290, 400)
"""Rows of the picture where captions stand, and the waveform never."""


def made(look: Look, words: tuple[Word, ...] = WORDS) -> Captions:
    return Captions(words, cues(words, look, DURATION), look, DURATION, "en", "engine")


def frames(video: Path) -> npt.NDArray[np.uint8]:
    """Every frame of a video as gray bytes: (frames, height, width)."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(video),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH)


def written(pictures: npt.NDArray[np.uint8], seconds: float) -> int:
    """How many pixels of the captions' rows differ from the first frame, which has no text."""
    picture = pictures[round(seconds * FPS)][CAPTION_ROWS].astype(int)
    return int((abs(picture - pictures[0][CAPTION_ROWS]) > 60).sum())


@pytest.fixture(autouse=True, scope="module")
def _no_fonts_of_the_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """fontconfig knows no font at all, as on a bare machine; fonts installed here would hide a missing one."""
    empty = tmp_path_factory.mktemp("fontconfig") / "fonts.conf"
    empty.write_text("<fontconfig></fontconfig>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONTCONFIG_FILE", str(empty))
        yield


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quiet hum."""
    path = tmp_path_factory.mktemp("audio") / "hum's: [1].wav"
    samples = 2000 * np.sin(np.arange(int(DURATION * 24000)) / 20)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def video(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audiogram of three words."""
    path = tmp_path_factory.mktemp("video") / "out.mp4"
    render(audio, made(SMALL), path)
    return path


def test_word_is_on_screen_while_it_is_spoken(video: Path) -> None:
    """Each word is drawn from its start to its end, to the frame, and nothing is drawn in between."""
    pictures = frames(video)
    for seconds in (0.25, 0.45, 1.0, 1.25, 1.45, 2.5, 2.75):
        assert written(pictures, seconds) == 0
    for seconds in (0.5, 0.75, 0.95, 1.5, 1.75, 2.0, 2.25, 2.45):
        assert written(pictures, seconds) > 300
    middles = [pictures[round(seconds * FPS)][CAPTION_ROWS].astype(int) for seconds in (0.75, 1.75, 2.25)]
    assert all(
        abs(first - second).max() > 100 for first, second in zip(middles, middles[1:] + middles[:1], strict=True)
    )


def test_without_the_shipped_font_nothing_is_drawn(audio: Path, tmp_path: Path) -> None:
    """With no font at all libass draws nothing and says nothing: this is why a font ships."""
    (tmp_path / "none").mkdir()
    render(audio, made(SMALL), tmp_path / "out.mp4", fonts=tmp_path / "none")
    pictures = frames(tmp_path / "out.mp4")
    assert max(written(pictures, word.start + 0.2) for word in WORDS) == 0


def test_karaoke_sweeps_with_the_words(audio: Path, tmp_path: Path) -> None:
    """A word changes colour while it is spoken: not yet before its start, wholly by its end."""
    look = replace(SMALL, words_per_cue=3, effect="karaoke", highlight="#000000", outline=0.0, max_chars=30, size=24.0)
    render(audio, made(look), tmp_path / "out.mp4", background="#808080")
    pictures = frames(tmp_path / "out.mp4")
    dark = [int((pictures[round(at * FPS)][CAPTION_ROWS] < 60).sum()) for at in (0.5, 0.75, 0.95, 1.4, 1.75, 2.0, 2.45)]
    assert dark == sorted(dark)
    assert dark[0] < dark[1] < dark[2] < dark[4] < dark[5] < dark[6]
    assert dark[3] - dark[2] < dark[4] - dark[3]


def test_video_plays_everywhere(video: Path) -> None:
    """H.264 yuv420p and AAC on the asked canvas, as long as the audio, its index before its data."""
    with av.open(str(video)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (picture.width, picture.height) == (WIDTH, HEIGHT)
        assert picture.average_rate is not None
        assert float(picture.average_rate) == FPS
        assert sound.codec_context.name == "aac"
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(DURATION, abs=0.1)
    head = video.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_long_word_stays_inside_the_safe_area(audio: Path, tmp_path: Path) -> None:
    """A very long word is drawn smaller rather than cut off."""
    word = Word("Donaudampfschifffahrtsgesellschaft", 0.5, 2.5, 1, False, 0, 34)
    render(audio, made(SMALL, (word,)), tmp_path / "out.mp4")
    pictures = frames(tmp_path / "out.mp4")
    changed = abs(pictures[30][CAPTION_ROWS].astype(int) - pictures[0][CAPTION_ROWS]).max(axis=0) > 60
    columns = np.flatnonzero(changed)
    assert columns[0] >= SMALL.margins.side - 4
    assert columns[-1] <= WIDTH - SMALL.margins.side + 4
    assert len(columns) > SMALL.safe_width / 2


def test_contact_sheet(video: Path, tmp_path: Path) -> None:
    """Frames stand side by side in one picture, in rows of the asked number; one frame works too."""
    contact_sheet(video, [0.75, 1.75, 2.25], tmp_path / "sheet.png", height=240, columns=2)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (12 * 3 + 2 * 136, 12 * 3 + 2 * 240)
    contact_sheet(video, [0.75], tmp_path / "one.png", height=240)
    with Image.open(tmp_path / "one.png") as sheet:
        assert sheet.size == (12 * 2 + 136, 12 * 2 + 240)


def test_broken_audio_is_a_clear_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What ffmpeg cannot read is one clear sentence without a path; ffmpeg's own words are in the log."""
    (tmp_path / "noise.wav").write_bytes(b"no audio" * 100)
    with pytest.raises(EngineError) as caught:
        render(tmp_path / "noise.wav", made(SMALL), tmp_path / "out.mp4")
    assert "/" not in caught.value.message
    assert "Invalid data" in caplog.text
    assert not (tmp_path / "out.mp4").exists()


def test_time_limit(audio: Path, tmp_path: Path) -> None:
    """A video that takes too long is given up."""
    with pytest.raises(JobTimeout):
        render(audio, made(SMALL), tmp_path / "out.mp4", timeout=0.001)


def test_burn_in_line_works_as_printed(audio: Path, tmp_path: Path) -> None:
    """The command line of the reply, run beside the ASS file and the folder of fonts, burns the words in."""
    (tmp_path / "job-1.ass").write_bytes(FORMATS["ass"].write(made(SMALL)))
    shutil.copytree(FONTS, tmp_path / "fonts")
    shutil.copy(audio, tmp_path / "job-1.wav")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    gray = f"color=c=gray:s={WIDTH}x{HEIGHT}:r={FPS}:d=3"
    subprocess.run([ffmpeg, "-v", "error", "-f", "lavfi", "-i", gray, "video.mp4"], cwd=tmp_path, check=True)
    program, *arguments = shlex.split(burn_in_command("job-1.ass", "job-1.wav"))
    assert program == "ffmpeg"
    subprocess.run([ffmpeg, *arguments], cwd=tmp_path, check=True, capture_output=True)
    pictures = frames(tmp_path / "captioned.mp4")
    assert written(pictures, 0.75) > 300
    assert written(pictures, 1.25) == 0
