"""HTML entities: known ones with a semicolon."""

from __future__ import annotations

import pytest

from handler.text.markup.entities import decoded


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Tom &amp; Jerry", "Tom & Jerry"), ("it&#8217;s", "it’s"), ("it&#x2019;s", "it’s"), ("5&nbsp;km", "5\u00a0km"),
        ("a &lt; b &gt; c", "a < b > c"), ("caf&eacute;", "café"), ("&#146;", "’"), ("&quot;x&quot;", '"x"'),
        ("it&amp;#39;s", "it's"), ("a &amp;amp; b", "a & b"), ("a&mdash;b&hellip;", "a—b…"),
    ],
)  # fmt: skip
def test_entities_are_characters(written: str, meant: str) -> None:
    """By name, by number, and in pages that were escaped twice."""
    assert decoded(written) == meant


@pytest.mark.parametrize("text", ["AT&T", "R&D;", "Q&A", "&notit;", "a && b;", "&amp", "&#0;", "&unknown;", "&;"])
def test_other_ampersands_stay(text: str) -> None:
    """Unknown names, and any without a semicolon, are text."""
    assert decoded(text) == text


def test_name_after_an_ampersand_of_its_own() -> None:
    """What follows an escaped ampersand is only an entity if its name is known."""
    assert decoded("AT&amp;T; &amp;x;") == "AT&T; &x;"
