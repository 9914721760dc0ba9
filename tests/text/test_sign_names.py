"""Every sign has a name: CLDR's in the language, else Unicode's."""

from __future__ import annotations

from handler.text.sign_names import sign_name


def test_sign_is_named_in_its_language() -> None:
    """CLDR's name in the language, whatever the region."""
    assert sign_name("%", "de-AT") == "Prozent"
    assert sign_name("≤", "fr") == "inférieur ou égal"


def test_sign_without_a_name_has_that_of_unicode() -> None:
    """A language or a sign that the table lacks has the English name, without hyphens."""
    assert sign_name("%", "xx") == "percent"
    assert sign_name("⊕", "xx") == "circled plus"
    assert sign_name("⨝", "en") == "join"
