"""An "uh" beside a word is told from the word said again."""

from __future__ import annotations

import pytest

from benchmarks.truth_set.departures import departing
from benchmarks.truth_set.speech import settled
from handler.aligners.sphinx import SphinxAligner
from handler.alignment.hesitations import hesitates
from handler.alignment.prober import Prober
from handler.media.recording import Recording
from tests.support.departures import aligner as aligner
from tests.support.departures import speaker


@pytest.mark.parametrize(
    ("sound", "language", "expected"),
    [("um", "en-GB", True), ("their", "en", False), ("um", "de", False)],
)
def test_hesitation_is_no_take(aligner: SphinxAligner, sound: str, language: str, expected: bool) -> None:
    """What stands before the next word is the word again or, in a language whose hesitations are known, none."""
    line = f"The driver of the last train borrowed their {{{sound}, |}}favourite chairs after a long discussion."
    clip = settled(departing(speaker(), "clip", line, 1))
    prober = Prober(aligner, Recording.from_samples(clip.samples, clip.rate), clip.tokens, language)
    assert clip.words[7] == "their"
    assert hesitates(prober, clip.times, 7, 8, clip.times[8:]) is expected
