"""Czech numerals."""

from handler.text.cldr import Noun
from handler.text.languages.slavic_numbers import Numerals

_HARD = {
    "f": "á", "n": "é", "p": "é", "g": "ého", "d": "ému", "i": "ým", "l": "ém", "fg": "é", "fa": "ou",
    "pg": "ých", "pd": "ým", "pi": "ými",
}  # fmt: skip
_SOFT = {"g": "ího", "d": "ímu", "i": "ím", "l": "ím", "pg": "ích", "pd": "ím", "pi": "ími"}
_FIVE_UP = "pět šest sedm osm devět deset"
_TEENS = "jedenáct dvanáct třináct čtrnáct patnáct šestnáct sedmnáct osmnáct devatenáct"
_TENS = "dvacet třicet čtyřicet padesát šedesát sedmdesát osmdesát devadesát"
_GENITIVE_FIVE_UP = {"devět": "devíti", "deset": "deseti"}

CS = Numerals(
    "cs",
    units=f"nula jedna dva tři čtyři {_FIVE_UP} {_TEENS}",
    tens=_TENS,
    hundreds="sto dvě~stě tři~sta čtyři~sta pět~set šest~set sedm~set osm~set devět~set",
    scales=(
        Noun("tisíc", one="tisíc", few="tisíce", many="tisíce", gender="m"),
        Noun("milionů", one="milion", few="miliony", many="milionu", gender="m"),
        Noun("miliard", one="miliarda", few="miliardy", many="miliardy", gender="f"),
        Noun("bilionů", one="bilion", few="biliony", many="bilionu", gender="m"),
        Noun("biliard", one="biliarda", few="biliardy", many="biliardy", gender="f"),
    ),
    genders={"m": {"jedna": "jeden"}, "f": {"dva": "dvě"}, "n": {"jedna": "jedno", "dva": "dvě"},
        "fa": {"jedna": "jednu", "dva": "dvě"}},
    ordinal_units="nultý první druhý třetí čtvrtý pátý šestý sedmý osmý devátý desátý jedenáctý dvanáctý třináctý "
    "čtrnáctý patnáctý šestnáctý sedmnáctý osmnáctý devatenáctý",
    ordinal_tens="dvacátý třicátý čtyřicátý padesátý šedesátý sedmdesátý osmdesátý devadesátý",
    ordinal_hundreds="stý dvoustý třístý čtyřstý pětistý šestistý sedmistý osmistý devítistý",
    ordinal_scales="tisící miliontý miliardtý biliontý biliardtý",
    endings={"ý": _HARD, "í": _SOFT},
    genitive={
        "nula": "nuly", "jeden": "jednoho", "jedna": "jedné", "jedno": "jednoho", "dva": "dvou", "dvě": "dvou",
        "tři": "tří", "čtyři": "čtyř",
        **{word: f"{word}i" for word in f"{_FIVE_UP} {_TEENS} {_TENS}".split()}, **_GENITIVE_FIVE_UP,
        "sto": "sta", "stě": "set", "sta": "set", "tisíc": "tisíc", "tisíce": "tisíc", "milion": "milionu",
        "miliony": "milionů",
        "miliarda": "miliardy", "miliardy": "miliard", "bilion": "bilionu", "biliony": "bilionů", "celá": "celé",
        "celé": "celých",
    },
    first_parts={
        "jedna": "jedno", "dva": "dvou", "tři": "tří", "čtyři": "čtyř", "sto": "sto", "devadesát": "devadesáti",
        "tisíc": "tisíci",
    },
    silent_ones=5,
    agrees_by_plural=True,
    tens_are_ordinal=True,
)  # fmt: skip
