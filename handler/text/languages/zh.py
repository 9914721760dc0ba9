"""Chinese: Mandarin and Cantonese, in the simplified or traditional characters of the script."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule, say_digits, says
from handler.text.languages.capitals import Capitals
from handler.text.languages.zh_words import (
    LONG_MEASURES,
    MEASURES,
    NOT_MEASURES,
    SIMPLIFIED,
    TO_TRADITIONAL,
    TRADITIONAL,
)
from handler.text.numbers import NumberStyle
from handler.text.patterns import after_one_of
from handler.text.rules.telephone import say_groups
from handler.text.rules.times import is_clock

_MEASURE = re.compile(rf"(?!{'|'.join(NOT_MEASURES)})(?:[{MEASURES}]|{'|'.join(LONG_MEASURES)})")
_TRADITIONAL_TAG = re.compile(r"yue|-(?:hant|tw|hk|mo)\b")


def _cardinal(number: int) -> str:
    """Below 10^18: groups of four digits, one zero for a gap; 两 before 千, and alone before 万 and greater."""
    if number == 0:
        return "零"
    groups = [(number // 10**power) % 10**4 for power in (16, 12, 8, 4, 0)]
    spoken, gap = "", False
    for group, unit in zip(groups, ("京", "兆", "亿", "万", ""), strict=True):
        if not group:
            gap = bool(spoken)
            continue
        figures = ""
        hole = bool(spoken) and (gap or group < 1000)
        for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = group // value % 10
            if digit:
                figures += ("零" if hole else "") + "零一二三四五六七八九"[digit] + name
            hole = not digit and bool(figures or hole)
        figures = figures.replace("二千", "两千")
        spoken, gap = spoken + (figures.replace("二", "两") if group == 2 and unit else figures) + unit, False
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def to_traditional(words: str) -> str:
    """The words in traditional characters."""
    return words.translate(TO_TRADITIONAL)


class _Chinese(Language):
    def spelling_of(self, text: str) -> Callable[[str], str]:
        simplified, traditional = (sum(map(those.__contains__, text)) for those in (SIMPLIFIED, TRADITIONAL))
        if simplified == traditional:
            traditional += bool(_TRADITIONAL_TAG.search(self.tag))
        return to_traditional if traditional > simplified else super().spelling_of(text)

    def bare(self, value: str, before: str, after: str) -> str:
        return "两" if value == "2" and _MEASURE.match(after) else self.value(value)

    def counted(self, value: str, noun: Noun) -> str:
        return noun.counted("两" if value == "2" else self.value(value), "other")

    def percentage(self, value: str) -> str:
        return f"百分之{self.value(value)}"

    def fraction(self, top: str, bottom: str) -> str:
        return f"{self.cardinal(bottom)}分之{self.cardinal(top)}"

    def power(self, base: str, exponent: str) -> str:
        words = base if base.isalpha() else self.value(base)
        if exponent in ("2", "3"):
            return f"{words} 的 {'平方' if exponent == '2' else '立方'}"
        return f"{words} 的 {'负' if exponent[0] in '-−' else ''}{self.cardinal(exponent.lstrip('-−'))} 次方"

    def year(self, number: str) -> str:
        return self.digits(number)

    def date(self, day: str, month: int, year: str) -> str:
        words = f"{self.cardinal(str(month))}月{self.cardinal(str(int(day)))}日"
        return f"{self.year(year)}年{words}" if year else words

    def time(self, hour: str, minute: str, second: str) -> str:
        words = f"{self.counted(str(int(hour)), Noun('点'))}"
        if minute.strip("0") or second.strip("0"):
            words += f"{self.cardinal(str(int(minute)))}分"
        return f"{words}{self.cardinal(str(int(second)))}秒" if second.strip("0") else words


def _years(found: re.Match[str], context: Context) -> str | None:
    """Two years, the earlier first."""
    language, (one, other) = context.language, found.groups()
    if int(one) >= int(other):
        return None
    return f"{language.year(one)} {language.range_word} {language.year(other)}"


def _era(found: re.Match[str], context: Context) -> str:
    """``2334bc``, ``公元`` and ``前`` going before."""
    language = context.language
    words = f"公元{'前' if found['era'][0] in 'bB' else ''}{language.year(found['year'])}年"
    for part, word in (("month", "月"), ("day", "日")):
        words += f"{language.cardinal(str(int(found[part])))}{word}" if found[part] else ""
    return words


def _date(found: re.Match[str], context: Context) -> str | None:
    month, day = int(found["month"]), found["day"]
    fits = 1 <= month <= 12 and 1 <= int(day) <= 31
    return context.language.date(day, month, found["year"]) if fits else None


def _clock(found: re.Match[str], context: Context) -> str | None:
    if not is_clock(found["hour"], found["minute"]):
        return None
    language = context.language
    return f"{language.time(found['hour'], found['minute'], found['second'] or '')} {language.spelled(found['half'])}"


def _score(found: re.Match[str], context: Context) -> str:
    language = context.language
    return f"{language.cardinal(found[1])} 比 {language.cardinal(found[2])}"


def _ordinal(found: re.Match[str], context: Context) -> str:
    """After 第 the number 2 is always 二."""
    language, (one, other) = context.language, found.groups()
    words = language.cardinal(one)
    return f"{words} {language.range_word} {language.cardinal(other)}" if other else words


def _permille(found: re.Match[str], context: Context) -> str:
    return f"千分之{context.language.value(found[1])}"


def _chain(found: re.Match[str], context: Context) -> str:
    """``12万2千``: the numbers between the words."""
    return re.sub(
        r"\d+", lambda number: f"{context.language.bare(number[0], '', found.group()[number.end() :])}", found.group()
    )


def _day_by_digits(found: re.Match[str], context: Context) -> str:
    """A day that has a name, such as 9·11."""
    return context.language.digits(found.group().replace("·", ""))


def _after(words: str, fillers: str = "") -> str:
    """A pattern that looks behind for one of the words, with one of the fillers after it or none."""
    return "(?:" + "|".join(f"(?<={word}{filler})" for word in words.split() for filler in ("", *fillers)) + ")"


_RANGE = "[~〜～–-]"

_SCALES = "百 千 万 萬 百万 百萬 千万 千萬 亿 億 十亿 百亿 千亿 万亿 萬億 兆"
_ERAS, _SCORES, _CALLS = "公元 公元前 纪元 紀元 西元 西元前", "比分 比数 比數 比例 配比", "拨 撥 打 拨打 撥打"
_NUMBERED = (
    "号码 號碼 验证码 驗證碼 密码 密碼 邮编 郵編 账号 帳號 卡号 卡號 学号 學號 编号 編號 "
    "尾号 尾號 工号 单号 單號 电话 電話 热线 熱線 QQ"
)
"""Words before numbers that are read digit by digit."""
_RULES = (
    Rule(
        r"(?P<year>\d{1,4})(?:年(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号號])?)?)? ?"
        r"(?P<era>(?i:bce?|ad|ce|b\.c\.|a\.d\.))",
        _era,
    ),
    Rule(rf"(\d{{4}}) ?{_RANGE} ?(\d{{4}})(?=年)", _years),
    Rule(r"([12]\d{3}) ?[–-] ?([12]\d{3})", _years),
    Rule(r"(?!1000)[12]\d{3}(?=年(?!前|后|後|间|間|来|來|历史|歷史|的历史|的歷史|以))", say_digits),
    Rule(r"[12]\d{2}[1-9](?=年)", say_digits),
    Rule(r"(?:\d{1,4}[亿億万萬千百]){1,5}\d{1,4}[亿億万萬千百]?", _chain),
    Rule(rf"{after_one_of(_ERAS.split())}\d{{1,4}}(?=年)", say_digits),
    Rule(r"\d\d(?=年\d{1,2}月)", say_digits),
    Rule(r"(?P<year>\d{4})[·・](?P<month>\d{1,2})[·・](?P<day>\d{1,2})", _date),
    Rule(r"(?P<year>\d{2})/(?P<month>\d{1,2})/(?P<day>\d{1,2})", _date),
    Rule(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))? ?(?P<half>(?i:[ap]m))", _clock),
    Rule(rf"(?<=第)(\d{{1,16}})(?: ?{_RANGE} ?(\d{{1,16}}))?", _ordinal),
    Rule(rf"{after_one_of(_SCORES.split(), '为為是')}(\d{{1,3}}) ?[:-] ?(\d{{1,3}})", _score),
    Rule(r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\(0\d{2,3}\) ?\d{7,8}", say_groups, amount=False),
    Rule(rf"{after_one_of(_NUMBERED.split(), '是为為: ')}\d{{3,20}}", say_digits, amount=False, start=r"(?<!\d)"),
    Rule(
        rf"{after_one_of(_CALLS.split())}(?:1\d\d|12\d{{3}}|9\d{{4}})(?![\d分万萬个個次元])",
        say_digits,
        amount=False,
    ),
    Rule(r"(\d{1,9}(?:\.\d{1,9})?) ?‰", _permille),
    Rule(
        rf"(?<=[年月日号號时時分秒点點周週度元天]) ?{_RANGE} ?(?=\d|[一二三四五六七八九十]|公元|周|週|[上下]午)",
        says("到"),
        amount=False,
        start="",
        end="",
    ),
    Rule(r"\d{1,2}·\d{1,2}", _day_by_digits, amount=False, start=r"(?<![\d.])", end=r"(?![\d.])"),
    Rule(r"(?<=[\u4e00-\u9fff]) ?[~〜] ?(?=[\u4e00-\u9fff])", says("到"), amount=False, start="", end=""),
    Rule(r"(?<=[元块塊毛角]) ?/ ?(?=[\u4e00-\u9fff])", says("每"), amount=False, start="", end=""),
)

CHINESE = _Chinese(
    NumberStyle("zh", point="点", minus="负", digits="零 一 二 三 四 五 六 七 八 九", cardinal=_cardinal),
    currencies={"CNY": Noun("元"), "TWD": Noun("新台币"), "HKD": Noun("港元")},
    currency_signs={"¥": "CNY", "￥": "CNY", "RMB": "CNY"},
    scales={word: Noun(word) for word in _SCALES.split()},
    percent="百分之",
    percent_first=True,
    units={
        "MP": Noun("百万像素"),
        "Kbps": Noun("千比特每秒"),
        "Mbps": Noun("兆比特每秒"),
        "Gbps": Noun("吉比特每秒"),
    },
    range_word="到",
    range_signs="~〜～–-",
    score_word="比",
    subtraction_word="减",
    mixed_joint="又",
    address_signs={"-": "杠", ":": "冒号"},
    signs={
        "+": "加", "×": "乘", "*": "乘", "÷": "除以", "=": "等于", "/": "斜杠", ":": "比", ".": "点",
        "@": "艾特", "&": "和",
        "_": "下划线", "~": "约", "±": "正负", "^": "的次方", "√": "根号", "→": "到", "∞": "无穷大", "<": "小于",
        ">": "大于", "≥": "大于等于", "≤": "小于等于", "°": "度",
    },
    proof_sentences=(
        "今天天气很好，我们一起去公园散步吧。",
        "你知道为什么天空是蓝色的吗？",
        "她买了一张火车票，坐在窗边，很快就睡着了。",
        "谢谢大家的收听，我们明天晚上再见。",
    ),
    address_words={"hashtag": "井号"},
    latin=False,
    verbalize_word=Capitals(initials="ISBN OECD UEFA HTTP HTML", words="OFF NEW OK THE AND FOR BAR CUT"),
    rules=_RULES,
)  # fmt: skip
CANTONESE = replace(CHINESE, numbers=replace(CHINESE.numbers, tag="yue"), proof_sentences=())
