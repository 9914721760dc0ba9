"""Vietnamese."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages import vi_words as table
from handler.text.languages.base import Context, Language, Rule, say_digits
from handler.text.numbers import NumberStyle
from handler.text.patterns import LETTER, one_of
from handler.text.roman import ROMAN, roman_value
from handler.text.rules.amounts import UNITS, currency_code, unit_noun
from handler.text.rules.numbers import value_of
from handler.text.rules.telephone import say_groups
from handler.text.rules.times import is_clock, time_in_units

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def _below_thousand(number: int, *, after: bool) -> str:
    """1 to 999. ``after`` a greater group a number below ten has "linh" before it."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    words = [_DIGITS[hundreds], "trăm"] if hundreds else []
    if tens == 1:
        words.append("mười")
    elif tens:
        words += [_DIGITS[tens], "mươi"]
    elif ones and (hundreds or after):
        words.append("linh")
    if ones:
        special = {1: "mốt", 4: "tư"} if tens > 1 else {}
        words.append("lăm" if ones == 5 and tens else special.get(ones, _DIGITS[ones]))
    return " ".join(words)


def _cardinal(number: int) -> str:
    """Below 10^21: thousands and millions, and both of them of tỷ, which is 10^9."""
    if number == 0:
        return "không"
    words: list[str] = []
    if billions := number // 10**9:
        words.append(f"{_cardinal(billions)} tỷ")
    for power, unit in ((6, "triệu"), (3, "nghìn"), (0, "")):
        if group := number // 10**power % 1000:
            words.append(f"{_below_thousand(group, after=bool(words) and power == 0)} {unit}".strip())
    return " ".join(words)


class _Vietnamese(Language):
    def fraction(self, top: str, bottom: str) -> str:
        below = "tư" if bottom == "4" else self.cardinal(bottom)
        return f"{self.cardinal(top)} phần {below}"

    def ordinal(self, number: str, mark: str = "") -> str:
        return {"1": "nhất", "4": "tư"}.get(number) or self.cardinal(number)

    def month(self, month: int) -> str:
        return "tư" if month == 4 else self.cardinal(str(month))

    def date(self, day: str, month: int, year: str) -> str:
        words = f"ngày {self.cardinal(str(int(day)))} tháng {self.month(month)}"
        return f"{words} năm {self.year(year)}" if year else words

    def time(self, hour: str, minute: str, second: str) -> str:
        return time_in_units(("{} giờ", " {} phút", " {} giây"), hour, minute, second, self)


def _date(found: re.Match[str], context: Context) -> str | None:
    """A date after ngày, which the text may have already."""
    day, month, year = found["day"], int(found["month"]), found["year"] or ""
    if not (1 <= int(day) <= 31 and 1 <= month <= 12):
        return None
    words, word = context.language.date(day, month, year), found["word"] or ""
    if word.lower() in ("", "ngày "):
        return words if word or (year and context.before.lower() != "ngày") else words.removeprefix("ngày ")
    return f"{word}{words if year else words.removeprefix('ngày ')}"


def _month(found: re.Match[str], context: Context) -> list[str] | None:
    """``tháng 4``, with the year after it or without."""
    language, number, year = context.language, int(found["month"]), found["year"]
    if not 1 <= number <= 12:
        return None
    month = "tư" if number == 4 else language.cardinal(str(number))
    return [found["word"], month, *([f"năm {language.year(year)}"] if year else [])]


def _clock(found: re.Match[str], context: Context) -> str | None:
    hour, minute, second = found["hour"], found["minute"] or "", found["second"] or ""
    if not is_clock(hour, minute):
        return None
    return context.language.time(hour, minute or "0", second)


def _minutes(found: re.Match[str], context: Context) -> str:
    """``12p03s`` and ``30s``."""
    language = context.language
    parts = [(found["minute"], "phút"), (found["second"], "giây")]
    return " ".join(f"{language.cardinal(str(int(number)))} {word}" for number, word in parts if number)


_SCALES = {"k": ("nghìn", "trăm"), "tr": ("triệu", "trăm nghìn"), "t": ("tỷ", "trăm triệu")}


def _scaled(found: re.Match[str], context: Context) -> str | None:
    """``2tr5`` is two and a half millions. ``4K`` is a screen."""
    if found["scale"] == "K" and found["number"] in ("2", "4", "8"):
        return None
    language, (scale, part) = context.language, _SCALES[found["scale"].lower()]
    words = f"{language.value(value_of(found['number'], language) or '0')} {scale}"
    return f"{words} {language.cardinal(found['part'])} {part}" if found["part"] else words


