import shlex
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from handler.cancellation import NEVER, Cancellation
from handler.captions.burn_in import burn_in_command
from handler.captions.fonts import SHIPPED_FOLDER
from handler.captions.formats import FORMATS, Captions
from handler.captions.layout import cues
from handler.captions.render import BACKGROUND, Sound, audiogram, over_video, render_video
from handler.captions.styles import STYLES, Style
from handler.errors import Cancelled, EngineError, JobTimeout, StorageError
from handler.media.decode import decode
from handler.media.ffmpeg import Input
from handler.media.probe import Source, constant_rate
from handler.media.probe import video as probe_video
from handler.types import Word
from tests.support.videos import H264, jumping, lavfi

ROOT = Path(__file__).parents[3]
WIDTH, HEIGHT, FPS, DURATION = 270, 480, 20, 3.0
# Shown exactly while it is spoken, however layout would hold it longer.
SMALL = replace(STYLES["word"], canvas=(WIDTH, HEIGHT), fps=FPS, size=44.0, outline=2.0, min_duration=0.001, gap=0.0)
WORDS = (
    Word("Hello", 0.5, 1.0, 1, False, 0, 5),
    Word("Ωмега,", 1.5, 2.0, 1, False, 6, 12),
    Word("{end}", 2.0, 2.5, 1, False, 13, 18),
)
CAPTION_ROWS = slice(290, 400)
"""Rows of the picture where captions stand, and the waveform never."""


def made(style: Style, words: tuple[Word, ...] = WORDS) -> Captions:
    return Captions(words, cues(words, style, DURATION), style, DURATION, "en", "engine")


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


def draw_audiogram(
    audio: Path,
    captions: Captions,
    out: Path,
    background: str = BACKGROUND,
    timeout: float = 600.0,
    cancellation: Cancellation = NEVER,
) -> None:
    """Draw captions on their own canvas, over the waveform on a plain colour."""
    style = captions.style
    plan = audiogram(audio, captions.duration, style.canvas, constant_rate(float(style.fps)), background)
    render_video(plan, captions, out, timeout=timeout, cancellation=cancellation)


