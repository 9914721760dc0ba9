"""Polish numerals."""

from handler.text.cldr import Noun
from handler.text.languages.slavic_numbers import Numerals

_SCALES = ("milion", "miliard", "bilion", "biliard")


def _scale(stem: str) -> Noun:
    return Noun(f"{stem}a", one=stem, few=f"{stem}y", many=f"{stem}ów", gender="m")


_HARD = {
    "f": "a", "n": "e", "p": "e", "g": "ego", "d": "emu", "i": "ym", "l": "ym", "fg": "ej", "fa": "ą",
    "pg": "ych", "pd": "ym", "pi": "ymi",
}  # fmt: skip
_TRZECI = {
    "f": "cia", "n": "cie", "p": "cie", "g": "ciego", "d": "ciemu", "i": "cim", "l": "cim", "fg": "ciej", "fa": "cią",
    "pg": "cich", "pd": "cim", "pi": "cimi",
}  # fmt: skip
_DRUGI = {
    "f": "ga", "n": "gie", "p": "gie", "g": "giego", "d": "giemu", "i": "gim", "l": "gim", "fg": "giej", "fa": "gą",
    "pg": "gich", "pd": "gim", "pi": "gimi",
}  # fmt: skip
_TEENS = "jedenaście dwanaście trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście"

PL = Numerals(
    "pl",
    units=f"zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć {_TEENS}",
    tens="dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt "
    "dziewięćdziesiąt",
    hundreds="sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset",
    scales=(Noun("tysiąca", one="tysiąc", few="tysiące", many="tysięcy", gender="m"), *map(_scale, _SCALES)),
    genders={"f": {"jeden": "jedna", "dwa": "dwie"}, "n": {"jeden": "jedno"},
        "fa": {"jeden": "jedną", "dwa": "dwie"}},
    ordinal_units="zerowy pierwszy drugi trzeci czwarty piąty szósty siódmy ósmy dziewiąty dziesiąty jedenasty "
    "dwunasty trzynasty czternasty piętnasty szesnasty siedemnasty osiemnasty dziewiętnasty",
    ordinal_tens="dwudziesty trzydziesty czterdziesty pięćdziesiąty sześćdziesiąty siedemdziesiąty osiemdziesiąty "
    "dziewięćdziesiąty",
    ordinal_hundreds="setny dwusetny trzysetny czterechsetny pięćsetny sześćsetny siedemsetny osiemsetny dziewięćsetny",
    ordinal_scales="tysięczny milionowy miliardowy bilionowy biliardowy",
    endings={"ci": _TRZECI, "gi": _DRUGI, "y": _HARD},
    genitive={
        "zero": "zera", "jeden": "jednego", "jedna": "jednej", "jedno": "jednego", "dwa": "dwóch", "dwie": "dwóch",
        "trzy": "trzech", "cztery": "czterech", "pięć": "pięciu", "sześć": "sześciu", "siedem": "siedmiu",
        "osiem": "ośmiu", "dziewięć": "dziewięciu", "dziesięć": "dziesięciu",
        **{word: word.removesuffix("aście") + "astu" for word in _TEENS.split()}, "dwanaście": "dwunastu",
        "dwadzieścia": "dwudziestu", "trzydzieści": "trzydziestu", "czterdzieści": "czterdziestu",
        "pięćdziesiąt": "pięćdziesięciu", "sześćdziesiąt": "sześćdziesięciu", "siedemdziesiąt": "siedemdziesięciu",
        "osiemdziesiąt": "osiemdziesięciu", "dziewięćdziesiąt": "dziewięćdziesięciu", "sto": "stu",
        "dwieście": "dwustu", "trzysta": "trzystu", "czterysta": "czterystu", "pięćset": "pięciuset",
        "sześćset": "sześciuset", "siedemset": "siedmiuset", "osiemset": "ośmiuset", "dziewięćset": "dziewięciuset",
        "tysiąc": "tysiąca", "tysiące": "tysięcy",
        **{stem: f"{stem}a" for stem in _SCALES},
        **{f"{stem}{ending}": f"{stem}ów" for stem in _SCALES for ending in "ay"},
    },
    first_parts={
        "jeden": "jedno", "dwa": "dwu", "trzy": "trzy", "cztery": "cztero", "pięć": "pięcio", "sześć": "sześcio",
        "siedem": "siedmio", "osiem": "ośmio", "dziewięć": "dziewięcio", "dziesięć": "dziesięcio",
        **{word: word.removesuffix("aście") + "asto" for word in _TEENS.split()}, "dwanaście": "dwunasto",
        "dwadzieścia": "dwudziesto", "trzydzieści": "trzydziesto", "czterdzieści": "czterdziesto",
        "pięćdziesiąt": "pięćdziesięcio", "sześćdziesiąt": "sześćdziesięcio", "siedemdziesiąt": "siedemdziesięcio",
        "osiemdziesiąt": "osiemdziesięcio", "dziewięćdziesiąt": "dziewięćdziesięcio", "sto": "stu",
        "pięćset": "pięćset", "sześćset": "sześćset", "siedemset": "siedemset", "osiemset": "osiemset",
        "dziewięćset": "dziewięćset", "tysiąc": "tysiąc",
    },
    silent_ones=5,
    agrees_by_plural=True,
    tens_are_ordinal=True,
)  # fmt: skip
