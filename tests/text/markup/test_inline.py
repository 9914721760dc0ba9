"""Signs within a block."""

from __future__ import annotations

from handler.text.markup.inline import Inline
from handler.text.markup.rewriting import Rewritten


def read(script: str, *definitions: str) -> Inline:
    inline = Inline(script, set(definitions))
    inline.read([(0, len(script))])
    return inline


def text(script: str, *definitions: str) -> str:
    return Rewritten.of(script).edited(read(script, *definitions).edits).text


def test_emphasis_does_not_cross_blocks() -> None:
    """What one block opens, the next does not close."""
    script = "*a\nb*"
    inline = Inline(script, set())
    inline.read([(0, 2)])
    inline.read([(3, 5)])
    assert inline.edits == []


def test_references_need_a_definition() -> None:
    """By label, in any case; others are text."""
    assert text("[a][X y] [x  Y] [z]", "x y") == "a x  Y [z]"


def test_marks_have_offsets_of_the_script() -> None:
    """A pause and a replacement; no mark stands within another."""
    script = "x [pause:1s] [a](b) [c [pause:1s] d](e)"
    found = read(script).markup
    assert [(script[one.start : one.end], one.pause, one.spoken) for one in found] == [
        ("[pause:1s]", 1.0, ""), ("[a](b)", None, "b"), ("[pause:1s]", 1.0, ""),
    ]  # fmt: skip


def test_addresses_keep_their_signs() -> None:
    """An underscore or a tilde in an address is none of emphasis."""
    script = "_see_ https://x.org/_a_~~b~~ and ~~c~~"
    assert text(script) == "see https://x.org/_a_~~b~~ and c"


def test_longest_run_of_backticks_closes() -> None:
    """Only a run of the same length closes code."""
    assert text("```a``b``` `c") == "a``b `c"
