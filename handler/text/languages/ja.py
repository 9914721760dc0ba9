"""Japanese."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule, say_digits, says
from handler.text.languages.capitals import Capitals
from handler.text.numbers import NumberStyle
from handler.text.patterns import OTHER, after_one_of
from handler.text.rules.telephone import say_groups
from handler.text.rules.times import time_in_units


def _cardinal(number: int) -> str:
    """Below 10^20: groups of four digits. 千 has its 一 before 万 and greater only."""
    if number == 0:
        return "零"
    spoken = ""
    for power, unit in ((16, "京"), (12, "兆"), (8, "億"), (4, "万"), (0, "")):
        group = number // 10**power % 10**4
        figures = ""
        for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            if digit := group // value % 10:
                silent = digit == 1 and name and not (unit and value == 1000)
                figures += ("" if silent else "零一二三四五六七八九"[digit]) + name
        spoken += figures + unit if group else ""
    return spoken


class _Japanese(Language):
    def fraction(self, top: str, bottom: str) -> str:
        return f"{self.cardinal(bottom)}分の{self.cardinal(top)}"

    def power(self, base: str, exponent: str) -> str:
        minus = "マイナス" if exponent[0] in "-−" else ""
        words = base if base.isalpha() else self.value(base)
        return f"{words} の {minus}{self.cardinal(exponent.lstrip('-−'))}乗"

    def date(self, day: str, month: int, year: str) -> str:
        words = f"{self.cardinal(str(month))}月{self.cardinal(str(int(day)))}日"
        return f"{self.year(year)}年{words}" if year else words

    def time(self, hour: str, minute: str, second: str) -> str:
        return time_in_units(("{}時", "{}分", "{}秒"), hour, minute, second, self)


_ERAS = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_DAYS = {"祝": "祝日", "休": "休日"}


def _weekday(found: re.Match[str], _context: Context) -> str:
    """``(土)``, ``(月・祝)`` and ``(月〜金)`` after a date."""
    days = [_DAYS.get(day) or f"{day}曜日" for day in re.findall(r"\w", re.sub("曜日?", "", found.group()))]
    return ("から" if re.search("[〜～~-]", found.group()) else " ").join(days)


def _era(found: re.Match[str], context: Context) -> str | None:
    """``R.4`` and ``R4.5.1``."""
    if not (found["dot"] or found["month"]):
        return None
    language = context.language
    words = f"{_ERAS[found['era']]}{language.cardinal(found['year'])}年"
    if found["month"]:
        words += f"{language.cardinal(str(int(found['month'])))}月{language.cardinal(str(int(found['day'])))}日"
    return words


def _root(found: re.Match[str], context: Context) -> str | None:
    """``√1/3`` and ``1/√3``: the root of one of the numbers."""
    if not (found["root"] or found["under"]):
        return None
    language = context.language
    top, bottom = (
        f"{'ルート' if found[sign] else ''}{language.cardinal(found[number])}"
        for sign, number in (("root", "top"), ("under", "bottom"))
    )
    return f"{bottom}分の{top}"


def _clock(found: re.Match[str], context: Context) -> str | None:
    if int(found["hour"]) > 12 or int(found["minute"]) > 59:
        return None
    half = "午後" if found["half"][0] in "pP" else "午前"
    return half + context.language.time(found["hour"], found["minute"], "")


def _number(found: re.Match[str], context: Context) -> str:
    return context.language.cardinal(found.group())


def _postcode(found: re.Match[str], context: Context) -> str:
    return f"郵便番号 {context.language.digits(found[1])}"


def _permille(found: re.Match[str], context: Context) -> str:
    return f"千分の{context.language.value(found[1])}"


def _years(found: re.Match[str], context: Context) -> str:
    language, (one, other) = context.language, found.groups()
    return f"{language.year(one)} {language.range_word} {language.year(other)}"


def _chain(found: re.Match[str], context: Context) -> str:
    """``1万2千``: the numbers between the words."""
    return re.sub(r"\d+", lambda number: context.language.cardinal(number[0]), found.group())


_RANGE = "[~〜～–-]"
_DAY = "[月火水木金土日祝休]"
_NUMBERED = "番号 コード 暗証番号 口座 電話 会員番号"
_AFTER_NUMBERED = after_one_of(_NUMBERED.split(), ("は", ":", ": "))
_SCALES = "百 千 万 百万 千万 億 十億 百億 千億 兆"
_KANJI = r"\u3005-\u3007\u4e00-\u9fff"
_RULES = (
    Rule(r"\d{1,2}[·・]\d{1,2}", say_digits, amount=False),
    Rule(r"0\d{1,4}\(\d{1,4}\)\d{3,4}", say_digits, amount=False),
    Rule(rf"(?<=[日\d]) ?\({_DAY}(?:曜日?)?(?:[・,~〜～-]{_DAY})?\)", _weekday, amount=False, start=""),
    Rule(r"(?P<era>[MTSHR])(?P<dot>\.)?(?P<year>\d{1,2})(?:[./](?P<month>\d{1,2})[./](?P<day>\d{1,2}))?", _era),
    Rule(rf"(\d{{4}}) ?{_RANGE} ?(\d{{4}})(?=年)", _years),
    Rule(r"(?P<root>√)?(?P<top>\d{1,9})/(?P<under>√)?(?P<bottom>\d{1,9})", _root),
    Rule(r"(?P<hour>\d{1,2}):(?P<minute>\d\d) ?(?P<half>(?i:[ap]m))", _clock),
    Rule(r"〒 ?(\d{3}-?\d{4})", _postcode, amount=False),
    Rule(r"0\d{1,3}-\d{1,4}-\d{3,4}|0[5789]0\d{8}|0120\d{6}|\d{3}-\d{4}", say_groups, amount=False),
    Rule(rf"{_AFTER_NUMBERED}\d{{3,20}}", say_digits, amount=False, start=r"(?<!\d)"),
    Rule(r"\d{4}(?=[A-Z]{2})", _number, end=""),
    Rule(r"(?:\d{1,4}[億万千百]){1,5}\d{1,4}[億万千百]?", _chain),
    Rule(r"(\d{1,9}(?:\.\d{1,9})?) ?‰", _permille),
    Rule(rf"(?<=[{_KANJI}){OTHER}])(?<!約) ?[〜~] ?(?=[\d{_KANJI}])", says("から"), amount=False, start="", end=""),
    Rule(rf"(?<=\d) ?[〜~] ?(?=[{_KANJI}])", says("から"), amount=False, start="", end=""),
    Rule(r"(?<=[円元]) ?/ ?(?=[\u3040-\u30ff\u4e00-\u9fff])", says("スラッシュ"), amount=False, start="", end=""),
    Rule(r"(?<=[円年月日時分]) ?[–-] ?(?=\d)", says("から"), amount=False, start="", end=""),
)

JAPANESE = _Japanese(
    NumberStyle("ja", point="点", minus="マイナス", digits="零 一 二 三 四 五 六 七 八 九", cardinal=_cardinal),
    currencies={
        "USD": Noun("ドル"),
        "EUR": Noun("ユーロ"),
        "GBP": Noun("ポンド"),
        "JPY": Noun("円"),
        "CNY": Noun("元"),
        "KRW": Noun("ウォン"),
        "TWD": Noun("台湾ドル"),
        "INR": Noun("ルピー"),
        "RUB": Noun("ルーブル"),
        "CHF": Noun("スイスフラン"),
        "THB": Noun("バーツ"),
    },
    scales={word: Noun(word) for word in _SCALES.split()},
    percent="パーセント",
    units={"Kbps": Noun("キロビット毎秒"), "Mbps": Noun("メガビット毎秒"), "Gbps": Noun("ギガビット毎秒")},
    per="毎",
    range_word="から",
    range_signs="~〜～–-",
    score_word="対",
    mixed_joint="と",
    subtraction_word="引く",
    address_signs={"-": "ハイフン", ":": "コロン"},
    signs={
        "+": "プラス", "×": "かける", "*": "かける", "÷": "割る", "=": "イコール", "≠": "ノットイコール",
        "/": "スラッシュ",
        ":": "対", ".": "ドット", "@": "アットマーク", "&": "アンド", "#": "シャープ", "~": "約", "±": "プラスマイナス",
        "√": "ルート", "→": "から", "∞": "無限大", "≥": "以上", "≤": "以下", "≈": "ほぼ等しい", "^": "の乗",
    },
    address_words={"hashtag": "ハッシュタグ"},
    latin=False,
    verbalize_word=Capitals(initials="ISBN OECD UEFA HTTP HTML", words="OFF NEW OK THE AND FOR BAR CUT"),
    rules=_RULES,
)  # fmt: skip
