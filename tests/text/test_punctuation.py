"""The mark at the end of a text."""

from __future__ import annotations

import pytest

from handler.text.punctuation import end_with_mark


@pytest.mark.parametrize(
    ("text", "final", "going_on"),
    [
        ("Hello there", "Hello there.", "Hello there,"), ("Hello there,", "Hello there.", "Hello there,"),
        ("Hi?", "Hi?", "Hi?"), ("你好", "你好。", "你好，"), ('He said "no"', 'He said "no."', 'He said "no,"'),
        ("Well…", "Well…", "Well…"), ("كيف حالك؟", "كيف حالك؟", "كيف حالك؟"),
    ],
)  # fmt: skip
def test_text_ends_with_one_mark(text: str, final: str, going_on: str) -> None:
    """A sentence ends with its own mark or a full stop; a text that goes on elsewhere ends with a comma at least."""
    assert end_with_mark(text) == final
    assert end_with_mark(text, final=False) == going_on


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("One two", "One two."),
        ("  One two.\n", "One two."),
        ("One two?", "One two?"),
        ("One two …", "One two …"),
        ("One two,", "One two."),
        ("One two —", "One two."),
        ("“One two”", "“One two.”"),
        ("“One two!”", "“One two!”"),
        ("(one two;)", "(one two.)"),
        ("你好世界", "你好世界。"),
        ("你好世界，", "你好世界。"),
        ("你好世界。", "你好世界。"),
    ],
)
def test_comma_or_dash_gives_way_to_a_full_stop(text: str, closed: str) -> None:
    """A sentence's own mark is kept, also inside of quotes; other marks at the end are replaced."""
    assert end_with_mark(text) == closed
