"""Text becomes the model's symbols: upstream's where it is right, and nothing lost where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.engines.f5.symbols import reference_text, tokenize
from handler.engines.f5.upstream_modules import upstream
from tests.engines.f5.conftest import official_vocab

VOCAB = {line: number for number, line in enumerate(official_vocab().read_text("utf-8").split("\n")[:-1])}
NOTHING_LIKE_IT = frozenset("abcdefghijklmnopqrstuvwxyz ,.?!'")


@pytest.mark.parametrize(
    "text",
    [
        "Some call me nature, others call me mother nature. I don't really care what you call me.",
        "it's 3 o'clock; a well-known \"quoted text\" (in brackets) e.g. 42.",
        "Hello,world. a b cd first\" second 'tis y'all 50% off, $5 and 3.14 or 1,000",
        "mother-in-law, state-of-the-art!",
        "对，这就是我，万人敬仰的太乙真人。你好，世界！",
        "我爱coffee和茶。ok？",
        "银行行长长大了，一个人不是重要的。",
        "他说：“好”；她说：‘不好’。",
    ],
)
def test_symbols_match_upstream(text: str) -> None:
    """English and Chinese come out as upstream's own conversion has them, tones by their words included."""
    (expected,) = upstream("f5_tts.model.utils").convert_char_to_pinyin([text])
    # The model does not know these two: upstream's lookup makes blanks of them, here they are commas.
    expected = [{"：": "，", "；": "，"}.get(symbol, symbol) for symbol in expected]
    assert tokenize(text, VOCAB).symbols == expected


def test_accents_do_not_split_words() -> None:
    """A word with an accent stays one word, whichever way the accent is written."""
    for text in ("naïve Ångström", "nai\u0308ve A\u030angstro\u0308m"):
        assert "".join(tokenize(text, VOCAB).symbols).count(" ") == 1
    assert "".join(tokenize("naïve", VOCAB).symbols) == "naïve"


def test_chinese_tokens_read_as_one_text() -> None:
    """Blanks between Chinese characters go, marks become Chinese ones, tones change as in running text; blanks around a
    foreign word stay."""
    apart, together = tokenize("你 好, 世 界. 我 爱 coffee 吗?", VOCAB), tokenize("你好，世界。我爱 coffee 吗？", VOCAB)
    assert apart == together
    assert apart.symbols[:4] == [" ", "ni2", " ", "hao3"]
    assert "。" in apart.symbols


@pytest.mark.parametrize(
    ("text", "letters"),
    [("café Łódź", "cafe lodz"), ("Ångström", "angstrom"), ("ﬁne", "fine"), ("Москва", "moskva"), ("HELLO", "hello"),
     ("こんにちは", "konnichiha"), ("안녕", "annyeong"), ("你好", "nihao")],
)  # fmt: skip
def test_unknown_letters_are_written_with_known_ones(text: str, letters: str) -> None:
    """A model that knows nothing but small ASCII letters still gets a word that sounds like it, not blanks."""
    found = tokenize(text, NOTHING_LIKE_IT)
    assert "".join(found.symbols) == letters
    assert not found.unknown


def test_unknown_characters_are_reported_once() -> None:
    """A symbol that stands for no sound is left out and named, once."""
    found = tokenize("hi ☃ and ☃ and 🎉", VOCAB)
    assert found.unknown == ("☃", "🎉")
    assert "".join(found.symbols).split() == ["hi", "and", "and"]


@given(st.text(max_size=40))
@settings(max_examples=150)
def test_every_symbol_is_known(text: str) -> None:
    """For any text, each symbol is one of the model's: the lookup turns none into a blank."""
    found = tokenize(text, VOCAB)
    assert all(symbol in VOCAB for symbol in found.symbols)


def test_foreign_marks_become_latin_ones() -> None:
    """A mark that the model lacks keeps its melody: the Arabic question mark is asked as a Latin one."""
    found = tokenize("ok؟", VOCAB)
    assert found.symbols[-1] == "?"
    assert not found.unknown


def test_transcript_ends_as_the_model_expects() -> None:
    """One mark and a blank at the end, none after a Chinese mark; capitals throughout are not spelled out."""
    assert reference_text(" Hi  there? ") == "Hi there? "
    assert reference_text("你好") == "你好。"
    assert reference_text("SOME CALL ME NATURE") == "Some call me nature. "
    assert reference_text("NASA") == "NASA. "