def _price(found: re.Match[str], context: Context) -> str | None:
    """``10$/giờ`` is trên giờ; of đồng it is một giờ."""
    language = context.language
    if (value := value_of(found["number"], language)) is None:
        return None
    code = currency_code(found["currency"], language)
    noun = unit_noun(found["unit"], language)
    other = noun.other if noun else found["unit"]
    return f"{language.money(value, code)} {'một' if code == 'VND' else 'trên'} {other}"


def _part_of_unit(found: re.Match[str], context: Context) -> str | None:
    noun = unit_noun(found["unit"], context.language)
    return f"{context.language.fraction(found['top'], found['bottom'])} {noun.other}" if noun else None


def _fraction(found: re.Match[str], context: Context) -> str:
    """A fraction, or a date: ``30/4`` is no fraction."""
    language = context.language
    top, bottom = int(found["top"]), int(found["bottom"])
    if bottom < top <= 31 and bottom <= 12 and not (found["whole"] or found["minus"]):
        return language.date(found["top"], bottom, "").removeprefix("ngày ")
    words = f"{language.cardinal(found['whole'])} và " if found["whole"] else ""
    minus = f"{language.sign('−')} " if found["minus"] else ""
    return f"{minus}{words}{language.fraction(found['top'], found['bottom'])}"


def _ordinal(found: re.Match[str], context: Context) -> list[str]:
    return [found["word"], context.language.ordinal(found["number"])]


def _roman(found: re.Match[str], context: Context) -> list[str] | None:
    """A Roman numeral after the word of a part. Single small letters are letters, but for i, v and x."""
    numeral = found["numeral"]
    year = found["word"].lower() == "năm"  # which is also the number five
    if year and (numeral.islower() or len(numeral) < 3):
        return None
    if len(numeral) == 1:
        spelled = len(context.after) == 1 and context.after.isascii()
        if spelled or (numeral.upper() in "LCDM" and found["word"].lower() != "chương"):
            return None
    language, value = context.language, str(roman_value(numeral.upper()))
    words = language.ordinal(value) if found["word"].lower() == "thứ" else language.cardinal(value)
    return [*found["word"].split(" "), words]


def _roman_of_name(found: re.Match[str], context: Context) -> str | None:
    """``Louis XIV``."""
    numeral = found["numeral"]
    if not (context.before[:1].isupper() and re.fullmatch(_NUMERAL, numeral)):
        return None
    return context.language.cardinal(str(roman_value(numeral.upper())))


def _quarter(found: re.Match[str], _context: Context) -> str:
    return "quận" if found["short"] == "Q" else "phường"


def _abbreviation(found: re.Match[str], _context: Context) -> str | None:
    short = found["short"]
    return None if short in table.WITH_STOP and not found["stop"] else table.ABBREVIATIONS[short]


def _score(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found[1])} {context.language.cardinal(found[2])}"


