"""Tables of Czech: units, currencies, abbreviations, and what words tell about the case of a number."""

from handler.text.cldr import Noun


def noun(one: str, few: str, several: str, fraction: str, gender: str = "") -> Noun:
    """A noun after 1, 2 and 5, and after a fraction."""
    return Noun(several, one=one, few=few, many=fraction, gender=gender)


CURRENCIES = {
    "CZK": noun("koruna", "koruny", "korun", "koruny"), "EUR": noun("euro", "eura", "eur", "eura", "n"),
    "USD": noun("dolar", "dolary", "dolarů", "dolaru"), "GBP": noun("libra", "libry", "liber", "libry"),
    "JPY": noun("jen", "jeny", "jenů", "jenu"), "CHF": noun("frank", "franky", "franků", "franku"),
    "PLN": noun("zlotý", "zloté", "zlotých", "zlotého", "m"), "UAH": noun("hřivna", "hřivny", "hřiven", "hřivny"),
    "RUB": noun("rubl", "rubly", "rublů", "rublu"), "CNY": noun("jüan", "jüany", "jüanů", "jüanu"),
}  # fmt: skip
_CENTS = noun("cent", "centy", "centů", "centu")
CENTS = {
    "CZK": noun("haléř", "haléře", "haléřů", "haléře", "m"), "EUR": _CENTS, "USD": _CENTS,
    "GBP": noun("pence", "pence", "pencí", "pence", "f"),
}  # fmt: skip
SCALES = {
    "tis": noun("tisíc", "tisíce", "tisíc", "tisíce"), "mil": noun("milion", "miliony", "milionů", "milionu"),
    "mld": noun("miliarda", "miliardy", "miliard", "miliardy"), "mio": noun("milion", "miliony", "milionů", "milionu"),
}  # fmt: skip
UNITS = {
    "%": noun("procento", "procenta", "procent", "procenta", "n"),
    "‰": noun("promile", "promile", "promile", "promile", "n"),
    "ks": noun("kus", "kusy", "kusů", "kusu"), "hod": noun("hodina", "hodiny", "hodin", "hodiny"),
    "os": noun("osoba", "osoby", "osob", "osoby"), "dB": noun("decibel", "decibely", "decibelů", "decibelu"),
}  # fmt: skip
UNIT_NAMES = {
    "km": "length-kilometer", "kg": "mass-kilogram", "cm": "length-centimeter", "mm": "length-millimeter",
    "kWh": "energy-kilowatt-hour", "GB": "digital-gigabyte", "MB": "digital-megabyte",
    "sek": "duration-second", "vt": "duration-second",
}  # fmt: skip
_MONTHS = "ledna února března dubna května června července srpna září října listopadu prosince"
NO_NOUNS = (
    f"nebo anebo jestli když skoro ještě také taky potom více méně vše aby tak jak jako pro nad pod bez ona ono oni "
    "mně sobě "
    f"bude jen jenom okolo před mezi přes jednou krát plus minus kolega táta kde kdy proto není byla bylo {_MONTHS}"
)
FEMININE_PLURALS = (
    "hodiny minuty sekundy koruny tuny osoby ženy strany části sestry dcery skupiny noci karty knihy školy verze "
    "tablety lžíce sklenice věci lampy ruce nohy hlavy dívky rodiny firmy hvězdy ulice lahve kávy číslice otázky změny "
    "krávy ovce libry stránky kapitoly třídy místnosti vteřiny města okna auta kola slova čísla piva jablka kuřata "
    "deka jídla pravidla"
)
GENITIVE_AFTER = "do od okolo kolem bez podle během vedle kromě místo výšky délky věku šířky hloubky hodnoty"
CASE_AFTER = {
    "v": "l",
    "ve": "l",
    "na": "l",
    "o": "l",
    "po": "l",
    "při": "l",
    **dict.fromkeys(["z", "ze", "od", "do"], "g"),
}
DOTTED = {
    "ého": "g", "ému": "d", "ém": "l", "ých": "pg", "í": "n", "o": "n", "á": "f", "a": "f", "ou": "fa", "u": "fa",
    "y": "fg",
    "é": "fg", "ě": "fg",
}  # fmt: skip
NUMBERED = {
    "kapitola": "f", "kapitoly": "fg", "kapitole": "fg", "díl": "m", "dílu": "g", "díle": "l", "svazek": "m",
    "část": "f",
    "části": "fg", "kniha": "f", "knihy": "fg", "třída": "f", "třídy": "fg", "třídě": "fg", "válka": "f",
    "války": "fg", "ročník": "m",
    "patro": "n", "patře": "l", "patra": "g", "místo": "n", "místě": "l", "místa": "g", "století": "n", "etapa": "f",
    "liga": "f",
    "věku": "g", "narozeniny": "p", "výročí": "n", "kolo": "n", "kola": "g", "kole": "l", "minutě": "fg",
    "léta": "p",
    "letech": "pg", "let": "pg",
}  # fmt: skip
_KING_CASES = {"": "m", "a": "g", "ovi": "d", "em": "i"}
_KINGS = "jan josef ludvík jindřich filip rudolf ferdinand benedikt vilém leopold přemysl vladislav"
NAMES = {
    **{f"{name}{end}": form for name in _KINGS.split() for end, form in _KING_CASES.items()}, "karel": "m",
    "karla": "g",
    "karlu": "d", "karlem": "i", "pavel": "m", "pavla": "g", "václav": "m", "václava": "g", "alžběta": "f",
    "alžběty": "fg",
    "kateřina": "f", "kateřiny": "fg", "petr": "m", "petra": "g", "mikuláš": "m", "františek": "m", "františka": "g",
}  # fmt: skip
COMPOUNDS = (
    "let letý letá leté letého denní hodinov minutov měsíčn týdenn patrov pokojov procentn kilogramov metrov litrov "
    "milimetrov centimetrov kilometrov tunov místn korunov cifern válcov palcov bitov násobn stránkov stupňov voltov "
    "wattov hvězdičkov členn dílný dílná"
)
SHORT = {
    "např": "například", "tzn": "to znamená", "tzv": "takzvaný", "atd": "a tak dále", "apod": "a podobně",
    "tj": "to je", "resp": "respektive",
    "mj": "mimo jiné", "ul": "ulice", "nám": "náměstí", "tř": "třída", "prof": "profesor", "doc": "docent",
    "ing": "inženýr",
    "mgr": "magistr", "dr": "doktor", "sv": "svatý", "str": "strana", "tis": "tisíc", "mil": "milionů", "hod": "hodin",
    "min": "minut",
    "sek": "sekund", "angl": "anglicky", "něm": "německy", "lat": "latinsky", "viz": "viz", "tel": "telefon",
    "popř": "popřípadě",
    "př": "příklad", "max": "maximálně", "cca": "cirka", "pí": "paní", "red": "redaktor", "obr": "obrázek",
    "kap": "kapitola",
}  # fmt: skip
SHORT_ENDING = "atd apod tis mil hod min sek"
SHORT_BEFORE_NUMBER = {
    "č": "číslo", "čp": "číslo popisné", "s": "strana", "str": "strana", "obr": "obrázek", "kap": "kapitola",
    "sv": "svazek", "tel": "telefon",
    "odst": "odstavec", "tab": "tabulka", "pol": "položka",
}  # fmt: skip
SHORT_BEFORE_NAME = {"p": "pan", "o": "otec"}
PHRASES = {
    "n l": "našeho letopočtu",
    "př n l": "před naším letopočtem",
    "t j": "to je",
    "t r": "toho roku",
    "s r o": "s ručením omezeným",
    "a s": "akciová společnost",
}
ADDRESS_WORDS = {"hashtag": "hashtag", "&": "ampersand", "www": "vé vé vé"}
SIGNS = {
    "+": "plus", "−": "minus", "=": "rovná se", "≠": "nerovná se", "×": "krát", "·": "krát", "*": "krát",
    "÷": "děleno", "/": "lomeno",
    ":": "ku", "<": "je menší než", ">": "je větší než", "≤": "je menší nebo rovno", "≥": "je větší nebo rovno",
    "≈": "přibližně", "~": "přibližně", "±": "plus minus", "√": "odmocnina z", "∞": "nekonečno", "&": "a",
    "@": "zavináč",
    "#": "křížek", "^": "na", "_": "podtržítko", ".": "tečka", "-": "pomlčka", "→": "šipka doprava",
    "←": "šipka doleva",
    "§": "paragraf", "°": "stupeň", "\\": "zpětné lomítko", "?": "otazník", "№": "číslo",
}  # fmt: skip
