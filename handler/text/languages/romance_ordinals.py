"""Ordinals and parts of a whole in the Romance languages.

``mark`` is what follows the figures of an ordinal, such as ª: it tells the gender.
"""

from __future__ import annotations

from handler.text.languages import romance_numbers as cardinals

_ES_ONES = cardinals.word_list("primero segundo tercero cuarto quinto sexto séptimo octavo noveno")
_ES_TENS = cardinals.word_list(
    "décimo vigésimo trigésimo cuadragésimo quincuagésimo sexagésimo septuagésimo octogésimo nonagésimo"
)
_ES_HUNDREDS = cardinals.word_list(
    "centésimo ducentésimo tricentésimo cuadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo "
    "noningentésimo"
)
_ES_OWN = {11: "undécimo", 12: "duodécimo"}
_PT_ONES = cardinals.word_list("primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono")
_PT_TENS = cardinals.word_list(
    "décimo vigésimo trigésimo quadragésimo quinquagésimo sexagésimo septuagésimo octogésimo nonagésimo"
)
_PT_HUNDREDS = cardinals.word_list(
    "centésimo ducentésimo trecentésimo quadringentésimo quingentésimo sexcentésimo septingentésimo octingentésimo "
    "nongentésimo"
)
_FEMININE_MARKS = ("ª", "a", "as", "ᵃ")


def _is_feminine(mark: str) -> bool:
    return mark.lstrip(".").endswith(_FEMININE_MARKS)


