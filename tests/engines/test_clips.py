"""The clip of a voice as engines hear it, and what is kept of the last ones."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.engines.clips import Recent, digest, read, read_speech
from handler.errors import BadReference
from handler.types import Samples


def clip_of(path: Path, samples: Samples, rate: int = 24_000) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def test_digest_is_that_of_the_file(tmp_path: Path) -> None:
    """The digest is the SHA-256 of the bytes; a clip that is gone is a bad reference without a path in its words."""
    clip = clip_of(tmp_path / "a.wav", np.ones(10, np.float32))
    assert digest(clip) == hashlib.sha256(clip.read_bytes()).hexdigest()
    with pytest.raises(BadReference) as caught:
        digest(tmp_path / "none.wav")
    assert str(tmp_path) not in caught.value.message


def test_clip_is_mono_at_the_models_rate(tmp_path: Path) -> None:
    """Channels become their mean, and another rate becomes the one asked for."""
    both = np.stack([np.full(48_000, 0.2), np.full(48_000, 0.4)], axis=1).astype(np.float32)
    samples = read(clip_of(tmp_path / "a.wav", both, 48_000), "anna", 24_000)
    assert samples.shape == (24_000,)
    assert samples[6_000:18_000] == pytest.approx(0.3, abs=1e-3)


@pytest.mark.parametrize(
    "samples",
    [
        np.full(2_400, 0.1, np.float32),
        np.full(24_000 * 31, 0.1, np.float32),
        np.zeros(48_000, np.float32),
        np.full(48_000, np.nan, np.float32),
    ],
)
def test_clip_without_speech_is_refused(samples: Samples, tmp_path: Path) -> None:
    """Too little, too much, silence and NaN are a bad reference that names the voice and the way out."""
    clip = clip_of(tmp_path / "a.wav", samples)
    with pytest.raises(BadReference, match=r"voice: the clip of anna .*upload one of 3 to 12 seconds"):
        read_speech(clip, "anna", 24_000)


def test_file_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    """What no decoder knows, or is gone, is a bad reference that names the voice."""
    (tmp_path / "a.wav").write_bytes(b"RIFFnothing")
    for name in ("a.wav", "none.wav"):
        with pytest.raises(BadReference, match="the clip of anna cannot be read as audio; upload it again"):
            read(tmp_path / name, "anna", 24_000)


def test_least_recently_used_makes_room() -> None:
    """A value is made once while it is kept; of too many the one that was asked for longest ago goes."""
    made: list[str] = []
    recent: Recent[str] = Recent(2)

    def get(key: str) -> str:
        return recent.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    assert [get(key) for key in "abacab"] == list("abacab")
    assert made == ["a", "b", "c", "b"]
    assert len(recent) == 2


def test_others_go_on_while_a_value_is_made() -> None:
    """A value that takes long holds up nobody, and one that fails is made again."""
    recent: Recent[str] = Recent(2)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go_on.wait(30)
        return "slow"

    thread = threading.Thread(target=recent.get, args=("a", slow))
    thread.start()
    assert begun.wait(30)
    assert recent.get("b", lambda: "fast") == "fast"
    go_on.set()
    thread.join()
    assert recent.get("a", pytest.fail) == "slow"
    with pytest.raises(ZeroDivisionError):
        recent.get("c", lambda: str(1 // 0))
    assert recent.get("c", lambda: "c") == "c"
