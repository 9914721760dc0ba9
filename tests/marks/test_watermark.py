"""The mark `watermark`: Perth's real model; no sample moves, and the mark outlives what happens to speech."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from handler.marks import watermark
from handler.marks.watermark import Watermark
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples
from tests.support.human_clip import HUMAN_CLIP
from tests.support.listening import decoded, lag
from tests.support.marked_files import RATE, converted, voice


@pytest.fixture(scope="module")
def mark() -> Watermark:
    return Watermark(Settings.read({}))


@pytest.fixture(scope="module")
def clip() -> tuple[Samples, int]:
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    return samples, rate


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_mark_is_found_and_no_sample_moves(rate: int, mark: Watermark, clip: tuple[Samples, int]) -> None:
    """As many samples in the same places; the change is under 2.1 kHz and 14 dB below the speech."""
    given = audio.resample(*clip, rate)
    marked = mark.mark(given, rate)
    assert len(marked) == len(given)
    assert marked.dtype == np.float32
    assert lag(marked, given) == 0
    assert mark.find(given, rate) < 0.1
    assert mark.find(marked, rate) > 0.7
    change = np.abs(np.fft.rfft(marked - given)) ** 2
    hertz = np.fft.rfftfreq(len(given), 1 / rate)
    assert change[hertz > 2100].sum() < 1e-6 * change.sum()
    assert -18 < 20 * np.log10(audio.rms(marked - given) / audio.rms(given)) < -14


def test_mark_outlives_codecs_cuts_and_gains(mark: Watermark, clip: tuple[Samples, int]) -> None:
    """MP3 at 128 kb/s, AAC, a cut and a gain leave it there."""
    rate = clip[1]
    marked = mark.mark(*clip)
    wav = audio.encode(marked, rate, "wav").body
    for codec in (("-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"), ("-c:a", "aac", "-b:a", "96k", "-f", "adts")):
        assert mark.find(decoded(converted(wav, *codec), rate), rate) > 0.7
    assert mark.find(marked[rate : 2 * rate], rate) > 0.7
    assert mark.find(marked * np.float32(0.05), rate) > 0.7


def test_blocks_are_marked_as_the_whole(
    mark: Watermark, clip: tuple[Samples, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long speech is marked block by block in little memory, and nothing is heard of their borders."""
    whole = mark.mark(*clip)
    monkeypatch.setattr(watermark, "BLOCK_S", 1.7)
    change = whole - clip[0]
    assert audio.rms(mark.mark(*clip) - whole) < 1e-4 * audio.rms(change)


def test_buzz_is_not_taken_for_marked(mark: Watermark) -> None:
    """Perth itself finds its mark in a sawtooth and some tones: noise that is added, and a look at them, tell it."""
    tone = 0.2 * np.sin(2 * np.pi * 250 * np.arange(3 * RATE) / RATE).astype(np.float32)
    assert mark._confidence(tone, RATE) > 0.9
    assert mark.find(tone, RATE) == 0
    buzz = voice(3)
    assert mark._confidence(buzz, RATE) > 0.9
    assert mark.find(buzz, RATE) < 0.3
    assert mark.find(mark.mark(buzz, RATE), RATE) > 0.7


def test_silence_and_crumbs_are_left_in_peace(mark: Watermark) -> None:
    """Silence stays silent and bears no mark; a few samples, or none, are no error."""
    silence = np.zeros(24_000, np.float32)
    assert not mark.mark(silence, 24_000).any()
    assert mark.find(silence, 24_000) == 0
    assert [len(mark.mark(np.full(size, 0.1, np.float32), 24_000)) for size in (0, 1, 500)] == [0, 1, 500]


def test_short_words_between_pauses_have_it(mark: Watermark, clip: tuple[Samples, int]) -> None:
    """Silence says nothing: a marked word with seconds of quiet around it is as sure as alone."""
    samples, rate = clip
    word, quiet = samples[rate : 2 * rate], np.zeros(3 * rate, np.float32)
    assert mark.find(np.concatenate([quiet, mark.mark(word, rate), quiet]), rate) > 0.7
    assert mark.find(np.concatenate([quiet, word, quiet]), rate) < 0.3
