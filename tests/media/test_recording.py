"""A recording of any length is read piece by piece, at the rate of the aligners."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.errors import BadReference
from handler.media.recording import SAMPLE_RATE, Recording, open_recording
from tests.support.videos import H264, lavfi


def tone(seconds: float, rate: int) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def test_file_is_read_in_pieces_at_16_khz(tmp_path: Path) -> None:
    """A file of any rate is the same sound at no more than 16 kHz, and each piece of it is where it belongs."""
    soundfile.write(tmp_path / "a.wav", tone(2, 44_100), 44_100)
    with open_recording(tmp_path / "a.wav", max_seconds=3, timeout=30) as recording:
        assert recording.sample_rate == SAMPLE_RATE
        assert recording.duration == pytest.approx(2.0, abs=0.001)
        piece = recording.read(SAMPLE_RATE // 2, SAMPLE_RATE)
    expected = tone(1, SAMPLE_RATE)[SAMPLE_RATE // 2 :]
    assert np.abs(piece - expected).max() < 0.01


def test_sound_of_a_video_is_read(tmp_path: Path) -> None:
    """An mp4 of a phone is read with the packages of the small environment, on the clock of its picture."""
    sound = ("-itsoffset", "0.5", "-f", "lavfi", "-i", "sine=440:d=1", *H264, "-c:a", "aac")
    path = lavfi(tmp_path / "v.mp4", "color=gray:s=64x64:r=20:d=2", *sound)
    with open_recording(path, max_seconds=3, timeout=30) as recording:
        assert recording.duration == pytest.approx(1.5, abs=0.05)
        assert np.abs(recording.read(0, 7_000)).max() < 0.01
        assert np.abs(recording.read(9_000, 16_000)).max() > 0.05


def test_lower_rate_is_kept(tmp_path: Path) -> None:
    """A telephone's 8 kHz stay 8 kHz, in a file as in memory."""
    soundfile.write(tmp_path / "a.wav", tone(1, 8_000), 8_000)
    with open_recording(tmp_path / "a.wav", max_seconds=3, timeout=30) as recording:
        assert (recording.sample_rate, recording.length) == (8_000, 8_000)
    assert Recording.from_samples(tone(1, 8_000), 8_000).sample_rate == 8_000


def test_samples_in_memory_are_resampled() -> None:
    """Samples of a higher rate are brought to 16 kHz: the same tone, of the same length."""
    recording = Recording.from_samples(tone(1, 48_000), 48_000)
    assert (recording.sample_rate, recording.length) == (SAMPLE_RATE, SAMPLE_RATE)
    assert np.abs(recording.read(4_000, 12_000) - tone(1, SAMPLE_RATE)[4_000:12_000]).max() < 0.01


def test_too_long_file_is_refused_by_its_name(tmp_path: Path) -> None:
    """More than the limit is refused, and the sentence calls the file what the caller calls it."""
    soundfile.write(tmp_path / "a.wav", tone(2, 8_000), 8_000)
    expected = "the recording is longer than 1 seconds; send 1 seconds at most"
    with (
        pytest.raises(BadReference, match=expected),
        open_recording(tmp_path / "a.wav", max_seconds=1, timeout=30, name="recording"),
    ):
        pass
