"""Turkish."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule, first_match
from handler.text.languages.capitals import Capitals
from handler.text.numbers import MAX_ORDINAL_DIGITS, NumberStyle
from handler.text.roman import ROMAN, roman_value
from handler.text.rules import amounts, dates, numbers, times
from handler.text.rules.abbreviations import abbreviation_rules

_ONES = ("sıfır", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
_TENS = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
_SCALES = ("bin", "milyon", "milyar", "trilyon", "katrilyon")
_VOWELS = "aeıioöuü"
_BACK = str.maketrans("ei", "aı")
_VOICELESS = "çfhkpsşt"
_SUFFIX = "[a-zçğıöşü]{1,12}"


def _cardinal(number: int) -> str:
    """A whole number below 10^18, each part a word of its own: on bir, iki yüz."""
    if number == 0:
        return _ONES[0]
    words: list[str] = []
    for power in range(len(_SCALES), -1, -1):
        group = number // 1000**power % 1000
        hundreds, tens, ones = group // 100, group // 10 % 10, group % 10
        if hundreds:
            words += [_ONES[hundreds], "yüz"] if hundreds > 1 else ["yüz"]
        words += [_TENS[tens]] if tens else []
        if ones and not (power == 1 and group == 1):  # a thousand is "bin", a million "bir milyon"
            words.append(_ONES[ones])
        words += [_SCALES[power - 1]] if group and power else []
    return " ".join(words)


def _ordinal_word(word: str) -> str:
    """The ordinal of the last word of a number: dört → dördüncü."""
    last = [letter for letter in word if letter in _VOWELS][-1]
    vowel = {"a": "ı", "ı": "ı", "e": "i", "i": "i", "o": "u", "u": "u", "ö": "ü", "ü": "ü"}[last]
    stem = "dörd" if word == "dört" else word
    return f"{stem}nc{vowel}" if stem[-1] in _VOWELS else f"{stem}{vowel}nc{vowel}"


def _in(words: str) -> str:
    """The locative of a number: dört → dörtte, as in "dörtte üç", three of four parts."""
    last = [letter for letter in words if letter in _VOWELS][-1]
    return f"{words}{'t' if words[-1] in _VOICELESS else 'd'}{'a' if last in 'aıou' else 'e'}"


class _Turkish(Language):
    def ordinal(self, number: str, mark: str = "") -> str:
        words = self.cardinal(number)
        if len(number) > MAX_ORDINAL_DIGITS:
            return words
        before, blank, last = words.rpartition(" ")
        return f"{before}{blank}{_ordinal_word(last)}"

    def span(self, start: str, end: str) -> str:
        percent, of, rest = end.partition("yüzde ")
        return super().span(f"{of}{start}", rest) if of and not percent else super().span(start, end)

    def decimal(self, whole: str, fraction: str) -> str:
        together = len(fraction) <= 3 and not fraction.startswith("0")
        said = self.cardinal(fraction) if together else self.digits(fraction)
        return f"{self.cardinal(whole)} {self.numbers.point} {said}"

    def fraction(self, top: str, bottom: str) -> str:
        if (top, bottom) == ("1", "2"):
            return "yarım"
        if not bottom.strip("0"):
            return super().fraction(top, bottom)
        return f"{_in(self.cardinal(bottom))} {self.cardinal(top)}"

    def mixed(self, whole: str, top: str, bottom: str) -> str:
        if whole and (top, bottom) == ("1", "2"):
            return f"{self.cardinal(whole)} buçuk"
        return f"{self.cardinal(whole)} tam {self.fraction(top, bottom)}" if whole else self.fraction(top, bottom)

    def telephone_group(self, group: str, country: bool) -> str:
        zeros = len(group) - len(group.lstrip("0"))
        rest = group[zeros:]
        if len(group) > 4:
            return self.digits(group)
        return " ".join([*["sıfır"] * zeros, *([self.cardinal(rest)] if rest else [])])

    def day(self, day: str) -> str:
        return self.cardinal(str(int(day)))

    def time(self, hour: str, minute: str, second: str) -> str:
        words = [self.cardinal(str(int(hour)))]
        if second.strip("0") or minute.strip("0"):
            words.append(self.cardinal(str(int(minute))) if minute[0] != "0" else self.digits(minute))
        if second.strip("0"):
            words.append(self.cardinal(str(int(second))))
        return " ".join(words)


def _lower(word: str) -> str:
    return word.replace("I", "ı").replace("İ", "i").lower()


def _dotted_ordinal(found: re.Match[str], context: Context) -> str | None:
    """An ordinal before a word in small letters or one of `_ORDINAL_NOUNS`, or alone in the script."""
    number = re.sub(r"\D", "", found["number"])
    if context.dot:
        return context.language.ordinal(number) if context.alone else None
    return context.language.ordinal(number) if context.after[:1].islower() or context.after in _ORDINAL_NOUNS else None


def _suffixed_ordinal(found: re.Match[str], context: Context) -> str:
    return f"{context.language.ordinal(found['number'])}{found['rest']}"


def _roman_ordinal(found: re.Match[str], context: Context) -> str | None:
    value = roman_value(found["roman"])
    return context.language.ordinal(str(value)) if value and value <= 40 else None


def _suffixed(found: re.Match[str], context: Context) -> str | None:
    """An amount with a suffix after an apostrophe: 2020'de, %5'i, 10 TL'ye, 17:20'de."""
    amount, suffix, language = found["amount"], found["suffix"], context.language
    if context.before.lower() in language.clock_before.split():
        amount = amount.replace(".", ":")
    rules = (*times.rules(language), *dates.rules(language), *amounts.rules(language), *numbers.rules(language))
    words = first_match(rules, amount, language)
    if not words:
        return None
    if amount.endswith("TL"):  # the suffix is written for the letters, "te le"
        suffix = suffix.translate(_BACK)
    soft = suffix[0] in _VOWELS and words.endswith("dört")
    return f"{words.removesuffix('t')}d{suffix}" if soft else f"{words}{suffix}"


def _speed(found: re.Match[str], context: Context) -> str | None:
    value = numbers.value_of(found["number"], context.language)
    place, unit = ("saniyede", "metre") if found["unit"] == "m/s" else ("saatte", "kilometre")
    return f"{place} {context.language.value(value)} {unit}" if value else None


_ABBREVIATIONS = {
    "vb.": "ve benzeri", "vs.": "vesaire", "vd.": "ve diğerleri", "örn.": "örneğin", "ör.": "örneğin", "Dr.": "doktor",
    "Prof.": "profesör", "Doç.": "doçent", "Av.": "avukat", "Sn.": "sayın", "No.": "numara", "No": "numara",
    "no.": "numara", "Cad.": "caddesi", "Sok.": "sokak", "Sk.": "sokak", "Mah.": "mahallesi", "Apt.": "apartmanı",
    "Blv.": "bulvarı", "Tel.": "telefon", "M. Ö.": "milattan önce", "M. S.": "milattan sonra", "MÖ": "milattan önce",
    "MS": "milattan sonra", "yy.": "yüzyıl", "yy": "yüzyıl", "bkz.": "bakınız", "çev.": "çeviren", "ort.": "ortalama",
    "yak.": "yaklaşık", "T. C.": "Türkiye Cumhuriyeti", "A. Ş.": "anonim şirketi", "Ltd.": "limited",
    "Şti.": "şirketi",
    "Alb.": "albay", "Gen.": "general", "Müh.": "mühendis", "Öğr.": "öğretim", "Gör.": "görevlisi", "Yrd.": "yardımcı",
    "maks.": "maksimum", "Hz.": "hazreti", "Bşk.": "başkan",
}  # fmt: skip
_MAY_END = ("vb.", "vs.", "vd.", "Cad.", "Sok.", "Sk.", "Mah.", "Apt.", "Blv.", "yy.", "Şti.", "A.Ş.")
_BEFORE_NUMBER = {"s": "sayfa", "Tel": "telefon", "md": "madde", "böl": "bölüm"}
_ORDINAL_NOUNS = word_set(
    "Dünya Bölüm Cadde Sokak Lig Murat Mehmed Mehmet Ahmet Selim Mahmud Abdülhamid Abdülhamit Osman Mustafa Yüzyıl "
    "Kolordu Ordu Noter Kat Sınıf Dönem Mahmut Süleyman Bayezid Beyazıt Elizabeth Uluslararası Ulusal Geleneksel Hafta "
    "Gün Ay Yıl Madde Cilt Kısım Perde Sezon Haçlı Abdülmecid"
)
RULES: tuple[Rule, ...] = (
    Rule(r"(?P<number>\d{1,12})'?[ıiuü]?nc[ıiuü](?P<rest>[a-zçğıöşü]{0,10})", _suffixed_ordinal),
    Rule(r"(?P<number>\d{1,3}(?:[., ]\d{3}){0,3}(?:,\d+)?) ?(?P<unit>km/h|km/sa|km/s|m/s)", _speed),
    Rule(rf"(?P<amount>[-−+]?%? ?\d[\d.,:]{{0,20}}(?<=\d)(?: ?(?:%|€|\$|₺|£|[^\W\d_]{{1,8}}))?)'(?P<suffix>{_SUFFIX})",
         _suffixed),
    Rule(rf"(?P<roman>(?![CDLM]\.){ROMAN})\.(?= [^\W\d_])", _roman_ordinal, may_end=False),
    *abbreviation_rules(_ABBREVIATIONS, ending=_MAY_END, before_number=_BEFORE_NUMBER),
    Rule(r"(?P<number>\d{1,3}(?:\.\d{3}){1,3}|\d{1,9})(?:\.(?= [^\W\d_])|(?=\.))", _dotted_ordinal),
)  # fmt: skip

_MILLION, _MILLIARD = Noun("milyon"), Noun("milyar")
_CENT = Noun("sent")
TURKISH = _Turkish(
    NumberStyle("tr", decimal_comma=True, point="virgül", minus="eksi", cardinal=_cardinal),
    currencies={
        "TRY": Noun("lira"), "USD": Noun("dolar"), "EUR": Noun("avro"), "GBP": Noun("sterlin"), "JPY": Noun("yen"),
        "CHF": Noun("İsviçre frangı"), "RUB": Noun("ruble"), "CNY": Noun("yuan"),
    },
    currency_signs={"TL": "TRY"},
    currency_words={"lira": "TRY", "dolar": "USD", "avro": "EUR", "euro": "EUR", "sterlin": "GBP"},
    cents={"TRY": Noun("kuruş"), "USD": _CENT, "EUR": _CENT, "GBP": Noun("peni")},
    scales={
        **dict.fromkeys(("milyon", "mn"), _MILLION), **dict.fromkeys(("milyar", "mr"), _MILLIARD),
        "trilyon": Noun("trilyon"), "bin": Noun("bin"),
    },
    percent="yüzde",
    percent_first=True,
    units={
        **dict.fromkeys(("sa", "sa.", "h"), Noun("saat")),
        **dict.fromkeys(("dk", "dk.", "min"), Noun("dakika")),
        **dict.fromkeys(("sn", "sn.", "s"), Noun("saniye")),
        "gr": Noun("gram"), "lt": Noun("litre"), "mt": Noun("metre"), "°C": Noun("derece"), "dB": Noun("desibel"),
        "km/h": Noun("kilometre"), "m/s": Noun("metre"), "Mbit/s": Noun("megabit bölü saniye"),
    },
    per="bölü",
    clock_before="saat saati",
    range_word="ila",
    over="bölü",
    mixed_joint="tam",
    signs={
        "+": "artı", "=": "eşittir", "≠": "eşit değildir", "×": "çarpı", "*": "çarpı", "÷": "bölü", "/": "bölü",
        ":": "e", "&": "ve", "@": "et", ".": "nokta", ",": "virgül", "-": "tire", "±": "artı eksi", "≈": "yaklaşık",
        "~": "yaklaşık", "<": "küçüktür", ">": "büyüktür", "√": "karekök", "∞": "sonsuz", "#": "numara", "^": "üzeri",
        "°": "derece", "§": "madde", "%": "yüzde", "‰": "binde", "→": "ok", "_": "alt çizgi", "?": "soru işareti",
        "!": "ünlem işareti", "\\": "ters eğik çizgi",
    },
    address_signs={"/": "eğik çizgi", "*": "yıldız", ":": "iki nokta", "=": "eşittir işareti", "#": "hashtag"},
    greek="alfa beta gama delta epsilon zeta eta teta iota kappa lambda mü nü ksi omikron pi ro sigma tau upsilon fi "
    "ki psi omega",
    conjunctions="ve veya ama çünkü",
    joining_words="ve veya ama çünkü ki eğer ancak fakat",
    bound_words="bir bu şu o çok en",
    before_names="doktor profesör sayın avukat doçent",
    rules=RULES,
    verbalize_word=Capitals("ABD AB TRT TC TBMM ISBN",
                            "BEN SEN O BİZ SİZ VE BU ŞU BİR ÇOK EN VAR YOK NE DE DA Mİ İLE İÇİN",
                            vowels="AEIİOÖUÜ", lower=_lower),
)  # fmt: skip