@pytest.fixture(scope="module")
def video(audio: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audiogram of three words."""
    path = tmp_path_factory.mktemp("video") / "out.mp4"
    draw_audiogram(audio, made(SMALL), path)
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


def test_without_the_shipped_font_nothing_is_drawn(
    audio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any font libass draws nothing and reports nothing: this is why a font ships."""
    monkeypatch.setattr("handler.captions.render.render.lay_out", lambda _, folder, *_fonts: folder.mkdir())
    draw_audiogram(audio, made(SMALL), tmp_path / "out.mp4")
    pictures = frames(tmp_path / "out.mp4")
    assert max(written(pictures, word.start + 0.2) for word in WORDS) == 0


def test_karaoke_sweeps_with_the_words(audio: Path, tmp_path: Path) -> None:
    """A word changes colour while it is spoken: not yet before its start, wholly by its end."""
    style = replace(SMALL, words_per_cue=3, effect="karaoke", highlight="#000000", outline=0.0, max_chars=30, size=24.0)
    one_cue = tuple(replace(word, shown=word.shown.rstrip(",")) for word in WORDS)
    draw_audiogram(audio, made(style, one_cue), tmp_path / "out.mp4", background="#808080")
    pictures = frames(tmp_path / "out.mp4")
    dark = [int((pictures[round(at * FPS)][CAPTION_ROWS] < 60).sum()) for at in (0.5, 0.75, 0.95, 1.4, 1.75, 2.0, 2.45)]
    assert dark == sorted(dark)
    assert dark[0] < dark[1] < dark[2] < dark[4] < dark[5] < dark[6]
    assert dark[3] - dark[2] < dark[4] - dark[3]


def test_video_has_portable_codecs_and_early_index(video: Path) -> None:
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
    draw_audiogram(audio, made(SMALL, (word,)), tmp_path / "out.mp4")
    pictures = frames(tmp_path / "out.mp4")
    changed = abs(pictures[30][CAPTION_ROWS].astype(int) - pictures[0][CAPTION_ROWS]).max(axis=0) > 60
    columns = np.flatnonzero(changed)
    assert columns[0] >= SMALL.margins.side - 4
    assert columns[-1] <= WIDTH - SMALL.margins.side + 4
    assert len(columns) > SMALL.safe_width / 2


def test_broken_audio_is_a_clear_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that ffmpeg cannot read gives one sentence without a path; ffmpeg's own words are in the log."""
    (tmp_path / "noise.wav").write_bytes(b"no audio" * 100)
    with pytest.raises(EngineError) as caught:
        draw_audiogram(tmp_path / "noise.wav", made(SMALL), tmp_path / "out.mp4")
    assert "/" not in caught.value.message
    assert "Invalid data" in caplog.text
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("ending", "error", "said"),
    [
        ("kill -KILL $$", EngineError, "send a shorter or smaller video"),
        ("echo 'Invalid argument' >&2; exit 1", EngineError, "are sound"),
        ("echo 'av_write_trailer(): No space left on device' >&2; exit 1", StorageError, "disk for temporary files"),
    ],
)
def test_failure_says_whose_it_is(
    audio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, error: type[Exception], said: str
) -> None:
    """Only an error of ffmpeg's own blames the client's files: not a full disk, and not a process that was killed."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{ending}\n")
    program.chmod(0o755)
    monkeypatch.setattr("handler.media.ffmpeg._program", lambda: str(program))
    with pytest.raises(error, match=said):
        draw_audiogram(audio, made(SMALL), tmp_path / "out.mp4")


def test_cancelled_render_raises_what_cancelled_it(audio: Path, tmp_path: Path) -> None:
    """A cancelled job is no failure of ffmpeg."""
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        draw_audiogram(audio, made(SMALL), tmp_path / "out.mp4", cancellation=cancellation)


def test_render_stops_at_the_time_limit(audio: Path, tmp_path: Path) -> None:
    """Rendering raises JobTimeout at its time limit."""
    with pytest.raises(JobTimeout):
        draw_audiogram(audio, made(SMALL), tmp_path / "out.mp4", timeout=0.001)


def test_burn_in_line_works_as_printed(audio: Path, tmp_path: Path) -> None:
    """The command line of the reply burns the words in, run next to the ASS file and the folder of fonts.

    The result lasts as long as the speech, whose sound is whole, over a video that is shorter or longer.
    """
    (tmp_path / "job-1.ass").write_bytes(FORMATS["ass"].write(made(SMALL)))
    shutil.copytree(SHIPPED_FOLDER, tmp_path / "fonts")
    shutil.copy(audio, tmp_path / "job-1.wav")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    program, *arguments = shlex.split(burn_in_command("job-1.ass", "job-1.wav", DURATION))
    assert program == "ffmpeg"
    assert arguments[-3:] == ["-t", "3.000", "captioned.mp4"]
    for seconds in (1, 3, 5):
        gray = f"color=c=gray:s={WIDTH}x{HEIGHT}:r={FPS}:d={seconds}"
        subprocess.run([ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", gray, "video.mp4"], cwd=tmp_path, check=True)
        subprocess.run([ffmpeg, "-y", *arguments], cwd=tmp_path, check=True, capture_output=True)
        pictures = frames(tmp_path / "captioned.mp4")
        assert len(pictures) == pytest.approx(DURATION * FPS, abs=1)
        assert written(pictures, 0.75) > 300
        assert written(pictures, 1.25) == 0
        assert written(pictures, 2.25) > 300
        command = [ffmpeg, "-v", "error", "-i", "captioned.mp4", "-f", "f32le", "-ac", "1", "-ar", "16000", "-"]
        sound = np.frombuffer(subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout, np.float32)
        # The codec's own block of samples is all that may be missing or more.
        assert len(sound) / 16000 == pytest.approx(DURATION, abs=0.05)
        assert np.abs(sound[-8000:-1600]).max() > 0.05


def test_burn_in_line_without_a_speech_keeps_the_videos_own(tmp_path: Path) -> None:
    """Without a speech the printed line keeps the video's sound and length, and ignores a thumbnail in the file."""
    (tmp_path / "job-1.ass").write_bytes(FORMATS["ass"].write(made(SMALL)))
    shutil.copytree(SHIPPED_FOLDER, tmp_path / "fonts")
    tone = ["-f", "lavfi", "-i", "sine=440:d=4", "-shortest"]
    talk = lavfi(tmp_path / "talk.mp4", f"color=c=gray:s={WIDTH}x{HEIGHT}:r={FPS}:d=4", *tone)
    cover = lavfi(tmp_path / "cover.png", "color=c=red:s=32x32", "-frames:v", "1")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    joined: list[str | Path] = [
        "-i",
        talk,
        "-i",
        cover,
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
        "-disposition:v:1",
        "attached_pic",
    ]
    subprocess.run([ffmpeg, "-v", "error", *joined, tmp_path / "video.mp4"], check=True)
    for audio in (None, "talk.mp4"):
        arguments = shlex.split(burn_in_command("job-1.ass", audio, DURATION))[1:]
        subprocess.run([ffmpeg, "-y", *arguments], cwd=tmp_path, check=True, capture_output=True)
        pictures = frames(tmp_path / "captioned.mp4")
        assert len(pictures) == pytest.approx((4 if audio is None else DURATION) * FPS, abs=1)
        assert written(pictures, 0.75) > 300
    streams = subprocess.run([ffmpeg, "-i", tmp_path / "captioned.mp4"], capture_output=True, text=True).stderr
    assert "Audio: aac" in streams


