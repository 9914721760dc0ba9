"""Words that stand apart at the edge of a passage are moved to the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from handler.alignment import match
from handler.media.recording import Recording
from handler.types import Samples, WordTime
from tests.support.spoken_numbers import RATE, WORD, Reader, spoken, written
from tests.support.stub_backends import registry

TEXT = [1, 2, 3, 4, 5, 6, 8, 9]
OTHER = list(range(1000, 1014))


class Astray(Reader):
    """Finds the first or the last word in other sound, though it is beside the others as well."""

    def __init__(self, place: int, number: int, *, sure: float) -> None:
        super().__init__()
        self.place, self.sure = place, sure
        self.start = spoken([*OTHER, *TEXT])[1][number] if number in OTHER else 0.0

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return super().find(samples, rate, words, language)

    def find(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        times = super().find(samples, rate, words, language)
        times[self.place] = WordTime(self.start, self.start + WORD, self.sure)
        return times


@pytest.mark.parametrize(("sure", "joined"), [(0.9, True), (1.3, False)])
def test_first_word_in_other_speech_is_moved_to_the_second(sure: float, joined: bool) -> None:
    """It is moved where it fits nearly as well beside the second, and stays where it is far surer."""
    samples, truth = spoken([*OTHER, *TEXT])
    ear = Astray(0, OTHER[0], sure=sure)
    recording = Recording.from_samples(samples, RATE)
    found = match.align(recording, written(TEXT), "en", (None, ["ear"]), registry(ear=ear)).timing.words
    starts = [truth[number] for number in TEXT]
    assert [word.start for word in found[1:]] == pytest.approx(starts[1:], abs=0.02)
    assert (found[0].start == pytest.approx(starts[0], abs=0.02)) is joined


def test_last_word_far_away_is_moved_to_the_others() -> None:
    """The last word is moved in the same way."""
    samples, truth = spoken([*TEXT, *OTHER])
    ear = Astray(-1, 0, sure=0.9)
    ear.start = truth[OTHER[-1]]
    recording = Recording.from_samples(samples, RATE)
    found = match.align(recording, written(TEXT), "en", (None, ["ear"]), registry(ear=ear)).timing.words
    assert [word.start for word in found] == pytest.approx([truth[number] for number in TEXT], abs=0.02)


def test_room_tone_between_words_moves_none() -> None:
    """Words far apart with nothing but the noise of the room between them are no islands."""
    samples, truth = spoken([1, 2, 3, 4])
    tone = 0.004 * np.random.default_rng(1).standard_normal(3 * RATE).astype(np.float32)
    cut = round((truth[2] - 0.02) * RATE)
    ear = Reader()
    recording = Recording.from_samples(np.concatenate([samples[:cut], 0 * tone, samples[cut:]]), RATE)
    found = match.align(recording, written([1, 2, 3, 4]), "en", (None, ["ear"]), registry(ear=ear)).timing.words
    assert [word.start for word in found] == pytest.approx([truth[1], *(truth[n] + 3 for n in (2, 3, 4))], abs=0.02)
    assert len(ear.lengths) == 1
