"""Arabic."""

from __future__ import annotations

import re
from collections.abc import Callable

from handler.text import cldr
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.numbers import NumberStyle
from handler.text.rules.abbreviations import abbreviation_rules

_ONES = (
    "صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "أحد عشر", "اثنا عشر",
    "ثلاثة عشر", "أربعة عشر", "خمسة عشر", "ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر",
)  # fmt: skip
_FEMININE = {
    "واحد": "واحدة", "اثنان": "اثنتان", "ثلاثة": "ثلاث", "أربعة": "أربع", "خمسة": "خمس", "ستة": "ست", "سبعة": "سبع",
    "ثمانية": "ثماني", "تسعة": "تسع", "عشرة": "عشر",
}  # fmt: skip
"""The numbers before feminine nouns: they are of the other gender than the noun."""
_TENS = ("", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
_HUNDREDS = (
    "", "مئة", "مئتان", "ثلاث مئة", "أربع مئة", "خمس مئة", "ست مئة", "سبع مئة", "ثمان مئة", "تسع مئة",
)  # fmt: skip
_SCALES = (
    (10**15, "كوادريليون", "كوادريليونان", "كوادريليونات"), (10**12, "تريليون", "تريليونان", "تريليونات"),
    (10**9, "مليار", "ملياران", "مليارات"), (10**6, "مليون", "مليونان", "ملايين"), (10**3, "ألف", "ألفان", "آلاف"),
)  # fmt: skip
_ORDINALS = ("الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر")
_PARTS = {
    "2": "نصف", "3": "ثلث", "4": "ربع", "5": "خمس", "6": "سدس", "7": "سبع", "8": "ثمن", "9": "تسع", "10": "عشر",
}  # fmt: skip
_MINUTE, _SECOND = Noun("دقيقة", few="دقائق", gender="f"), Noun("ثانية", few="ثوان", gender="f")
_DECIMAL_PLACES = ("عشرة", "مئة", "ألف", "عشرة آلاف", "مئة ألف", "مليون")


def _cardinal(number: int) -> str:
    """Below 10^18. The word for "and" is written together with the word after it."""
    if number < len(_ONES):
        return _ONES[number]
    words = []
    for scale, one, two, several in _SCALES:
        count, number = divmod(number, scale)
        if count in (1, 2):
            words.append(one if count == 1 else two)
        elif count:
            words.append(f"{_cardinal(count)} {several if 3 <= count % 100 <= 10 else one}")
    if number >= 100:
        words.append(_HUNDREDS[number // 100])
        number %= 100
    if number >= len(_ONES):
        words += [_ONES[number % 10]] if number % 10 else []
        words.append(_TENS[number // 10])
    elif number:
        words.append(_ONES[number])
    return " و".join(words)


class _Arabic(Language):
    def cardinal(self, number: str, gender: str = "") -> str:
        words = super().cardinal(number, gender)
        return _FEMININE.get(words, words) if gender == "f" else words

    def ordinal(self, number: str, mark: str = "") -> str:
        return _ORDINALS[int(number) - 1] if 1 <= int(number) <= len(_ORDINALS) else self.cardinal(number)

    def decimal(self, whole: str, fraction: str) -> str:
        """The fraction as parts of ten, of a hundred …: سبعة وتسعة من عشرة."""
        if len(fraction) > len(_DECIMAL_PLACES) or not fraction.strip("0"):
            return super().decimal(whole, fraction)
        parts = f"{self.cardinal(fraction.lstrip('0'))} من {_DECIMAL_PLACES[len(fraction) - 1]}"
        return f"{self.cardinal(whole)} و{parts}"

    def counted(self, value: str, noun: Noun) -> str:
        """One and two of something are in the noun: دولار واحد، دولاران."""
        category = cldr.plural(value, self.tag)
        if value == "1":
            return f"{noun.form('one')} {'واحدة' if noun.gender == 'f' else 'واحد'}"
        if value == "2" and noun.two:
            return noun.two
        return f"{self.value(value, noun.gender)} {noun.form(category)}"

    def money(self, value: str, code: str, counted: Callable[[str, Noun], str] | None = None) -> str:
        return super().money(value, code, counted).replace(" و ", " و")

    def fraction(self, top: str, bottom: str) -> str:
        if top == "1" and bottom in _PARTS:
            return _PARTS[bottom]
        if top == "2" and bottom in _PARTS and bottom != "2":
            return f"{_PARTS[bottom]}ان"
        return f"{self.cardinal(top)} على {self.cardinal(bottom)}"

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.cardinal(str(int(hour)))]
        for part, noun in ((minute, _MINUTE), (second, _SECOND)):
            if part.strip("0"):
                words.append(self.counted(str(int(part)), noun))
        return " و".join(words)


def _nouns(**words: str) -> dict[str, Noun]:
    """Nouns by ISO code: "دولار/دولارات/دولاران", singular, plural of three to ten, dual."""
    table = {code: word.split("/") for code, word in words.items()}
    return {
        code: Noun(one, few=several or one, two=two, gender="f" if one.endswith("ة") else "")
        for code, (one, several, two) in ((code, [*forms, "", ""][:3]) for code, forms in table.items())
    }


def _clock_of_half(found: re.Match[str], context: Context) -> str | None:
    """10:30 ص: in the morning, or م in the evening."""
    hour, minute = found["hour"], found["minute"]
    half = "صباحا" if found["half"] == "ص" else "مساء"
    return f"{context.language.time(hour, minute, '')} {half}" if int(hour) <= 12 else None


ARABIC = _Arabic(
    NumberStyle("ar", point="فاصلة", minus="ناقص", cardinal=_cardinal),
    currencies=_nouns(
        USD="دولار/دولارات/دولاران", EUR="يورو", GBP="جنيه إسترليني/جنيهات إسترلينية", JPY="ين",
        SAR="ريال سعودي/ريالات سعودية", AED="درهم إماراتي/دراهم إماراتية", KWD="دينار كويتي/دنانير كويتية",
        EGP="جنيه مصري/جنيهات مصرية",
        QAR="ريال قطري/ريالات قطرية", BHD="دينار بحريني/دنانير بحرينية", OMR="ريال عماني/ريالات عمانية",
        JOD="دينار أردني/دنانير أردنية", IQD="دينار عراقي/دنانير عراقية", MAD="درهم مغربي/دراهم مغربية",
        INR="روبية/روبيات", RUB="روبل/روبلات", TRY="ليرة تركية/ليرات تركية", CNY="يوان/يوانات", ILS="شيكل/شواكل",
        KRW="وون", CHF="فرنك سويسري/فرنكات سويسرية",
    ),
    currency_signs={
        "د.ك": "KWD", "د.إ": "AED", "ر.س": "SAR", "ج.م": "EGP", "ر.ق": "QAR", "د.ب": "BHD", "ر.ع": "OMR", "د.أ": "JOD",
        "د.ع": "IQD", "د.م": "MAD", "﷼": "SAR", "KWD": "KWD", "QAR": "QAR", "BHD": "BHD", "OMR": "OMR", "JOD": "JOD",
        "IQD": "IQD", "MAD": "MAD", "aed": "AED", "sar": "SAR", "kwd": "KWD",
    },
    cents=_nouns(
        USD="سنت/سنتات/سنتان", EUR="سنت/سنتات/سنتان", GBP="بنس/بنسات/بنسان", SAR="هللة/هللات/هللتان",
        EGP="قرش/قروش/قرشان", AED="فلس/فلوس/فلسان", QAR="درهم/دراهم/درهمان", MAD="سنتيم/سنتيمات/سنتيمان",
        ILS="أغورة/أغورات/أغورتان",
    ),
    money_joint="و",
    money_tenths=True,
    scales={
        "ألف": Noun("ألف", few="آلاف", two="ألفان"), "مليون": Noun("مليون", few="ملايين", two="مليونان"),
        "ملايين": Noun("مليون", few="ملايين", two="مليونان"), "مليار": Noun("مليار", few="مليارات", two="ملياران"),
        "مليارات": Noun("مليار", few="مليارات", two="ملياران"),
    },
    percent="في المئة",
    per="في",
    units={
        "كم": Noun("كيلومتر", few="كيلومترات"), "م": Noun("متر", few="أمتار"), "سم": Noun("سنتيمتر", few="سنتيمترات"),
        "مم": Noun("مليمتر", few="مليمترات"), "كغ": Noun("كيلوغرام", few="كيلوغرامات"),
        "كجم": Noun("كيلوغرام", few="كيلوغرامات"), "غ": Noun("غرام", few="غرامات"), "ل": Noun("لتر", few="لترات"),
        "كم/س": Noun("كيلومتر في الساعة", few="كيلومترات في الساعة"), "dB": Noun("ديسيبل"),
        "km/h": Noun("كيلومتر في الساعة", few="كيلومترات في الساعة"),
    },
    range_word="إلى",
    over="على",
    mixed_joint="و",
    signs={
        "+": "زائد", "−": "ناقص", "-": "شرطة", "×": "ضرب", "*": "ضرب", "÷": "قسمة", "=": "يساوي", "≠": "لا يساوي",
        "<": "أصغر من", ">": "أكبر من", "≤": "أصغر من أو يساوي", "≥": "أكبر من أو يساوي", "≈": "يساوي تقريبا",
        "~": "حوالي", "±": "زائد أو ناقص", "√": "جذر", "∞": "ما لا نهاية", "&": "و", "@": "آت", "#": "هاشتاغ",
        ".": "نقطة", "/": "على", "_": "شرطة سفلية", ":": "إلى", "^": "أس", "%": "في المئة", "°": "درجة", "§": "المادة",
        "→": "سهم",
    },
    address_signs={"/": "شرطة مائلة", ":": "نقطتان"},
    conjunctions="أو ثم لكن لأن حيث بل",
    address_words={"hashtag": "هاشتاغ"},
    latin=False,
    rules=(
        Rule(r"(?P<hour>\d{1,2}):(?P<minute>[0-5]\d) ?(?P<half>[صم])", _clock_of_half),
        *abbreviation_rules(
            {
                "د.": "دكتور", "أ.د.": "أستاذ دكتور", "م.": "مهندس", "أ.": "أستاذ", "ق.م.": "قبل الميلاد",
                "إلخ.": "إلى آخره",
            },
            ending=("إلخ.", "ق.م."),
        ),
    ),
)  # fmt: skip
