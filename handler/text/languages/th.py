"""Thai."""

from __future__ import annotations

import re

from handler.text.cldr import Noun
from handler.text.languages.base import Context, Language, Rule
from handler.text.numbers import NumberStyle
from handler.text.rules.times import time_in_units

_UNITS = {
    "มม.": "มิลลิเมตร", "ซม.": "เซนติเมตร", "ม.": "เมตร", "กม.": "กิโลเมตร", "กก.": "กิโลกรัม", "มก.": "มิลลิกรัม",
    "มล.": "มิลลิลิตร", "ตร.ม.": "ตารางเมตร", "ตร.กม.": "ตารางกิโลเมตร", "ลบ.ม.": "ลูกบาศก์เมตร", "ชม.": "ชั่วโมง",
    "กม./ชม.": "กิโลเมตรต่อชั่วโมง",
}  # fmt: skip


class _Thai(Language):
    def fraction(self, top: str, bottom: str) -> str:
        return f"เศษ {self.cardinal(top)} ส่วน {self.cardinal(bottom)}"

    def time(self, hour: str, minute: str, second: str) -> str:
        return time_in_units(("{} นาฬิกา", " {} นาที", " {} วินาที"), hour, minute, second, self)


def _clock(found: re.Match[str], context: Context) -> str | None:
    if int(found["hour"]) > 24:
        return None
    return context.language.time(found["hour"], found["minute"], "")


THAI = _Thai(
    NumberStyle("th", point="จุด", minus="ลบ"),
    currencies={"THB": Noun("บาท"), "USD": Noun("ดอลลาร์"), "GBP": Noun("ปอนด์"), "JPY": Noun("เยน"),
        "CNY": Noun("หยวน")},
    cents={"THB": Noun("สตางค์"), "USD": Noun("เซนต์"), "EUR": Noun("เซนต์")},
    scales={word: Noun(word) for word in ("พัน", "หมื่น", "แสน", "ล้าน", "พันล้าน", "แสนล้าน")},
    percent="เปอร์เซ็นต์",
    units={written: Noun(name) for written, name in _UNITS.items()},
    per="ต่อ",
    clock_word=r"น\.",
    range_word="ถึง",
    range_signs="~–-",
    subtraction_word="ลบ",
    mixed_joint="กับ",
    signs={
        "+": "บวก", "×": "คูณ", "*": "คูณ", "÷": "หาร", ".": "จุด", "@": "แอท", "&": "และ", "/": "ทับ", "~": "ประมาณ",
        ":": "ต่อ", "^": "ยกกำลัง", "→": "ถึง", "#": "แฮชแท็ก", "_": "ขีดล่าง", "∞": "อนันต์",
    },
    rules=(Rule(r"(?P<hour>\d{1,2})[.:](?P<minute>[0-5]\d) ?น\.", _clock),),
    address_words={"hashtag": "แฮชแท็ก"},
    latin=False,
)  # fmt: skip
