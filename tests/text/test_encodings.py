"""Encodings: a file gives its letters, whatever it was saved as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.text.encodings import decode

WESTERN = (
    "I don’t know, it’s €5 – “really”.",
    "Überall blüht der Café-Garten.",
    "café",
    "Größe ist schön.",
    "Oui.",
    "Ça va être très bien à l’école, où le garçon mange.",
    "El niño comió piñas en España – ¿verdad?",
    "Não há razão para você não estar aqui.",
    "Så går det når man ikke får løn.",
    "È già così, perché no?",
)
OTHERS = [
    ("cp1251", "Привет, как дела? Сегодня хорошая погода."),
    ("cp1251", "Меня зовут Анна. Я живу в Москве."),
    ("cp1251", "Добрий день, як справи? Сьогодні гарна погода в Києві."),
    ("koi8_r", "Меня зовут Анна. Я живу в Москве."),
    ("cp866", "Привет, как дела? Сегодня хорошая погода."),
    ("shift_jis", "こんにちは、今日はいい天気ですね。散歩に行きましょう。"),
    ("shift_jis", "私の名前は田中です。東京に住んでいます。"),
    ("euc_jp", "こんにちは、今日はいい天気ですね。散歩に行きましょう。"),
    ("gb18030", "你好，今天天气很好。我们去散步吧。"),
    ("gb18030", "我叫王芳，我住在北京，我喜欢读书。"),
    ("big5", "我叫王芳，我住在臺北，我喜歡讀書。"),
    ("euc_kr", "안녕하세요. 오늘은 날씨가 좋네요. 산책하러 갑시다."),
    ("iso8859_2", "Zażółć gęślą jaźń. Dziękuję bardzo, proszę państwa."),
    ("cp1250", "Dobrý den, jak se máte? Příliš žluťoučký kůň."),
    ("iso8859_2", "Dobrý den, jak se máte? Příliš žluťoučký kůň."),
    ("cp1250", "Őrült írók űzik a bűvös vőlegényt."),
    ("cp1250", "Dzisiaj jest piękna pogoda. Chodźmy na spacer."),
    ("cp1253", "Καλημέρα, τι κάνετε; Σήμερα ο καιρός είναι καλός."),
    ("cp1254", "Merhaba, bugün hava çok güzel. Işıklar söndü, şimdi yürüyüşe çıkalım."),
    ("cp1255", "שלום, מה שלומך? היום מזג האוויר יפה."),
    ("cp1256", "مرحبا، كيف حالك؟ الطقس جميل اليوم."),
    ("cp874", "สวัสดีครับ วันนี้อากาศดีมาก เราไปเดินเล่นกันเถอะ"),
    ("mac_roman", "I don’t know, it’s “really” schön."),
    ("cp850", "Größe ist schön, überall blüht es."),
]


@pytest.mark.parametrize("text", WESTERN)
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_western_texts_keep_their_letters_and_signs(text: str, encoding: str) -> None:
    """Short Western texts are Windows-1252, not a rarer code page."""
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("encoding", "text"), OTHERS)
def test_code_pages_of_other_languages_are_found(encoding: str, text: str) -> None:
    """One or two sentences are enough to tell the code page of their language."""
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["a", "Hello there – café", "Привет, как дела\nok"])
def test_wide_encodings_are_found_without_a_mark(encoding: str, text: str) -> None:
    """UTF-16 and UTF-32 are read with and without their mark."""
    assert decode(text.encode(encoding)) == text


def test_a_named_encoding_decides_between_two_that_fit() -> None:
    """The charset of the media type, or the file's own, chooses between encodings that fit about the same."""
    text = "Dnes je krásne počasie, ideme sa prejsť."
    body = text.encode("iso8859_2")
    assert decode(body) != text
    assert decode(body, "text/plain; charset=iso-8859-2") == text
    assert decode("I don’t".encode("cp1252"), "text/plain; charset=koi8-r; x=1") == "I don’t"
    assert decode(b"a", "text/plain; charset=no-such-thing") == "a"


def test_damaged_utf8_keeps_its_letters() -> None:
    """UTF-8 that is cut within a character, has a byte of Windows-1252, or was encoded twice gives its letters."""
    text = "It’s a naïve café – “really”."
    assert decode(f"{text} é".encode()[:-1]) == f"{text} "
    assert decode(text.encode() + b" don\x92t") == f"{text} don’t"
    assert decode("don\x92t \x93é\x94".encode()) == "don’t “é”"
    twice = (
        text.encode()
        .decode("latin-1")
        .translate({byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(128, 160)})
    )
    assert decode(twice.encode()) == text


def test_line_breaks_and_ends_of_files_are_unified() -> None:
    """All line breaks become one, and what old systems put at the end of a file is no text."""
    assert decode(b"a\r\nb\rc\n\x1a") == "a\nb\nc\n"
    assert decode(b"abc\x00\x00\x00") == "abc"


@pytest.mark.parametrize(
    "body", [b"RIFF\x00\x00\x01\x00WAVEfmt ", b"\xff\xfeabc", bytes(range(256)), b"a\x00\x01\xd8b"]
)
def test_bytes_are_no_text(body: bytes) -> None:
    """A file with control characters or halves of characters is not text."""
    assert decode(body) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_not(body: bytes) -> None:
    """No bytes raise an error."""
    assert decode(body) is None or isinstance(decode(body), str)
