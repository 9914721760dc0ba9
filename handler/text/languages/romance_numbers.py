"""Cardinal numbers below 10^18 of the Romance languages, with the gender of the noun that follows.

``gender`` is "m" or "f" before a noun (un libro, una hora), "" where no noun follows (uno).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator


def word_list(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


def _groups(number: int, base: int) -> Iterator[tuple[int, int]]:
    """The groups of a number in a base and the power of each, from the highest, without those that are zero."""
    powers = [power for power in range(9) if number >= base**power]
    for power in reversed(powers):
        if group := number // base**power % base:
            yield group, power


def _scaled(group: int, words: str, scale: str) -> str:
    """A group of a scale "singular/plural": "dos", "millón/millones" → dos millones."""
    one, several = scale.split("/")
    return f"{words} {one if group == 1 else several}"


def _long_scale(number: int, gender: str, below_million: Callable[[int, str], str], scales: str) -> list[str]:
    """Groups of a million with the names of the long scale."""
    names = scales.split()
    return [
        _scaled(group, below_million(group, "m"), names[power - 1]) if power else below_million(group, gender)
        for group, power in _groups(number, 10**6)
    ]


_ES_ONES = word_list(
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete "
    "veintiocho veintinueve"
)
_ES_TENS = word_list("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES_HUNDREDS = word_list(
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)
ES_ONE = {"": "uno", "m": "un", "f": "una"}


def _es_below_hundred(number: int, gender: str) -> str:
    if number == 21:
        return {"": "veintiuno", "m": "veintiún", "f": "veintiuna"}[gender]
    if number < 30:
        return ES_ONE[gender] if number == 1 else _ES_ONES[number]
    tens = _ES_TENS[number // 10 - 3]
    return f"{tens} y {_es_below_hundred(number % 10, gender)}" if number % 10 else tens


def _es_below_thousand(number: int, gender: str) -> str:
    hundreds, rest = divmod(number, 100)
    if number == 100 or not hundreds:
        return "cien" if hundreds else _es_below_hundred(rest, gender)
    words = _ES_HUNDREDS[hundreds - 1]
    if gender == "f" and hundreds > 1:
        words = f"{words[:-2]}as"
    return f"{words} {_es_below_hundred(rest, gender)}" if rest else words


def _es_below_million(number: int, gender: str) -> str:
    thousands, rest = divmod(number, 1000)
    words = [f"{_es_below_thousand(thousands, gender or 'm')} mil" if thousands > 1 else "mil"] if thousands else []
    if rest or not thousands:
        words.append(_es_below_thousand(rest, gender))
    return " ".join(words)


def spanish(number: int, gender: str = "") -> str:
    """A Spanish number: veintiuno, veintiún, veintiuna."""
    scales = "millón/millones billón/billones trillón/trillones"
    return " ".join(_long_scale(number, gender, _es_below_million, scales)) or _ES_ONES[0]


_PT_ONES = word_list(
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito "
    "dezenove"
)
_PT_EUROPEAN = {16: "dezasseis", 17: "dezassete", 19: "dezanove"}
_PT_TENS = word_list("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa")
_PT_HUNDREDS = word_list("cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos")
_PT_FEMININE = {1: "uma", 2: "duas"}
_PT_SHORT_SCALE = word_list("mil milhão/milhões bilhão/bilhões trilhão/trilhões quatrilhão/quatrilhões")


def _pt_below_thousand(number: int, gender: str, european: bool) -> str:
    if number == 100:
        return "cem"
    hundreds, rest = divmod(number, 100)
    words = [_PT_HUNDREDS[hundreds - 1]] if hundreds else []
    if gender == "f" and hundreds > 1:
        words = [f"{words[0][:-2]}as"]
    tens, ones = divmod(rest, 10)
    if tens > 1:
        words.append(_PT_TENS[tens - 2])
        rest = ones
    if gender == "f" and rest in _PT_FEMININE:
        words.append(_PT_FEMININE[rest])
    elif rest or not number:
        words.append(_PT_EUROPEAN.get(rest, _PT_ONES[rest]) if european else _PT_ONES[rest])
    return " e ".join(words)


def _pt_joined(words: list[str], last: int) -> str:
    """The groups of a number; "e" goes before a last one that is short."""
    if len(words) > 1 and (last <= 100 or last % 100 == 0):
        words[-2:] = [f"{words[-2]} e {words[-1]}"]
    return " ".join(words)


def _pt_below_million(number: int, gender: str, european: bool) -> str:
    thousands, rest = divmod(number, 1000)
    words = [f"{_pt_below_thousand(thousands, gender, european)} mil" if thousands > 1 else "mil"] if thousands else []
    if rest or not thousands:
        words.append(_pt_below_thousand(rest, gender, european))
    return _pt_joined(words, rest or thousands)


def portuguese(number: int, gender: str = "") -> str:
    """A Portuguese number as in Brazil, with the short scale: um bilhão."""
    words, last = [], 0
    for group, power in _groups(number, 1000):
        last = group
        if power == 0:
            words.append(_pt_below_thousand(group, gender, european=False))
        elif power == 1:
            words.append(f"{_pt_below_thousand(group, gender, european=False)} mil" if group > 1 else "mil")
        else:
            spoken = _pt_below_thousand(group, "m", european=False)
            words.append(_scaled(group, spoken, _PT_SHORT_SCALE[power - 1]))
    return _pt_joined(words, last) or "zero"


def european_portuguese(number: int, gender: str = "") -> str:
    """A Portuguese number as in Portugal and Africa, with the long scale: mil milhões."""

    def below_million(group: int, its_gender: str) -> str:
        return _pt_below_million(group, its_gender, european=True)

    words = _long_scale(number, gender, below_million, "milhão/milhões bilião/biliões trilião/triliões")
    last = next((group for group, _ in reversed(list(_groups(number, 1000)))), 0)
    return (_pt_joined(words, last) if number % 10**6 < 1000 else " ".join(words)) or "zero"


_FR_ONES = word_list(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
)
FRENCH_TENS = word_list("vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
SWISS_TENS = word_list("vingt trente quarante cinquante soixante septante huitante nonante")
BELGIAN_TENS = word_list("vingt trente quarante cinquante soixante septante quatre-vingt nonante")
_FR_SCALES = word_list("mille million/millions milliard/milliards billion/billions billiard/billiards")


def _fr_below_hundred(number: int, gender: str, tens: tuple[str, ...]) -> str:
    if number < 20:
        return "une" if number == 1 and gender == "f" else _FR_ONES[number]
    word, rest = tens[number // 10 - 2], number % 10
    if number >= 70 and tens[number // 10 - 3] == word:
        rest += 10  # soixante-dix, quatre-vingt-dix
    if not rest:
        return word
    joint = " et " if rest in (1, 11) and not word.startswith("quatre-") else "-"
    return f"{word}{joint}{_fr_below_hundred(rest, gender, tens)}"


def _fr_below_thousand(number: int, gender: str, tens: tuple[str, ...], last: bool) -> str:
    """``last``: nothing follows, and so "cents" and "quatre-vingts" have their s."""
    hundreds, rest = divmod(number, 100)
    words = [] if not hundreds else ["cent"] if hundreds == 1 else [_FR_ONES[hundreds], "cent"]
    if rest or not hundreds:
        words.append(_fr_below_hundred(rest, gender, tens))
    several = (hundreds > 1 and not rest) or (rest == 80 and words[-1] == "quatre-vingt")
    return f"{' '.join(words)}s" if several and last else " ".join(words)


def french(number: int, gender: str = "", tens: tuple[str, ...] = FRENCH_TENS) -> str:
    """A French number; ``tens`` are the words for 20 to 90."""
    words = []
    for group, power in _groups(number, 1000):
        if power == 1:
            words.append(f"{_fr_below_thousand(group, '', tens, last=False)} mille" if group > 1 else "mille")
        elif power:
            words.append(_scaled(group, _fr_below_thousand(group, "", tens, last=True), _FR_SCALES[power - 1]))
        else:
            words.append(_fr_below_thousand(group, gender, tens, last=True))
    return " ".join(words) or _FR_ONES[0]


def swiss_french(number: int, gender: str = "") -> str:
    """A French number as in Switzerland: septante, huitante, nonante."""
    return french(number, gender, SWISS_TENS)


def belgian_french(number: int, gender: str = "") -> str:
    """A French number as in Belgium: septante, quatre-vingts, nonante."""
    return french(number, gender, BELGIAN_TENS)


_IT_ONES = word_list(
    "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove"
)
_IT_TENS = word_list("venti trenta quaranta cinquanta sessanta settanta ottanta novanta")
_IT_SCALES = word_list("mila milione/milioni miliardo/miliardi bilione/bilioni biliardo/biliardi")


def _it_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = "" if not hundreds else "cento" if hundreds == 1 else f"{_IT_ONES[hundreds]}cento"
    if rest == 8 or rest // 10 == 8:
        words = words[:-1]  # centotto, centottanta
    if rest < 20:
        return words + (_IT_ONES[rest] if rest or not hundreds else "")
    tens, ones = divmod(rest, 10)
    ten = _IT_TENS[tens - 2]
    return words + (ten[:-1] if ones in (1, 8) else ten) + (_IT_ONES[ones] if ones else "")


def _with_accent(words: str) -> str:
    return f"{words[:-1]}é" if words.endswith("tre") and words != "tre" else words


def italian(number: int, gender: str = "") -> str:
    """An Italian number; "un" and "una" before a noun are of the language's file, as they need the noun."""
    words, end = [], ""
    for group, power in _groups(number, 1000):
        below = _it_below_thousand(group)
        if power > 1:
            words.append(_scaled(group, "un" if group == 1 else _with_accent(below), _IT_SCALES[power - 1]))
        else:
            end += below if power == 0 else "mille" if group == 1 else f"{below}mila"
    return " ".join([*words, _with_accent(end)]).strip() or _IT_ONES[0]


