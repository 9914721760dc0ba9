"""Joins are exact to the sample, files hold the sound they were given."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from handler.audio import FADE, FILE_FORMATS, encode, join, resample
from handler.errors import EngineError
from handler.values import Samples

RATE = 22_050


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_each_chunk_stands_where_its_span_says() -> None:
    """Inside its fades, every chunk is in the whole to the sample at its span, with its pauses around it."""
    chunks = [tone(0.3), tone(0.2, 300), tone(0.4, 700)]
    samples, spans = join(chunks, RATE, [(0.5, 0.0), (0.0, 1.25), (0.0, 0.1)])
    fade = int(FADE * RATE)
    for chunk, span in zip(chunks, spans, strict=True):
        assert span.end - span.start == len(chunk)
        assert np.array_equal(samples[span.start + fade : span.end - fade], chunk[fade:-fade])
    assert spans[0].start == round(0.5 * RATE)
    assert spans[2].start - spans[1].end == round(1.25 * RATE)
    assert not samples[spans[1].end : spans[2].start].any()
    assert len(samples) == spans[2].end + round(0.1 * RATE)


def test_a_join_does_not_click() -> None:
    """Where two chunks meet at full swing the step from one sample to the next stays as small as inside them."""
    cosine = np.cos(2 * np.pi * 200 * np.arange(RATE // 4) / RATE).astype(np.float32)
    samples, spans = join([cosine, -cosine], RATE, [(0, 0), (0, 0)])
    inside = np.abs(np.diff(cosine)).max()
    seam = np.abs(np.diff(samples[spans[0].end - 200 : spans[0].end + 200])).max()
    assert seam <= 1.5 * inside


def test_nothing_to_join_is_no_sound() -> None:
    """No chunks give no samples, and a chunk of one sample survives."""
    assert len(join([], RATE, [])[0]) == 0
    samples, spans = join([np.ones(1, np.float32)], RATE, [(0, 0)])
    assert len(samples) == 1
    assert (spans[0].start, spans[0].end) == (0, 1)


@pytest.mark.parametrize("format_", FILE_FORMATS)
@pytest.mark.parametrize("rate", [22_050, 24_000])
def test_a_file_holds_the_sound(format_: str, rate: int) -> None:
    """Each format reads back as mono at the rate said, as long and as loud as the samples, at the same pitch."""
    sound = encode(tone(1.0, 440, rate), rate, format_)
    samples, read_rate = soundfile.read(io.BytesIO(sound.body), dtype="float32")
    assert samples.ndim == 1
    assert read_rate == sound.sample_rate
    assert len(samples) / read_rate == pytest.approx(1.0, abs=0.07)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    peak = np.abs(np.fft.rfft(samples)).argmax() * read_rate / len(samples)
    assert peak == pytest.approx(440, abs=2)


def test_loud_samples_are_clipped_not_wrapped() -> None:
    """Samples beyond full scale come out at full scale with their own sign."""
    sound = encode(np.array([2.0, -2.0] * 100, np.float32), RATE, "wav")
    samples, _ = soundfile.read(io.BytesIO(sound.body))
    assert samples[0] > 0.99
    assert samples[1] < -0.99


@pytest.mark.parametrize("samples", [[], [0.0, float("nan")], [float("inf")]])
def test_what_is_no_sound_is_refused(samples: list[float]) -> None:
    """No samples, NaN and infinity are engine errors rather than files of silence."""
    with pytest.raises(EngineError):
        encode(np.array(samples, np.float32), RATE, "wav")


def test_resampling_keeps_pitch_and_removes_what_would_alias() -> None:
    """A tone keeps its frequency at the new rate, and one above the new half rate is gone."""
    kept = resample(tone(1.0, 1000), RATE, 16_000)
    assert len(kept) == 16_000
    assert np.abs(np.fft.rfft(kept)).argmax() == 1000
    gone = resample(tone(1.0, 10_000), RATE, 16_000)
    assert np.sqrt(np.mean(gone[200:-200] ** 2)) < 0.005
