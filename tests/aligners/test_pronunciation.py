"""Words become the phones of the acoustic model: through the dictionary, its parts, espeak, or letters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.aligners import pronunciation
from handler.aligners.pronunciation import Part, from_espeak, from_letters, parts_of
from handler.engines import espeak_library
from handler.errors import EngineError

VOWELS = frozenset({"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"})
CONSONANTS = frozenset("BDFGKLMNPRSTVWYZ") | {"CH", "DH", "HH", "JH", "NG", "SH", "TH", "ZH"}
ARPABET = VOWELS | CONSONANTS
DICTIONARY = {
    "mother": "M AH DH ER",
    "in": "IH N",
    "law": "L AO",
    "run": "R AH N",
    "pod": "P AA D",
    "o'clock": "AH K L AA K",
    "cafe": "K AH F EY",
    "nasa": "N AE S AH",
    "tree": "T R IY",
    "w": "D AH B AH L Y UW",
    "g": "JH IY",
    "p": "P IY",
    "u": "Y UW",
    "dont": "D OW N T",
}


@pytest.fixture
def no_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_library, "available", lambda: "the package espeakng-loader is not installed")


def parts(word: str) -> list[Part]:
    return parts_of([word], DICTIONARY.get)[0]


@pytest.mark.parametrize(
    ("word", "phones"),
    [("useta", "Y UW S T AH"), ("I'd\u2019ve", "AY D AH V"), ("Mmhmm", "M HH M"), ("psst", "P S T"), ("hmmmm", "M")],
)
def test_words_written_as_they_are_said_have_their_sound(word: str, phones: str) -> None:
    """Sounds that people write down are neither spelled out nor read by the rules of other words."""
    lookup = {**DICTIONARY, "hm": "M", "id": "IH D"}.get
    ((part,),) = parts_of([word], lookup)
    assert (lookup(part.key) or " ".join(part.phones or ())) == phones


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("Mother", ["mother"]),
        ("mother-in-law", ["mother", "in", "law"]),
        ("o\u2019clock", ["o'clock"]),
        ("'mother'", ["mother"]),
        ("don't", ["dont"]),
        ("café", ["cafe"]),
        ("NASA", ["nasa"]),
        ("GPU", ["g", "p", "u"]),
        ("“mother,”", ["mother"]),
        ("runnnn", ["run"]),
        ("caaaafeee", ["cafe"]),
        ("treeee", ["tree"]),
        ("www", ["w", "w", "w"]),
    ],
)
def test_words_are_found_in_the_dictionary_whole_or_in_parts(word: str, keys: list[str]) -> None:
    """Case, accents, quotes, hyphens, initialisms and stretched letters do not keep a word from the dictionary."""
    assert parts(word) == [Part(key) for key in keys]


@pytest.mark.parametrize("word", ["", "42", "...", "$1,234.56", "🎉", "—", "''", "-", "Москва"])
def test_words_without_a_latin_letter_have_no_parts(word: str) -> None:
    """Characters that no English speaker can read aloud have no phones."""
    assert parts(word) == []


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("mother's", "M AH DH ER Z"),
        ("mother'll", "M AH DH ER AH L"),
        ("law's", "L AO Z"),
        ("pod'd", "P AA D IH D"),
        ("runpod", "R AH N P AA D"),
        ("runpod's", "R AH N P AA D Z"),
    ],
)
@pytest.mark.usefixtures("no_espeak")
def test_endings_and_compounds_are_built_from_known_words(word: str, phones: str) -> None:
    """A clitic is added to the phones of its stem, and two known words written as one are said one after the other."""
    assert parts(word) == [Part(word, tuple(phones.split()))]


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("shack", "SH AE K"),
        ("phone", "F OW N"),
        ("nation", "N EY SH AH N"),
        ("making", "M EY K IH NG"),
        ("bright", "B R AY T"),
        ("hoped", "HH OW P T"),
        ("cities", "S IH T IY Z"),
        ("gentle", "JH EH N T AH L"),
        ("knee", "N IY"),
        ("quick", "K W IH K"),
        ("summer", "S AH M ER"),
    ],
)
def test_letter_to_sound_rules_read_english_spelling(word: str, phones: str) -> None:
    """The letter-to-sound rules know digraphs, silent letters, soft c and g, long vowels before a final e, endings."""
    assert " ".join(from_letters(word)) == phones


@settings(max_examples=200)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_letters_always_give_phones_of_the_model(word: str) -> None:
    """Any run of letters has at least one phone, and none that the acoustic model does not know."""
    phones = from_letters(word)
    assert phones
    assert set(phones) <= ARPABET


@settings(max_examples=60)
@given(st.text(max_size=12))
def test_any_text_has_parts_that_can_be_aligned(word: str) -> None:
    """Keys are free of blanks and brackets, which mean something else to the decoder, and have phones of the model."""
    for part in parts(word):
        assert re.fullmatch(r"[a-z'\-]+", part.key)
        assert set(part.phones if part.phones is not None else DICTIONARY[part.key].split()) <= ARPABET
        assert part.phones != ()


@pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")
def test_espeak_pronounces_what_the_dictionary_lacks() -> None:
    """espeak's IPA, with its diphthongs and r-coloured vowels, becomes phones of the model."""
    words = from_espeak(["wizard", "fire", "oil", "church", "singing", "measure"])
    assert words is not None
    assert [" ".join(phones) for phones in words] == [
        "W IH Z ER D",
        "F AY ER",
        "OY L",
        "CH ER CH",
        "S IH NG IH NG",
        "M EH ZH ER",
    ]


@pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")
def test_espeak_symbols_are_all_known() -> None:
    """No symbol that espeak writes for American or British English is dropped."""
    words = ["little", "button", "water", "fair", "cure", "near", "start", "north", "goose", "happy", "rhythm", "loch"]
    for language in ("en-us", "en-gb"):
        for symbols in espeak_library.phonemes(words, language):
            for symbol in symbols:
                assert pronunciation._arpabet(symbol), (language, symbol)


@pytest.mark.usefixtures("no_espeak")
def test_without_espeak_there_are_still_phones() -> None:
    """Production has no espeak: unknown words are read by their letters."""
    assert from_espeak(["zorblatt"]) is None
    assert parts("zorblatt") == [Part("zorblatt", from_letters("zorblatt"))]


def test_a_failing_espeak_is_replaced_by_letters(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When espeak is there but fails, letters do, and the log says so."""

    def fail(words: object, language: str) -> list[list[str]]:
        raise EngineError("espeak could not load its voice")

    monkeypatch.setattr(espeak_library, "available", lambda: None)
    monkeypatch.setattr(espeak_library, "phonemes", fail)
    assert parts("zorblatt") == [Part("zorblatt", from_letters("zorblatt"))]
    assert "espeak could not load its voice" in caplog.text
