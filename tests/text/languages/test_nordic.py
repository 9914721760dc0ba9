"""Danish, Norwegian and Finnish are spoken as people read them."""

from __future__ import annotations

import pytest

from tests.text.languages.spoken import spoken


@pytest.mark.parametrize(
    ("language", "script", "said"),
    [
        ("da", "21, 50, 101, 1100, 2.000.000", "enogtyve halvtreds hundrede og en tusind hundrede to millioner"),
        ("no", "21, 50, 101, 1100, 2.000.000", "tjueen femti hundre og en tusen hundre to millioner"),
        ("nn", "21, 1, 8.", "tjueein ein åtte"),
        ("fi", "21, 1100", "kaksikymmentäyksi tuhat sata"),
        ("da", "14 700 fugle, 1 år, 1 kg", "fjorten tusind syv hundrede fugle et år et kilogram"),
        ("no", "14 700 fugler, 1 år, 1 km", "fjorten tusen sju hundre fugler ett år en kilometer"),
        ("da", "7,30 kr., 1 kr., 9 %, 5,- ", "syv kroner og tredive øre en krone ni procent fem kroner"),
        ("no", "7,30 kr, 1 kr, 9 %, 2,5 mill. kr", "sju kroner og tretti øre en krone ni prosent to komma fem "
         "millioner kroner"),
        ("fi", "7,30 €, 1 €, 9 %, 3 milj. euroa", "seitsemän euroa kolmekymmentä senttiä yksi euro yhdeksän prosenttia "
         "kolme miljoonaa euroa"),
        ("da", "1/2, 3/4, 5 1/3", "en halv tre fjerdedele fem og en tredjedel"),
        ("no", "1/2, 3/4, 5 1/3", "en halv tre fjerdedeler fem og en tredjedel"),
        ("fi", "1/2, 3/4", "puoli kolme neljäsosaa"),
    ],
)  # fmt: skip
def test_numbers_and_amounts(language: str, script: str, said: str) -> None:
    """Each language has its own tens and hundreds, its crowns and its parts."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(
    ("language", "script", "said"),
    [
        (
            "da",
            "den 7. juni 1984, 1. og 2. plads",
            "den syvende juni nitten hundrede og fireogfirs første og anden plads",
        ),
        ("no", "7. juni 2021, 3.-5. mai", "sjuende juni tjue tjueen tredje til femte mai"),
        ("fi", "7. kesäkuuta, 7.6.2021", "seitsemäs kesäkuuta seitsemäs kesäkuuta kaksituhatta kaksikymmentäyksi"),
        ("da", "Det var 68. Så kom han.", "Det var otteogtres Så kom han"),
        ("no", "Det var 68. Så kom han.", "Det var sekstiåtte Så kom han"),
        ("da", "kl. 18.45, 80'erne, i 1807", "klokken atten femogfyrre firserne i atten hundrede og syv"),
        ("no", "kl. 18.45, 80-tallet", "klokken atten førtifem åttitallet"),
        ("fi", "klo 18.45", "kello kahdeksantoista neljäkymmentäviisi"),
        (
            "da",
            "f.eks. nr. 4, 12 34 56 78",
            "for eksempel nummer fire tolv fireogtredive seksoghalvtreds otteoghalvfjerds",
        ),
        ("no", "bl.a. s. 8, Harald V", "blant annet side åtte Harald den femte"),
        ("fi", "esim. s. 8, USA", "esimerkiksi sivu kahdeksan U S A"),
        ("da", "9-4=5", "ni minus fire er lig med fem"),
    ],
)
def test_dates_times_and_abbreviations(language: str, script: str, said: str) -> None:
    """A full stop before a word in small letters makes an ordinal; clock times have a full stop after "kl."."""
    assert spoken(script, language) == said