def colour(video: Path, x: int, y: int, seconds: float = 0.2) -> tuple[int, ...]:
    """Red, green and blue of a pixel as a player shows it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", str(seconds), "-i", str(video), "-frames:v", "1"]
    command += ["-vf", f"format=rgb24,crop=1:1:{x}:{y}", "-f", "rawvideo", "-"]
    return tuple(subprocess.run(command, capture_output=True, check=True).stdout)


def test_turned_video_stands_upright(audio: Path, tmp_path: Path) -> None:
    """A phone's video that is marked as turned is as wide as it is shown, and drawn so."""
    flat = lavfi(tmp_path / "flat.mp4", "color=red:s=160x90:r=20:d=1,drawbox=w=80:c=blue:t=fill", *H264)
    turned = tmp_path / "turned.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90", "-i", str(flat)]
    subprocess.run([*command, "-c", "copy", str(turned)], check=True)
    source = probe_video(turned, field="video_url", max_seconds=60)
    assert (source.width, source.height) == (90, 160)
    render_video(over_video(source, audio, 1.0, (90, 160), source.fps), made(SMALL, ()), tmp_path / "out.mp4")
    top, bottom = colour(tmp_path / "out.mp4", 45, 10), colour(tmp_path / "out.mp4", 45, 150)
    assert (top[0] > 200, bottom[2] > 200) == (True, True)


