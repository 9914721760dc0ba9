"""A pause belongs to no word, whichever aligner placed the words: edges at pauses are set by the sound."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from handler.alignment import boundaries, pauses
from handler.alignment.boundaries import settled, settled_recording
from handler.media.recording import Recording
from handler.types import Samples, WordTime

RATE = 16_000
NEAR_S = 0.015


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def vowel(seconds: float, level: float = 0.2) -> Samples:
    """A buzz at 120 Hz with the formants of a vowel, which does not fade."""
    time = np.arange(round(seconds * RATE)) / RATE
    made = sum(np.sin(2 * np.pi * hertz * time) / (1 + abs(hertz - 600) / 300) for hertz in range(120, 4000, 120))
    return np.asarray(made * (level / np.abs(made).max()), np.float32)


def hiss(seconds: float, level: float, seed: int = 0) -> Samples:
    """A fricative: noise above 3 kHz."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    spectrum[: round(3000 * seconds)] = 0
    made = np.fft.irfft(spectrum, round(seconds * RATE))
    return np.asarray(made * (level / np.abs(made).max()), np.float32)


def room(samples: Samples, below_db: float, seed: int = 1) -> Samples:
    """The sound in a room with steady noise so far below the vowels."""
    noise = np.random.default_rng(seed).standard_normal(len(samples)).astype(np.float32)
    return samples + noise * np.float32(0.07 * 10 ** (-below_db / 20))


def joined(*pieces: Samples) -> Samples:
    return np.concatenate(pieces)


def words(*edges: tuple[float, float]) -> list[WordTime | None]:
    return [WordTime(start, end, 0.8) for start, end in edges]


def edges(times: Sequence[WordTime | None]) -> list[tuple[float, float]]:
    return [(time.start, time.end) for time in times if time]


def close(found: Sequence[WordTime | None], *expected: tuple[float, float]) -> bool:
    return bool(np.allclose(edges(found), expected, atol=NEAR_S))


LEAD = silence(0.3)
TWO = joined(LEAD, vowel(0.4), silence(0.2), vowel(0.4), silence(0.3))
TRUE = ((0.3, 0.7), (0.9, 1.3))


@pytest.mark.parametrize(
    "placed",
    [
        ((0.3, 0.7), (0.7, 1.3)),
        ((0.3, 0.9), (0.9, 1.3)),
        ((0.3, 0.8), (0.8, 1.3)),
        ((0.0, 0.65), (0.65, 1.6)),
        ((0.32, 0.62), (0.95, 1.2)),
        ((0.3, 0.96), (0.96, 1.3)),
    ],
    ids=["to the next", "to the last", "shared", "cut off", "late and short", "with a bit of the next"],
)
@pytest.mark.parametrize("noise_db", [None, 50.0], ids=["silence", "room tone"])
def test_a_pause_belongs_to_no_word(placed: tuple[tuple[float, float], ...], noise_db: float | None) -> None:
    """However an aligner shares out a pause of 200 ms, words end and begin with their sound, and stay as sure."""
    sound = TWO if noise_db is None else room(TWO, noise_db)
    found = settled(sound, RATE, words(*placed))
    assert close(found, *TRUE)
    assert [time.confidence for time in found if time] == [0.8, 0.8]


def test_a_weak_fricative_begins_its_word() -> None:
    """A hiss 24 dB below the vowel after it belongs to the word, at its start and at its end."""
    weak = hiss(0.1, 0.0125)
    loud = hiss(0.1, 0.1)  # as speech has elsewhere
    sound = joined(LEAD, loud, vowel(0.3), weak, silence(0.25), weak, vowel(0.3), silence(0.3))
    assert close(settled(sound, RATE, words((0.3, 0.85), (0.85, 1.45))), (0.3, 0.8), (1.05, 1.45))


@pytest.mark.parametrize("closed", [0.05, 0.08])
def test_a_plosives_closure_is_no_pause(closed: float) -> None:
    """Neither between two words nor inside one does the closure before a burst move an edge."""
    burst = hiss(0.02, 0.1)
    sound = joined(LEAD, vowel(0.3), silence(closed), burst, vowel(0.3), silence(closed), burst, vowel(0.2), LEAD)
    end = 0.3 + 0.3 + closed + 0.02 + 0.3 + closed + 0.02 + 0.2
    placed = words((0.3, 0.6), (0.6, end))
    assert close(settled(sound, RATE, placed), *edges(placed))


def test_a_long_closure_inside_a_word_does_not_split_it() -> None:
    """A silence of 120 ms in the middle of a word, far from its edges, moves nothing."""
    sound = joined(LEAD, vowel(0.3), silence(0.12), vowel(0.3), LEAD)
    assert close(settled(sound, RATE, words((0.3, 1.02))), (0.3, 1.02))


def test_a_click_in_a_pause_is_no_word() -> None:
    """A word that got the pause before it, with a click in it, begins after the click."""
    sound = joined(LEAD, vowel(0.4), silence(0.2), hiss(0.02, 0.1), silence(0.2), vowel(0.4), LEAD)
    assert close(settled(sound, RATE, words((0.3, 0.7), (0.7, 1.52))), (0.3, 0.7), (1.12, 1.52))


