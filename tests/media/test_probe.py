"""What a client's video holds is found by reading it; what cannot be a video is refused with one sentence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from handler.errors import ConfigError, TooLarge
from handler.media import probe
from handler.media.probe import video
from handler.settings import Settings
from tests.support.videos import H264, jumping, lavfi


@pytest.mark.parametrize(
    ("name", "picture", "options", "facts"),
    [
        ("a.mp4", "testsrc2=s=160x90:r=25:d=1", H264, (160, 90, Fraction(25), 1.0)),
        ("sar.mpg", "testsrc2=s=720x576:r=25:d=1,setsar=16/15", ("-c:v", "mpeg2video"), (768, 576, Fraction(25), 1.0)),
        ("a.webm", "testsrc2=s=64x64:r=30000/1001:d=3", ("-c:v", "libvpx"), (64, 64, Fraction(30000, 1001), 3.003)),
        ("fast.mkv", "testsrc2=s=64x64:r=120:d=1", H264, (64, 64, Fraction(60), 1.0)),
        ("slow.mp4", "testsrc2=s=64x64:r=8:d=1", H264, (64, 64, Fraction(32), 1.0)),
        ("x.avi", "testsrc2=s=64x64:r=24:d=1", ("-c:v", "mpeg4", "-bf", "2"), (64, 64, Fraction(24), 1.0)),
        ("one.mp4", "testsrc2=s=64x64:r=30:d=0.03", H264, (64, 64, Fraction(30), 1 / 30)),
    ],
)
def test_video_is_described(
    name: str, picture: str, options: tuple[str, ...], facts: tuple[int, int, Fraction, float], tmp_path: Path
) -> None:
    """Size as shown, a constant rate that comes near, and length are found whatever the container says or lacks."""
    found = video(lavfi(tmp_path / name, picture, *options), field="video_url", max_seconds=60)
    assert (found.width, found.height, found.fps) == facts[:3]
    assert found.duration == pytest.approx(facts[3], abs=0.06)
    assert found.sound == ""


def test_rate_of_a_clock_that_skips() -> None:
    """Times with holes in them, and times rounded to milliseconds, still tell the rate that was meant."""
    holes = [index * 3000 for index in range(300) if index % 7 not in (2, 3)]
    assert probe._fps(holes, Fraction(1, 90_000)) == 30
    rounded = [round(index * 1001 / 30) for index in range(300)]
    assert probe._fps(rounded, Fraction(1, 1000)) == Fraction(30_000, 1001)
    assert probe._fps([0, 40, 80], Fraction(1, 1000)) == 25
    assert probe._fps([7], Fraction(1, 1000)) == 30


def test_rate_of_frames_that_are_hours_apart() -> None:
    """Where there is no rate to speak of, the usual one is taken, and no video may be as long as that."""
    assert probe._fps([0, 7200], Fraction(1)) == 30
    with pytest.raises(ConfigError, match="MAX_VIDEO_SECONDS"):
        Settings.read({"MAX_VIDEO_SECONDS": "86400"})


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4"])
def test_sound_that_jumps_beyond_any_video_is_refused(name: str, tmp_path: Path) -> None:
    """Where a gap in a video's sound leads beyond the longest video, one sentence names the field and the way out."""
    with pytest.raises(TooLarge) as caught:
        video(jumping(tmp_path / name, 40_000), field="video_url", max_seconds=60)
    assert caught.value.message.startswith("video_url: the video's sound has a gap and goes on only at 40000 s")
    assert "send it with a sound track" in caught.value.message
    assert [issue.field for issue in caught.value.issues] == ["video_url"]


def test_sound_with_a_gap_or_a_long_end_is_taken(tmp_path: Path) -> None:
    """A gap within the longest video's length is no reason to refuse one, nor is sound that goes on for longer."""
    assert video(jumping(tmp_path / "v.mkv", 50), field="video_url", max_seconds=60).sound == "stereo"
    long = ("-f", "lavfi", "-i", "sine=300:d=9", *H264)
    assert video(lavfi(tmp_path / "l.mkv", "color=gray:s=64x64:r=20:d=2", *long), field="v", max_seconds=3).sound
