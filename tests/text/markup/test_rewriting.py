"""A rewritten script knows where each character stands in the script."""

from __future__ import annotations

from handler.text.markup.marks import Markup
from handler.text.markup.rewriting import PAUSE_SIGN, Edit, Rewritten


def spans(script: str, rewritten: Rewritten) -> list[str]:
    return [script[start:end] for start, end in zip(rewritten.starts, rewritten.ends, strict=True)]


def test_edits_keep_offsets() -> None:
    """What an edit puts in stands for what it takes out, and the rest for itself."""
    script = "a &amp; **b**"
    rewritten = Rewritten.of(script).edited([Edit(2, 7, "&"), Edit(8, 10), Edit(11, 13)])
    assert (rewritten.text, spans(script, rewritten)) == ("a & b", ["a", " ", "&amp;", " ", "b"])


def test_edits_follow_one_another() -> None:
    """A second round of edits has offsets in the text of the first, and its result offsets in the script."""
    script = "<b>x</b>\ny"
    first = Rewritten.of(script).edited([Edit(0, 3), Edit(4, 8)])
    second = first.edited([Edit(1, 2, "\u2029")])
    assert (second.text, spans(script, second)) == ("x\u2029y", ["x", "\n", "y"])


def test_first_of_two_overlapping_edits_is_made() -> None:
    """An edit within another one is left out."""
    assert Rewritten.of("abcdef").edited([Edit(1, 4, "x"), Edit(2, 5, "y")]).text == "axef"


def test_two_characters_share_a_sign() -> None:
    """A comma and a blank for one pipe: the blank has it, so that the words beside it do not touch."""
    rewritten = Rewritten.of("a|b").edited([Edit(1, 2, ", ")])
    assert list(zip(rewritten.text, rewritten.starts, rewritten.ends, strict=True)) == [
        ("a", 0, 1), (",", 1, 1), (" ", 1, 2), ("b", 2, 3),
    ]  # fmt: skip


def test_markup_within_a_word_does_not_cut_it() -> None:
    """Characters that touch in the text touch in the script; at blanks and pauses they do not."""
    script = "un**do** it"
    placed, _ = Rewritten.of(script).edited([Edit(2, 4), Edit(6, 8)]).place([])
    assert spans(script, placed) == ["u", "n**", "d", "o", " ", "i", "t"]
    paused, markup = Rewritten.of("a[p]b").edited([Edit(1, 4, PAUSE_SIGN)]).place([Markup(1, 4, pause=1.0)])
    assert spans("a[p]b", paused) == ["a", "[p]", "b"]
    assert [(one.start, one.end) for one in markup] == [(1, 2)]


def test_replacement_covers_its_mark() -> None:
    """The first and the last character of a replacement stand for the whole mark, and its span is of the text."""
    script = "[a b](c) d"
    edits = [Edit(0, 1), Edit(4, 8)]
    placed, (one,) = Rewritten.of(script).edited(edits).place([Markup(0, 8, shown="a b", spoken="c")])
    assert (one.start, one.end, one.shown) == (0, 3, "a b")
    assert spans(script, placed)[:3] == ["[a", " ", "b](c)"]
