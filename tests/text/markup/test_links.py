"""The round part of a mark: an address, or a pronunciation."""

from __future__ import annotations

import pytest

from handler.text.markup.links import is_file_name, is_link


@pytest.mark.parametrize(
    "target",
    ["https://example.org/a", "http://a.b", "HTTPS://A.B", "ftp://x", "www.example.org", "mailto:a@b.org", "tel:+4930",
     "/docs/intro", "/", "#part-2", "?page=2", "./a.md", "../x", "example.org", "example.org/a?b=c", "docs.rs",
     "report.pdf", "p.png", "a@b.org", "<https://a.b/c d>", 'https://a.b "The title"', "https://a.b 'x'",
     "sandbox:/mnt/data/x.csv", "//cdn.example.org/x",
     "/docs/", "/café/", "/straße/", "/a/ˈb/", "example.org:8080", "sub.example.co.uk"],
)  # fmt: skip
def test_addresses_are_links(target: str) -> None:
    """Schemes, paths, anchors, domains, files, and each with a title."""
    assert is_link(target)


@pytest.mark.parametrize(
    "target",
    ["win", "New York", "five dollars", "$5", "/ˈwʊstə/", "[ˈwʊstə]", "shi.von", "U.S.A.", "e.g.", "Mr. Smith",
     "3.5", "2.0.1", "Saint John's", "sequel", "and / or", "/ˈw@stə/"],
)  # fmt: skip
def test_pronunciations_are_none(target: str) -> None:
    """Words, amounts, abbreviations and IPA are said."""
    assert not is_link(target)


@pytest.mark.parametrize("text", ["", " ", "cat.jpg", "IMG_1234", "img", "screenshot-3"])
def test_text_of_a_picture_that_says_nothing(text: str) -> None:
    """Names of files describe no picture."""
    assert is_file_name(text)
    assert not is_file_name("A cat on a mat")