def _hundreds(number: int, names: tuple[str, ...]) -> list[str]:
    return [names[number // 100 - 1]] if number >= 100 else []


def _es_below_hundred(number: int) -> list[str]:
    tens, ones = divmod(number, 10)
    if tens in (1, 2) and ones:
        ten = _ES_TENS[tens - 1].replace("é", "e")  # decimotercero, vigesimoprimero: one word, one accent
        return [ten + _ES_ONES[ones - 1] if ones != 8 else f"{ten}ctavo"]
    return [_ES_TENS[tens - 1]] * bool(tens) + [_ES_ONES[ones - 1]] * bool(ones)


def _agreeing(words: list[str], mark: str) -> str:
    """Words in -o in the gender and number of the mark."""
    spoken = " ".join(f"{word[:-1]}a" if word.endswith("o") and _is_feminine(mark) else word for word in words)
    return f"{spoken}s" if mark.endswith("s") else spoken


def spanish(number: int, mark: str = "") -> str:
    """A Spanish ordinal below a million, else the cardinal: tercero, tercera, "er": tercer."""
    if not 0 < number <= 10**6:
        return cardinals.spanish(number)
    if number == 10**6:
        return _agreeing(["millonésimo"], mark)
    thousands, rest = divmod(number, 1000)
    words = [f"{'' if thousands == 1 else cardinals.spanish(thousands).replace(' ', '')}milésimo"] if thousands else []
    words += _hundreds(rest, _ES_HUNDREDS)
    short = mark.lstrip(".") in ("er", "ᵉʳ")
    own = _ES_OWN.get(rest % 100) if not short else None
    words += [own] if own else _es_below_hundred(rest % 100)
    spoken = _agreeing(words, mark)
    return spoken[:-1] if short and spoken.endswith(("primero", "tercero")) else spoken


def portuguese(number: int, mark: str = "") -> str:
    """A Portuguese ordinal up to a million, else the cardinal: décimo primeiro, décima primeira."""
    if not 0 < number <= 10**6:
        return cardinals.portuguese(number)
    if number == 10**6:
        return _agreeing(["milionésimo"], mark)
    thousands, rest = divmod(number, 1000)
    words = [] if not thousands else ["milésimo"] if thousands == 1 else [cardinals.portuguese(thousands), "milésimo"]
    words += _hundreds(rest, _PT_HUNDREDS)
    tens, ones = divmod(rest % 100, 10)
    words += [_PT_TENS[tens - 1]] * bool(tens) + [_PT_ONES[ones - 1]] * bool(ones)
    return _agreeing(words, mark)


_FR_LAST = {"cinq": "cinquième", "neuf": "neuvième"}
_FR_PLURALS = ("vingts", "cents", "millions", "milliards", "billions")


def french_of(words: str) -> str:
    """The ordinal of a French cardinal: vingt et un → vingt et unième."""
    if words.endswith(_FR_PLURALS):
        words = words[:-1]
    for ending, ordinal in _FR_LAST.items():
        if words.endswith(ending):
            return words.removesuffix(ending) + ordinal
    return f"{words.removesuffix('e')}ième"


_IT_ONES = cardinals.word_list("zero primo secondo terzo quarto quinto sesto settimo ottavo nono decimo")


def italian(number: int, mark: str = "") -> str:
    """An Italian ordinal: terzo, terza, ventunesimo."""
    if number <= 10:
        words = _IT_ONES[number]
    else:
        words = cardinals.italian(number).removeprefix("un ").replace(" ", "")
        if words.endswith("mila"):
            words = f"{words[:-2]}le"  # duemillesimo
            words = words.replace("mile", "mille")
        stem = words if words.endswith(("tre", "sei")) else words[:-1]
        words = f"{stem}esimo" if not words.endswith("é") else f"{words[:-1]}eesimo"
    if not words.endswith("o") or number == 0:
        return words
    return f"{words[:-1]}a" if _is_feminine(mark) else words


_A = "ă"
_RO_FEMININE = {"una": "una", "o": "una", "patru": "patra", "mie": "mia", "cinci": "cincea"}


def romanian(number: int, mark: str = "") -> str:
    """A Romanian ordinal without its article: doilea, "a": doua."""
    feminine = mark.endswith("a") and not mark.endswith("lea")
    if number == 1:
        return "prima" if feminine else "primul"
    words = cardinals.romanian(number, "f" if feminine else "")
    if feminine:
        head, _, last = words.rpartition(" ")
        return f"{head} {_RO_FEMININE.get(last) or f'{last.removesuffix(_A)}a'}".strip()
    return f"{words}lea" if words[-1:] in "aăeiu" else f"{words}ulea"


_CA_ONES = {1: "primer", 2: "segon", 3: "tercer", 4: "quart", 5: "cinquè", 9: "novè", 10: "desè"}


def catalan(number: int, mark: str = "") -> str:
    """A Catalan ordinal: tercer, tercera, vint-i-cinquè, vint-i-cinquena."""
    if number in _CA_ONES and number < 5:
        return f"{_CA_ONES[number]}a" if _is_feminine(mark) else _CA_ONES[number]
    words = cardinals.catalan(number)
    if words.endswith("cinc"):
        words = f"{words[:-1]}qu"
    elif words.endswith("nou"):
        words = f"{words[:-1]}v"
    elif words.endswith("deu"):
        words = f"{words[:-2]}es"
    elif words.endswith(("ents", "ons")):
        words = words[:-1]
    elif words.endswith("dos"):
        words = words[:-1] + "s"
    stem = words.removesuffix("e").removesuffix("a")
    return f"{stem}ena" if _is_feminine(mark) else f"{stem}è"


_ES_PARTS = {2: "medio", 3: "tercio", 8: "octavo", 9: "noveno"}


def spanish_part(bottom: int) -> str | None:
    """What a Spanish fraction has below its line, in the singular; None where it is said with "sobre"."""
    if bottom in _ES_PARTS:
        return _ES_PARTS[bottom]
    if bottom <= 10:
        return spanish(bottom)
    if bottom < 100:
        words = cardinals.spanish(bottom, "m" if bottom % 10 == 1 and bottom > 11 else "").replace(" y ", "i")
        return f"{words.translate(_NO_ACCENTS).removesuffix('a')}avo"
    if bottom <= 1000:
        return spanish(bottom) if bottom % 100 == 0 else None
    millions, rest = divmod(bottom, 10**6)
    if rest == 0 and millions < 10**6:
        return f"{'' if millions == 1 else cardinals.spanish(millions, 'm').replace(' ', '')}millonésimo"
    thousands, rest = divmod(bottom, 1000)
    return f"{cardinals.spanish(thousands, 'm').replace(' ', '')}milésimo" if rest == 0 else None


_NO_ACCENTS = str.maketrans("áéíóú", "aeiou")