_AS_WRITTEN = ("m", "g", "s", "h", "b", "n", "t", "mm", "in", "mi", "min")  # other cases are other units, or no units
_UNIT_NOUNS = {
    form: Noun(name)
    for written, name in table.UNITS.items()
    for form in (written, written.capitalize(), written.upper(), *(unit for unit in UNITS if unit.lower() == written))
    if form == written or written not in _AS_WRITTEN
}
_ABBREVIATION = one_of(table.ABBREVIATIONS)
_CURRENCIES = {"đ": "VND", "Đ": "VND", "₫": "VND", "VNĐ": "VND", "vnđ": "VND", "vnd": "VND", "VND": "VND"}
_PARTS = (
    "chương phần mục khoản khóa khoá đoạn số thứ tập quyển bài điều hồi kỳ kì cấp bậc hạng quý vua tầng lớp khu "
    "nhóm phụ|lục thế|kỉ thế|kỷ đời năm giai|đoạn la|mã"
)
_PART = "|".join(word.replace("|", " ") for word in _PARTS.split())
_NUMERAL = f"{ROMAN}|{ROMAN.lower()}"
_NUMBER = r"\d{1,3}(?:\.\d{3}){1,5}(?:,\d{1,9})?|\d{1,18}(?:[.,]\d{1,9})?"
_SIGNS = one_of(["$", "€", "£", "¥", "USD", "EUR", *_CURRENCIES])
_UNIT = one_of({*_UNIT_NOUNS, *UNITS})
_RULES = (
    Rule(r"(?P<word>(?i:ngày) )?(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4})", _date),
    Rule(
        r"(?P<word>(?i:ngày|sáng|chiều|tối|hôm|mùng|lễ|dịp) )(?P<day>\d{1,2})[/-](?P<month>\d{1,2})(?P<year>(?!))?",
        _date,
    ),
    Rule(r"(?P<word>(?i:tháng)) (?P<month>\d{1,2})(?: (?P<year>\d{4}))?", _month),
    Rule(r"(?P<hour>\d{1,2})[hgHG:](?P<minute>[0-5]\d)(?:[:pm](?P<second>\d\d))?[pms]?", _clock),
    Rule(r"(?P<hour>\d{1,2})[hgH](?P<minute>(?!))?(?P<second>(?!))?", _clock),
    Rule(r"(?P<minute>\d{1,3})[pP](?:(?P<second>\d{1,2})s?)?", _minutes),
    Rule(rf"(?P<number>{_NUMBER})(?P<scale>[kK]|[tT]r|TR|t)(?P<part>\d)?", _scaled),
    Rule(rf"(?P<number>{_NUMBER}) ?(?P<currency>{_SIGNS})/(?P<unit>{_UNIT}|{LETTER}{{1,12}})", _price),
    Rule(rf"(?P<top>\d{{1,4}})/(?P<bottom>\d{{1,4}}) ?(?P<unit>{_UNIT})", _part_of_unit),
    Rule(r"(?P<minus>[-−])?(?:(?P<whole>\d{1,6}) )?(?P<top>\d{1,4})/(?P<bottom>[1-9]\d{0,3})", _fraction),
    Rule(r"(?P<word>(?i:thứ)) (?P<number>\d{1,15})", _ordinal),
    Rule(rf"(?P<word>(?i:{_PART})) (?P<numeral>{_NUMERAL})", _roman),
    Rule(r"(?P<numeral>[IVX]{2,7})", _roman_of_name),
    Rule(rf"(?P<short>{_ABBREVIATION})(?P<stop>\.)(?= [^\W\d_])", _abbreviation, amount=False, may_end=False),
    Rule(r"(?P<short>[QP])\.(?=\d)", _quarter, amount=False, may_end=False, end=""),
    Rule(rf"(?P<short>{_ABBREVIATION})(?P<stop>\.)?", _abbreviation, amount=False),
    Rule(r"(?:(?<=gọi )|(?<=đài )|(?<=line ))1\d\d", say_digits, amount=False),
    Rule(r"1[89]00(?: ?\d{2,4}){1,3}", say_groups, amount=False),
    Rule(r"(?:(?<=[tT]ỉ số )|(?<=[tT]ỷ số )|(?<=thắng )|(?<=thua )|(?<=hòa ))(\d{1,2})-(\d{1,2})", _score),
)

VIETNAMESE = _Vietnamese(
    NumberStyle("vi", decimal_comma=True, point="phẩy", minus="âm", digits=" ".join(_DIGITS), cardinal=_cardinal),
    currencies={
        "USD": Noun("đô la"),
        "EUR": Noun("ơ rô"),
        "GBP": Noun("bảng Anh"),
        "JPY": Noun("yên Nhật"),
        "VND": Noun("đồng"),
        "CNY": Noun("nhân dân tệ"),
        "KRW": Noun("won"),
    },
    money_tenths=True,
    cents={"USD": Noun("xu"), "EUR": Noun("xu"), "GBP": Noun("xu")},
    currency_signs=_CURRENCIES,
    scales={word: Noun(word) for word in ("nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ")},
    percent="phần trăm",
    units=_UNIT_NOUNS,
    per="trên",
    range_word="đến",
    range_signs="~–-",
    mixed_joint="và",
    subtraction_word="trừ",
    address_signs={".": "chấm", "-": "gạch ngang", "/": "gạch chéo", ":": "hai chấm"},
    signs={
        "+": "cộng", "×": "nhân", "*": "nhân", "÷": "chia", "=": "bằng", "≠": "khác", "<": "nhỏ hơn", ">": "lớn hơn",
        "≤": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", "≈": "xấp xỉ", "~": "khoảng", "±": "cộng trừ", ".": "chấm",
        "/": "trên", ":": "trên", "&": "và", "^": "mũ", "√": "căn bậc hai", "→": "đến", "∞": "vô cực", "#": "thăng",
        "_": "gạch dưới",
    },
    conjunctions="và hoặc nhưng vì mà hay nên",
    rules=_RULES,
)  # fmt: skip
