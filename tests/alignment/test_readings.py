"""Tokens that are said otherwise than a script is read: the sound decides, and their neighbours stay in their place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.truth_set.departures import departing
from benchmarks.truth_set.speech import settled
from handler.aligners.sphinx import SphinxAligner
from handler.alignment import match
from handler.alignment.prober import Prober
from handler.alignment.readings import Readings
from handler.media.recording import Recording
from handler.settings import Settings
from handler.text import tokenize
from handler.types import Samples, WordTime
from tests.support.departures import aligner as aligner
from tests.support.departures import far, speaker

LINES = {
    "1990s": "The ship was in our harbour since the {nineties|1990s} and nobody bought it.",
    "1/2": "My sister will eat {half|1/2} of the cake before the music stopped.",
    "www": "You can read all about it on {example dot com|www.example.com} before you leave.",
    "2024": "The bridge was repaired in {two thousand twenty four|2024} by the team.",
    "&": "The owner of {Miller Johnson|Miller & Johnson} has bought the garden.",
    "$5": "He paid {five bucks|$5} for the umbrella in our village.",
    "5:30": "The train will leave at {half past five|5:30} in the morning.",
    "telephone": "Call our team at {five five five, twelve thirty four|555-1234} before noon.",
    "SQL": "She has written the {sequel|SQL} for the team of today.",
    "(laughs)": "That was so funny {|(laughs)} that nobody could believe it.",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_reading_in_the_sound_is_taken(aligner: SphinxAligner, line: str) -> None:
    """A token spans what is really said for it, and the words beside it are where they are."""
    clip = settled(departing(speaker(), "clip", line, 1))
    found = match.match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, "en", aligner)
    assert len(found.times) == len(clip.words)
    assert far(clip, found.times, 0.08) == []


def test_words_that_were_lost_with_a_token_come_back(aligner: SphinxAligner) -> None:
    """Where a search took a token's words from sound far behind it, the token is looked for beside its neighbours."""
    line = (
        "His grandfather bought {two and a half|2.5} bags of flour. You can read all about it on "
        "{example dot com|www.example.com} before you leave. There were {fifteen hundred|1,500} visitors in the "
        "middle of the village."
    )
    clip = settled(departing(speaker(), "clip", line, 1))
    found = match.match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, "en", aligner)
    assert far(clip, found.times, 0.12) == []
    assert found.unspoken == found.untranscribed == ()


def test_capitals_are_not_spelled_where_all_are_capitals(aligner: SphinxAligner) -> None:
    """A text in capitals that is not said costs as many searches as in small letters."""

    class Counting(SphinxAligner):
        searches = 0

        def find(
            self, samples: Samples, sample_rate: int, words: Sequence[str], language: str
        ) -> list[WordTime | None]:
            self.searches += 1
            return super().find(samples, sample_rate, words, language)

    clip = settled(departing(speaker(), "clip", "The ship was in our harbour before the music stopped.", 1))
    line = "Stopped music the before harbour our in was ship the."
    counts = []
    for text in (line.lower(), line.upper()):
        counting = Counting(Settings.read({}))
        match.match(Recording.from_samples(clip.samples, clip.rate), tokenize(text, "en"), "en", counting)
        counts.append(counting.searches)
    assert counts[0] == counts[1]


def test_capitals_keep_their_other_readings() -> None:
    """In a text in capitals "VS." may be "against", and no word is spelled out."""
    tokens = tokenize("THE SHIP WAS SOLD VS. THE OTHER", "en")
    prober = Prober(SphinxAligner(Settings.read({})), Recording.from_samples(np.zeros(9, np.float32), 1), tokens, "en")
    others = Readings(prober, tokens, "en", [None] * len(tokens), [], [], [])._others
    assert [word for token in tokens for words in others(token) for word in words] == ["against"]


@pytest.mark.parametrize(
    ("line", "with_it", "around"),
    [
        (LINES["www"], "You can read all about it on www.example.com before you leave.", ("on", "before")),
        (LINES["&"], "The owner of Miller & Johnson has bought the garden.", ("Miller", "has")),
    ],
)
def test_neighbours_of_an_unsaid_piece_do_not_move(
    aligner: SphinxAligner, line: str, with_it: str, around: tuple[str, str]
) -> None:
    """With the piece and without it the words beside it are within 60 ms of where they are said."""
    for marked in (line, with_it):
        clip = settled(departing(speaker(), "clip", marked, 1))
        found = match.match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, "en", aligner)
        for word in around:
            at = clip.words.index(word)
            true, time = clip.times[at], found.times[at]
            assert true
            assert time
            assert abs(time.start - true.start) <= 0.06
