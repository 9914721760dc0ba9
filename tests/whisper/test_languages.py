"""The languages that Whisper knows."""

from __future__ import annotations

import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES

from handler.whisper.languages import CODES, WITHOUT_SPACES, language_of, whisper_code


def test_they_are_those_of_its_tokenizer() -> None:
    """The ninety-nine codes of faster_whisper without Cantonese, which only large-v3 has."""
    assert set(_LANGUAGE_CODES) - {"yue"} == CODES
    assert len(CODES) == 99
    assert WITHOUT_SPACES <= CODES


@pytest.mark.parametrize(
    ("tag", "code"), [("pt-BR", "pt"), ("zh_TW", "zh"), ("nb", "no"), ("jv", "jw"), ("yue", None), ("eo", None)]
)
def test_tags_of_clients(tag: str, code: str | None) -> None:
    """A client's tag in any form is its code; None for a language that it does not know."""
    assert whisper_code(tag) == code


@pytest.mark.parametrize(("code", "tag"), [("jw", "jv"), ("de", "de")])
def test_languages_of_codes(code: str, tag: str) -> None:
    """A code of Whisper is given as the tag that others know."""
    assert language_of(code) == tag


def test_codes_of_one_model() -> None:
    """A language that the model at hand has is known, even if others lack it."""
    assert whisper_code("yue", ["en", "yue"]) == "yue"
    assert whisper_code("de", ["en"]) is None
