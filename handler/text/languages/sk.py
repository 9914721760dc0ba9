"""Slovak."""

from handler.text.cldr import Noun
from handler.text.languages.cs_words import noun
from handler.text.languages.slavic import Slavic
from handler.text.languages.slavic_numbers import Numerals
from handler.text.numbers import NumberStyle

_LONG = {"f": "á", "n": "é", "p": "é", "g": "ého", "d": "ému", "i": "ým", "l": "om", "fg": "ej", "fa": "ú", "pg": "ých"}
_SHORT = {
    "f": "a", "n": "e", "p": "e", "g": "eho", "d": "emu", "i": "ym", "l": "om", "fg": "ej", "fa": "u", "pg": "ych",

}  # fmt: skip
_TRETI = {
    "f": "tia", "n": "tie", "p": "tie", "g": "tieho", "d": "tiemu", "i": "tím", "l": "ťom", "fg": "tej", "fa": "tiu",

}  # fmt: skip
_TEENS = "jedenásť dvanásť trinásť štrnásť pätnásť šestnásť sedemnásť osemnásť devätnásť"
_TENS = "dvadsať tridsať štyridsať päťdesiat šesťdesiat sedemdesiat osemdesiat deväťdesiat"
_MILLIONS = noun("milión", "milióny", "miliónov", "milióna", "m")
_MILLIARDS = noun("miliarda", "miliardy", "miliárd", "miliardy", "f")
_CENTS = noun("cent", "centy", "centov", "centa")

SK = Numerals(
    "sk",
    units=f"nula jeden dva tri štyri päť šesť sedem osem deväť desať {_TEENS}",
    tens=_TENS,
    hundreds="sto dvesto tristo štyristo päťsto šesťsto sedemsto osemsto deväťsto",
    scales=(
        Noun("tisíc", gender="f"), _MILLIONS, _MILLIARDS, noun("bilión", "bilióny", "biliónov", "bilióna", "m"),
        noun("biliarda", "biliardy", "biliárd", "biliardy", "f"),
    ),
    genders={"f": {"jeden": "jedna", "dva": "dve"}, "n": {"jeden": "jedno", "dva": "dve"}},
    ordinal_units="nultý prvý druhý tretí štvrtý piaty šiesty siedmy ôsmy deviaty desiaty jedenásty dvanásty trinásty "
    "štrnásty pätnásty šestnásty sedemnásty osemnásty devätnásty",
    ordinal_tens="dvadsiaty tridsiaty štyridsiaty päťdesiaty šesťdesiaty sedemdesiaty osemdesiaty deväťdesiaty",
    ordinal_hundreds="stý dvojstý trojstý štvorstý päťstý šesťstý sedemstý osemstý deväťstý",
    ordinal_scales="tisíci miliónty miliardtý bilióntý biliardtý",
    endings={"tí": _TRETI, "ý": _LONG, "y": _SHORT},
    genitive={
        "nula": "nuly", "jeden": "jedného", "jedna": "jednej", "jedno": "jedného", "dva": "dvoch", "dve": "dvoch",
        "tri": "troch", "štyri": "štyroch", "päť": "piatich", "šesť": "šiestich", "sedem": "siedmich", "osem": "ôsmich",
        "deväť": "deviatich", "desať": "desiatich",
        **{word: f"{word[:-1]}tich" for word in _TEENS.split()},
        "dvadsať": "dvadsiatich", "tridsať": "tridsiatich", "štyridsať": "štyridsiatich",
        **{word: f"{word}ich" for word in _TENS.split()[3:]},
    },
    first_parts={
        "jeden": "jedno", "dva": "dvoj", "tri": "troj", "štyri": "štvor", "päť": "päť", "šesť": "šesť", "sto": "sto",
    },
    silent_ones=5,
    agrees_by_plural=True,
    tens_are_ordinal=True,
)  # fmt: skip
_PARTS = {
    "2": noun("polovica", "polovice", "polovíc", "polovice"), "3": noun("tretina", "tretiny", "tretín", "tretiny"),
    "4": noun("štvrtina", "štvrtiny", "štvrtín", "štvrtiny"), "5": noun("pätina", "pätiny", "pätín", "pätiny"),
}  # fmt: skip
_DOTTED = {
    "ého": "g", "eho": "g", "om": "l", "ých": "pg", "ie": "n", "o": "n", "á": "f", "a": "f", "ú": "fa", "u": "fa",
    "ej": "fg", "y": "fg",
}  # fmt: skip


