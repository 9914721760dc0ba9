"""A recording that breaks off while somebody speaks is told from one that ends where the speech ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.engines import espeak_library
from handler.media.decode import decode
from handler.media.edges import Edge, edges
from handler.media.levels import measure, remove_dc
from handler.types import Samples
from tests.media.test_decode import converted
from tests.support.human_samples import RATE, human_samples, noise, silence

needs_espeak = pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")

NATURE_VOWEL_S = 1.58  # in the first "nature" of the person


def of(samples: Samples, rate: int = RATE) -> tuple[Edge, Edge]:
    centred = remove_dc(samples)
    return edges(centred, rate, measure(centred, rate))


def test_person_cut_inside_a_vowel_is_torn() -> None:
    """A cut at any sample of a vowel is seen at the end and, of the rest, at the beginning."""
    human = human_samples()
    for step in range(0, 50, 7):
        at = round((NATURE_VOWEL_S + step / 1000) * RATE)
        head, tail = of(human[:at])
        assert (head, tail.sounding) == (Edge(), True)
        head, tail = of(human[at:])
        assert (head.sounding, tail) == (True, Edge())
    assert of(human[: round(NATURE_VOWEL_S * RATE)])[1].torn


@pytest.mark.parametrize("padding", [0.0, 0.05])
def test_padding_of_a_coder_hides_no_cut(padding: float) -> None:
    """Silence of a few hundredths of a second, which coders add, does not make a cut the end of a word."""
    cut = human_samples()[: round(NATURE_VOWEL_S * RATE)]
    assert of(np.concatenate([cut, silence(padding)]))[1].torn
    assert of(np.concatenate([cut, silence(0.3)]))[1] == Edge()


@pytest.mark.parametrize("kind", ["mp3", "m4a", "opus"])
def test_cut_is_seen_in_coded_sound(tmp_path: Path, kind: str) -> None:
    """Coders smear a cut by a few milliseconds, and it is seen nevertheless."""
    soundfile.write(tmp_path / "a.wav", human_samples()[: round(NATURE_VOWEL_S * RATE)], RATE)
    sound = decode(converted(tmp_path / "a.wav", tmp_path / f"a.{kind}"))
    assert of(sound.samples, sound.sample_rate)[1].sounding


@pytest.mark.parametrize("decibels", [100, 30, 20, 15])
def test_room_and_noise_are_no_cut(decibels: float) -> None:
    """Speech that has ended is followed by the noise of its room, however loud, up to the edge."""
    human = human_samples()
    for samples in (human, human[round(0.3 * RATE) : round(5.05 * RATE)]):
        assert of(noise(samples, decibels)) == (Edge(), Edge())


def test_breath_at_the_end_is_no_cut() -> None:
    """A breath, 25 dB below the speech and broken off, is no half word."""
    human = human_samples()
    breath = np.random.default_rng(2).standard_normal(RATE // 2).astype(np.float32)
    loud = float(np.percentile(np.abs(human), 95))
    assert of(np.concatenate([human, breath * np.float32(loud * 10 ** (-25 / 20))]))[1] == Edge()


@needs_espeak
@pytest.mark.parametrize("last", ["away", "news", "stop", "church", "view", "tonight"])
def test_speech_trimmed_to_its_last_sample_is_not_torn(last: str) -> None:
    """A machine's speech without any quiet around it ends loudly, but not at full swing."""
    words = ["every", "evening", "they", "look", "far", last]
    spoken = espeak_library.speak(words, [""] * len(words), "en-us", 170)
    heard = np.flatnonzero(np.abs(spoken.samples) > 1e-4)
    head, tail = of(spoken.samples[heard[0] : heard[-1] + 1], spoken.sample_rate)
    assert not head.torn
    assert not tail.torn
