"""A voice's clip is prepared for the model once, with its level and quiet at its end, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.engines.f5.reference import MIN_RMS, References
from handler.errors import BadReference
from handler.media import audio
from handler.types import Samples, Voice
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

HUMAN = Voice("anna", "en", HUMAN_CLIP, HUMAN_TEXT)


class FakeMel:
    """A stand-in for the mel: returns the samples, and records each call."""

    def __init__(self) -> None:
        self.calls: list[Samples] = []

    def __call__(self, samples: Samples) -> Samples:
        self.calls.append(samples)
        return samples


def voice_of(samples: Samples, folder: Path, rate: int = 24_000, text: str = HUMAN_TEXT, name: str = "anna") -> Voice:
    soundfile.write(folder / f"{name}.wav", samples, rate, subtype="FLOAT")
    return Voice(name, "en", folder / f"{name}.wav", text)


def human(seconds: float | None = None) -> Samples:
    samples: Samples = soundfile.read(HUMAN_CLIP, dtype="float32")[0]
    return samples if seconds is None else samples[: round(seconds * 24_000)]


def test_clip_is_prepared_once() -> None:
    """The same clip and text are prepared once; another text for it is another reference."""
    mel_of = FakeMel()
    references = References(mel_of)
    first = references.get(HUMAN)
    assert references.get(HUMAN) is first
    assert references.get(Voice("by another name", "en", HUMAN_CLIP, HUMAN_TEXT)) is first
    assert references.get(Voice("anna", "en", HUMAN_CLIP, "Some call me.")).text == "Some call me. "
    assert len(mel_of.calls) == 2


def test_cache_is_bounded(tmp_path: Path) -> None:
    """The least recently used voices leave the cache."""
    mel_of = FakeMel()
    references = References(mel_of, max_cached=2)
    voices = [voice_of(human() * np.float32(0.5 + 0.1 * number), tmp_path, name=f"v{number}") for number in range(3)]
    for number in (0, 1, 0, 2, 0, 1):
        references.get(voices[number])
    assert len(mel_of.calls) == 4


def test_clip_ends_quietly_in_whole_frames(tmp_path: Path) -> None:
    """A clip that ends in a word gets 0.2 s of quiet and whole frames; its text ends in a mark; its pace is known."""
    cut = human(4.0)
    reference = References(lambda samples: samples).get(voice_of(cut, tmp_path))
    assert len(reference.mel) % 256 == 0
    assert audio.quiet_edges(reference.mel, 24_000)[1] >= (0.2 - audio.MARGIN_S - audio.BLOCK_S) * 24_000
    assert reference.seconds == len(reference.mel) / 24_000
    assert reference.text == HUMAN_TEXT + " "
    assert 8 < reference.pace < 13
    assert 0.2 <= reference.seconds - 4.0 < 0.2 + 256 / 24_000


def test_only_quiet_clips_are_amplified(tmp_path: Path) -> None:
    """As upstream has it, a clip under the model's level is brought to it, one above is not touched."""
    quiet = References(lambda samples: samples).get(voice_of(human() * np.float32(0.05), tmp_path))
    sound = quiet.mel[: len(human())]
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(MIN_RMS, rel=0.01)
    loud = human() * np.float32(0.2 / np.sqrt(np.mean(human() ** 2)))
    kept = References(lambda samples: samples).get(voice_of(loud, tmp_path, name="loud"))
    assert np.array_equal(kept.mel[: len(loud)], loud)


def test_rate_and_channels_are_converted(tmp_path: Path) -> None:
    """A clip in stereo at 48 kHz gives the same reference as in mono at 24 kHz."""
    double = audio.resample(human(), 24_000, 48_000)
    reference = References(lambda samples: samples).get(voice_of(np.stack([double, double], 1), tmp_path, 48_000))
    plain = References(lambda samples: samples).get(HUMAN)
    assert reference.seconds == pytest.approx(plain.seconds, abs=0.02)
    assert reference.pace == pytest.approx(plain.pace, rel=0.02)


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(72_000, np.float32), "silent"),
        (np.full(72_000, np.nan, np.float32), "not numbers"),
        (np.zeros(0, np.float32), "silent"),
        (human(0.4), "seconds"),
        (np.concatenate([human()] * 4), "seconds"),
    ],
)
def test_unusable_clip_is_refused(tmp_path: Path, samples: Samples, words: str) -> None:
    """Silence, NaN, nothing, too little and too much are a bad reference that names the voice, never NaN in speech."""
    with pytest.raises(BadReference, match=f"anna.*{words}"):
        References(FakeMel()).get(voice_of(samples, tmp_path))


def test_clip_without_audio_or_text_is_refused(tmp_path: Path) -> None:
    """A file that is no audio, one that is gone, and a voice without text are refused without a path in the words."""
    (tmp_path / "anna.wav").write_bytes(b"RIFFnothing")
    cases = [Voice("anna", "en", tmp_path / "anna.wav", "Hi."), Voice("anna", "en", tmp_path / "none.wav", "Hi."),
             Voice("anna", "en", HUMAN_CLIP, " … "), Voice("anna", "en", None, "Hi.")]  # fmt: skip
    for voice in cases:
        with pytest.raises(BadReference) as caught:
            References(FakeMel()).get(voice)
        assert str(tmp_path) not in caught.value.message
