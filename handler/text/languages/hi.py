"""Hindi."""

from __future__ import annotations

import re

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages import hi_words as table
from handler.text.languages.base import Context, Language, Rule, say_digits
from handler.text.numbers import NumberStyle
from handler.text.rules.abbreviations import abbreviation_rules
from handler.text.rules.telephone import say_groups
from handler.text.rules.times import is_clock

_CENTURIES = range(1100, 2000)  # years that are read in hundreds: उन्नीस सौ सत्तर
_YEAR_WORDS = frozenset({"साल", "सन", "सन्", "वर्ष", "ईस्वी"})
_AFTER_YEAR = frozenset({"में", "के", "की", "का", "से", "तक"})
_ENGLISH_MARKS = frozenset({"", "st", "nd", "rd", "th"})
_HALVES = {"1.5": "डेढ़", "2.5": "ढाई"}


def _cardinal(number: int) -> str:
    """Below 10^18, by lakh and crore."""
    words = []
    for scale, name in table.SCALES:
        count, number = divmod(number, scale)
        if count:
            words += [_cardinal(count), name]
    if number or not words:
        words.append(table.BELOW_HUNDRED[number])
    return " ".join(words)


class _Hindi(Language):
    def ordinal(self, number: str, mark: str = "") -> str:
        if mark in _ENGLISH_MARKS and 1 <= int(number) <= len(table.ENGLISH_ORDINALS):
            return table.ENGLISH_ORDINALS[int(number) - 1]
        ending = "वां" if mark in _ENGLISH_MARKS else mark
        vowel = next((vowel for vowel in "ाीे" if vowel in ending), "ा")
        root = table.ORDINAL_ROOTS.get(number)
        return f"{root}{vowel}" if root else f"{self.cardinal(number)}{ending}"

    def year(self, number: str) -> str:
        if int(number) not in _CENTURIES:
            return self.cardinal(number)
        hundreds, rest = divmod(int(number), 100)
        return f"{_cardinal(hundreds)} सौ {_cardinal(rest) if rest else ''}"

    def time(self, hour: str, minute: str, second: str) -> str:
        words = self.cardinal(str(int(hour)))
        if not minute.strip("0") and not second.strip("0"):
            return f"{words} बजे"
        seconds = f"{self.cardinal(str(int(second)))} सेकंड" if second.strip("0") else ""
        return f"{words} बजकर {self.cardinal(str(int(minute)))} मिनट {seconds}"

    def counted(self, value: str, noun: Noun) -> str:
        whole, _, fraction = value.partition(".")
        if noun.gender == "half" and fraction == "5":
            return f"{_HALVES.get(value) or f'साढ़े {self.cardinal(whole)}'} {noun.other}"
        return super().counted(value, noun)

    def spelled(self, letters: str) -> str:
        return " ".join(table.LETTERS.get(letter, letter) for letter in letters.lower())

    def address_word(self, letters: str) -> str:
        return table.NET_WORDS.get(letters.lower()) or self.spelled(letters)


def _clock_with_word(found: re.Match[str], context: Context) -> str | None:
    """5:30 बजे: the word for the clock is spoken before the minutes."""
    hour, minute = found["hour"], found["minute"]
    return context.language.time(hour, minute, "") if is_clock(hour, minute) else None


def _code_after_word(found: re.Match[str], context: Context) -> str | None:
    """The digits of a PIN, of a code or at the end of a place's name."""
    last = not context.after and len(found.group()) == 6 and context.before in table.PLACES
    return say_digits(found, context) if last or context.before in table.DIGITS_AFTER else None


def _house(found: re.Match[str], context: Context) -> str | None:
    """A number of an address digit by digit: 14/3, 66-4, 32A. An address has a word such as रोड and no verb."""
    line = context.text[context.text.rfind("\n", 0, context.start) + 1 :].partition("\n")[0][:300]
    words = {word.strip(",.").lower() for word in line.split()}
    if not words & table.ADDRESS_WORDS or words & table.VERBS:
        return None
    signs = {"/": "बटा", "-": "हाइफ़न"}
    language = context.language
    parts = re.findall(r"\d+|[A-Z]+|[/-]", found.group())
    return " ".join(
        language.digits(part) if part.isdigit() else signs.get(part) or language.spelled(part) for part in parts
    )


def _day_and_month(found: re.Match[str], context: Context) -> str | None:
    """04-03 is the fourth of March: two figures each, of which one has a zero before it or is too large for a month."""
    day, month = int(found[1]), int(found[2])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return context.language.date(str(day), month, "")


def _month_and_year(found: re.Match[str], context: Context) -> str:
    month = cldr.month_names("hi")[int(found[1]) - 1]
    return f"{month} {context.language.year(found[2])}"


def _year(found: re.Match[str], context: Context) -> str | None:
    known = context.before in _YEAR_WORDS or (context.after in _AFTER_YEAR and found.group() >= "1800")
    return context.language.year(found.group()) if known else None


