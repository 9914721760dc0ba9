"""The truth set's hard voices are as hard as they say, and their words stay where they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.truth_set import voices
from benchmarks.truth_set.acoustics import active_level
from benchmarks.truth_set.conditions import CONDITIONS, LARGE, SMALL, Crowd
from benchmarks.truth_set.speech import Clip
from handler.media import audio
from handler.types import Samples, Token, WordTime

RATE = 16_000
HERTZ = np.fft.rfftfreq(RATE, 1 / RATE)


def vowel(pitch_hz: int = 120) -> Samples:
    """A second of voice with formants at 600 and 1,800 Hz, and silence around it."""
    time = np.arange(RATE) / RATE
    gains = {
        hertz: sum(np.exp(-(((hertz - f) / 150) ** 2)) for f in (600, 1800)) + 0.02
        for hertz in range(pitch_hz, 5000, pitch_hz)
    }
    made = sum(gain * np.cos(2 * np.pi * hertz * time) for hertz, gain in gains.items())
    return np.pad(np.asarray(0.02 * made, np.float32), RATE // 2)


def levels(samples: Samples, seconds: float = 0.002) -> Samples:
    """Decibels of windows."""
    size = round(seconds * RATE)
    power = np.square(samples[: len(samples) // size * size]).reshape(-1, size).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12), np.float32)


def band(samples: Samples, low: float, high: float) -> float:
    """Decibels of what is between two frequencies."""
    power = np.square(np.abs(np.fft.rfft(samples, RATE * 2)))
    hertz = np.fft.rfftfreq(RATE * 2, 1 / RATE)
    return float(10 * np.log10(power[(hertz >= low) & (hertz < high)].sum()))


def test_a_creaky_voice_has_few_damped_pulses_by_turns() -> None:
    """50 to 80 pulses a second, uneven, with 15 dB less between them; the formants stay, and pauses stay silent."""
    made = voices.creaky(vowel(), RATE, np.random.default_rng(1))
    inside = made[RATE // 2 + 800 : 3 * RATE // 2 - 800]
    heard = levels(inside)
    pulses = [first for first, _ in audio.runs(heard > np.percentile(heard, 85) - 6)]
    assert 50 <= len(pulses) / (len(inside) / RATE) <= 80
    assert np.diff(pulses).std() > 0.08 * np.diff(pulses).mean()
    assert np.percentile(heard, 90) - np.percentile(heard, 20) > 15
    assert levels(vowel()[RATE // 2 : 3 * RATE // 2]).std() < heard.std()
    for formant in (600, 1800):
        assert band(made, formant - 150, formant + 150) > band(made, 1050, 1350) + 6
    assert np.abs(made[: RATE // 4]).max() < 1e-3


def test_a_creaky_voice_keeps_what_hisses() -> None:
    """Noise has no pitch, so nothing of it changes."""
    noise = 0.1 * np.random.default_rng(1).standard_normal(RATE).astype(np.float32)
    made = voices.creaky(noise, RATE, np.random.default_rng(2))
    assert audio.rms(made - noise) < 0.05 * audio.rms(noise)


def test_a_cold_weakens_formants_and_muffles() -> None:
    """Formants stand out less, the nose's zero is there, and high sounds are weaker; the level stays."""
    plain = vowel()
    made = voices.cold(plain, RATE)
    assert active_level(made, RATE) == pytest.approx(active_level(plain, RATE), rel=0.1)

    def contrast(samples: Samples) -> float:
        return band(samples, 1650, 1950) - band(samples, 3000, 3300)

    assert contrast(made) < contrast(plain) - 3
    noise = 0.1 * np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32)
    muffled = voices.cold(noise, RATE)
    assert band(muffled, 900, 1000) < band(muffled, 230, 330) - 10
    assert band(muffled, 5000, 6000) < band(muffled, 1500, 2000) - 6


def test_hurry_lessens_contrasts_and_sounds_pass_into_each_other() -> None:
    """A sound 20 dB below another one is some 12 dB below it; where two vowels meet, the first lasts longer."""
    loud, faint = vowel()[RATE // 2 : RATE], 0.1 * vowel()[RATE // 2 : RATE]
    made = voices.hurried(np.concatenate([loud, faint]), RATE)
    quarter = RATE // 4
    difference = 20 * np.log10(audio.rms(made[:quarter]) / audio.rms(made[-quarter:]))
    assert difference == pytest.approx(20 * 0.6, abs=1.5)
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32)
    spectrum = np.fft.rfft(noise)
    low, high = (np.fft.irfft(spectrum * mask).astype(np.float32) for mask in (HERTZ < 2000, HERTZ > 4000))
    met: Samples = np.concatenate([(low + 0.1 * high)[: RATE // 2], (0.1 * low + high)[: RATE // 2]])
    after = slice(RATE // 2, RATE // 2 + RATE // 50)

    def lows(samples: Samples) -> float:
        return band(samples[after], 500, 1500) - band(samples[after], 4500, 7500)

    assert lows(voices.hurried(np.asarray(0.1 * met, np.float32), RATE)) > lows(met) + 5


@pytest.mark.parametrize(("name", "size"), [("small", SMALL), ("large", LARGE)])
def test_the_words_of_other_sizes_are_scaled(name: str, size: float) -> None:
    """A shorter vocal tract has higher formants and a higher pitch, and the words end sooner."""
    clip = Clip("1", "me", (Token("a", ("a",), 0, 0),), vowel(), RATE, (WordTime(0.5, 1.5),))
    made = CONDITIONS[name].apply(clip, name, 0, Crowd([]))
    (time,) = made.times
    assert time
    assert (time.start, time.end) == pytest.approx((0.5 * size, 1.5 * size), abs=1e-4)
    assert made.seconds == pytest.approx(clip.seconds * size, abs=1e-4)
    heard = audio.resample(made.samples, made.rate, RATE)[round(time.start * RATE) : round(time.end * RATE)]
    peak = np.abs(np.fft.rfft(heard, 4 * RATE))[: 4 * 1000].argmax() / 4
    assert peak == pytest.approx(600 / size, rel=0.1)
    assert CONDITIONS[name].speed == size
    assert replace(made, rate=clip.rate, times=clip.times) == clip