_RO_ONES = word_list(
    "zero unu doi trei patru cinci șase șapte opt nouă zece unsprezece doisprezece treisprezece paisprezece "
    "cincisprezece șaisprezece șaptesprezece optsprezece nouăsprezece"
)
_RO_GENDERED = {
    "m": {1: "un", 2: "doi", 12: "doisprezece"},
    "n": {1: "un", 2: "două", 12: "douăsprezece"},
    "f": {1: "o", 2: "două", 12: "douăsprezece"},
}
_RO_TENS = word_list("douăzeci treizeci patruzeci cincizeci șaizeci șaptezeci optzeci nouăzeci")
_RO_SCALES = word_list("mie/mii milion/milioane miliard/miliarde trilion/trilioane cvadrilion/cvadrilioane")


def _ro_small(number: int, gender: str, alone: bool) -> str:
    """A number below twenty; one is "un" and "o" only where it stands alone."""
    if number == 1 and not alone:
        return "una" if gender == "f" else "unu"
    return _RO_GENDERED.get(gender, {}).get(number, _RO_ONES[number])


def _ro_below_thousand(number: int, gender: str) -> str:
    hundreds, rest = divmod(number, 100)
    words = [] if not hundreds else ["o sută"] if hundreds == 1 else [f"{_ro_below_thousand(hundreds, 'f')} sute"]
    alone = number == rest
    tens, ones = divmod(rest, 10)
    if tens > 1:
        words.append(_RO_TENS[tens - 2])
        if ones:
            words += ["și", _ro_small(ones, gender, alone=False)]
    elif rest or not hundreds:
        words.append(_ro_small(rest, gender, alone))
    return " ".join(words)


