"""The licence that a MODEL_CARD tells of."""

from __future__ import annotations

import pytest

from handler.engines.piper import licenses


@pytest.mark.parametrize(
    ("card", "license_"),
    [
        ("# Card\n\n* License: CC BY 4.0 \n", "CC BY 4.0"),
        ("# Card\n", licenses.UNKNOWN),
        ("* URL: https://example.org/data\n* License: See URL\n", "see https://example.org/data"),
        ("* License:  CC0\n\nFinetuned from U.S. English lessac voice (medium quality).\n", f"CC0; {licenses.LESSAC}"),
        ("* License: CC0\n\nFine-tuned from U.S. English Ryan voice (low quality).\n", f"CC0; {licenses.RYAN}"),
        ("* License: CC0\n\nTrained from scratch.\n", "CC0"),
        ("", licenses.UNKNOWN),
    ],
)
def test_a_card_tells_the_licence_and_the_origin(card: str, license_: str) -> None:
    """The licence of the data is read from the card, and the voice that it was tuned from where that restricts it."""
    assert licenses.of_card(card) == license_
