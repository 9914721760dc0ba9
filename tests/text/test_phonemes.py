"""Phonemes in IPA are told from links and other text between slashes."""

from __future__ import annotations

import pytest

from handler.text.phonemes import MAX_IPA_CHARS, between_slashes, is_ipa, is_plausible


@pytest.mark.parametrize(
    "text",
    [
        "/ˈwʊstə/",
        "/ˈwin/",
        " /nuː jɔːk/ ",
        "/ˈwɪn.dəʊ/",
        "/t͡ʃɛk/",
        "/ɡɹeɪt/",
        "/ʒɔ̃/",
        "/ˌɛs.kjuːˈɛl/",
        "/ɕyɛ̌/",
        "/θiŋ/",
    ],
)
def test_ipa_is_found(text: str) -> None:
    """IPA between slashes is known by the signs that only IPA has."""
    assert is_ipa(text)


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin", "/a", "/a/", "/win/", "/en/about/", "/docs/intro.html", "//example.org/", "https://example.org/ə/",
        "/ˈwʊ/stə/", "/", "//", "/ /", "/ˈ/", "ˈwʊstə", "/ˈwʊstə", "/Über/", "/ЖЖ/", "/2026/", "/café/", "win", "",
        "/ə?a=1/", f"/{'ə' * (MAX_IPA_CHARS + 1)}/",
    ],
)  # fmt: skip
def test_links_and_words_are_no_ipa(text: str) -> None:
    """Paths, addresses, words and signs alone are no IPA."""
    assert not is_ipa(text)


def test_the_inside_is_normalised() -> None:
    """What stands between the slashes is in NFD with single blanks, whatever it is."""
    assert between_slashes(" /ʒɔ\u0303  wẽ/ ") == "ʒɔ\u0303 we\u0303"
    assert between_slashes("/win/") == "win"
    assert between_slashes("win") is None
    assert not is_plausible("WIN")
