from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.captions.layout import (
    LONG_PAUSE_S,
    MIN_GAP_FRAMES,
    MIN_VISIBLE_S,
    columns,
    cues,
    joined,
    partition,
    with_own_lines,
)
from handler.captions.styles import STYLES, Style, resolve
from handler.requests import CaptionStyle
from handler.text.characters import is_unspaced
from handler.types import Cue, Word
from tests.support.caption_words import scripts, timed

CLASSIC, WORD, KARAOKE = STYLES["classic"], STYLES["word"], STYLES["karaoke"]
styles = st.sampled_from([*STYLES.values(), replace(WORD, words_per_cue=3), replace(CLASSIC, max_lines=3)])
rates = st.sampled_from([24.0, 25.0, 30.0, 60.0])


def text(made: tuple[Cue, ...]) -> list[str]:
    """The lines of each cue, joined with a stroke."""
    return [" / ".join(joined(line) for line in cue.lines) for cue in made]


@settings(max_examples=150)
@given(scripts(), styles)
def test_cues_hold_every_word_once_without_overlap(script: tuple[tuple[Word, ...], float], style: Style) -> None:
    """Every word is in exactly one cue, in order; cues lie inside the audio and never overlap."""
    words, duration = script
    made = cues(words, style, duration)
    assert [word for cue in made for word in cue.words] == list(words)
    assert [cue.first_word for cue in made] == [words.index(cue.words[0]) for cue in made]
    ends = [0.0, *(cue.end for cue in made)]
    for cue, before in zip(made, ends, strict=False):
        assert before <= cue.start + 1e-9
        assert cue.end - cue.start >= MIN_VISIBLE_S - 1e-9
    assert made[-1].end <= duration


@settings(max_examples=150)
@given(scripts())
def test_standard_limits(script: tuple[tuple[Word, ...], float]) -> None:
    """Lines, length, time and reading speed stay within the limits; what exceeds them could not do otherwise."""
    words, duration = script
    made = cues(words, CLASSIC, duration)
    nexts = [*(cue.start for cue in made[1:]), duration]
    for cue, after in zip(made, nexts, strict=True):
        alone = len(cue.words) == 1
        assert len(cue.lines) <= 2
        assert all(columns(joined(line)) <= 42 or len(line) == 1 for line in cue.lines)
        length, full = cue.end - cue.start, cue.end >= after - 1e-9
        # A neighbour without any length of its own may take a frame.
        assert length <= 7.0 + MIN_VISIBLE_S + MIN_GAP_FRAMES / 30 or alone
        assert length >= 5 / 6 - 1e-9 or full
        chars = sum(columns(joined(line)) for line in cue.lines)
        assert chars / length <= 20 + 1e-9 or full or length >= 7.0 - 1e-9
        pauses = [b.start - a.end for a, b in pairwise(cue.words)]
        assert max(pauses, default=0) <= LONG_PAUSE_S


@settings(max_examples=100)
@given(scripts(), st.integers(2, 5))
def test_cues_hold_at_most_words_per_cue(script: tuple[tuple[Word, ...], float], count: int) -> None:
    """words_per_cue = n never shows more than n words; of unspaced scripts several tokens are one word."""
    words, duration = script
    words = tuple(replace(word, shown="word") if any(map(is_unspaced, word.shown)) else word for word in words)
    assert all(len(cue.words) <= count for cue in cues(words, replace(WORD, words_per_cue=count), duration))


@settings(max_examples=100)
@given(scripts(), styles, rates)
def test_gaps_are_closed_or_two_frames_long(script: tuple[tuple[Word, ...], float], style: Style, fps: float) -> None:
    """Between two cues is no gap at all or one of two frames at least; no cue begins before its first word."""
    words, duration = script
    made = cues(words, replace(style, fps=fps), duration)
    for cue, after in pairwise(made):
        gap = after.start - cue.end
        assert abs(gap) < 1e-9 or gap >= MIN_GAP_FRAMES / fps - 1e-9
    # A word without length may borrow a frame from its neighbour, later ones first.
    begins = [cue.start for cue in made if cue.end < duration - len(words) / fps]
    assert all(begin >= cue.words[0].start - 1e-9 for begin, cue in zip(begins, made, strict=False))


def test_one_word_a_cue_follows_the_speech() -> None:
    """With one word a cue, each appears when it is spoken and stays over short gaps, long enough to be read."""
    words = timed("one two three four", pauses={0: 0.3, 1: 0.02, 2: 2.0})
    made = cues(words, WORD, 9.0)
    assert [cue.start for cue in made] == [word.start for word in words]
    ends = [words[1].start, words[2].start, words[2].start + 5 / 6, words[3].start + 5 / 6]
    assert [cue.end for cue in made] == pytest.approx(ends)


@pytest.mark.parametrize(("following", "end"), [(7.03, 7.03), (7.15, 7.0), (7.6, 6.7)])
def test_longest_cue_leaves_no_flash(following: float, end: float) -> None:
    """A cue ends after 7 s at most, but for a next one so near that the gap would be seen as a flash."""
    words = (Word("looong", 0.0, 6.7, 1, False, 0, 6), Word("b", following, 8.0, 1, False, 7, 8))
    assert cues(words, WORD, 9.0)[0].end == pytest.approx(end)


