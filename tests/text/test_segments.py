"""A script is split into segments: at white space, at long dashes, and between characters of unspaced scripts."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from handler.text.languages import language_of
from handler.text.segments import Segment, split
from handler.text.source import read


def shown(script: str, language: str = "en") -> list[str]:
    return [token.shown for token in tokenize(script, language)]


def marks(script: str, language: str = "en") -> list[str]:
    return [token.mark for token in tokenize(script, language)]


def segments_of(script: str) -> tuple[list[Segment], Segment]:
    return split(read(script), language_of("en"))


def test_segments_have_offsets_gaps_and_pauses() -> None:
    """Gaps tell blanks, lines and blank lines apart; pauses before a segment are summed; the last one is returned."""
    script = "One two\nthree [pause:1s][pause:0.5s] four\n\nfive [pause:2s]"
    segments, end = segments_of(script)
    assert [(one.shown, one.gap, one.pause) for one in segments] == [
        ("One", "", 0.0), ("two", " ", 0.0), ("three", "\n", 0.0), ("four", " ", 1.5), ("five", "\n\n", 0.0),
    ]  # fmt: skip
    text = read(script).text
    assert [text[one.start : one.end] for one in segments] == [one.shown for one in segments]
    assert end.pause == 2.0


def test_replacement_has_its_spoken_side_as_source() -> None:
    """The source is the spoken side, with figures as words; so are expressions, which may have blanks."""
    assert [(one.shown, one.source) for one in segments_of("[NYC](New York)'s [it](5 km) 10\u00a0000")[0]] == [
        ("NYC's", "New York's"), ("it", "five kilometers"), ("10 000", "ten thousand"),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_two_line_breaks_end_a_paragraph_and_one_does_not(line: str) -> None:
    """Whatever ends a line on the writer's machine: carriage return and line feed together are one break."""
    once, twice = (tokenize(f"The fan goes{each}on and on.", "en") for each in (line, line * 2))
    assert not any(token.paragraph for token in once)
    assert [token.paragraph for token in twice] == [False, False, True, False, False, False]
    assert len(tokenize(f"5{line}km", "en")) == 1


def test_long_dashes_and_ellipses_split_words() -> None:
    """Two words around a long dash are two tokens that touch, so that the voice pauses there."""
    first, second = tokenize("yes—no", "en")
    assert (first.shown, first.mark, first.end_char) == ("yes—", ",", second.start_char)
    assert shown("wait...what") == ["wait...", "what"]
    assert shown("he said—“no”") == ["he", "said—", "“no”"]
    assert shown("mother-in-law") == ["mother-in-law"]


def test_unspaced_scripts_have_a_token_for_each_character() -> None:
    """Han and Kana are single tokens with their punctuation; Latin words and figures among them stay whole."""
    assert shown("我用iPhone手机，对吗？“好（的）”", "zh") == [
        "我", "用", "iPhone", "手", "机，", "对", "吗？", "“好", "（的）”",
    ]  # fmt: skip
    assert marks("你好，世界。", "zh") == ["", ",", "", "."]
    tokens = tokenize("カ\u3099ム 2024年", "ja")
    assert [token.shown for token in tokens] == ["カ\u3099", "ム", "2024", "年"]
    assert tokens[0].spoken == ("ガ",)


def test_wide_punctuation_ends_a_segment() -> None:
    """Wide commas have no blank after them, and figures and words behind them are tokens of their own."""
    assert shown("600、1200，x²", "zh") == ["600、", "1200，", "x²"]
    assert shown("iPhone，Android", "zh") == ["iPhone，", "Android"]
    assert shown("“好，”他说", "zh") == ["“好，”", "他", "说"]


def test_one_character_of_several_expressions_is_shown_once() -> None:
    """A fraction of one character is several figures for the rules."""
    assert shown("a½b 3번½7") == ["a½b", "3번½7"]


@pytest.mark.parametrize("script", ["2 - 3", "7- 8", "4:00 - 8:12", "2 < 3", "2 + 2 - 1 = 3"])
def test_blank_behind_a_sign_is_shown(script: str) -> None:
    """A sign between figures keeps the blanks that the script has around it."""
    assert " ".join(token.shown for token in tokenize(script, "es")) == script
