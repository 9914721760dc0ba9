"""One plain phrase for what is wrong, and the way out."""

from __future__ import annotations

import pytest

from handler.errors import MAX_QUOTED_CHARS, nearest, quoted, suggest


@pytest.mark.parametrize(("name", "meant"), [("vioce", "voice"), ("txt", "text"), ("zzz", None)])
def test_nearest_corrects_typos(name: str, meant: str | None) -> None:
    """A typo is matched to the closest name, nonsense to none."""
    assert nearest(name, ["voice", "text", "seed"]) == meant


def test_suggestion_is_the_near_name_or_all() -> None:
    """A close name is suggested, otherwise all known names."""
    assert suggest("vioce", ["voice", "text"]) == "did you mean voice?"
    assert suggest("zzz", ["voice", "text"]) == "known are voice, text"


def test_long_quotes_are_cut() -> None:
    """An error quotes long input in part."""
    assert quoted("a'b") == '"a\'b"'
    assert len(quoted("x" * 5_000_000)) <= MAX_QUOTED_CHARS + 2
