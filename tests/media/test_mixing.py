"""Many channels become one, and nothing that is said in one of them is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.media.decode import decode
from handler.types import Samples
from tests.media.test_decode import converted, likeness
from tests.support.human_samples import RATE, human_samples

PICTURE = ("-f", "lavfi", "-i", "color=c=blue:s=64x64:d=6", "-map", "0:a", "-map", "1:v")


def channels(path: Path, *samples: Samples) -> Path:
    soundfile.write(path, np.stack(samples, 1), RATE)
    return path


@pytest.mark.parametrize("kind", ["wav", "m4a", "mp3"])
def test_channel_that_is_upside_down_cancels_nothing(tmp_path: Path, kind: str) -> None:
    """Two channels of which one is inverted, as by a wrong cable, would be silence in their mean."""
    human = human_samples()
    sound = decode(converted(channels(tmp_path / "a.wav", human, -human), tmp_path / f"b.{kind}"))
    assert likeness(sound, human) > 0.98
    assert np.abs(sound.samples).max() > 0.5 * np.abs(human).max()


def test_empty_channel_leaves_the_other(tmp_path: Path) -> None:
    """A microphone on one of two channels is heard, at half its level; on one of sixteen, at its own."""
    human = human_samples()
    nothing = np.zeros_like(human)
    sound = decode(channels(tmp_path / "a.wav", human, nothing))
    assert np.abs(sound.samples).max() == pytest.approx(np.abs(human).max() / 2, rel=0.01)
    sound = decode(channels(tmp_path / "b.wav", *[nothing] * 9, human, *[nothing] * 6))
    assert np.abs(sound.samples - human).max() < 1e-3


@pytest.mark.parametrize(
    ("count", "name", "options"),
    [
        (8, "a.mov", ("-c:a", "aac")),
        (8, "a.mkv", ("-c:a", "flac")),
        (8, "b.mkv", ("-c:a", "libopus")),
        (8, "a.mp4", ("-c:a", "alac")),
        (16, "c.mkv", ("-c:a", "pcm_s16le")),
        (16, "d.mkv", ("-c:a", "wavpack")),
        (16, "b.mp4", ("-c:a", "alac")),
        (24, "e.mkv", ("-c:a", "pcm_s24le")),
    ],
    ids=str,
)
@pytest.mark.parametrize("picture", [(), PICTURE], ids=["sound", "video"])
def test_many_channels_are_mixed(
    tmp_path: Path, count: int, name: str, options: tuple[str, ...], picture: tuple[str, ...]
) -> None:
    """Surround sound and desks of 16 and more channels, interleaved or planar, become one channel."""
    human = human_samples()
    source = channels(tmp_path / "a.wav", *[human * np.float32(0.5)] * count)
    sound = decode(converted(source, tmp_path / name, *picture, *options))
    assert likeness(sound, human) > 0.98


def test_silence_in_all_channels_is_decoded(tmp_path: Path) -> None:
    """A silent recording is decoded as it is: who uses it says that it is silent."""
    sound = decode(channels(tmp_path / "a.wav", np.zeros(RATE, np.float32), np.zeros(RATE, np.float32)))
    assert not sound.samples.any()
