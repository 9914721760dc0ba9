"""Tokens: shown text, spoken words, offsets, paragraphs."""

from __future__ import annotations

import unicodedata

import pytest

from handler.errors import BadRequest
from handler.text import tokenize


def shown(script: str, language: str = "en") -> list[str]:
    return [token.shown for token in tokenize(script, language)]


def test_amount_is_one_token_with_several_spoken_words() -> None:
    """The token's shown text is that of the script, at its offsets."""
    script = "It costs $1,234.56 now."
    token = tokenize(script, "en")[2]
    assert token.shown == "$1,234.56" == script[token.start_char : token.end_char]
    assert " ".join(token.spoken) == "one thousand two hundred thirty four dollars and fifty six cents"


@pytest.mark.parametrize("script", ["", "  \n", "🎉 👩‍👩‍👧", "... — !!!", "[pause:1s]", "***", "\u200b", "[🎉](!!)"])
def test_script_without_words_is_refused(script: str) -> None:
    """A script of emoji, punctuation or markup only is a BadRequest on text."""
    with pytest.raises(BadRequest) as caught:
        tokenize(script, "en")
    assert [issue.field for issue in caught.value.issues] == ["text"]


def test_silent_segment_joins_a_neighbour() -> None:
    """A silent segment joins the token before it, or the next one if it begins a line."""
    assert shown("Great 🎉 🎉 work — really") == ["Great 🎉 🎉", "work —", "really"]
    assert shown("🎉 Great work") == ["🎉 Great", "work"]
    assert shown("Fast\n✅ Cheap\n★ Good") == ["Fast", "✅ Cheap", "★ Good"]
    assert shown("One.\n\n⁂\n\nTwo.") == ["One. ⁂", "Two."]


def test_offsets_count_characters_as_sent() -> None:
    """Composed and decomposed spellings have different offsets and the same spoken words."""
    for form in ("NFC", "NFD"):
        script = unicodedata.normalize(form, "Où est l'été ? Ça dé\u200bpend 👩‍👩‍👧 !")
        tokens = tokenize(script, "fr")
        assert [" ".join(script[t.start_char : t.end_char].split()) for t in tokens] == [t.shown for t in tokens]
        assert [word for t in tokens for word in t.spoken] == ["Où", "est", "l'été", "Ça", "dépend"]


def test_blank_line_ends_a_paragraph() -> None:
    """A blank line ends a paragraph, with any line separator; a single line break does not."""
    assert [t.paragraph for t in tokenize("One\ntwo\n\nthree \r\n \r\nfour\u2029five", "en")] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_blanks_around_a_spoken_dash_are_shown() -> None:
    """A dash that is spoken between two amounts is a token of its own where blanks are around it."""
    assert [token.shown for token in tokenize("5 – 6", "en")] == ["5", "–", "6"]
    assert [token.shown for token in tokenize("5–6", "en")] == ["5–6"]
