"""Indonesian: what each kind of figures is called."""

from __future__ import annotations

import pytest

from handler.text import tokenize


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("Rp50.000", "lima puluh ribu rupiah"), ("Rp 5 juta", "lima juta rupiah"), ("1,5 jt", "satu koma lima juta"),
        ("pukul 17.20", "pukul tujuh belas lewat dua puluh menit"), ("10-20%", "sepuluh sampai dua puluh persen"),
        ("ke-3", "ketiga"), ("ke-1", "pertama"), ("3/4", "tiga per empat"), ("1/2", "setengah"),
        ("05/03/2024", "lima Maret dua ribu dua puluh empat"), ("60 km/jam", "enam puluh kilometer per jam"),
    ],
)  # fmt: skip
def test_figures(script: str, said: str) -> None:
    """Rupiahs, times, ranges, ordinals and fractions have their words."""
    assert " ".join(word for token in tokenize(script, "id") for word in token.spoken) == said