def loudness(video: Path) -> npt.NDArray[np.float64]:
    """The loudness of each twentieth of a second."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(video), "-ac", "1", "-ar", "8000"]
    raw = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=True).stdout
    samples = np.frombuffer(raw, np.float32)
    pieces = samples[: len(samples) // 400 * 400].reshape(-1, 400).astype(np.float64)
    return np.asarray(np.sqrt((pieces**2).mean(axis=1)))


@pytest.mark.parametrize("sound", ["replace", "duck"])
def test_video_that_changes_its_size(audio: Path, sound: Sound, tmp_path: Path) -> None:
    """The speech continues where a video changes its size, and the picture keeps its size."""
    parts = []
    for start, size in enumerate(("160x90", "320x180", "90x160")):
        options = ("-f", "lavfi", "-i", "sine=3000:d=1", "-c:v", "mpeg2video", "-output_ts_offset", str(start + 1))
        parts.append(lavfi(tmp_path / f"{start}.ts", f"color=0x20C040:s={size}:r=25:d=1", *options).read_bytes())
    (tmp_path / "v.ts").write_bytes(b"".join(parts))
    source = probe_video(tmp_path / "v.ts", field="video_url", max_seconds=60)
    assert (source.width, source.height) == (160, 90)
    render_video(
        over_video(source, audio, DURATION, (160, 90), source.fps, sound), made(SMALL, ()), tmp_path / "out.mp4"
    )
    levels = loudness(tmp_path / "out.mp4")[1:58]
    assert levels.min() > 0.7 * np.median(levels)
    for seconds in (0.5, 1.5, 2.5):
        assert colour(tmp_path / "out.mp4", 150, 80, seconds) == pytest.approx((0x20, 0xC0, 0x40), abs=25)


@pytest.mark.parametrize(
    ("sound", "film", "speech", "length"),
    [
        ("replace", 10.0, 4.0, 4.5),
        ("replace", 4.2, 4.0, 4.2),
        ("replace", 3.0, 4.0, 4.0),
        ("duck", 10.0, 4.0, 10.0),
        ("keep", 3.0, 4.0, 3.0),
    ],
)
def test_length_of_the_video(sound: Sound, film: float, speech: float, length: float) -> None:
    """Speech that replaces the sound decides, with half a second after it at most; else the video does."""
    source = Source(Input(Path("v.mp4"), "mov", "h264"), 160, 90, Fraction(25), film, "stereo")
    plan = over_video(source, Path("s.wav"), speech, (161, 91), source.fps, sound)
    assert plan.duration == length
    assert (plan.width, plan.height) == (160, 90)
    assert (plan.speech is None) == (sound == "keep")


def test_canvas_of_another_shape_is_covered_from_the_middle(audio: Path, tmp_path: Path) -> None:
    """A picture too large is cut off equally at both sides; nothing is stretched or left black."""
    picture = "color=red:s=320x180:r=20:d=1,drawbox=x=110:w=100:c=lime:t=fill,drawbox=x=210:w=110:c=blue:t=fill"
    source = probe_video(lavfi(tmp_path / "v.mp4", picture, *H264), field="video_url", max_seconds=60)
    render_video(over_video(source, audio, 1.0, (180, 320), source.fps), made(SMALL, ()), tmp_path / "out.mp4")
    seen = [colour(tmp_path / "out.mp4", x, y) for x, y in ((5, 160), (90, 4), (90, 316), (175, 160))]
    assert all(green > 200 > 60 > max(red, blue) for red, green, blue in seen)


def test_colours_are_those_asked_for(audio: Path, tmp_path: Path) -> None:
    """A player shows the background and the highlight as they were given, and a video's colours as they were."""
    draw_audiogram(audio, made(replace(SMALL, highlight="#FFD60A")), tmp_path / "a.mp4", background="#336699")
    assert colour(tmp_path / "a.mp4", 5, 5) == pytest.approx((0x33, 0x66, 0x99), abs=3)
    for name, size in (("small", "160x90"), ("large", "1280x720")):
        # Untold: a player reads the small one by the older standard, the large one as HDTV.
        matrix = {"small": "bt601", "large": "bt709"}[name]
        picture = f"color=0x20C040:s={size}:r=20:d=0.4,format=gbrp,scale=out_color_matrix={matrix}:out_range=tv"
        video = lavfi(tmp_path / f"{name}.mp4", f"{picture},format=yuv420p,setparams=colorspace=unknown", *H264)
        source = probe_video(video, field="video_url", max_seconds=60)
        shot = over_video(source, audio, 0.4, (source.width, source.height), source.fps)
        render_video(shot, made(SMALL, ()), tmp_path / "out.mp4")
        assert colour(tmp_path / "out.mp4", 20, 20) == pytest.approx((0x20, 0xC0, 0x40), abs=6)


