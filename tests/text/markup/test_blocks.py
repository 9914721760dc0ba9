"""Blocks of Markdown: which lines begin one, and what is taken out of them."""

from __future__ import annotations

import pytest

from handler.text.markup.blocks import find_blocks
from handler.text.markup.rewriting import Rewritten


def text(script: str) -> str:
    return Rewritten.of(script).edited(find_blocks(script).edits).text.replace("\u2029", "¶")


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ("# A #\nb", "A¶b"), ("A\n===\nb", "A¶¶b"), ("a\n- b\n- c", "a¶b¶c"), ("1. a\n2. b", "1. a¶2. b"),
        ("The year\n1986. A good one", "The year\n1986. A good one"), ("> a\n>> b", "a\nb"), (">5 a\n>_<", ">5 a\n>_<"),
        ("- 5 °C\n- 6 °C", "5 °C¶6 °C"), ("- 5 °C", "- 5 °C"), ("•a\n•b", "a¶b"), ("- [x] a", "a"), ("-a", "-a"),
        ("a\n* * *\nb", "a¶¶b"), ("x | y", "x | y"), ("|a|b|", "a, b"), ("|a.|b|", "a. b"),
        ("・a\n・b", "a¶b"), ("````\n```\n````", "¶```¶"),
    ],
)  # fmt: skip
def test_signs_of_blocks_are_taken_out(script: str, left: str) -> None:
    """Headings, lists, quotes, rules, rows; what only looks like one stays."""
    assert text(script) == left


def test_spans_of_one_block_are_together() -> None:
    """Lines of a paragraph or an item; a cell is a block of its own."""
    script = "a\nb\n\n- c\n  d\n|e|f|"
    assert [[script[start:end].strip() for start, end in spans] for spans in find_blocks(script).spans] == [
        ["a", "b"], ["c", "d"], ["e"], ["f"],
    ]  # fmt: skip


def test_definitions_are_collected() -> None:
    """Only those of addresses: "[Anna]: hello" is speech."""
    blocks = find_blocks("[A  b]: https://x.org\n[Anna]: hello\n[^1]: note")
    assert blocks.definitions == {"a b"}
