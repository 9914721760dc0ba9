"""Croatian."""

from handler.text.cldr import Noun
from handler.text.languages.slavic import Slavic
from handler.text.languages.slavic_numbers import Numerals
from handler.text.numbers import NumberStyle


def noun(one: str, few: str, several: str, gender: str = "") -> Noun:
    """A noun after 1, 2 and 5."""
    return Noun(several, one=one, few=few, gender=gender)


_MILLIONS, _MILLIARDS = noun("milijun", "milijuna", "milijuna", "m"), noun("milijarda", "milijarde", "milijardi", "f")
_CENTS = noun("cent", "centa", "centi")
_PARTS = {"2": noun("polovina", "polovine", "polovina"), "3": noun("trećina", "trećine", "trećina"),
          "4": noun("četvrtina", "četvrtine", "četvrtina"), "5": noun("petina", "petine", "petina")}  # fmt: skip
_HARD = {"f": "a", "n": "o", "p": "i", "g": "og", "d": "om", "i": "im", "l": "om", "fg": "e", "fa": "u", "pg": "ih"}
_SOFT = {
    "f": "ća", "n": "će", "p": "ći", "g": "ćeg", "d": "ćem", "i": "ćim", "l": "ćem", "fg": "će", "fa": "ću",
    "pg": "ćih",
}  # fmt: skip
_TEENS = "jedanaest dvanaest trinaest četrnaest petnaest šesnaest sedamnaest osamnaest devetnaest"
_TENS = "dvadeset trideset četrdeset pedeset šezdeset sedamdeset osamdeset devedeset"
_ENDINGS = {"og": "g", "eg": "g", "om": "l", "ih": "pg", "o": "n", "e": "fg", "a": "f", "u": "l", "i": "m"}

HR = Numerals(
    "hr",
    units=f"nula jedan dva tri četiri pet šest sedam osam devet deset {_TEENS}",
    tens=_TENS,
    hundreds="sto dvjesto tristo četiristo petsto šesto sedamsto osamsto devetsto",
    scales=(
        noun("tisuća", "tisuće", "tisuća", "f"), _MILLIONS, _MILLIARDS, noun("bilijun", "bilijuna", "bilijuna", "m"),
        noun("bilijarda", "bilijarde", "bilijardi", "f"),
    ),
    genders={"f": {"jedan": "jedna", "dva": "dvije"}, "n": {"jedan": "jedno"}},
    ordinal_units="nulti prvi drugi treći četvrti peti šesti sedmi osmi deveti deseti "
    + " ".join(f"{word}i" for word in _TEENS.split()),
    ordinal_tens=" ".join(f"{word}i" for word in _TENS.split()),
    ordinal_hundreds="stoti dvjestoti tristoti četiristoti petstoti šestoti sedamstoti osamstoti devetstoti",
    ordinal_scales="tisućiti milijunti milijarditi bilijunti bilijarditi",
    endings={"ći": _SOFT, "i": _HARD},
    first_parts={"jedan": "jedno", "dva": "dvo", "tri": "tro", "četiri": "četvero"},
)  # fmt: skip


CROATIAN = Slavic(
    NumberStyle("hr", decimal_comma=True, point="zarez", digits="nula jedan dva tri četiri pet šest sedam osam devet"),
    numerals=HR,
    parts=_PARTS,
    feminine="a",
    neuter="oe",
    genitive_forms=("few", "other"),
    currencies={
        "EUR": noun("euro", "eura", "eura", "m"), "USD": noun("dolar", "dolara", "dolara"),
        "GBP": noun("funta", "funte", "funti"),
        "HRK": noun("kuna", "kune", "kuna"), "RSD": noun("dinar", "dinara", "dinara"),
    },
    currency_signs={"kn": "HRK", "din": "RSD", "KM": "BAM", "RSD": "RSD"},
    cents={"EUR": _CENTS, "USD": _CENTS},
    money_joint="i",
    scales={"tis": noun("tisuća", "tisuće", "tisuća", "f"), "mil": _MILLIONS, "mlrd": _MILLIARDS},
    units={
        "%": noun("posto", "posto", "posto", "m"), "‰": noun("promil", "promila", "promila"),
        "kom": noun("komad", "komada", "komada"),
        "g": noun("gram", "grama", "grama"),
    },
    unit_names={"sat": "duration-hour", "sek": "duration-second", "km": "length-kilometer", "kg": "mass-kilogram"},
    clear_units="km/h m/s m^2 m^3 kg km",
    number_words={"jedan": "one", **dict.fromkeys(("dva", "tri", "četiri"), "few")},
    attached_units="s A h t m",
    per="po",
    per_time="na",
    per_money="po",
    range_words=("", "do"),
    range_word="do",
    feminine_plurals="minute sekunde godine knjige žene kune tone osobe strane stvari kuće riječi sobe grupe tisuće",
    no_nouns="ali ili kada kako više manje oko prije poslije samo puta plus minus bez preko nije bila bilo jedna",
    dotted=_ENDINGS,
    numbered={
        "stoljeće": "n", "stoljeća": "g", "stoljeću": "l", "poglavlje": "n", "svezak": "m", "rat": "m",
        "mjesto": "n",
              "kat": "m", "katu": "l", "razred": "m", "razredu": "l", "godina": "f", "godine": "fg", "godini": "fg",
              "rođendan": "m"},
    names={"ivan": "m", "pavao": "m", "karlo": "m", "henrik": "m", "petar": "m", "ljudevit": "m", "elizabeta": "f"},
    letter_words="I",
    case_after=dict.fromkeys(["u", "na", "o", "po", "pri"], "l"),
    day_mark=r"\.",
    day_joints="do i",
    day_range=("od", "do", "g"),
    year_nouns={"fg": "godine", "f": "godina", "fa": "godinu"},
    year_short=(r"god\.?", ""),
    year_form="fg",
    bare_years=("od", "fg", "do", "fg"),
    powers={"2": "na kvadrat", "3": "na treću"},
    telephones=(r"(?:\+?385[ -]?)?0?\d\d[ -]\d{3,4}[ -]\d{3,4}",),
    clock_word=r"sati|sata|h",
    clock_after="u od do oko prije poslije",
    address_words={"www": "ve ve ve", "&": "i"},
    phrases={"n e": "nove ere", "pr n e": "prije nove ere", "d o o": "društvo s ograničenom odgovornošću"},
    short={
        "npr": "na primjer", "tzv": "takozvani", "itd": "i tako dalje", "sl": "slično", "tj": "to jest",
        "ul": "ulica", "prof": "profesor",
           "dr": "doktor", "sv": "sveti", "tel": "telefon", "god": "godine", "str": "stranica", "mil": "milijuna",
           "tis": "tisuća"},
    short_ending="itd sl mil tis",
    short_before_number={"br": "broj", "str": "stranica", "čl": "članak", "st": "stavak", "sl": "slika"},
    mixed_joint="i",
    over="kroz",
    signs={
        "+": "plus", "−": "minus", "=": "jednako", "≠": "nije jednako", "×": "puta", "·": "puta", "*": "puta",
        "÷": "podijeljeno s",
        "/": "kroz", ":": "naprema", "<": "manje od", ">": "veće od", "≈": "približno", "~": "oko", "±": "plus minus",
        "√": "korijen iz", "∞": "beskonačno", "&": "i", "@": "et", "#": "ljestve", "^": "na", "_": "podvlaka",
        ".": "točka",
        "-": "crtica", "№": "broj",
    },
)  # fmt: skip