def romanian(number: int, gender: str = "") -> str:
    """A Romanian number: unu, un leu, o oră, două milioane; "de" joins it to a scale from twenty on."""
    words = []
    for group, power in _groups(number, 1000):
        if not power:
            words.append(_ro_below_thousand(group, gender))
            continue
        scale = _RO_SCALES[power - 1]
        spoken = _ro_below_thousand(group, "f" if power == 1 else "n")
        words.append(_scaled(group, f"{spoken} de" if takes_de(group) else spoken, scale))
    return " ".join(words) or _RO_ONES[0]


def takes_de(number: int) -> bool:
    """Whether a Romanian number takes "de" before its noun: douăzeci de lei."""
    return number >= 20 and not 1 <= number % 100 <= 19


_CA_ONES = word_list(
    "zero un dos tres quatre cinc sis set vuit nou deu onze dotze tretze catorze quinze setze disset divuit dinou"
)
_CA_TENS = word_list("vint trenta quaranta cinquanta seixanta setanta vuitanta noranta")
_CA_FEMININE = {1: "una", 2: "dues"}


def _ca_below_thousand(number: int, gender: str) -> str:
    hundreds, rest = divmod(number, 100)

    def small(value: int) -> str:
        return _CA_FEMININE.get(value, _CA_ONES[value]) if gender == "f" else _CA_ONES[value]

    words = [] if not hundreds else ["cent"]
    if hundreds > 1:
        words = [f"{small(hundreds)}-{'centes' if gender == 'f' else 'cents'}"]
    tens, ones = divmod(rest, 10)
    if rest >= 20:
        joint = "-i-" if tens == 2 else "-"
        words.append(f"{_CA_TENS[tens - 2]}{joint}{small(ones)}" if ones else _CA_TENS[tens - 2])
    elif rest or not hundreds:
        words.append(small(rest))
    return " ".join(words)


def catalan(number: int, gender: str = "") -> str:
    """A Catalan number: dos, dues."""

    def below_million(group: int, its_gender: str) -> str:
        thousands, rest = divmod(group, 1000)
        words = [f"{_ca_below_thousand(thousands, its_gender)} mil" if thousands > 1 else "mil"] if thousands else []
        return " ".join([*words, _ca_below_thousand(rest, its_gender)] if rest else words)

    return " ".join(_long_scale(number, gender, below_million, "milió/milions bilió/bilions trilió/trilions")) or "zero"