SLOVAK = Slavic(
    NumberStyle("sk", decimal_comma=True, point="celá"),
    numerals=SK,
    point_noun=Noun("celých", one="celá", few="celé"),
    parts=_PARTS,
    feminine="aa",
    neuter="oe",
    genitive_forms=("many", "other"),
    feminine_genitive="y",
    currencies={
        "EUR": noun("euro", "eurá", "eur", "eura", "n"), "USD": noun("dolár", "doláre", "dolárov", "dolára"),
        "GBP": noun("libra", "libry", "libier", "libry"), "CZK": noun("koruna", "koruny", "korún", "koruny"),
    },
    cents={"EUR": _CENTS, "USD": _CENTS, "CZK": noun("halier", "haliere", "halierov", "haliera", "m")},
    scales={"tis": Noun("tisíc", gender="f"), "mil": _MILLIONS, "mld": _MILLIARDS},
    units={
        "%": noun("percento", "percentá", "percent", "percenta", "n"),
        "‰": noun("promile", "promile", "promile", "promile", "n"),
        "hod": noun("hodina", "hodiny", "hodín", "hodiny"), "ks": noun("kus", "kusy", "kusov", "kusa"),
    },
    clear_units="km/h m/s m^2 m^3 kg km cm mm",
    unit_names={"kg": "mass-kilogram", "km": "length-kilometer", "cm": "length-centimeter", "mm": "length-millimeter"},
    number_words={"jeden": "one", **dict.fromkeys(("dva", "tri", "štyri"), "few")},
    attached_units="s A h t",
    per="na",
    per_time="za",
    per_money="za",
    accusative_endings={"a": "u"},
    genitive_after="do od okolo bez podľa počas vedľa okrem vyše",
    from_words="z zo",
    range_words=("", ""),
    range_word="až",

    feminine_plurals="hodiny minúty sekundy koruny tony osoby ženy strany časti sestry dcéry skupiny noci karty knihy "
    "školy mestá okná autá slová čísla jablká pivá",
    no_nouns="alebo keď aby ako ešte tiež viac menej pre nad pod bez ona ono oni bude len okolo pred medzi raz "
    "plus krát",
    dotted=_DOTTED,
    agreeing=_DOTTED,
    numbered={
        "kapitola": "f", "diel": "m", "trieda": "f", "vojna": "f", "vojny": "fg", "poschodie": "n",
        "storočie": "n", "storočia": "g",
              "storočí": "l", "poschodí": "l", "miesto": "n", "mieste": "l", "triede": "fg", "roky": "p",
              "rokov": "pg", "rokoch": "pg"},
    names={
        "karol": "m", "ľudovít": "m", "jozef": "m", "pavol": "m", "ján": "m", "jána": "g", "pavla": "g", "karola": "g",
    },
    letter_words="IV",
    case_after={
        "v": "l", "vo": "l", "na": "l", "o": "l", "po": "l", "pri": "l", **dict.fromkeys(("z", "zo", "od", "do"), "g"),
    },
    day_mark=r"\.",
    day_joints="do až a",
    day_range=("od", "do", "g"),
    year_form="",
    bare_years=("", "", "až", ""),
    genitive_signs="√",
    powers={"2": "na druhú", "3": "na tretiu"},
    telephones=(r"(?:\+?421[ -]?)?0?\d{3}[ -]\d{3}[ -]\d{3}",),
    clock_word=r"hod(?:ín)?\.?|h",
    clock_after="o do od po pred okolo",
    address_words={"www": "vé vé vé", "&": "ampersand"},
    phrases={"n l": "nášho letopočtu", "pred n l": "pred naším letopočtom", "s r o": "s ručením obmedzeným"},
    short={
        "napr": "napríklad", "tzv": "takzvaný", "atď": "a tak ďalej", "apod": "a podobne", "tj": "to jest",
        "resp": "respektíve",
        "ul": "ulica", "nám": "námestie", "prof": "profesor", "doc": "docent", "ing": "inžinier", "mgr": "magister",
        "dr": "doktor",
        "sv": "svätý", "str": "strana", "tis": "tisíc", "mil": "miliónov", "tel": "telefón",
    },
    short_ending="atď apod tis mil",
    short_before_number={"č": "číslo", "s": "strana", "obr": "obrázok", "kap": "kapitola"},
    mixed_joint="a",
    over="lomeno",
    signs={
        "+": "plus", "−": "mínus", "=": "rovná sa", "≠": "nerovná sa", "×": "krát", "·": "krát", "*": "krát",
        "÷": "delené",
        "/": "lomeno", ":": "ku", "<": "je menšie ako", ">": "je väčšie ako", "≈": "približne", "~": "približne",
        "±": "plus mínus", "√": "odmocnina z", "∞": "nekonečno", "&": "a", "@": "zavináč", "#": "mriežka", "^": "na",
        "_": "podčiarkovník", ".": "bodka", "-": "pomlčka", "№": "číslo",
    },
)  # fmt: skip
