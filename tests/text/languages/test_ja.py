"""Japanese: what each kind of figures is called."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def spoken(script: str) -> str:
    return "".join(word for token in tokenize(script, "ja") for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("0", "零"), ("10", "十"), ("11", "十一"), ("101", "百一"), ("1001", "千一"), ("21000", "二万千"),
        ("10000000", "一千万"), ("100000000000", "一千億"), ("1,250,000", "百二十五万"), ("-7", "マイナス七"),
        ("3.14", "三点一四"), ("007", "零零七"), ("1万2千円", "一万二千円"), ("1.5億", "一点五億"),
        ("１２３", "百二十三"),
    ],
)  # fmt: skip
def test_numbers(script: str, said: str) -> None:
    """千 has its 一 before 万 and greater only."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("600、400円の二つ。", "六百四百円の二つ"), ("40〜50分かかる。", "四十から五十分かかる"),
        ("8%、19:45から", "八パーセント十九時四十五分から"),
        ("5-10%", "五から十パーセント"), ("10:00〜12:30", "十時から十二時三十分"), ("東京〜大阪", "東京から大阪"),
        ("3月5日〜4月2日", "三月五日から四月二日"), ("1970年代〜80年代", "千九百七十年代から八十年代"),
        ("13〜14世紀", "十三から十四世紀"),
        ("すご〜い", "すごい"), ("3-1で勝利", "三対一で勝利"),
    ],
)  # fmt: skip
def test_commas_part_numbers_and_ranges_are_said(script: str, said: str) -> None:
    """Numbers behind wide commas stay apart; a wave dash is から beside figures and kanji, not in a drawn-out vowel."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("2024-05-03", "二千二十四年五月三日"), ("2024/05/03", "二千二十四年五月三日"),
        ("3月3日(日・祝)", "三月三日日曜日祝日"),
        ("4日(木)と5日(金)", "四日木曜日と五日金曜日"), ("H.30", "平成三十年"), ("R6.4.1", "令和六年四月一日"),
        ("午前0時", "午前零時"), ("3:30 PM", "午後三時三十分"), ("8:05:09", "八時五分九秒"),
    ],
)  # fmt: skip
def test_dates_and_times(script: str, said: str) -> None:
    """Weekdays in brackets and eras by their letter have their words."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("$5/kg", "五ドル毎キログラム"), ("約~50", "約約五十"), ("¥1,200", "千二百円"), ("$5", "五ドル"),
        ("100km/h", "時速百キロメートル"), ("36.5℃", "摂氏三十六点五度"),
        ("1/3", "三分の一"), ("√1/3", "三分のルート一"), ("1/√3", "ルート三分の一"), ("10^-3", "十のマイナス三乗"),
        ("9-4=5", "九引く四イコール五"), ("〒150-0001", "郵便番号一五零零零零一"),
        ("090-1234-5678", "零九零一二三四五六七八"),
        ("5‰", "千分の五"), ("16:9", "十六対九"), ("2022FIFA", "二千二十二fifa"), ("EM4096352", "EM四零九六三五二"),
    ],
)  # fmt: skip
def test_money_units_formulas_and_telephones(script: str, said: str) -> None:
    """No sign is silent, and numbers that are names are read digit by digit."""
    assert spoken(script) == said


def test_expressions_are_one_token_and_text_is_one_a_character() -> None:
    """A range is one token, and each character of plain text is another."""
    tokens = tokenize("約40〜50分、8%。", "ja")
    assert [token.shown for token in tokens] == ["約", "40〜50", "分、", "8%。"]
