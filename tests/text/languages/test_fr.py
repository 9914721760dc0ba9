"""French: what is spoken of numbers, money, dates, signs and abbreviations."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken

CASES = [
    # Numbers and their genders.
    ("Elle a 1 250 000 abonnés", "Elle a un million deux cent cinquante mille abonnés"),
    ("2 000 000 abonnés, 3 000 000 habitants", "deux millions d'abonnés trois millions d'habitants"),
    ("4 000 000 personnes", "quatre millions de personnes"),
    ("1 voiture, 21 personnes, 31 jours", "une voiture vingt et une personnes trente et un jours"),
    ("80, 81, 200, 280 000", "quatre vingts quatre vingt un deux cents deux cent quatre vingt mille"),
    ("71, 91", "soixante et onze quatre vingt onze"),
    ("3,14, 3,141, 3,1416, 0,05",
     "trois virgule quatorze trois virgule cent quarante et un trois virgule quatorze seize zéro virgule zéro cinq"),
    ("-60", "moins soixante"),
    # Money.
    ("C'est 3,20 € ou 8 % de moins", "C'est trois euros et vingt centimes ou huit pour cent de moins"),
    ("C'est 3,20\u202f€ ou 8\u00a0% de moins", "C'est trois euros et vingt centimes ou huit pour cent de moins"),
    ("1 €, 21 £, 1 000 000 €", "un euro vingt et une livres un million d'euros"),
    ("5 M€, 3 Md€, 10 k€", "cinq millions d'euros trois milliards d'euros dix mille euros"),
    ("2,5 millions d'euros", "deux virgule cinq millions d'euros"),
    ("CHF 12.50, 5 €/kg, 10-20 €", "douze francs et cinquante centimes cinq euros par kilogramme dix à vingt euros"),
    # Ordinals.
    ("la 75e place, le 1er mai, la 1re fois", "la soixante quinzième place le premier mai la première fois"),
    ("8ème, 2nd, 2nde, 80e, 21e, 1000e", "huitième second seconde quatre vingtième vingt et unième millième"),
    ("le XXe siècle, XIXᵉ siècle, François Ier", "le vingtième siècle dix neuvième siècle François premier"),
    ("Louis XIV, chapitre IV, IIe étage", "Louis quatorze chapitre quatre deuxième étage"),
    ("le 6° jour, il fait 6° dehors", "le sixième jour il fait six degrés dehors"),
    # Fractions and measures.
    ("2/9, 1/5, 3/4, 1/2", "deux neuvièmes un cinquième trois quarts un demi"),
    ("-4 1/3, 1 1/2", "moins quatre et un tiers un et demi"),
    ("1/2 kg, 3/4 h, ½ tasse, 2 1/2 heures",
     "un demi kilogramme trois quarts d'heure une demi tasse deux heures et demie"),
    ("1 h, 21 h, 5 km/h, -3 °C, 5 Go", "une heure vingt et une heures cinq kilomètres par heure moins trois degrés "
     "Celsius cinq gigaoctets"),
    # Dates and times.
    ("le 02.03.2003, le 17/06", "le deux mars deux mille trois le dix sept juin"),
    ("les 17/18/19 mars, 3-5 mai", "les dix sept dix huit dix neuf mars trois à cinq mai"),
    ("12 janv. 2021", "douze janvier deux mille vingt et un"),
    ("300 av. J.-C.", "trois cents avant Jésus Christ"),
    ("à 17h20, 8 h, 14:30, 1h", "à dix sept heures vingt huit heures quatorze heures trente une heure"),
    ("10h-12h, 1:02:33", "dix heures à douze heures une heure deux minutes et trente trois secondes"),
    # Signs and names.
    ("2*8=16, 5-3=2, 7÷2", "deux fois huit égale seize cinq moins trois égale deux sept divisé par deux"),
    ("x², 10^-3, ≠0, a<b", "x au carré dix puissance moins trois différent de zéro a inférieur à b"),
    ("16:9, score 3:2", "seize neuvièmes score trois à deux"),
    ("moi@sol.fr", "moi arobase sol point F R"),
    ("06 12 34 56 78", "zéro six douze trente quatre cinquante six soixante dix huit"),
    ("M. Petit, Mme Roy, le Dr Ben, Mˡˡᵉ Lou", "monsieur Petit madame Roy le docteur Ben mademoiselle Lou"),
    ("n° 5, p. ex. ici, la SNCF", "numéro cinq par exemple ici la S N C F"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "words"), CASES, ids=[script for script, _ in CASES])
def test_french_is_read_as_people_read_it(script: str, words: str) -> None:
    """Numbers, ordinals, money and signs are said in words, with elision."""
    assert spoken(script, "fr") == words


@pytest.mark.parametrize(
    ("script", "language", "words"),
    [
        ("71, 80, 98", "fr-CH", "septante et un huitante nonante huit"),
        ("71, 80, 98", "fr-BE", "septante et un quatre vingts nonante huit"),
        ("80e", "fr-CH", "huitantième"),
        ("03/04/2020", "fr-CA", "trois avril deux mille vingt"),
        ("555 123 4567", "fr-CA", "cinq cinq cinq un deux trois quatre cinq six sept"),
    ],
)
def test_regions_have_their_own_numbers(script: str, language: str, words: str) -> None:
    """Switzerland, Belgium and Canada say numbers in their way."""
    assert spoken(script, language) == words


def test_grouped_number_is_one_token() -> None:
    """Captions show a number with blanks between its thousands as one word."""
    assert [token.shown for token in tokenize("Elle a 1 250 000 abonnés.", "fr")] == [
        "Elle",
        "a",
        "1 250 000",
        "abonnés.",
    ]


def test_titles_end_no_sentence() -> None:
    """The full stop of "M." is not heard."""
    marks = {" ".join(token.spoken): token.mark for token in tokenize("Ici, M. Petit dort.", "fr")}
    assert (marks["monsieur"], marks["dort"]) == ("", ".")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("l'UE et d'EDF", "l'U E et d'E D F"),
        ("St-Malo, Ste Rita", "saint Malo sainte Rita"),
        ("80 cts", "quatre vingts centimes"),
    ],
)
def test_elided_initials_are_spelled(script: str, said: str) -> None:
    """Initials behind an apostrophe are spelled."""
    assert spoken(script, "fr") == said