def test_pauses_full_of_noise_are_left_alone() -> None:
    """Where noise 8 dB below the speech fills the pauses, the aligner's times stay to the last bit."""
    rng = np.random.default_rng(3)
    noisy = TWO + np.asarray(0.028 * rng.standard_normal(len(TWO)), np.float32)
    placed = words((0.3, 0.7), (0.7, 1.3))
    assert settled(noisy, RATE, placed) == placed


def test_in_noise_a_word_may_begin_before_it_is_heard() -> None:
    """In noise 20 dB below the speech a start 40 ms before the sound is believed, one 100 ms before it is not."""
    noisy = room(TWO, 20.0)
    assert settled(noisy, RATE, words((0.3, 0.7), (0.86, 1.3)))[1:] == words((0.86, 1.3))
    assert edges(settled(noisy, RATE, words((0.3, 0.7), (0.8, 1.3))))[1][0] > 0.84


def test_sound_without_a_pause_and_no_sound_are_left_alone() -> None:
    """Neither running speech nor silence moves words, nor does a recording without samples."""
    placed = words((0.0, 0.5), (0.5, 1.0))
    for sound in (vowel(1.0), silence(1.0), silence(0.0)):
        assert settled(sound, RATE, placed) == placed


def test_words_without_time_or_length_stay_in_order() -> None:
    """A word without a time stays so, and one that was passed over stays between its neighbours."""
    passed = WordTime(0.88, 0.88, 0.0)
    found = settled(TWO, RATE, [WordTime(0.3, 0.88), passed, None, WordTime(0.88, 1.3)])
    assert found[2] is None
    times = [time for time in found if time]
    assert all(one.end <= other.start for one, other in pairwise(times))
    assert times[1].start == times[1].end


def test_no_word_is_cut_to_nothing() -> None:
    """A word that lies in silence altogether keeps the aligner's time."""
    placed = words((0.3, 0.7), (0.75, 0.85), (0.9, 1.3))
    assert edges(settled(TWO, RATE, placed))[1] == (0.75, 0.85)


def test_a_long_recording_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes are settled as seconds are, and no more than a piece and its margins is read at once."""
    monkeypatch.setattr(boundaries, "_PIECE_S", 5.0)
    count = 30
    sound = joined(LEAD, *[joined(vowel(0.4), silence(0.2 + 2.0 * (at % 10 == 9))) for at in range(count)])
    starts = [0.3 + 0.6 * at + 2.0 * (at // 10) for at in range(count)]
    placed = [(start - 0.15, start + 0.4) for start in starts]
    reads: list[int] = []
    checks: list[None] = []

    def read(first: int, after: int) -> Samples:
        reads.append(after - first)
        return sound[first:after]

    recording = Recording(len(sound), RATE, read)
    found = settled_recording(recording, words(*placed), lambda: checks.append(None))
    assert close(found, *((start, start + 0.4) for start in starts))
    assert max(reads) <= 9.0 * RATE
    assert len(checks) == len(reads) > 3


def among_others(speech: Samples) -> Samples:
    """The sound with another voice 16 dB below it, that comes and goes from syllable to syllable, in a quiet room."""
    time = np.arange(len(speech)) / RATE
    syllables = 10 ** np.random.default_rng(4).uniform(-1.7, 0.0, round(time[-1] / 0.1) + 2)
    voice = vowel(len(speech) / RATE, 0.03) * np.interp(time / 0.1, np.arange(len(syllables)), syllables)
    return room(speech + voice.astype(np.float32), 60.0)


def test_other_voices_are_a_pause() -> None:
    """A word that an aligner stretched over 200 ms of another voice begins where it is said."""
    sound = joined(LEAD, vowel(0.4), silence(0.3), vowel(0.4), silence(0.5), vowel(0.4), silence(0.6))
    found = settled(among_others(sound), RATE, words((0.3, 0.7), (0.8, 1.4), (1.9, 2.3)))
    assert close(found, (0.3, 0.7), (1.0, 1.4), (1.9, 2.3))


def test_what_other_voices_hide_for_a_moment_is_no_pause() -> None:
    """Where other voices are heard, 150 ms in which a word is no louder than they are belong to it."""
    sound = joined(LEAD, vowel(0.4), silence(0.15), vowel(0.4), silence(0.6), vowel(0.4), silence(0.6))
    found = settled(among_others(sound), RATE, words((0.3, 0.7), (0.7, 1.25), (1.85, 2.25)))
    assert close(found, (0.3, 0.7), (0.7, 1.25), (1.85, 2.25))


def test_a_word_before_the_piece_hides_no_sound_between_the_words() -> None:
    """The last word of the piece before, which ended long ago, is not taken for one that goes on here."""
    here, before = (1.0, 2.0), (-9.0, -8.0)
    assert pauses._between([before, here], 600, 0.005).sum() == pauses._between([here], 600, 0.005).sum() > 300