def test_word_without_length_is_seen() -> None:
    """A word without any length takes a frame from the word after it, without overlap."""
    words = (Word("a", 1.0, 1.0, 1, True, 0, 1), Word("b", 1.0, 1.9, 1, False, 2, 3))
    assert [(cue.start, cue.end) for cue in cues(words, WORD, 2.0)] == [(1.0, 1.05), (1.05, 1.9)]
    slow = cues(words, replace(WORD, fps=10.0), 2.0)
    assert [(cue.start, cue.end) for cue in slow] == [(1.0, 1.1), (1.1, 1.9)]


def test_word_without_length_at_the_very_end_is_seen() -> None:
    """A word without any length where the audio ends takes its frame from the word before."""
    words = (Word("a", 1.0, 2.0, 1, False, 0, 1), Word("b", 2.0, 2.0, 1, True, 2, 3))
    made = cues(words, WORD, 2.0)
    assert [(cue.start, cue.end) for cue in made] == [(1.0, pytest.approx(1.95)), (pytest.approx(1.95), 2.0)]


def test_times_outside_the_audio_are_moved_inside() -> None:
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


def test_no_words_make_no_cues() -> None:
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
    made = cues(words, replace(WORD, words_per_cue=3), 9.0)
    assert {1, 5} <= {cue.last_word for cue in made}


def test_groups_end_at_commas() -> None:
    """Groups follow punctuation rather than their number."""
    made = cues(timed("Here is the thing, they come in groups of four"), STYLES["highlight"], 9.0)
    assert made[0].words[-1].shown == "thing,"


@pytest.mark.parametrize("name", ["karaoke", "highlight", "pop", "box"])
def test_groups_do_not_continue_after_a_comma(name: str) -> None:
    """No group ends with the first word of a clause."""
    made = cues(timed("Every word is on screen, exactly while it is spoken."), STYLES[name], 9.0)
    assert "screen," in [cue.words[-1].shown for cue in made]


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
    """A short word before silence stays 5/6 s, a long line as long as its reading takes."""
    short, long = timed("Go.", pauses={0: 5.0}), (Word("x" * 40, 0.0, 0.5, 1, False, 0, 40),)
    assert cues(short, CLASSIC, 9.0)[0].end == pytest.approx(0.3 + 5 / 6)
    assert cues(long, CLASSIC, 9.0)[0].end == pytest.approx(2.0)
    assert cues(long, CLASSIC, 1.0)[0].end == 1.0


def test_long_word_stays_whole() -> None:
    """A word longer than a line is a line by itself."""
    made = cues(timed("see " + "x" * 60 + " now"), replace(CLASSIC, max_lines=3), 30.0)
    assert ("x" * 60,) in [tuple(word.shown for word in line) for cue in made for line in cue.lines]


def test_words_that_touch_in_the_script_have_no_space() -> None:
    """Captions have no blank between words that touch in the script (Chinese)."""
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
    """If no break is better than another, the two lines are about as long."""
    made = cues(timed("alpha bravo charlie delta echo foxtrot golf hotel"), CLASSIC, 9.0)
    first, second = (len(joined(line)) for line in made[0].lines)
    assert abs(first - second) <= len("foxtrot")


def test_paragraph_ends_a_cue() -> None:
    """Words around a blank line of the script are never on screen together, however little time is between."""
    words = timed("our heading here then its text")
    words = (*words[:2], replace(words[2], paragraph=True), *words[3:])
    for style in (CLASSIC, replace(CLASSIC, words_per_cue=6)):
        assert text(cues(words, style, 9.0)) == ["our heading here", "then its text"]


def test_pause_ends_a_cue() -> None:
    """More than half a second of silence parts cues, half a second does not."""
    assert len(cues(timed("one two", pauses={0: 0.49}), CLASSIC, 9.0)) == 1
    assert len(cues(timed("one two", pauses={0: 0.51}), CLASSIC, 9.0)) == 2


def test_lines_fit_the_canvas_in_pixels() -> None:
    """Wide letters make shorter lines: the font's own widths count, not only the number of characters."""
    for script in ("MMMMM WWWWW MMMMM WWWWW MMMMM WWWWW", "iiiii lllll iiiii lllll iiiii lllll"):
        for style in STYLES.values():
            for cue in cues(timed(script), style, 9.0):
                widths = [style.typeface.width(joined(line)) * style.size for line in cue.lines]
                assert max(widths) <= style.line_width or all(len(line) == 1 for line in cue.lines)


def test_combining_marks_have_no_width() -> None:
    """Vowel signs of Arabic and Hebrew stand above and below letters: they count for no column."""
    words = tuple(Word("شَدَّة", i * 0.5, i * 0.5 + 0.5, 1, False, i * 7, i * 7 + 6) for i in range(12))
    lines = [line for cue in cues(words, replace(CLASSIC, max_chars=19), 9.0) for line in cue.lines]
    assert max(len(line) for line in lines) == 5


def test_own_lines_stay_where_all_of_them_fit() -> None:
    """A cue that came with lines keeps them; where one is too wide, all words get new lines."""
    words = tuple(Word(f"word{at}", at / 10, at / 10 + 0.1, 1, False, 6 * at, 6 * at + 5) for at in range(9))
    style = resolve(CaptionStyle.model_construct(preset="classic", canvas="1080x1920"))
    short = Cue(0.0, 1.0, (words[:1], words[1:3]), 0)
    assert with_own_lines(short, style) is short
    wide = with_own_lines(Cue(0.0, 1.0, (words[:1], words[1:]), 0), style)
    assert wide.words == words
    assert len(wide.lines) > 2
