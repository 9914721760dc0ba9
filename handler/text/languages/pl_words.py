"""Tables of Polish: units, currencies, abbreviations, and what words tell about the case of a number."""

from handler.text.cldr import Noun


def noun(one: str, few: str, many: str, fraction: str, gender: str = "") -> Noun:
    """A noun after 1, 2 and 5, and after a fraction."""
    return Noun(fraction, one=one, few=few, many=many, gender=gender)


CURRENCIES = {
    "PLN": noun("złoty", "złote", "złotych", "złotego", "m"), "EUR": Noun("euro", gender="n"),
    "USD": noun("dolar", "dolary", "dolarów", "dolara"), "GBP": noun("funt", "funty", "funtów", "funta"),
    "JPY": noun("jen", "jeny", "jenów", "jena"), "CNY": noun("juan", "juany", "juanów", "juana"),
    "CHF": noun("frank", "franki", "franków", "franka"), "UAH": noun("hrywna", "hrywny", "hrywien", "hrywny"),
    "RUB": noun("rubel", "ruble", "rubli", "rubla"), "CZK": noun("korona", "korony", "koron", "korony"),
    "INR": noun("rupia", "rupie", "rupii", "rupii"), "KRW": noun("won", "wony", "wonów", "wona"),
    "TRY": noun("lira", "liry", "lir", "liry"), "HUF": noun("forint", "forinty", "forintów", "forinta"),
}  # fmt: skip
_CENTS = noun("cent", "centy", "centów", "centa")
_GROSZ = noun("grosz", "grosze", "groszy", "grosza", "m")
CENTS = {
    "PLN": _GROSZ, "EUR": _CENTS, "USD": _CENTS, "GBP": noun("pens", "pensy", "pensów", "pensa"),
    "UAH": noun("kopiejka", "kopiejki", "kopiejek", "kopiejki"),
}  # fmt: skip
SCALES = {
    "tys": noun("tysiąc", "tysiące", "tysięcy", "tysiąca"), "mln": noun("milion", "miliony", "milionów", "miliona"),
    "mld": noun("miliard", "miliardy", "miliardów", "miliarda"),
    "bln": noun("bilion", "biliony", "bilionów", "biliona"),
}  # fmt: skip
UNITS = {
    "%": Noun("procent", few="procent", many="procent", one="procent"),
    "‰": Noun("promila", one="promil", few="promile", many="promili"),
    "gr": _GROSZ, "szt": noun("sztuka", "sztuki", "sztuk", "sztuki"), "os": noun("osoba", "osoby", "osób", "osoby"),
    "egz": noun("egzemplarz", "egzemplarze", "egzemplarzy", "egzemplarza", "m"),
    "str": noun("strona", "strony", "stron", "strony"), "mies": noun("miesiąc", "miesiące", "miesięcy", "miesiąca"),
    "tyg": noun("tydzień", "tygodnie", "tygodni", "tygodnia"),
    "dB": noun("decybel", "decybele", "decybeli", "decybela"),
    "obr": noun("obrót", "obroty", "obrotów", "obrotu"),
    "dag": noun("dekagram", "dekagramy", "dekagramów", "dekagrama"),
    "dkg": noun("dekagram", "dekagramy", "dekagramów", "dekagrama"),
    "kpl": noun("komplet", "komplety", "kompletów", "kompletu"),
}  # fmt: skip
UNIT_NAMES = {
    "km": "length-kilometer", "kg": "mass-kilogram", "cm": "length-centimeter", "mm": "length-millimeter",
    "kWh": "energy-kilowatt-hour", "GB": "digital-gigabyte", "MB": "digital-megabyte",
    "godz": "duration-hour", "min": "duration-minute", "sek": "duration-second", "KM": "power-horsepower",
    "m kw": "area-square-meter", "m kw.": "area-square-meter", "km kw": "area-square-kilometer",
}  # fmt: skip
MARKS = {
    "szy": "m", "gi": "m", "ci": "m", "ty": "m", "y": "m", "my": "m",
    **dict.fromkeys(("sza", "ga", "cia", "ta", "a", "ma"), "f"),
    **dict.fromkeys(("sze", "gie", "cie", "te", "e", "me"), "p"),
    **dict.fromkeys(("szego", "giego", "ciego", "tego", "ego", "go", "mego"), "g"),
    **dict.fromkeys(("szemu", "giemu", "ciemu", "temu", "emu", "mu"), "d"),
    **dict.fromkeys(("szej", "giej", "ciej", "tej", "ej"), "fg"),
    **dict.fromkeys(("szym", "gim", "cim", "tym", "ym", "m"), "l"),
    **dict.fromkeys(("szych", "gich", "cich", "tych", "ych"), "pg"),
    **dict.fromkeys(("szymi", "tymi", "ymi"), "pi"), **dict.fromkeys(("szą", "gą", "cią", "tą", "ą"), "fa"),
}  # fmt: skip
AGREEING = {
    "ego": "g", "emu": "d", "iej": "fg", "ej": "fg", "owa": "f", "ska": "f", "ową": "fa", "ych": "pg", "owe": "n",
    "owy": "m",
}  # fmt: skip
_MONTHS = "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
NO_NOUNS = (
    "albo jeśli jeżeli gdy prawie już jeszcze też także potem bardziej mniej więcej wszystko żeby tak jak to dla nad "
    "pod bez ona ono oni one mnie siebie tobie będzie tylko nawet około przed między przez raz razy plus minus razem "
    "kolega "
    f"mężczyzna kiedy oraz lub tutaj zawsze wtedy teraz obie obaj {_MONTHS}"
)
FEMININE_PLURALS = (
    "godziny minuty sekundy korony tony osoby kobiety strony części siostry córki grupy drużyny noce doby maszyny "
    "karty pary książki szkoły wersje tabletki łyżki szklanki filiżanki rzeczy lampy ręce nogi głowy dziewczyny "
    "dziewczynki rodziny firmy gwiazdki gwiazdy ulice butelki kawy herbaty litery cyfry liczby próby zmiany sprawy "
    "godzinki krowy owce sztuki hrywny liry złotówki kwoty opcje ściany warstwy połowy bramki rundy stopy mile unce"
)
FEMININE_ENDINGS = ("cje", "sje", "zje", "ości", "ryby", "kobiety", "dziny")
GENITIVE_AFTER = (
    "do od około powyżej poniżej blisko bez dla wobec podczas wśród oprócz zamiast wysokości długości wieku "
    "szerokości głębokości wadze wartości niespełna koło"
)
_GENITIVE_NOUN_AFTER = f"z ze od do początku końca końcu połowie połowy wiosną latem jesienią zimą roku {_MONTHS}"
CASE_AFTER = {
    "w": "l", "we": "l", "o": "l", "po": "l", "przy": "l", "na": "l",
    **dict.fromkeys(_GENITIVE_NOUN_AFTER.split(), "g"),
}  # fmt: skip
_CASES = {"": "m", "u": "g", "owi": "d", "em": "i", "y": "p", "ów": "pg"}
NUMBERED = {
    "wojna": "f", "wojny": "fg", "wojnie": "fg", "wojnę": "fa", "wojną": "fa",
    **{f"tom{end}": form for end, form in _CASES.items()}, "tomie": "l", "rozdział": "m", "rozdziału": "g",
    "rozdziale": "l",
    "część": "f", "części": "fg", "księga": "f", "księgi": "fg", "klasa": "f", "klasy": "fg", "klasie": "fg",
    "grupa": "f",
    "grupy": "fg", "akt": "m", "aktu": "g", "etap": "m", "etapu": "g", "etapie": "l", "kwartał": "m", "kwartału": "g",
    "kwartale": "l", "miejsce": "n", "tysiąclecie": "n", "zjazd": "m", "liga": "f", "ligi": "fg", "lidze": "fg",
    "stopień": "m", "stopnia": "g", "liceum": "n", "rzeczpospolita": "f", "rzeczypospolitej": "fg", "rzesza": "f",
    "rzeszy": "fg",
}  # fmt: skip
_KING_CASES = {"": "m", "a": "g", "owi": "d", "em": "i", "ie": "l"}
_KINGS = (
    "jan karol zygmunt stefan stanisław kazimierz władysław bolesław august ludwik henryk "
    "filip aleksander jerzy fryderyk benedykt paweł"
)
NAMES = {
    **{f"{name}{end}": form for name in _KINGS.split() for end, form in _KING_CASES.items()}, "mieszko": "m",
    "mieszka": "g",
    "pawła": "g", "pawłem": "i", "pawle": "l", "mikołaj": "m", "mikołaja": "g", "piotr": "m", "piotra": "g",
    "elżbieta": "f",
    "elżbiety": "fg", "elżbietę": "fa", "katarzyna": "f", "katarzyny": "fg", "katarzynę": "fa",
}  # fmt: skip
COMPOUNDS = (
    "letni lecie leci dniow godzinn minutow sekundow miesięczn tygodniow piętrow pokojow procentow kilogramow gramow "
    "metrow litrow milimetrow centymetrow kilometrow tonow osobow złotow tysięczn cyfrow cylindrow calow bitow krotn "
    "stronicow poziomow stopniow woltow watow megapikselow gwiazdkow kołow kątn drzwiow biegow latk latek letn"
)
SHORT = {
    "np": "na przykład", "tzn": "to znaczy", "tzw": "tak zwany", "itd": "i tak dalej", "itp": "i tym podobne",
    "m.in": "między innymi",
    "ok": "około", "ul": "ulica", "al": "aleja", "pl": "plac", "os": "osiedle", "prof": "profesor", "inż": "inżynier",
    "św": "święty",
    "im": "imienia", "tys": "tysięcy", "godz": "godzina", "zob": "zobacz", "por": "porównaj", "ang": "angielski",
    "niem": "niemiecki",
    "łac": "łaciński", "fr": "francuski", "woj": "województwo", "tel": "telefon", "wyd": "wydanie", "red": "redaktor",
    "hab": "habilitowany",
    "dr": "doktor", "mgr": "magister", "pon": "poniedziałek", "wt": "wtorek", "śr": "środa", "czw": "czwartek",
    "pt": "piątek",
    "sob": "sobota", "niedz": "niedziela", "ks": "ksiądz", "gen": "generał", "płk": "pułkownik", "zł": "złotych",
    "jw": "jak wyżej",
    "cd": "ciąg dalszy", "ds": "do spraw", "wg": "według", "ww": "wyżej wymieniony", "sp": "spółka",
}  # fmt: skip
SHORT_ENDING = "itd itp tys zł cd"
SHORT_BEFORE_NUMBER = {
    "nr": "numer", "s": "strona", "str": "strona", "rys": "rysunek", "rozdz": "rozdział", "t": "tom", "tel": "telefon",
    "m": "mieszkania",
    "p": "piętro", "pkt": "punkt", "art": "artykuł", "ust": "ustęp", "poz": "pozycja", "tab": "tabela", "kl": "klasa",
    "wyd": "wydanie",
}  # fmt: skip
SHORT_BEFORE_NAME = {"p": "pan", "o": "ojciec", "r": "rzeka", "m": "miasto", "w": "wyspa"}
PHRASES = {
    "o godz": "o godzinie", "do godz": "do godziny", "po godz": "po godzinie", "m in": "między innymi",
    "n e": "naszej ery", "p n e": "przed naszą erą", "sp z o o": "spółka z ograniczoną odpowiedzialnością",

}  # fmt: skip
SPOKEN_TITLES = {"dr": "doktor", "mgr": "magister", "nr": "numer", "wg": "według"}
ADDRESS_WORDS = {"hashtag": "hasztag", "&": "ampersand", "com": "kom", "org": "org", "www": "wu wu wu"}
SIGNS = {
    "+": "plus", "−": "minus", "=": "równa się", "≠": "nie równa się", "×": "razy", "·": "razy", "*": "razy",
    "÷": "podzielić na",
    "/": "przez", ":": "do", "<": "mniejsze niż", ">": "większe niż", "≤": "mniejsze lub równe",
    "≥": "większe lub równe",
    "≈": "w przybliżeniu", "~": "około", "±": "plus minus", "√": "pierwiastek z", "∞": "nieskończoność", "&": "i",
    "@": "małpa",
    "#": "numer", "^": "do potęgi", "_": "podkreślnik", ".": "kropka", "-": "myślnik", "→": "strzałka w prawo",
    "←": "strzałka w lewo",
    "§": "paragraf", "°": "stopień", "\\": "ukośnik wsteczny", "?": "znak zapytania", "№": "numer",
}  # fmt: skip
