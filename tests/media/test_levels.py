"""Recordings that no voice can be made of are named, doubtful ones get a warning."""

from __future__ import annotations

import numpy as np
import pytest

from handler.errors import BadReference
from handler.media.decode import Sound
from handler.media.levels import check_quality
from handler.types import Samples
from tests.support.human_samples import RATE, human_samples, noise, silence


@pytest.fixture(scope="module")
def human() -> Samples:
    return human_samples()


def test_clean_recording_passes(human: Samples) -> None:
    """A clean recording by a person has nothing against it."""
    assert check_quality(Sound(human, RATE)) == ()


def with_one_nan(samples: Samples) -> Samples:
    return np.where(np.arange(len(samples)) == 5000, np.float32(np.nan), samples)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda samples: samples[:0], "has only 0.0 seconds of sound"),
        (lambda _: silence(4), "is silent"),
        (lambda samples: noise(samples, 0) * np.float32(1e-4), "is silent"),
        (lambda samples: samples[10_000:19_600], "has only 0.4 seconds of sound"),
        (lambda samples: np.concatenate([silence(2), samples[10_000:19_600], silence(2)]), "has only 0.4 seconds"),
        (lambda samples: np.clip(samples * 4 / np.abs(samples).max(), -1, 1), "is heavily clipped"),
        (lambda samples: np.clip(samples * 8, -1, 1), "is heavily clipped"),
        (lambda samples: np.clip(samples * 8, -1, 1) * np.float32(0.3), "is heavily clipped"),
        (lambda samples: noise(samples, 0), "is too noisy"),
        (lambda _: noise(silence(4) + np.float32(0.1), 0), "is too noisy"),
        (with_one_nan, "not numbers"),
        (lambda samples: samples + np.float32(0.7), "constant voltage"),
    ],
)
def test_unusable_recording_is_refused(human: Samples, spoil, reason: str) -> None:  # type: ignore[no-untyped-def]
    """Each thing that makes a recording useless has its own sentence, with the way out after a semicolon."""
    with pytest.raises(BadReference) as caught:
        check_quality(Sound(spoil(human), RATE))
    assert reason in caught.value.message
    assert "; " in caught.value.message


def test_tone_is_no_speech() -> None:
    """A constant tone is refused as no speech, not as clipped; between silences it passes."""
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)).astype(np.float32)
    with pytest.raises(BadReference, match="or no speech"):
        check_quality(Sound(tone, RATE))
    gaps = noise(np.concatenate([tone, silence(1), tone]), 50)
    assert check_quality(Sound(gaps, RATE)) == ()


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (lambda samples: np.clip(samples * 1.9, -1, 1), {"clip_clipped"}),
        (lambda samples: noise(samples, 5), {"clip_noisy"}),
        (lambda samples: samples * np.float32(0.02), {"clip_quiet"}),
        (lambda samples: samples + np.float32(0.1), {"clip_offset"}),
        (lambda samples: np.concatenate([samples, silence(9), samples]), {"clip_pauses"}),
        (lambda samples: samples[: 2 * RATE], {"clip_short"}),
        (lambda samples: np.concatenate([silence(20), samples, silence(20)]), set()),
        (lambda samples: noise(samples, 20), set()),
    ],
)
def test_doubtful_recording_gets_a_warning(human: Samples, spoil, codes: set[str]) -> None:  # type: ignore[no-untyped-def]
    """A doubtful clip gets a warning and is not refused; silence around the speech gives none."""
    assert {warning.code for warning in check_quality(Sound(spoil(human), RATE))} == codes
