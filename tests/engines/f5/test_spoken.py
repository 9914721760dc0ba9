"""Text becomes the model's symbols: upstream's where it is right, and nothing lost where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.engines.f5.symbols import closed, reference_text, spell
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
def test_symbols_are_upstreams(text: str) -> None:
    """English and Chinese come out as upstream's own conversion has them, tones by their words included."""
    (expected,) = upstream("f5_tts.model.utils").convert_char_to_pinyin([text])
    # These two the model does not know: upstream's look-up makes blanks of them, here they are commas.
    expected = [{"：": "，", "；": "，"}.get(symbol, symbol) for symbol in expected]
    assert spell(text, VOCAB).symbols == expected


def test_words_are_not_parted_at_accents() -> None:
    """A word with an accent stays one word, whichever way the accent is written."""
    for text in ("naïve Ångström", "nai\u0308ve A\u030angstro\u0308m"):
        assert "".join(spell(text, VOCAB).symbols).count(" ") == 1
    assert "".join(spell("naïve", VOCAB).symbols) == "naïve"


def test_tokens_of_chinese_read_as_one_text() -> None:
    """Blanks that the road puts between Chinese characters go, its marks become Chinese ones, and tones change as in
    running text; blanks around a foreign word stay."""
    apart, together = spell("你 好, 世 界. 我 爱 coffee 吗?", VOCAB), spell("你好，世界。我爱 coffee 吗？", VOCAB)
    assert apart == together
    assert apart.symbols[:4] == [" ", "ni2", " ", "hao3"]
    assert "。" in apart.symbols


@pytest.mark.parametrize(
    ("text", "letters"),
    [("café Łódź", "cafe lodz"), ("Ångström", "angstrom"), ("ﬁne", "fine"), ("Москва", "moskva"), ("HELLO", "hello"),
     ("こんにちは", "konnichiha"), ("안녕", "annyeong"), ("你好", "nihao")],
)  # fmt: skip
def test_letters_that_the_model_lacks_are_spelled_with_others(text: str, letters: str) -> None:
    """A model that knows nothing but small ASCII letters still gets a word that sounds like it, not blanks."""
    found = spell(text, NOTHING_LIKE_IT)
    assert "".join(found.symbols) == letters
    assert not found.unknown


def test_what_cannot_be_spelled_is_told() -> None:
    """A symbol that stands for no sound is left out and named, once."""
    found = spell("hi ☃ and ☃ and 🎉", VOCAB)
    assert found.unknown == ("☃", "🎉")
    assert "".join(found.symbols).split() == ["hi", "and", "and"]


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_every_symbol_is_known(text: str) -> None:
    """Whatever the text, each symbol is one of the model's: none turns into a blank by the look-up."""
    found = spell(text, VOCAB)
    assert all(symbol in VOCAB for symbol in found.symbols)


@pytest.mark.parametrize(
    ("text", "final", "going_on"),
    [
        ("Hello there", "Hello there.", "Hello there,"), ("Hello there,", "Hello there.", "Hello there,"),
        ("Hi?", "Hi?", "Hi?"), ("你好", "你好。", "你好，"), ('He said "no"', 'He said "no."', 'He said "no,"'),
        ("Well…", "Well…", "Well…"),
    ],
)  # fmt: skip
def test_speech_ends_with_a_mark(text: str, final: str, going_on: str) -> None:
    """The end of a sentence has its mark, once; where the next chunk goes on, the voice is told to stay up."""
    assert closed(text) == final
    assert closed(text, final=False) == going_on


def test_a_transcript_is_closed_as_the_model_expects() -> None:
    """One mark and a blank at the end, none after a Chinese mark; capitals throughout are not spelled out."""
    assert reference_text(" Hi  there? ") == "Hi there? "
    assert reference_text("你好") == "你好。"
    assert reference_text("SOME CALL ME NATURE") == "Some call me nature. "
    assert reference_text("NASA") == "NASA. "
