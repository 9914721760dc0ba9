"""Korean: native and Sino-Korean numbers by what they count."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages import ko_words as table
from handler.text.languages.base import Context, Language, Rule, say_digits, says
from handler.text.languages.base import WordContext as Word
from handler.text.numbers import NumberStyle
from handler.text.patterns import AMOUNT, OTHER, START, after_one_of, one_of
from handler.text.rules.amounts import CODES, CURRENCY_SIGNS, UNITS, currency_code, unit_noun

_HUNDREDS = ((1000, "천"), (100, "백"), (10, "십"), (1, ""))


def _cardinal(number: int) -> str:
    """Below 10^20, Sino-Korean: groups of four digits, a blank between them. 1 is silent before 십, 백, 천 and 만."""
    words = []
    for power, unit in ((16, "경"), (12, "조"), (8, "억"), (4, "만"), (0, "")):
        group = number // 10**power % 10**4
        figures = ""
        for value, name in _HUNDREDS:
            if digit := group // value % 10:
                figures += ("" if digit == 1 and name else table.DIGITS.split()[digit]) + name
        if group:
            words.append(unit if group == 1 and unit == "만" else figures + unit)
    return " ".join(words) or "영"


def _native(number: int) -> str:
    """1 to 99 as they stand before a noun."""
    return "스무" if number == 20 else table.TENS[number // 10] + table.ONES[number % 10]


def _ends_in_consonant(word: str) -> bool:
    return (ord(word[-1]) - 0xAC00) % 28 > 0


class _Korean(Language):
    def spelled(self, letters: str) -> str:
        return table.DOMAINS.get(letters.lower()) or "".join(table.LETTERS[one] for one in letters.upper())

    def fraction(self, top: str, bottom: str) -> str:
        return f"{self.cardinal(bottom)}분의 {self.cardinal(top)}"

    def span(self, one: str, other: str) -> str:
        return f"{one}에서 {other}"

    def power(self, base: str, exponent: str) -> str:
        minus = "마이너스 " if exponent[0] in "-−" else ""
        words = base if base.isalpha() else self.value(base)
        number = exponent.lstrip("-−")
        return f"{words}의 {minus}{'' if number == '2' else self.cardinal(number)}제곱"

    def month(self, month: int) -> str:
        return {6: "유월", 10: "시월"}.get(month) or f"{self.cardinal(str(month))}월"

    def date(self, day: str, month: int, year: str) -> str:
        words = f"{self.month(month)} {self.cardinal(str(int(day)))} 일"
        return f"{self.year(year)} 년 {words}" if year else words

    def time(self, hour: str, minute: str, second: str) -> str:
        words = f"{self.number_before(str(int(hour)), '시')} 시"
        if minute.strip("0") or second.strip("0"):
            words += f" {self.cardinal(str(int(minute)))} 분"
        return f"{words} {self.cardinal(str(int(second)))} 초" if second.strip("0") else words

    def duration(self, hours: str, minutes: str, seconds: str) -> str:
        parts = ((hours, "시간"), (minutes, "분"), (seconds, "초"))
        return " ".join(f"{self.number_before(str(int(part)), word)} {word}" for part, word in parts if int(part))

    def number_before(self, value: str, counter: str, after: str = "") -> str:
        """A value before its counter and the word after that: "3", "개" → 세."""
        native = (
            counter in table.NATIVE and value.isdigit() and 0 < int(value) <= table.LIMITS.get(counter, table.LIMIT)
        )
        if counter == "번" and after in table.OF_NUMBERS:
            native = False
        if counter == "대" and value in ("10", "20", "30", "40", "50", "60", "70", "80", "90"):
            native = False  # people in their twenties
        if counter == "번째" and value == "1":
            return "첫"
        return _native(int(value)) if native else self.value(value)

    def say(self, number: str) -> str:
        """A number with words of scale in it: "1억2천만"."""

        def part(found: re.Match[str]) -> str:
            value, scale = found[1].replace(",", ""), found[2]
            silent = value == "1" and scale[:1] in ("백", "천", "만")
            return f"{'' if silent else self.value(value)}{scale} "

        return re.sub(rf"(\d[\d,]*(?:\.\d+)?)({_SCALE}?)", part, number).strip()


def _counted(found: re.Match[str], context: Context) -> str | None:
    language = context.language
    assert isinstance(language, _Korean)
    number, counter = found["number"], found["counter"]
    value = number.replace(",", "")
    if counter in ("시", "분", "초", "월", "일") and value.isdigit():
        value = value.lstrip("0") or "0"
    if counter == "월" and value.isdigit() and 1 <= int(value) <= 12:
        words = language.month(int(value))
    elif re.search(_SCALE, number):
        words = f"{language.say(number)} {counter}"
    else:
        before = context.text[context.start - 1 : context.start]
        after = context.after if context.text[context.end : context.end + 1] == " " else ""
        of_number = before == "제" or not value.replace(".", "").isdigit()
        words = f"{language.value(value) if of_number else language.number_before(value, counter, after)} {counter}"
    minus = f"{language.sign('−')} " if found["minus"] else ""
    return f"{minus}{words}{found['particles']}"


def _range(found: re.Match[str], context: Context) -> str | None:
    """``20~30초``, ``3~4개``, and of dates ``5〜9일``."""
    language = context.language
    assert isinstance(language, _Korean)
    one, other, counter = (found[name].replace(",", "") for name in ("one", "other", "counter"))
    first, last = (language.number_before(value, counter) for value in (one, other))
    rest = f"{counter}{found['particles']}"
    if counter == "월" and other.isdigit() and 1 <= int(other) <= 12:
        last, rest = language.month(int(other)), found["particles"]
    if counter in ("년대", "년", "월", "일", "세기", "년도"):
        return f"{first}부터 {last} {rest}"
    if counter in table.NATIVE and first != language.value(one):
        return f"{first} {counter}에서 {last} {rest}"
    return f"{first}에서 {last} {rest}"


def _weekday(found: re.Match[str], _context: Context) -> str:
    """``(토)`` and ``(월~금)`` after a date."""
    return f"{found['one']}요일{'부터 ' + found['other'] + '요일' if found['other'] else ''}"


def _fraction(found: re.Match[str], context: Context) -> str:
    """``3/8이``, ``√1/2`` and ``3/4L``: the particle follows the sound of the number before it."""
    language = context.language
    top, bottom = (
        f"{'루트 ' if found[sign] else ''}{language.cardinal(found[number])}"
        for sign, number in (("root", "top"), ("under", "bottom"))
    )
    words = f"{language.sign('−') + ' ' if found['minus'] else ''}{bottom}분의 {top}"
    if found["unit"] and (noun := unit_noun(found["unit"], language)):
        return f"{words} {noun.other}"
    if not (particle := found["particle"] or ""):
        return words
    pair = next(several for joined, several in table.PAIRS.items() if particle in joined)
    return f"{words}{pair[0] if _ends_in_consonant(words) else pair[1]}"


def _parts(found: re.Match[str], context: Context) -> str:
    """``121분의 3221``."""
    return context.language.fraction(found["top"], found["bottom"])


def _money(found: re.Match[str], context: Context) -> str:
    language = context.language
    assert isinstance(language, _Korean)
    code, number = currency_code(found["currency"].upper(), language), found["number"]
    if re.search(_SCALE, number):
        noun = language.currency(code)
        words = f"{language.say(number)} {noun.other}"
    else:
        words = language.money(number.replace(",", ""), code)
    if (other := found["other"]) and (divisor := unit_noun(other, language)):
        words = language.rate(words, divisor)
    return f"{language.sign('−')} {words}" if found["minus"] else words


def _scaled(found: re.Match[str], context: Context) -> str:
    assert isinstance(context.language, _Korean)
    return context.language.say(found.group())


def _date(found: re.Match[str], context: Context) -> str | None:
    month, day = int(found["month"]), found["day"]
    fits = 1 <= month <= 12 and 1 <= int(day) <= 31
    return context.language.date(day, month, found["year"]) if fits else None


def _clock(found: re.Match[str], context: Context) -> str | None:
    if int(found["hour"]) > 12 or int(found["minute"]) > 59:
        return None
    half = "오후" if found["half"][0] in "pP" else "오전"
    return f"{half} {context.language.time(found['hour'], found['minute'], '')}"


def _initials(word: str, _last: str, _following: str, context: Word) -> str:
    """Short capitals by the Korean names of the letters."""
    if not (word.isascii() and word.isalpha() and word.isupper()):
        return word
    spelled = len(word) <= 3 or not set(word) & set("AEIOUY")
    return context.language.spelled(word) if spelled and len(word) <= 5 else word.lower()


_SCALE = "(?:천만|백만|십만|[백천만억조])"
_VALUE = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,9})?|\d{1,18}(?:\.\d{1,9})?"
_NUMBER = rf"(?:{_VALUE})(?:{_SCALE}(?:\d{{1,4}}{_SCALE}){{0,4}}(?:\d{{1,4}})?)?"
_COUNTER = one_of(table.NATIVE | table.SINO)
_PARTICLES = rf"(?P<particles>(?:(?:{table.PARTICLES}){{1,2}})?)(?![가-힣])"
_START = r"(?<![A-Za-z\d])(?<!\d[.,:/~〜～–-])"
_CURRENCY = one_of([*CURRENCY_SIGNS, *CODES, *map(str.lower, CODES)])
_MONEY_START = rf"{START}(?<!\d[~〜～–-])"
_MONEY_END = r"(?![A-Za-z\d])(?! ?[~〜～–-] ?[\d₩$€£¥])"
_UNIT = one_of(UNITS)
_WEEKDAY = "[월화수목금토일]"
_NUMBERED = ("자리", "번호", "코드", "계좌")
_AFTER_NUMBERED = after_one_of(_NUMBERED, (" ", "는 ", ": "))
_RULES = (
    Rule(r"\d{1,2}[·・]\d{1,2}", say_digits, amount=False),
    Rule(r"1[5-8]\d\d-\d{4}", say_digits, amount=False),
    Rule(
        rf"(?<=[일\d]) ?\((?P<one>{_WEEKDAY})(?:요일)?(?:[~〜～-](?P<other>{_WEEKDAY})(?:요일)?)?\)",
        _weekday,
        amount=False,
        start="",
    ),
    Rule(
        rf"(?P<one>{_VALUE})(?:{_COUNTER})? ?[~〜～–-] ?(?P<other>{_VALUE}) ?(?P<counter>{_COUNTER}){_PARTICLES}",
        _range,
        start=_START,
        end="",
    ),
    Rule(
        rf"(?<=[년월일대기{AMOUNT}{OTHER}]) ?[~〜～] ?(?=\d)",
        says("부터"),
        amount=False,
        start="",
        end="",
    ),
    Rule(r"(?P<year>\d{4})\. ?(?P<month>\d{1,2})\. ?(?P<day>\d{1,2})\.?", _date),
    Rule(r"(?P<bottom>\d{1,9})분의 ?(?P<top>\d{1,9})", _parts, start=_START),
    Rule(
        r"(?P<minus>[-−])?(?P<root>√)?(?P<top>\d{1,9})/(?P<under>√)?(?P<bottom>\d{1,9})"
        rf"(?:(?P<particle>[은는이가을를과와])(?![가-힣])| ?(?P<unit>{_UNIT}))?",
        _fraction,
        start=_START,
    ),
    Rule(
        rf"(?P<minus>[-−])?(?P<number>{_NUMBER}) ?(?P<counter>{_COUNTER}){_PARTICLES}",
        _counted,
        start=_START,
        end="",
    ),
    Rule(r"(?P<hour>\d{1,2}):(?P<minute>\d\d) ?(?P<half>(?i:[ap]m))", _clock),
    Rule(
        rf"(?P<minus>[-−])?(?P<currency>{_CURRENCY}) ?(?P<number>{_NUMBER})(?:/(?P<other>{_UNIT}))?",
        _money,
        start=_MONEY_START,
        end=_MONEY_END,
    ),
    Rule(rf"(?P<minus>[-−])?(?P<number>{_NUMBER}) ?(?P<currency>{_CURRENCY})(?:/(?P<other>{_UNIT}))?", _money),
    Rule(rf"(?<=[원{AMOUNT}]) ?/ ?(?=[가-힣])", says("퍼"), amount=False, start="", end=""),
    Rule(rf"{_AFTER_NUMBERED}\d{{3,20}}", say_digits, amount=False, start=r"(?<!\d)"),
    Rule(r"1[12]\d(?=(?:번|에|로|으로)? ?(?:신고|전화|구급|소방|연락))", say_digits, amount=False),
    Rule(rf"(?:{_VALUE}){_SCALE}(?:\d{{1,4}}{_SCALE}){{0,4}}(?:\d{{1,4}})?", _scaled),
)

_RATES = {"Kbps": Noun("킬로비트 퍼 초"), "Mbps": Noun("메가비트 퍼 초"), "Gbps": Noun("기가비트 퍼 초")}
KOREAN = _Korean(
    NumberStyle("ko", point="점", minus="마이너스", digits=table.DIGITS, cardinal=_cardinal),
    currencies={
        "KRW": Noun("원"),
        "USD": Noun("달러"),
        "EUR": Noun("유로"),
        "GBP": Noun("파운드"),
        "JPY": Noun("엔"),
        "CNY": Noun("위안"),
    },
    cents={"USD": Noun("센트"), "EUR": Noun("센트"), "GBP": Noun("펜스")},
    percent="퍼센트",
    units={"rpm": Noun("분당 회전수"), "m/s": Noun("미터 퍼 초"), "px": Noun("픽셀"), **_RATES},
    per="퍼",
    range_word="에서",
    range_signs="~〜～–-",
    score_word="대",
    mixed_joint="와",
    subtraction_word="빼기",
    dialing_word="국가번호",
    spelled_domains="co kr it com net org jp uk de cn ai io tv",
    address_signs={".": "닷", "-": "다시", ":": "콜론"},
    signs={
        "+": "더하기", "×": "곱하기", "*": "곱하기", "÷": "나누기", "=": "이퀄", "≠": "같지 않다",
        "/": "슬래시", ":": "대",
        ".": "점", "@": "골뱅이", "&": "앤드", "#": "샵", "_": "언더바", "~": "약", "≈": "약", "±": "플러스마이너스",
        "√": "루트", "→": "화살표", "∞": "무한대", "^": "의 제곱", "<": "보다 작다", ">": "보다 크다",
        "≤": "작거나 같다", "≥": "크거나 같다", "‰": "퍼밀",
    },
    address_words={"hashtag": "해시태그"},
    latin=False,
    particles=f"(?:{table.PARTICLES}){{1,2}}",
    rules=_RULES,
    verbalize_word=_initials,
)  # fmt: skip
