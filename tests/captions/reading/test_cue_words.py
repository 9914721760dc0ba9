"""The words of a caption show all of its text, and say what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.captions.reading.cue_words import lines_of_tokens

TEXTS = st.text(st.sampled_from("ab1 \n-[]()*_{}<>&$♪…。今天กАب'\"/\\"), max_size=40)


def split(text: str, language: str = "en") -> list[list[tuple[str, tuple[str, ...]]]]:
    return [[(token.shown, token.spoken) for token in line] for line in lines_of_tokens(text, language)]


def test_words_are_shown_as_they_are_written() -> None:
    """Signs stay with their word; what looks like markup is shown, and what nobody says has nothing spoken."""
    assert split("- Hello, it's 3.5 km\n[wind howls] **No.** —") == [
        [("- Hello,", ("Hello",)), ("it's", ("it's",)), ("3.5 km", ("three", "point", "five", "kilometers"))],
        [("[wind", ()), ("howls]", ()), ("**No.** —", ("No",))],
    ]
    assert split("♪") == [[("♪", ())]]
    assert split("[pause:1s] ok") == [[("[pause:1s]", ()), ("ok", ("ok",))]]


def test_a_script_without_blanks_is_divided() -> None:
    """Each letter of Chinese is a word, with the sign after it."""
    assert [shown for [*line] in split("今天好。\n我们去", "zh") for shown, _ in line] == [
        "今",
        "天",
        "好。",
        "我",
        "们",
        "去",
    ]


@pytest.mark.parametrize("text", ["a" * 3000, "今" * 3000, "- " * 1500, "$5\nmillion", "<speak>hi", "[a](b", "{x}"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_line_is_read(text: str, language: str) -> None:
    """Whatever it looks like, all of its letters are shown."""
    assert "".join(word for line in split(text, language) for word, _ in line).replace(" ", "") == "".join(text.split())


@given(TEXTS, st.sampled_from(["en", "zh", "ar"]))
def test_all_of_the_text_is_shown(text: str, language: str) -> None:
    """Each line of the text with something on it is a line of tokens, whose offsets are those of the text."""
    lines = lines_of_tokens(text, language)
    written = ["".join(line.split()) for line in text.split("\n") if line.strip()]
    assert ["".join(token.shown for token in line).replace(" ", "") for line in lines] == written
    for line in lines:
        for token in line:
            assert " ".join(text[token.start_char : token.end_char].split()) == token.shown
