"""How function words and hesitations are said in running English, beside their dictionary forms (ARPAbet)."""

from __future__ import annotations

from handler.aligners.pronunciation import Phones

_FORMS = """
a=AH | and=AH N, N, AE N | are=ER | as=AH Z | at=AH T | because=K AH Z | but=B AH T | can=K AH N, K N | for=F ER
from=F R AH M | going=G OW IH N, G AH N | had=HH AH D, AH D, D | has=HH AH Z, AH Z, Z | have=HH AH V, AH V | he=IY
her=ER | him=IH M | his=IH Z | just=JH AH S, JH IH S | of=AH V, AH | or=ER | our=AA R | some=S AH M
that=DH AH T, DH AE, DH AH | the=D AH, AH | them=DH AH M, AH M | to=T AH, D AH | want=W AA N | was=W AH Z
were=W ER | you=Y AH | your=Y ER
um=AH M, AH AH M M | uh=AH, AH AH
"""
_VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
REDUCED: dict[str, tuple[Phones, ...]] = {
    word.strip(): tuple(tuple(form.split()) for form in forms.split(","))
    for word, forms in (row.split("=") for row in _FORMS.replace("\n", "|").split("|") if row.strip())
}


def reduced(word: str, full: Phones) -> tuple[Phones, ...]:
    """The forms of a word in lower case that are shorter than its full one: ``and`` as "n", ``going`` as "goin'"."""
    unstressed = word.endswith("ing") and full[-2:] == ("IH", "NG") and len(_VOWELS & set(full[:-2])) > 0
    ending = ((*full[:-1], "N"),) if unstressed else ()
    return (*REDUCED.get(word, ()), *ending)
