from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.captions.layout import LONG_PAUSE, MIN_VISIBLE, cues, joined, partition
from handler.captions.looks import LOOKS, Look
from handler.values import Cue, Word
from tests.captions.scripts import scripts, timed

CLASSIC, WORD, KARAOKE = LOOKS["classic"], LOOKS["word"], LOOKS["karaoke"]
looks = st.sampled_from([CLASSIC, WORD, KARAOKE, replace(WORD, words_per_cue=3), replace(CLASSIC, max_lines=3)])


def text(made: tuple[Cue, ...]) -> list[str]:
    """The lines of each cue, joined with a stroke."""
    return [" / ".join(joined(line) for line in cue.lines) for cue in made]


@settings(max_examples=150, deadline=None)
@given(scripts(), looks)
def test_invariants(script: tuple[tuple[Word, ...], float], look: Look) -> None:
    """Every word is in exactly one cue, in order; cues lie inside the audio and never overlap."""
    words, duration = script
    made = cues(words, look, duration)
    assert [word for cue in made for word in cue.words] == list(words)
    assert [cue.first_word for cue in made] == [words.index(cue.words[0]) for cue in made]
    ends = [0.0, *(cue.end for cue in made)]
    for cue, before in zip(made, ends, strict=False):
        assert before <= cue.start + 1e-9
        assert cue.end - cue.start >= MIN_VISIBLE - 1e-9
    assert made[-1].end <= duration


@settings(max_examples=150, deadline=None)
@given(scripts())
def test_standard_limits(script: tuple[tuple[Word, ...], float]) -> None:
    """Lines, length, time and reading speed stay within the limits; what exceeds them could not do otherwise."""
    words, duration = script
    made = cues(words, CLASSIC, duration)
    nexts = [*(cue.start for cue in made[1:]), duration]
    for cue, after in zip(made, nexts, strict=True):
        alone = len(cue.words) == 1
        assert len(cue.lines) <= 2
        assert all(len(joined(line)) <= 42 or len(line) == 1 for line in cue.lines)
        length, full = cue.end - cue.start, cue.end >= after - 1e-9
        # A neighbour without any length of its own may take a frame.
        assert length <= 7.0 + MIN_VISIBLE or alone
        assert length >= 0.8 - 1e-9 or full
        chars = sum(len(joined(line)) for line in cue.lines)
        assert chars / length <= 20 + 1e-9 or full or length >= 7.0 - 1e-9
        pauses = [b.start - a.end for a, b in pairwise(cue.words)]
        assert max(pauses, default=0) < LONG_PAUSE


@settings(max_examples=100, deadline=None)
@given(scripts(), st.integers(2, 5))
def test_groups_hold_at_most_their_number(script: tuple[tuple[Word, ...], float], count: int) -> None:
    """words_per_cue = n never shows more than n words."""
    words, duration = script
    assert all(len(cue.words) <= count for cue in cues(words, replace(WORD, words_per_cue=count), duration))


def test_one_word_is_on_screen_exactly_while_it_is_spoken() -> None:
    """With one word a cue, each cue has its word's times."""
    words = timed("one two three four", pauses={1: 0.02, 2: 2.0})
    made = cues(words, WORD, 9.0)
    assert [(cue.start, cue.end) for cue in made] == [(word.start, word.end) for word in words]


def test_word_without_length_is_seen() -> None:
    """A word without any length takes a frame from the word after it, without overlap."""
    words = (Word("a", 1.0, 1.0, 1, True, 0, 1), Word("b", 1.0, 1.5, 1, False, 2, 3))
    assert [(cue.start, cue.end) for cue in cues(words, WORD, 2.0)] == [(1.0, 1.05), (1.05, 1.5)]


def test_word_without_length_at_the_very_end_is_seen() -> None:
    """A word without any length where the audio ends takes its frame from the word before."""
    words = (Word("a", 1.0, 2.0, 1, False, 0, 1), Word("b", 2.0, 2.0, 1, True, 2, 3))
    made = cues(words, WORD, 2.0)
    assert [(cue.start, cue.end) for cue in made] == [(1.0, pytest.approx(1.95)), (pytest.approx(1.95), 2.0)]


def test_words_beyond_the_audio_are_brought_in() -> None:
    """Times before 0 or after the end are moved inside, in order."""
    words = (
        Word("a", -0.5, 0.4, 1, False, 0, 1),
        Word("b", 0.3, 9.0, 1, False, 2, 3),
        Word("c", 9, 10, 1, False, 4, 5),
    )
    made = cues(words, WORD, 1.0)
    assert made[0].start == 0.0
    assert made[-1].end == 1.0
    assert all(a.end <= b.start for a, b in pairwise(made))


