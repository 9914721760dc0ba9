"""Cues: words that captions show again are taken once, and words that are said again stay."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.captions.reading.cues import Cue, _overlap, plain, said, said_lines


def cues(*texts: str, seconds: float = 2.0) -> list[Cue]:
    return [Cue(at * seconds, (at + 1) * seconds, text) for at, text in enumerate(texts)]


def rolling(lines: list[str], flash: bool) -> list[Cue]:
    """Captions as YouTube rolls them: each line under the one before, with or without short cues in between."""
    made = [Cue(0.0, 2.0, lines[0])]
    for at, (before, line) in enumerate(pairwise(lines), start=1):
        if flash:
            made.append(Cue(2.0 * at, 2.0 * at + 0.01, before))
        made.append(Cue(2.0 * at + 0.01, 2.0 * at + 2.0, f"{before}\n{line}"))
    return made


@pytest.mark.parametrize("flash", [False, True])
@pytest.mark.parametrize(
    "lines",
    [
        ["slice the onion", "and fry it"],
        ["the kettle is", "on the stove", "now stir"],
        ["yes", "no no", "no no", "yes", "no no"],
    ],
)
def test_rolling_captions_are_taken_once(lines: list[str], flash: bool) -> None:
    """Each line of captions that roll is taken once, and a line that is said twice is taken twice."""
    assert said(rolling(lines, flash)).split("\n") == lines


def test_growing_captions_are_taken_once() -> None:
    """Captions that show a word more each time give each word once."""
    assert said(cues("the", "the kettle", "the kettle is", "now", "now stir")).split() == [
        "the",
        "kettle",
        "is",
        "now",
        "stir",
    ]


def test_captions_that_mark_the_spoken_word_are_taken_once() -> None:
    """A line that comes once for each of its words, with another one marked, is one line."""
    words = ["so", "first", "is", "there"]
    marked = [
        " ".join(f"<u>{word}</u>" if at == spoken else word for at, word in enumerate(words))
        for spoken in range(len(words))
    ]
    assert said(cues(*marked)) == "so first is there"


@pytest.mark.parametrize(
    "texts",
    [
        ["bye", "bye", "bye"],
        ["Go home.", "No.", "Go home."],
        ["the end", "the start"],
        ["no", "no way"],
        ["no", "no way", "out", "of here", "said she"],
        ["We sing.", "We sing.", "You sing.", "I do not.", "Oh."],
        ["a b c", "c d e", "f"],
    ],
)
def test_words_that_are_said_again_stay(texts: list[str]) -> None:
    """Cues that happen to say the same, or to begin with the last word, are all taken."""
    assert said(cues(*texts)).split("\n") == texts


def test_a_cue_too_short_to_say_says_nothing_again() -> None:
    """Words that flash up for a moment after their cue are still the same."""
    assert said([Cue(0.0, 2.0, "onion"), Cue(2.0, 2.01, "onion")]) == "onion"
    assert said([Cue(0.0, 2.0, "onion"), Cue(2.0, 3.0, "onion")]) == "onion\nonion"


def test_a_pause_ends_what_is_on_screen() -> None:
    """A cue long after another one says its words again."""
    assert said([Cue(0.0, 1.0, "come here"), Cue(9.0, 10.0, "come here\nnow")]) == "come here\ncome here\nnow"


def test_copies_of_a_cue_are_taken_once() -> None:
    """Layers of a caption, and cues that two parts of a file share, have one start and one text."""
    assert said([Cue(0.0, 1.0, "{\\blur3}Hello"), Cue(0.0, 1.0, "Hello"), Cue(1.0, 2.0, "you")]) == "Hello\nyou"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<i>I</i> <v Anna>am <00:01.000><c.x>here</c>", "I am here"),
        ("{\\an8}{\\i1}Hi\\Nyou\\hthere", "Hi\nyou there"),
        ("{\\p1}m 0 0 l 9 9{\\p0}Hi", "Hi"),
        ("<ruby>東京<rt>とうきょう</rt></ruby>", "東京"),
        ("I <3 you & 2 < 3", "I <3 you & 2 < 3"),
        ("R&amp;D &#39;x&#x27; &amp;#39; &nbsp;a", "R&D 'x' ' \xa0a"),
        ("a<br/>b[br]c", "a\nb\nc"),
        ("a\u00adb\u200bc\ufeff", "abc"),
        ("ក\u200bខ", "ក\u200bខ"),
        (f"&#{'9' * 5000};a", "a"),
    ],
)
def test_markup_is_no_text(markup: str, text: str) -> None:
    """Tags, overrides, drawings, readings above characters, entities and invisible characters are taken away."""
    assert plain(markup) == text


class _Counted(str):
    """A word that counts how often it is compared."""

    compared = 0
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        _Counted.compared += 1
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_overlaps_are_the_longest(before: str, after: str) -> None:
    """The overlap is the longest end of one that is the start of the other."""
    longest = max(size for size in range(len(after) + 1) if before.endswith(after[:size]))
    assert _overlap(before, after) == longest


def test_overlaps_are_found_in_linear_time() -> None:
    """Twice as many words take at most about twice as many comparisons, whatever they are."""

    def steps(count: int) -> int:
        _Counted.compared = 0
        before = [_Counted("a") for _ in range(count)] + [_Counted("b")]
        after = [_Counted("a") for _ in range(count + 1)]
        assert _overlap(before, after) == 0
        return _Counted.compared

    assert steps(2000) < 2.2 * steps(1000)


def test_lines_of_captions_without_times_are_taken_once() -> None:
    """Text that comes from rolling or growing captions is taken once; lines that are said twice stay."""
    assert said_lines("a b\na b\na b\n\nc d\nc d\nc d\ne f\ne f") == "a b\nc d\ne f"
    assert said_lines("slice the\nslice the onion\nslice the onion now") == "slice the\nonion\nnow"
    assert said_lines("bye\nbye\nso long\nso long") == "bye\nbye\nso long\nso long"
    assert said_lines("come on\ncome on now") == "come on\ncome on now"
    assert said_lines("go\ngo\nnow\nstop\nstop") == "go\ngo\nnow\nstop\nstop"
