"""The language of a text is found, and a text is said to be in another one only if it plainly is."""

from __future__ import annotations

import pytest

from handler.text import language_detection
from handler.text.language_detection import SAMPLE_CHARS, likely_language, other_language
from handler.text.languages import LANGUAGES
from tests.support.sentences import MIXED, SENTENCES, of

CODES = sorted({code for code, _ in SENTENCES})


def test_language_of_a_sentence_is_found() -> None:
    """Of single sentences in 28 languages nearly all are recognised, and the others are not taken for a far one."""
    wrong = [(code, found) for code, text in SENTENCES if (found := likely_language(text)) != code]
    assert len(wrong) <= 3
    assert {found for _, found in wrong} <= {None, "ms", "da", "no"}


@pytest.mark.parametrize("code", CODES)
def test_language_of_three_sentences_is_found(code: str) -> None:
    """Three sentences are enough for every language, in capitals and in Markdown, too."""
    text = " ".join(of(code)[:3])
    assert likely_language(text) == code
    assert likely_language(f"# {text.upper()}\n\n[{text}](https://example.com/en/the-page)") == code


def test_sentences_that_doctor_speaks_are_recognised() -> None:
    """The proof sentences of each language, one at a time."""
    sentences = {text: code for code, facts in LANGUAGES.items() for text in facts.proof_sentences}
    assert len(sentences) > 10
    assert {text: likely_language(text) for text in sentences} == sentences
    assert not [text for text, code in sentences.items() if other_language(text, code)]


@pytest.mark.parametrize(
    "text",
    ["", "...", "42", "12:30, 17:45, 100 %", "Hm.", "OK!", "🎉🎉", "https://example.com/de/straße", "#sommer #urlaub",
     "Lorem ipsum dolor sit amet", "Anna Kowalska, Jürgen Müller, Siobhán O'Neill", "\ud800", "x7f3a9c 0b11"],
)  # fmt: skip
def test_text_that_does_not_tell_has_no_language(text: str) -> None:
    """Numbers, names, addresses, sample text and single words are in no language."""
    assert likely_language(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("你好世界", "zh"),
        ("今日我哋去飲茶", "yue"),
        ("Eg veit ikkje kvifor det hende i går.", "no"),
        ("Привіт, світе!", "uk"),
    ],
)
def test_code_is_one_that_engines_know(text: str, code: str) -> None:
    """Norwegian has one code, and Chinese is Cantonese only if it surely is."""
    assert likely_language(text) == code


def test_right_language_is_never_doubted() -> None:
    """No alarm for sentences asked for rightly, nor for names, loan words, quotes, dialects and mixed languages."""
    texts = SENTENCES + MIXED + [(code, " ".join(of(code))) for code in CODES]
    assert [(code, found, text) for code, text in texts if (found := other_language(text, code))] == []


def test_tag_with_a_region_is_its_language() -> None:
    """`pt-BR` is Portuguese, and `nb` Norwegian."""
    assert other_language(" ".join(of("pt")), "pt_BR") is None
    assert other_language(" ".join(of("no")), "nb-NO") is None
    assert other_language(" ".join(of("de")), "en-GB") == "de"


def test_plainly_other_language_is_named() -> None:
    """Three sentences in another language than English are nearly always noticed, and named rightly."""
    texts = {(code, " ".join(of(code)[at : at + 3])) for code in CODES if code != "en" for at in (0, 3)}
    found = [(code, other_language(text, "en")) for code, text in texts]
    assert [pair for pair in found if pair[1] not in (None, pair[0])] == []
    assert sum(other is None for _, other in found) <= 2


@pytest.mark.parametrize("asked", ["de", "fr", "ru", "ar", "zh", "ja", "ko", "tr"])
def test_english_is_noticed_where_another_language_was_asked_for(asked: str) -> None:
    """The usual mistake: the language of the voice holds, and the script is in English."""
    assert other_language(" ".join(of("en")), asked) == "en"


@pytest.mark.parametrize(
    ("texts", "asked"),
    [("no", "da"), ("da", "no"), ("cs", "sk"), ("id", "ms"), ("ru", "bg"), ("pt", "gl"), ("zh", "ja")],
)
def test_near_relatives_are_not_told_apart(texts: str, asked: str) -> None:
    """However long a text is: people ask for one and write the other."""
    assert other_language(" ".join(of(texts)), asked) is None


@pytest.mark.parametrize("asked", ["en", "ru", "de"])
def test_few_letters_are_enough_where_each_is_a_syllable(asked: str) -> None:
    """A sentence of twenty characters in Japanese or Korean says as much as one of forty letters."""
    assert [other_language(of(code)[0], asked) for code in ("ja", "ko")] == ["ja", "ko"]


@pytest.mark.parametrize("text", ["merci beaucoup, mes amis", "vielen dank euch allen", "bis später, macht's gut"])
def test_few_words_are_not_doubted(text: str) -> None:
    """A greeting may be in any language."""
    assert other_language(text, "en") is None


@pytest.mark.parametrize("asked", ["qx", "tlh", "la", "zxx"])
def test_language_that_is_not_known_is_not_doubted(asked: str) -> None:
    """Without statistics of the language asked for nothing can be said."""
    assert other_language(" ".join(of("de")), asked) is None


def test_long_text_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a text is, its detector sees a part from everywhere in it."""
    seen: list[str] = []

    class Watched:
        def rank(self, text: str) -> list[tuple[str, float]]:
            seen.append(text)
            return [("de", 1.0)]

    monkeypatch.setattr(language_detection, "_detector", Watched)
    likely_language(" ".join(f"w{'abcdefghij'[at // 10_000]}rd" for at in range(100_000)))
    assert len(seen[0]) <= SAMPLE_CHARS
    assert {f"w{letter}rd" for letter in "abdefgij"} == set(seen[0].split())


def test_language_of_a_long_text_is_that_of_most_of_it() -> None:
    """A quote in another language at the beginning changes nothing."""
    text = " ".join(of("fr")[:2] + of("de") * 30)
    assert likely_language(text) == "de"
    assert other_language(text, "fr") == "de"
    assert other_language(text, "de") is None


def test_full_disk_costs_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The detector unpacks its model on the disk; where that fails, no language is found and none is doubted."""

    def full() -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(language_detection, "_detector", full)
    text = " ".join(of("de"))
    assert likely_language(text) is None
    assert other_language(text, "en") is None
