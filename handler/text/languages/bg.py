"""Bulgarian, which has no cases."""

from handler.text.cldr import Noun
from handler.text.languages.slavic import Slavic
from handler.text.languages.slavic_numbers import Numerals
from handler.text.numbers import NumberStyle

_MILLIONS, _MILLIARDS = (Noun(f"{stem}а", one=stem, gender="m") for stem in ("милион", "милиард"))
_TEENS = "единадесет дванадесет тринадесет четиринадесет петнадесет шестнадесет седемнадесет осемнадесет деветнадесет"
_TENS = "двадесет тридесет четиридесет петдесет шестдесет седемдесет осемдесет деветдесет"
_STOTINKI = Noun("стотинки", one="стотинка")
_CENTS = Noun("цента", one="цент")
_CLOCK_WORDS = r"ч(?:аса|ас)?\.?"

BG = Numerals(
    "bg",
    units=f"нула едно две три четири пет шест седем осем девет десет {_TEENS}",
    tens=_TENS,
    hundreds="сто двеста триста четиристотин петстотин шестстотин седемстотин осемстотин деветстотин",
    scales=(
        Noun("хиляди", one="хиляда", gender="f"), _MILLIONS, _MILLIARDS,
        *(Noun(f"{stem}а", one=stem, gender="m") for stem in ("трилион", "квадрилион")),
    ),
    genders={"m": {"едно": "един", "две": "два"}, "f": {"едно": "една"}},
    ordinal_units="нулев първи втори трети четвърти пети шести седми осми девети десети "
    + " ".join(f"{word}и" for word in _TEENS.split()),
    ordinal_tens=" ".join(f"{word}и" for word in _TENS.split()),
    ordinal_hundreds="стотен двестотен тристотен четиристотен петстотен шестстотен седемстотен осемстотен деветстотен",
    ordinal_scales="хиляден милионен милиарден трилионен квадрилионен",
    endings={
        "ен": {"f": "на", "n": "но", "p": "ни"}, "ев": {"f": "ева", "n": "ево", "p": "еви"},
        "и": {"f": "а", "n": "о", "p": "и"},
    },
    first_parts={"едно": "едно", "две": "дву", "три": "три"},
    joint="и",
)  # fmt: skip


BULGARIAN = Slavic(
    NumberStyle("bg", decimal_comma=True, point="цяло и", digits="нула едно две три четири пет шест седем осем девет"),
    numerals=BG,
    part_forms={"one": "f", "other": "p"},
    genitive_forms=("one", "other"),
    currencies={
        "BGN": Noun("лева", one="лев", gender="m"), "EUR": Noun("евро", gender="n"), "USD": Noun("долара", one="долар"),
        "GBP": Noun("лири", one="лира"), "RUB": Noun("рубли", one="рубла"),
    },
    currency_signs={"лв": "BGN", "лева": "BGN"},
    cents={"BGN": _STOTINKI, "EUR": _CENTS, "USD": _CENTS},
    money_joint="и",
    scales={"хил": Noun("хиляди", one="хиляда"), "млн": _MILLIONS, "млрд": _MILLIARDS},
    units={
        "%": Noun("процента", one="процент"), "‰": Noun("промила", one="промил"), "ст": _STOTINKI,
        "бр": Noun("броя", one="брой"), "т": Noun("тона", one="тон"), "t": Noun("тона", one="тон"),
    },
    unit_names={
        "мм": "length-millimeter", "см": "length-centimeter", "м": "length-meter", "км": "length-kilometer",
        "мг": "mass-milligram", "г": "mass-gram", "гр": "mass-gram", "кг": "mass-kilogram", "л": "volume-liter",
        "мл": "volume-milliliter", "м^2": "area-square-meter", "кв.м": "area-square-meter", "м^3": "volume-cubic-meter",
        "км/ч": "speed-kilometer-per-hour", "м/с": "speed-meter-per-second", "ч": "duration-hour",
        "мин": "duration-minute", "сек": "duration-second", "кВт": "power-kilowatt", "ГБ": "digital-gigabyte",
    },
    clear_units="км/ч м^2 м^3 кг км см мм",
    attached_units="А",
    number_words={"един": "one"},
    per="на",
    per_time="в",
    per_money="за",
    range_words=("от", "до"),
    before_ranges="за на в до около след преди между",
    feminine_plurals="минути секунди години книги жени стотинки седмици страници стаи тонни лири кутии",
    marks={
        **dict.fromkeys(("ви", "ри", "ти", "ми", "и", "ия", "ият", "ят"), "m"),
        **dict.fromkeys(("ва", "ра", "та", "ма", "а"), "f"), **dict.fromkeys(("во", "ро", "то", "мо", "о"), "n"),
        **dict.fromkeys(("те", "ните"), "p"),
    },
    compounds="годиш дневн часов минутн етажн процентов стаен местн литров километров",
    agreeing={"ата": "f", "ото": "n", "ият": "m", "ия": "m", "ен": "m", "на": "f", "но": "n", "и": "p"},
    numbered={"век": "m", "глава": "f", "том": "m", "част": "f", "клас": "m", "място": "n", "война": "f"},
    year_nouns={"f": "година"},
    years_nouns={"f": "години"},
    year_short=("г", "гг"),
    year_joint=False,
    year_form="f",
    century_nouns={"m": "век"},
    century_short=("в", ""),
    day_form="m",
    day_joints="до и",
    day_range=("от", "до", "m"),
    bare_years=("от", "f", "до", "f"),
    powers={"2": "на квадрат", "3": "на куб"},
    clock_word=_CLOCK_WORDS,
    clock_after="в от до след преди около към",
    address_words={"www": "три дабълю", "com": "ком", "&": "амперсанд", "hashtag": "хаштаг"},
    phrases={
        "т е": "тоест", "т н": "така нататък", "т нар": "така нареченият", "н е": "нашата ера",
        "пр н е": "преди нашата ера",
    },
    short={
        "напр": "например", "ул": "улица", "бул": "булевард", "проф": "професор", "инж": "инженер",
        "св": "свети", "вж": "виж",
           "лв": "лева", "ст": "стотинки", "хил": "хиляди", "др": "други", "стр": "страница"},
    short_ending="лв ст хил др",
    short_before_number={
        "бл": "блок", "ап": "апартамент", "ет": "етаж", "вх": "вход", "стр": "страница", "чл": "член", "фиг": "фигура",
    },
    short_before_name={"гр": "град", "с": "село", "г-н": "господин", "г-жа": "госпожа", "д-р": "доктор"},
    mixed_joint="и",
    over="върху",
    signs={
        "+": "плюс", "−": "минус", "=": "е равно на", "≠": "не е равно на", "×": "по", "·": "по", "*": "по",
        "÷": "делено на",
        "/": "върху", ":": "към", "<": "е по малко от", ">": "е по голямо от", "≈": "приблизително", "~": "около",
        "±": "плюс минус", "√": "корен от", "∞": "безкрайност", "&": "и", "@": "кльомба", "#": "диез", "^": "на степен",
        "_": "долна черта", ".": "точка", "-": "тире", "№": "номер", "°": "градус", "§": "параграф",
    },
    latin=False,
)  # fmt: skip
