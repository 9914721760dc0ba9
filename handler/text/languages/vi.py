"""Vietnamese."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages import vi_words as table
from handler.text.languages.base import Context, Language, Rule
from handler.text.numbers import NumberStyle
from handler.text.patterns import LETTER
from handler.text.rules.amounts import UNITS, currency_code, unit_noun
from handler.text.rules.numbers import value_of
from handler.text.rules.telephone import say_groups

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


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def _roman_value(numeral: str) -> int:
    values = [_ROMAN[letter] for letter in numeral.upper()]
    following = [*values[1:], 0]
    return sum(-one if one < other else one for one, other in zip(values, following, strict=True))


class _Vietnamese(Language):
    def fraction(self, top: str, bottom: str) -> str:
        below = "tư" if bottom == "4" else self.cardinal(bottom)
        return f"{self.cardinal(top)} phần {below}"

    def ordinal(self, number: str, mark: str = "") -> str:
        return {"1": "nhất", "4": "tư"}.get(number) or self.cardinal(number)

    def money(self, value: str, code: str) -> str:
        whole, _, fraction = value.partition(".")
        cents = fraction.ljust(2, "0") if code in self.cents else fraction
        return super().money(f"{whole}.{cents}" if fraction else value, code)

    def month(self, month: int) -> str:
        return "tư" if month == 4 else self.cardinal(str(month))

    def date(self, day: str, month: int, year: str) -> str:
        words = f"ngày {self.cardinal(str(int(day)))} tháng {self.month(month)}"
        return f"{words} năm {self.year(year)}" if year else words

    def time(self, hour: str, minute: str, second: str) -> str:
        words = f"{self.cardinal(str(int(hour)))} giờ"
        if minute.strip("0") or second.strip("0"):
            words += f" {self.cardinal(str(int(minute)))} phút"
        return f"{words} {self.cardinal(str(int(second)))} giây" if second.strip("0") else words

    def address_sign(self, sign: str) -> str:
        return {".": "chấm", "-": "gạch ngang", "/": "gạch chéo", ":": "hai chấm"}.get(sign) or self.sign(sign)


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
    if int(hour) > 24 or int(minute or 0) > 59:
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
    language, value = context.language, str(_roman_value(numeral))
    words = language.ordinal(value) if found["word"].lower() == "thứ" else language.cardinal(value)
    return [*found["word"].split(" "), words]


def _roman_of_name(found: re.Match[str], context: Context) -> str | None:
    """``Louis XIV``."""
    numeral = found["numeral"]
    if not (context.before[:1].isupper() and re.fullmatch(_NUMERAL, numeral)):
        return None
    return context.language.cardinal(str(_roman_value(numeral)))


def _abbreviation(found: re.Match[str], _context: Context) -> str | None:
    short = found["short"]
    return None if short in table.WITH_STOP and not found["stop"] else table.ABBREVIATIONS[short]


def _digits(found: re.Match[str], context: Context) -> str:
    return context.language.digits(found.group())


def _score(found: re.Match[str], context: Context) -> str:
    return f"{context.language.cardinal(found[1])} {context.language.cardinal(found[2])}"


_AS_WRITTEN = ("m", "g", "s", "h", "b", "n", "t", "mm", "in", "mi", "min")  # other cases are other units, or no units
_UNIT_NOUNS = {
    form: Noun(name)
    for written, name in table.UNITS.items()
    for form in (written, written.capitalize(), written.upper(), *(unit for unit in UNITS if unit.lower() == written))
    if form == written or written not in _AS_WRITTEN
}
_ABBREVIATION = "|".join(map(re.escape, sorted(table.ABBREVIATIONS, key=len, reverse=True)))
_CURRENCIES = {"đ": "VND", "Đ": "VND", "₫": "VND", "VNĐ": "VND", "vnđ": "VND", "vnd": "VND", "VND": "VND"}
_PARTS = (
    "chương phần mục khoản khóa khoá đoạn số thứ tập quyển bài điều hồi kỳ kì cấp bậc hạng quý vua tầng lớp khu "
    "nhóm phụ|lục thế|kỉ thế|kỷ đời năm giai|đoạn la|mã"
)
_PART = "|".join(word.replace("|", " ") for word in _PARTS.split())
_NUMERAL = (
    r"(?=[IVXLCDM])M{0,4}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})|"
    r"(?=[ivxlcdm])m{0,4}(?:c[md]|d?c{0,3})(?:x[cl]|l?x{0,3})(?:i[xv]|v?i{0,3})"
)
_NUMBER = r"\d{1,3}(?:\.\d{3}){1,5}(?:,\d{1,9})?|\d{1,18}(?:[.,]\d{1,9})?"
_SIGNS = "|".join(map(re.escape, sorted(["$", "€", "£", "¥", "USD", "EUR", *_CURRENCIES], key=len, reverse=True)))
_UNIT = "|".join(map(re.escape, sorted({*_UNIT_NOUNS, *UNITS}, key=len, reverse=True)))
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
    Rule(rf"(?P<short>{_ABBREVIATION})(?P<stop>\.)?", _abbreviation, amount=False),
    Rule(r"(?:(?<=gọi )|(?<=đài )|(?<=line ))1\d\d", _digits, amount=False),
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
    cents={"USD": Noun("xu"), "EUR": Noun("xu"), "GBP": Noun("xu")},
    currency_signs=_CURRENCIES,
    scales={word: Noun(word) for word in ("nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ")},
    percent="phần trăm",
    units=_UNIT_NOUNS,
    per="trên",
    range_word="đến",
    range_signs="~–-",
    mixed_joint="và",
    minus="trừ",
    signs={
        "+": "cộng", "×": "nhân", "*": "nhân", "÷": "chia", "=": "bằng", "≠": "khác", "<": "nhỏ hơn", ">": "lớn hơn",
        "≤": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", "≈": "xấp xỉ", "~": "khoảng", "±": "cộng trừ", ".": "chấm",
        "/": "trên", ":": "trên", "&": "và", "^": "mũ", "√": "căn bậc hai", "→": "đến", "∞": "vô cực", "#": "thăng",
        "_": "gạch dưới",
    },
    conjunctions="và hoặc nhưng vì mà hay nên",
    rules=_RULES,
)  # fmt: skip