_RULES = (
    *abbreviation_rules(table.ABBREVIATIONS),
    Rule(r"(?P<hour>\d{1,2}):(?P<minute>\d\d) ?बजे", _clock_with_word),
    Rule(r"\d{4,6}", _code_after_word, amount=False),
    Rule(r"\+\d{1,3} \d{10}(?: \d{2,4})?|\(0\d{2,4}\) \d{6,8}", say_groups, amount=False),
    Rule(r"[6-9]\d{9}|0\d{2,5}[.-]\d{6,8}|0 \(\d{2,4}\) \d{6,8}", say_digits, amount=False),
    Rule(r"\d{1,6}(?:[/-]\d{1,4})?[A-Z]?", _house, amount=False),
    Rule(r"(0\d|[123]\d)-(0[1-9]|1[0-2])", _day_and_month),
    Rule(r"(0[1-9]|1[0-2])-([12]\d{3})", _month_and_year),
    Rule(r"1[1-9]\d\d", _year),
)


def _nouns(**words: str) -> dict[str, Noun]:
    """Nouns of one or two forms by ISO code: "रुपए/रुपया"."""
    return {code: Noun(*word.split("/")) for code, word in words.items()}


HINDI = _Hindi(
    NumberStyle("hi", point="दशमलव", minus="माइनस", digits="शून्य एक दो तीन चार पाँच छह सात आठ नौ", cardinal=_cardinal),
    currencies=_nouns(
        INR="रुपए/रुपया", USD="डॉलर", EUR="यूरो", GBP="पाउंड", JPY="येन", CNY="युआन", TRY="लीरा", KRW="वॉन", NGN="नाइरा",
        BDT="टका", PKR="पाकिस्तानी रुपए", NPR="नेपाली रुपए", RUB="रूबल", CHF="फ़्रैंक", ILS="शेकेल", THB="बाट", VND="डोंग",
    ),
    currency_signs={"Rs": "INR", "Rs.": "INR", "रु": "INR", "रु.": "INR"},
    cents=_nouns(
        INR="पैसे/पैसा", USD="सेंट", EUR="सेंट", GBP="पेंस/पेनी", TRY="कुरस", NGN="कोबो", BDT="पैसे/पैसा", JPY="सेन",
        KRW="जिऑन", PKR="पैसे/पैसा", RUB="कोपेक",
    ),
    scales={name: Noun(name) for name in ("हज़ार", "हजार", "लाख", "करोड़", "अरब", "खरब", "मिलियन", "बिलियन")},
    percent="प्रतिशत",
    per="प्रति",
    units={
        "yr": Noun("साल", gender="half"), "hr": Noun("घंटे", one="घंटा"), "h": Noun("घंटे", one="घंटा"),
        "yd": Noun("यार्ड"), "lb": Noun("पाउंड"), "lbs": Noun("पाउंड"), "oz": Noun("आउन्स"), "qt": Noun("क्वार्ट"),
        "pt": Noun("पिंट"), "st": Noun("स्टोन"), "K": Noun("केल्विन"), "km/hr": Noun("किलोमीटर प्रति घंटा"),
        "mi/hr": Noun("मील प्रति घंटा"), "किमी": Noun("किलोमीटर"), "in": Noun("इंच"),
        "किग्रा": Noun("किलोग्राम"), "dB": Noun("डेसिबल"),
    },
    ordinal_mark="वां|वाँ|वीं|वें|वे|ला|ली|ले|रा|री|रे|था|थी|थे|ठा|ठी|ठे|st|nd|rd|th",
    range_word="से",
    over="बटा",
    mixed_joint="और",
    address_digits=True,
    dialing_word="प्लस",
    signs={
        "+": "प्लस", "−": "माइनस", "-": "हाइफ़न", "×": "गुणा", "*": "गुणा", "÷": "भाग", "=": "बराबर", "≠": "बराबर नहीं",
        "<": "से कम", ">": "से अधिक", "≤": "से कम या बराबर", "≥": "से अधिक या बराबर", "≈": "लगभग", "~": "लगभग",
        "±": "प्लस माइनस", "√": "वर्गमूल", "∞": "अनंत", "&": "और", "@": "एट", "#": "हैश", ".": "डॉट", "/": "बटा",
        "_": "अंडरस्कोर", ":": "अनुपात", "^": "की घात", "%": "प्रतिशत", "°": "डिग्री", "§": "धारा", "→": "तीर",
    },
    address_signs={"/": "फ़ॉरवर्ड स्लैश", ":": "कोलन", "\\": "बैकवर्ड स्लैश", "?": "प्रश्न चिह्न"},
    conjunctions="और या लेकिन पर परंतु कि क्योंकि इसलिए",
    address_words={"hashtag": "हैशटैग"},
    latin=False,
    rules=_RULES,
)  # fmt: skip
