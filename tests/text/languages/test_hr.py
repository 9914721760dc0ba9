"""Croatian numbers have gender and the plural of their noun; days, years and figures with a full stop are ordinals."""

import pytest

from handler.text import tokenize


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("22 minute", "dvadeset dvije minute"), ("2 €", "dva eura"), ("21 000", "dvadeset jedna tisuća"),
        ("5 %", "pet posto"),
        ("3. svibnja 2020. godine", "trećeg svibnja dvije tisuće dvadesete godine"),
        ("u 20. stoljeću", "u dvadesetom stoljeću"),
        ("2. svjetski rat", "drugi svjetski rat"), ("17:20", "sedamnaest sati dvadeset minuta"),
        ("10–20 km", "deset do dvadeset kilometara"),
        ("2,5", "dva zarez pet"), ("3/4", "tri četvrtine"), ("npr. to", "na primjer to"),
    ],
)  # fmt: skip
def test_croatian_is_read_as_people_do(script: str, spoken: str) -> None:
    """Numbers, amounts, dates and signs."""
    assert " ".join(word for token in tokenize(script, "hr") for word in token.spoken) == spoken
