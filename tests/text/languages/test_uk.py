"""Ukrainian is read as people read it aloud: numbers in their gender and case, dates, years, ordinals, amounts."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from tests.text.languages.spoken import spoken


def said(script: str) -> str:
    return " ".join(word for token in tokenize(script, "uk") for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("1001", "тисяча один"), ("1 250 000", "один мільйон двісті п'ятдесят тисяч"),
        ("2,5", "дві цілих п'ять десятих"), ("0,01", "нуль цілих одна сота"),
        ("1 хвилина", "одна хвилина"), ("2 години", "дві години"), ("2 столи", "два столи"),
        ("до 5 км", "до п'яти кілометрів"),
        ("від 3 до 10 хвилин", "від трьох до десяти хвилин"), ("понад 500 людей", "понад п'ятсот людей"),
        ("близько 21 року", "близько двадцяти одного року"),
    ],
)  # fmt: skip
def test_numbers_in_gender_and_case(script: str, spoken: str) -> None:
    """A number has the gender of its noun, and the genitive after words that always ask for it."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("12,80 €", "дванадцять євро вісімдесят центів"), ("2 грн 1 коп.", "дві гривні одна копійка"),
        ("₴ 21", "двадцять одна гривня"),
        ("3 млн грн", "три мільйони гривень"), ("1,5 млрд $", "одна ціла п'ять десятих мільярда доларів"),
        ("22 %", "двадцять два відсотки"),
        ("-5 °C", "мінус п'ять градусів Цельсія"), ("90 км/год", "дев'яносто кілометрів за годину"),
        ("3 м²", "три квадратні метри"),
        ("100 грн/кг", "сто гривень за кілограм"), ("45 с", "сорок п'ять секунд"), ("2 т", "дві тонни"),
    ],
)  # fmt: skip
def test_amounts(script: str, spoken: str) -> None:
    """Money, percent and measures have the plural that the number asks for."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("3 травня 2020 року", "третього травня дві тисячі двадцятого року"),
        ("17.03.2021 він", "сімнадцятого березня дві тисячі двадцять першого він"),
        ("з 3 по 5 травня", "з третього по п'яте травня"), ("у 2012 р. було", "у дві тисячі дванадцятому році було"),
        ("2020 рік", "дві тисячі двадцятий рік"), ("у 1990-х роках", "у тисяча дев'ятсот дев'яностих роках"),
        ("80-ті роки", "вісімдесяті роки"),
        ("у XIX столітті", "у дев'ятнадцятому столітті"), ("XX ст. було", "двадцяте століття було"),
        ("о 17:20", "о сімнадцятій годині двадцять хвилин"), ("до 18:00", "до вісімнадцятої години"),
        ("7:05", "сьома година п'ять хвилин"),
        ("2 год 30 хв", "дві години тридцять хвилин"),
    ],
)  # fmt: skip
def test_dates_and_times(script: str, spoken: str) -> None:
    """Days, years and hours are ordinals, in the case that their neighbours ask for."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "spoken"),
    [
        ("3-й поверх", "третій поверх"), ("на 2-й сторінці", "на другій сторінці"), ("7-ма", "сьома"),
        ("2-га", "друга"), ("5-го", "п'ятого"),
        ("25-річний", "двадцятип'ятирічний"), ("3-кімнатна", "трикімнатна"), ("Катерини II", "Катерини другої"),
        ("глава IV", "глава четверта"),
        ("10–20 км", "від десяти до двадцяти кілометрів"), ("2-3 рази", "два три рази"), ("3/4", "три четвертих"),
        ("16:9", "шістнадцять до дев'яти"),
        ("√9", "корінь із дев'яти"), ("2*8=16", "два помножити на вісім дорівнює шістнадцять"),
        ("10^-3", "десять у степені мінус три"),
        ("067 123 45 67", "нуль шість сім один два три чотири п'ять шість сім"),
        ("info@ukr.net", "інфо собака укр крапка нет"),
        ("вул. Хрещатик, буд. 5", "вулиця Хрещатик будинок п'ять"), ("м. Київ", "місто Київ"),
        ("і т. д. та т. п.", "і так далі та тому подібне"),
        ("USB", "ю ес бі"), ("США", "ес ша а"),
    ],
)  # fmt: skip
def test_ordinals_signs_and_abbreviations(script: str, spoken: str) -> None:
    """Ordinals have the ending that is written, and signs and short words are said by their Ukrainian names."""
    assert said(script) == spoken


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("ХХІ століття", "двадцять перше століття"),
    ],
)
def test_roman_numerals_of_cyrillic_letters(script: str, said: str) -> None:
    """Cyrillic letters that look like Roman numerals are read as them before a century."""
    assert spoken(script, "uk") == said