def test_nothing_becomes_nothing() -> None:
    """No words, no cues."""
    assert cues((), CLASSIC, 1.0) == ()


def test_standard_layout_reads_well() -> None:
    """Cues end where sentences and clauses do, short sentences share one, lines break before little words."""
    script = (
        "Welcome back to the channel, everyone! Dr. Watson paid $1,234.56 for it in 2023. Really? Yes. "
        "We look at how a small team built a system that turns any script into speech."
    )
    assert text(cues(timed(script, pauses=dict.fromkeys((5, 13, 14, 15), 0.4)), CLASSIC, 30.0)) == [
        "Welcome back to the channel, everyone!",
        "Dr. Watson paid $1,234.56 for it in 2023.",
        "Really? Yes.",
        "We look at how a small team built a system / that turns any script into speech.",
    ]


def test_groups_end_at_sentences_and_long_pauses() -> None:
    """Groups of three do not run across a full stop or a pause."""
    words = timed("I know. You know too and we wait here", pauses={5: 1.0})
    assert text(cues(words, replace(WORD, words_per_cue=3), 9.0)) == ["I know.", "You know too", "and", "we wait here"]


def test_groups_are_balanced() -> None:
    """Four words in groups of at most three are two and two."""
    made = cues(timed("alpha bravo charlie delta"), replace(WORD, words_per_cue=3), 9.0)
    assert [len(cue.words) for cue in made] == [2, 2]


def test_small_gaps_are_closed_and_long_ones_kept() -> None:
    """A cue stays until the next one when the gap is short, and goes when a pause is long."""
    words = timed("alpha bravo charlie delta. Echo foxtrot golf hotel. India.", pauses={3: 0.3, 7: 3.0})
    first, second, third = cues(words, replace(CLASSIC, max_chars=30, max_lines=1), 20.0)
    assert first.end == second.start
    assert second.end == words[7].end
    assert third.start == words[8].start


def test_short_cue_stays_long_enough_to_read() -> None:
    """A short word before silence stays 0.8 s, a long line as long as its reading takes."""
    short, long = timed("Go.", pauses={0: 5.0}), (Word("x" * 40, 0.0, 0.5, 1, False, 0, 40),)
    assert cues(short, CLASSIC, 9.0)[0].end == pytest.approx(0.3 + 0.8)
    assert cues(long, CLASSIC, 9.0)[0].end == pytest.approx(2.0)
    assert cues(long, CLASSIC, 1.0)[0].end == 1.0


def test_long_word_stays_whole() -> None:
    """A word longer than a line is a line by itself."""
    made = cues(timed("see " + "x" * 60 + " now"), replace(CLASSIC, max_lines=3), 30.0)
    assert ("x" * 60,) in [tuple(word.shown for word in line) for cue in made for line in cue.lines]


def test_words_that_touch_in_the_script_have_no_blank() -> None:
    """Where the script has no blank between words (Chinese), captions have none."""
    words = (
        Word("你好", 0, 0.5, 1, False, 0, 2),
        Word("世界", 0.5, 1, 1, False, 2, 4),
        Word("ok", 1, 2, 1, False, 5, 7),
    )
    assert joined(words) == "你好世界 ok"


def test_wide_letters_count_double() -> None:
    """A line of Chinese holds half as many letters."""
    words = tuple(Word("字", i * 0.2, i * 0.2 + 0.2, 1, False, i, i + 1) for i in range(60))
    made = cues(words, CLASSIC, 12.0)
    assert max(len(joined(line)) for cue in made for line in cue.lines) <= 21


def test_partition_finds_the_lowest_sum() -> None:
    """The cheapest cut is found even where a greedy one would start otherwise."""
    prices = {(0, 2): 1.0, (2, 3): 9.0, (0, 1): 2.0, (1, 3): 2.0, (1, 2): 5.0}
    assert partition(3, lambda start, stop: prices.get((start, stop), float("inf"))) == [(0, 1), (1, 3)]


def test_lines_are_balanced() -> None:
    """Where no break is better than another, two lines are about as long."""
    made = cues(timed("alpha bravo charlie delta echo foxtrot golf hotel"), CLASSIC, 9.0)
    first, second = (len(joined(line)) for line in made[0].lines)
    assert abs(first - second) <= len("foxtrot")
