"""Tokens: what is shown beside what is said, with offsets and melody."""

from __future__ import annotations

import unicodedata

import pytest

from handler.errors import BadRequest
from handler.text import tokenize


def shown(script: str, language: str = "en") -> list[str]:
    return [token.shown for token in tokenize(script, language)]


def spoken(script: str, language: str = "en") -> str:
    return " ".join(word for token in tokenize(script, language) for word in token.spoken)


def marks(script: str, language: str = "en") -> list[str]:
    return [token.mark for token in tokenize(script, language)]


def test_an_amount_is_one_shown_word_and_several_spoken_ones() -> None:
    """The caption reads what the script wrote, at its place."""
    script = "It costs $1,234.56 now."
    token = tokenize(script, "en")[2]
    assert token.shown == "$1,234.56" == script[token.start_char : token.end_char]
    assert " ".join(token.spoken) == "one thousand two hundred thirty four dollars and fifty six cents"


@pytest.mark.parametrize("script", ["", "  \n", "🎉 👩‍👩‍👧", "... — !!!", "[pause:1s]", "***", "\u200b", "[🎉](!!)"])
def test_a_script_with_nothing_to_say_is_refused(script: str) -> None:
    """Only emoji, punctuation or marks: a BadRequest on text."""
    with pytest.raises(BadRequest) as caught:
        tokenize(script, "en")
    assert [issue.field for issue in caught.value.issues] == ["text"]


def test_silent_pieces_stay_with_a_neighbour() -> None:
    """A piece without words joins the piece before it, or the next where it begins a line."""
    assert shown("Great 🎉 🎉 work — really") == ["Great 🎉 🎉", "work —", "really"]
    assert shown("🎉 Great work") == ["🎉 Great", "work"]
    assert shown("Fast\n✅ Cheap\n- Good") == ["Fast", "✅ Cheap", "- Good"]
    assert shown("One.\n\n***\n\nTwo.") == ["One. ***", "Two."]


def test_offsets_count_characters_of_the_script_as_sent() -> None:
    """Composed and decomposed spellings each have their own offsets and the same spoken words."""
    for form in ("NFC", "NFD"):
        script = unicodedata.normalize(form, "Où est l'été ? Ça dé\u200bpend 👩‍👩‍👧 !")
        tokens = tokenize(script, "fr")
        assert [" ".join(script[t.start_char : t.end_char].split()) for t in tokens] == [t.shown for t in tokens]
        assert [word for t in tokens for word in t.spoken] == ["Où", "est", "l'été", "Ça", "dépend"]


def test_the_mark_is_the_punctuation_that_follows() -> None:
    """The strongest sign wins, also through quotes; a dash counts as a comma."""
    assert marks('Hi, "you." What?! No... Wait… so; yes: well — fine) end') == [
        ",", ".", "?", "…", "…", ";", ":", ",", "", "",
    ]  # fmt: skip


def test_the_point_of_an_abbreviation_ends_no_sentence() -> None:
    """A title's point is no mark, that of the last word or before a new sentence is."""
    assert marks("Dr. Smith met Mr. Lee.") == ["", "", "", "", "."]
    assert marks("At 5 p.m. we left at 6 p.m. They stayed, etc.")[2] == ""
    assert marks("At 5 p.m. we left at 6 p.m. They stayed, etc.")[7] == "."
    assert marks("At 5 p.m. we left at 6 p.m. They stayed, etc.")[-1] == "."


def test_punctuation_after_an_abbreviation_is_heard() -> None:
    """The point is the word's own, a comma or a question mark after it is melody."""
    assert marks("On Tues., Nov. 3 at 5 p.m., really, at 6 p.m.?") == ["", ",", "", "", "", "", ",", ",", "", "", "?"]


def test_a_blank_line_ends_a_paragraph() -> None:
    """Only a blank line does, a single line break does not, whatever ends the lines."""
    assert [t.paragraph for t in tokenize("One\ntwo\n\nthree \r\n \r\nfour\u2029five", "en")] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_dashes_and_ellipses_part_words() -> None:
    """Two words joined by a long dash are two tokens that touch, so that the pause is heard."""
    first, second = tokenize("yes—no", "en")
    assert (first.shown, first.mark, first.end_char) == ("yes—", ",", second.start_char)
    assert shown("wait...what") == ["wait...", "what"]
    assert shown("he said—“no”") == ["he", "said—", "“no”"]
    assert shown("mother-in-law") == ["mother-in-law"]


def test_scripts_without_spaces_have_a_token_a_character() -> None:
    """Han and Kana stand one by one with their punctuation; Latin words and figures among them stay whole."""
    assert shown("我用iPhone手机，对吗？“好（的）”", "zh") == [
        "我", "用", "iPhone", "手", "机，", "对", "吗？", "“好", "（的）”",
    ]  # fmt: skip
    assert marks("你好，世界。", "zh") == ["", ",", "", "."]
    tokens = tokenize("カ\u3099ム 2024年", "ja")
    assert [token.shown for token in tokens] == ["カ\u3099", "ム", "2024", "年"]
    assert tokens[0].spoken == ("ガ",)


def test_capitals_become_small_letters() -> None:
    """Engines spell words of capitals, so ordinary ones are said in small letters; letters alone keep their case."""
    assert spoken("STOP, I said. ÉCOLE straße МОСКВА A") == "stop I said école straße москва A"


def test_other_languages_say_their_own_numbers() -> None:
    """Numbers, money and percent follow the language and its separators."""
    assert spoken("1.234,5 Euro", "de") == "eintausendzweihundertvierunddreißig Komma fünf Euro"
    assert spoken("12,34 € und 5 %", "de").startswith("zwölf Komma drei vier")
    assert spoken("$12.34", "de") == "zwölf Dollar und vierunddreißig Cent"
    assert spoken("12€", "fr") == "douze euros"
    assert spoken("50%", "fr") == "cinquante pour cent"
    assert spoken("-5", "pl") == "minus pięć"
    assert spoken("2024年", "zh") == "二 千 零 二 十 四 年"
    assert spoken("$5", "zh") == "五 美 元"
    assert spoken("21", "pt-BR") == "vinte e um"
    assert spoken("1,234", "en-GB") == "one thousand two hundred thirty four"


@pytest.mark.parametrize("language", ["en", "de", "am", "ce", "cs", "bn", "kn", "ja", "th", "hi", "el", "xx", "zh", ""])
def test_no_number_is_too_much_for_any_language(language: str) -> None:
    """Digits are always words, also where the number reader of a language gives up."""
    for figure in ("0", "100", "1234", "-5", "3.14", "999999999999999999", "1" * 40, "007", "$1.50", "5%", "1.234.567"):
        assert not any(character.isdigit() for character in spoken(figure, language))


def test_greek_asks_with_its_own_sign() -> None:
    """What looks like a semicolon is the Greek question mark."""
    assert marks("Τι κάνεις;", "el") == ["", "?"]
