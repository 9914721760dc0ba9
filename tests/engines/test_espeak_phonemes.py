"""IPA becomes espeak's own phonemes: those that it speaks are those that were asked for."""

from __future__ import annotations

import random

import pytest

from handler.engines import espeak_library
from handler.engines.espeak_phonemes import MAX_MNEMONIC_CHARS, UNSAFE_LANGUAGES, mnemonics, phonemes_of

WORDS = {
    "en": "hello world thought measure church judge singing bird near fire power beautiful yellow strengths",
    "en-GB": "hello world thought measure church judge singing bird near fire power beautiful hot",
    "de": "Straße Bücher schön Häuser Mädchen Buch zehn Pferd Kind Tag heute über",
    "fr": "bonjour garçon un bon vin blanc fille lune peur deux huit oiseau",
    "es": "hola niño lluvia perro jamón cerveza queso guitarra agua",
    "it": "ciao gnocchi figlio acqua pizza bello zio giorno",
    "pl": "cześć Wałęsa Łódź dziękuję szczęście",
    "ru": "привет хорошо щука жизнь мышь",
    "tr": "güneş çocuk ığdır",
    "ja": "こんにちは",
    "ko": "안녕하세요",
    "ar": "مرحبا",
}


def spoken(ipa: str, language: str) -> str:
    """What espeak says for a text in IPA, in its own IPA."""
    words, unknown = mnemonics(ipa, language)
    assert unknown == ()
    return " ".join("".join(symbols) for _, symbols in espeak_library.read_mnemonics(words, language))


@pytest.mark.parametrize("language", WORDS)
def test_espeaks_own_ipa_is_said_as_the_word_is(language: str) -> None:
    """The IPA that espeak gives for a word becomes the phonemes of that word."""
    words = WORDS[language].split()
    for word, symbols in zip(words, espeak_library.phonemes(words, language), strict=True):
        assert spoken("".join(symbols), language) == "".join(symbols), word


@pytest.mark.parametrize(
    ("ipa", "language", "expected"),
    [
        ("ˈwʊstə", "en", "wʊstə"), ("nuː jɔːk", "en-GB", "nuː jɔːk"), ("ˈt͡ʃɛk", "en", "tʃɛk"),
        ("ˈwɪn.dəʊ", "en-GB", "wɪndəʊ"),
        ("həˈləʊ", "en", "həloʊ"), ("ˈgreɪt", "en", "ɡɹeɪt"), ("kʁwasɑ̃", "en", "kʁwæsɑ̃"),
        ("ˈakkwa|ˈdʒo", "it", "akkwa dʒo"),
        ("t̪ʰə", "en", "t̪ə"), ("ˈwɪn‿ə", "en", "wɪnə"),
    ],
)  # fmt: skip
def test_ipa_of_people_is_said(ipa: str, language: str, expected: str) -> None:
    """Ties, syllables, other letters for the same sound, and sounds of other languages are said as the voice can."""
    assert spoken(ipa, language) == expected


def test_stress() -> None:
    """Stress stays where it is; a word without any has it at its beginning."""
    assert mnemonics("ˌɪntəˈnɛt", "en") == ((",I|n|t|@|'n|E|t|",), ())
    assert mnemonics("wɪn nuː", "en") == (("'w|I|n|", "'n|u:|"), ())


def test_unknown_symbols_are_named() -> None:
    """Each symbol that the voice has no sound for is named once."""
    assert mnemonics("ʘaǂʘ", "en") == ((), ("ʘ", "ǂ"))
    assert mnemonics("5%", "en") == ((), ("5", "%"))


def test_a_word_that_espeak_cannot_hold_is_none() -> None:
    """A word of more mnemonics than the library has room for gives none; one that it has room for is spoken."""
    assert mnemonics("ə" * MAX_MNEMONIC_CHARS, "en") == ((), ())
    chance = random.Random(1)
    sounds = list(phonemes_of("en").values())
    for _ in range(50):
        word = "|".join(chance.choices(sounds, k=MAX_MNEMONIC_CHARS))[:MAX_MNEMONIC_CHARS]
        utterance = espeak_library.speak(["a", "b"], ["", ""], "en", mnemonics=[word, ""])
        assert len(utterance.words) == 2


@pytest.mark.parametrize("language", [*UNSAFE_LANGUAGES, "da-DK"])
def test_voices_that_crash_take_no_mnemonics(language: str) -> None:
    """The library is given no mnemonics in voices that some of them crash it in."""
    assert mnemonics("ma", language) == ((), ())


def test_every_voice_has_phonemes() -> None:
    """The phonemes of every voice are found, among them an m and an a of some kind."""
    for language in ("zh", "ja", "th", "hi", "sv", "nl", "pt-BR", "hu", "uk", "yue"):
        sounds = phonemes_of(language)
        assert "m" in sounds
        assert {"a", "ɑ", "aː", "ɑː", "æ"} & sounds.keys()