def test_high_dynamic_range_is_brought_down(audio: Path, tmp_path: Path) -> None:
    """A phone's HLG video is not washed out: its colours are as strong as those of the scene."""
    hlg = "zscale=tin=bt709:min=bt709:pin=bt709:rin=tv:t=arib-std-b67:m=bt2020nc:p=bt2020:r=tv:npl=203"
    tags = "log-level=0:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    picture = f"color=0xD02020:s=160x90:r=20:d=0.5,{hlg},format=yuv420p10le"
    video = lavfi(tmp_path / "v.mp4", picture, "-c:v", "libx265", "-x265-params", tags)
    source = probe_video(video, field="video_url", max_seconds=60)
    assert source.transfer == "arib-std-b67"
    render_video(over_video(source, audio, 0.5, (160, 90), source.fps), made(SMALL, ()), tmp_path / "out.mp4")
    red, green, blue = colour(tmp_path / "out.mp4", 80, 45)
    assert red > 140
    assert max(green, blue) < red / 3
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_captions_are_there_before_the_picture_is(audio: Path, tmp_path: Path) -> None:
    """A video whose picture begins after its sound shows its first frame until then, and words on that."""
    picture = ["-itsoffset", "1.2", "-f", "lavfi", "-i", "color=gray:s=270x480:r=20:d=1.5"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=300:d=2", *picture]
    subprocess.run([*command, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(tmp_path / "v.mkv")], check=True)
    source = probe_video(tmp_path / "v.mkv", field="video_url", max_seconds=60)
    assert source.duration == pytest.approx(2.7, abs=0.1)
    render_video(over_video(source, audio, 3.0, (WIDTH, HEIGHT), source.fps), made(SMALL), tmp_path / "out.mp4")
    pictures = frames(tmp_path / "out.mp4")
    assert written(pictures, 0.25) == 0
    assert written(pictures, 0.75) > 300
    assert pictures[0].mean() == pytest.approx(pictures[-1].mean(), abs=2)


CHILD = """
import resource, sys
from contextlib import suppress
from pathlib import Path
from handler.captions.formats import Captions
from handler.captions.render import over_video, render_video
from handler.captions.styles import STYLES
from handler.errors import BadReference
from handler.media.probe import video
from handler.media.decode import decoded
folder = Path(sys.argv[1])
source = video(folder / "v.mkv", field="v", max_seconds=50_000)
if sys.argv[2] == "decode":
    with suppress(BadReference), decoded(folder / "v.mkv", max_seconds=600, timeout=60):
        pass
else:
    style = STYLES["word"]
    plan = over_video(source, None, 0, (64, 64), source.fps, "keep")
    render_video(plan, Captions((), (), style, 2.0, "en", "engine"), folder / "out.mp4")
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("filter_", ["decode", "own"])
@pytest.mark.parametrize(
    ("seconds", "sound"),
    [(40_000, ("-ac", "2", "-c:a", "aac")), (590, ("-ac", "8", "-ar", "96000", "-c:a", "pcm_s16le"))],
    ids=["beyond", "within"],
)
def test_gaps_of_a_clock_cost_little_memory(filter_: str, seconds: int, sound: tuple[str, ...], tmp_path: Path) -> None:
    """A jump of the sound's clock makes ffmpeg fill no more silence than the output has."""
    jumping(tmp_path / "v.mkv", seconds, *sound)
    command = [sys.executable, "-c", CHILD, str(tmp_path), filter_]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 400_000  # kB


@pytest.mark.parametrize("late", [0.0, 1.5])
def test_the_sound_of_a_video_with_a_gap(late: float, tmp_path: Path) -> None:
    """The decoded sound and the rendered one have silence in the gap, and the sound after it at its own time."""
    path = jumping(tmp_path / "v.mkv", 1.2, "-ac", "2", "-ar", "44100", "-c:a", "aac")
    moved = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-itsoffset", str(late), "-i", str(path)]
    subprocess.run([*moved, "-map", "0:v", "-map", "1:a", "-c", "copy", str(tmp_path / "w.mkv")], check=True)
    source = probe_video(tmp_path / "w.mkv", field="video_url", max_seconds=60)
    sound = decode(tmp_path / "w.mkv", max_seconds=60)
    soundfile.write(tmp_path / "out.wav", sound.samples, sound.sample_rate)
    kept = over_video(replace(source, duration=5.0), None, 0.0, (64, 64), source.fps, "keep")
    render_video(kept, made(SMALL, ()), tmp_path / "out.mp4")
    for levels in (loudness(tmp_path / "out.wav"), loudness(tmp_path / "out.mp4")):
        there = np.flatnonzero(levels > 0.02) / 20
        assert there[0] == pytest.approx(late, abs=0.1)
        inside = there[(there > late + 0.55) & (there < late + 1.5)]
        assert len(inside) == 0
        assert there[-1] == pytest.approx(late + 3.15, abs=0.15)
        assert len(there) == pytest.approx(2.0 * 20, abs=3)
