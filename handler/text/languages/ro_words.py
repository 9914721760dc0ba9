"""Words of Romanian: currencies, units, abbreviations. Nouns after a number have their "de" in ``other``: de lei."""

from handler.text.cldr import Noun


def _nouns(rows: str) -> dict[str, Noun]:
    """Nouns from rows of key, singular, plural and gender."""
    split = (row.split() for row in rows.split(","))
    return {
        key: Noun(
            f"de {several}".replace("_", " "), one=one.replace("_", " "), few=several.replace("_", " "), gender=gender
        )
        for key, one, several, gender in split
    }


CURRENCIES = _nouns(
    "USD dolar dolari m, EUR euro euro m, GBP liră lire f, RON leu lei m, MDL leu lei m, JPY yen yeni m, "
    "CHF franc_elvețian franci_elvețieni m, RUB rublă ruble f, INR rupie rupii f, CNY yuan yuani m, BRL real reali m, "
    "UAH grivnă grivne f, PLN zlot zloți m, HUF forint forinți m, BGN leva leva f, krona coroană coroane f"
)
CURRENCY_SIGNS = {"lei": "RON", "leu": "RON", "Lei": "RON", "LEI": "RON", "kr": "krona"}
CENTS = _nouns(
    "RON ban bani m, MDL ban bani m, EUR cent cenți m, USD cent cenți m, GBP penny pence m, RUB copeică copeici f"
)
_MILLIONS = _nouns("x milion milioane n, y miliard miliarde n, z bilion bilioane n")
SCALES = {
    **dict.fromkeys(("milioane", "milion", "mil", "mln", "M"), _MILLIONS["x"]),
    **dict.fromkeys(("miliarde", "miliard", "mld", "Mld"), _MILLIONS["y"]),
    **dict.fromkeys(("bilioane", "bilion"), _MILLIONS["z"]),
    **dict.fromkeys(("mii", "k", "K"), Noun("mii")),
}
UNITS = _nouns(
    "h oră ore f, min minut minute n, s secundă secunde f, sec secundă secunde f, km kilometru kilometri m, m metru "
    "metri m, cm centimetru centimetri m, mm milimetru milimetri m, kg kilogram kilograme n, Kg kilogram kilograme n, "
    "g gram grame n, t tonă tone f, l litru litri m, ml mililitru mililitri m, °C grad_Celsius grade_Celsius n, °F "
    "grad_Fahrenheit grade_Fahrenheit n, ° grad grade n, km/h kilometru_pe_oră kilometri_pe_oră m, zi zi zile f, mp "
    "metru_pătrat metri_pătrați m, ha hectar hectare n, lei leu lei m, W watt wați m, kW kilowatt kilowați m, CP "
    "cal_putere cai_putere m, GB gigabyte gigabyți m, MB megabyte megabyți m, TB terabyte terabyți m"
)
SIGNS = {
    "x": "pe",
    "+": "plus", "−": "minus", "-": "cratimă", "=": "egal", "×": "ori", "÷": "împărțit la", "*": "ori",
    "±": "plus minus", "<": "mai mic decât", ">": "mai mare decât", "≤": "mai mic sau egal cu",
    "≥": "mai mare sau egal cu", "≠": "diferit de", "≈": "aproximativ", "~": "aproximativ", "√": "radical din",
    "∞": "infinit", "&": "și", "#": "numărul", "№": "numărul", "/": "slash", "_": "liniuță de subliniere",
    "^": "accent circumflex", ".": "punct", ":": "două puncte", "?": "semnul întrebării", "!": "semnul exclamării",
    "%": "la sută", "‰": "la mie", "°": "grade", "→": "săgeată", "←": "săgeată", "$": "dolari", "€": "euro",
    ",": "virgulă", "§": "paragraful", "@": "arond",
}  # fmt: skip
TITLES = {
    "dl": "domnul", "dna": "doamna", "d-na": "doamna", "d-l": "domnul", "dr": "doctor", "prof": "profesor",
    "ing": "inginer", "av": "avocat", "gen": "general", "sf": "sfântul", "str": "strada", "bd": "bulevardul",
    "bl": "blocul", "sc": "scara", "ap": "apartamentul", "jud": "județul", "mun": "municipiul", "com": "comuna",
}  # fmt: skip
OTHERS = {
    "etc": "et cetera", "ș.a": "și altele", "ș.a.m.d": "și așa mai departe", "de ex": "de exemplu", "ex": "exemplu",
    "î. Hr": "înainte de Hristos", "d. Hr": "după Hristos", "î. e. n": "înaintea erei noastre", "e. n": "era noastră",
    "S.U.A": "Statele Unite", "tel": "telefon", "cca": "circa", "min": "minute", "max": "maximum", "vs": "versus",
}  # fmt: skip
BEFORE_NUMBER = {
    "nr": "numărul", "pag": "pagina", "p": "pagina", "tel": "telefon", "cap": "capitolul", "art": "articolul",
    "vol": "volumul", "fig": "figura", "et": "etajul", "alin": "alineatul",
}  # fmt: skip
SHORT = {"24/7": "douăzeci și patru din șapte"}
NO_NOUNS = (
    "a ai al ale au ca că care cât ce cea cei cele cel cu cum când dar de deci din după e este era fără fi fie fost "
    "iar în între la le lui mai mii milioane miliarde mult ne nici nu o pe pentru peste prin sau se si și spre sub "
    "sunt până un una unei unui va vor cam doar iar într ori"
)
NUMBERED = (
    "capitolul pagina numărul articolul nivelul grupul tipul canalul faza pasul versiunea tema partea volumul etajul "
    "camera sala masa linia strada"
)
REGNAL = (
    "Carol Mihai Ferdinand Ștefan Mircea Vlad Ludovic Filip Ioan Paul Pius Benedict Henric Francisc Eduard Elisabeta "
    "Ecaterina Petru Alexandru Nicolae Napoleon Iosif Wilhelm Frederic"
)
FEMININE = (
    "ore zile case fete femei mașini persoane luni săptămâni pagini cărți minunate ori echipe orașe țări lire tone "
    "secunde camere mese scaune cuvinte lecții întrebări zi oră casă fată femeie mașină persoană lună săptămână pagină "
    "carte echipă țară liră tonă secundă cameră masă lecție întrebare elisabeta ecaterina"
)
PARTS = {2: "doime", 3: "treime", 4: "pătrime", 5: "cincime", 6: "șesime", 8: "optime", 10: "zecime", 100: "sutime"}
