"""Chinese: what each kind of figures is called, in the characters of the script."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def spoken(script: str, language: str = "zh") -> str:
    return "".join(word for token in tokenize(script, language) for word in token.spoken)


def shown(script: str) -> list[str]:
    return [token.shown for token in tokenize(script, "zh")]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("共600、1200两种，分别是400，250。", "共六百一千二百两种分别是四百二百五十"),
        ("约40～50秒，跌了8%，19:45结束。", "约四十到五十秒跌了百分之八十九点四十五分结束"),
        ("3-5天", "三到五天"), ("10%-20%", "百分之十到百分之二十"), ("5-10%", "百分之五到百分之十"),
        ("$10-20", "十到二十美元"), ("周一～周五", "周一到周五"), ("3月5日～8日", "三月五日到八日"),
        ("9:00-17:30", "九点到十七点三十分"), ("1990-1995年", "一九九零到一九九五年"), ("-3~5°C", "负三到五摄氏度"),
        ("比分3-1", "比分三比一"), ("比例16:9", "比例十六比九"),
    ],
)  # fmt: skip
def test_commas_part_numbers_and_ranges_are_said(script: str, said: str) -> None:
    """Numbers behind wide commas stay apart; a range has its word, a percentage and a clock time theirs."""
    assert spoken(script) == said


def test_expressions_are_one_token_and_text_is_one_a_character() -> None:
    """Captions break lines between tokens, so a range is one, and each character of plain text is another."""
    assert shown("约40～50秒，跌了8%，19:45结束。") == [
        "约",
        "40～50",
        "秒，",
        "跌",
        "了",
        "8%，",
        "19:45",
        "结",
        "束。",
    ]
    assert shown("共600、1200两种") == ["共", "600、", "1200", "两", "种"]
    assert shown("用x²，iPhone，v2.1") == ["用", "x²，", "iPhone，", "v2.1"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("0", "零"), ("10", "十"), ("11", "十一"), ("21", "二十一"), ("101", "一百零一"), ("1001", "一千零一"),
        ("12", "十二"), ("200", "二百"), ("2000", "两千"), ("22000", "两万两千"), ("20000", "两万"),
        ("12000", "一万两千"),
        ("1,250,000", "一百二十五万"), ("-7", "负七"), ("3.14", "三点一四"), ("007", "零零七"), ("2亿", "两亿"),
        ("12万2千", "十二万两千"), ("1.5亿", "一点五亿"),
        ("1234567890123456789", "一二三四五六七八九零一二三四五六七八九"),
    ],
)  # fmt: skip
def test_numbers(script: str, said: str) -> None:
    """Zero stands once for a gap, and 两 before 千, 万 and 亿."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("2个人", "两个人"), ("2点", "两点"), ("12个", "十二个"), ("第2章", "第二章"), ("2号楼", "二号楼"),
        ("2月2日", "二月二日"),
        ("2年级", "二年级"), ("2年", "两年"), ("2~3个", "两到三个"), ("第2～3页", "第二到三页"), ("2kg", "两千克"),
    ],
)  # fmt: skip
def test_two_is_liang_before_a_measure(script: str, said: str) -> None:
    """2 is 两 before what it counts, and 二 in an order or a name."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("2019年3月", "二零一九年三月"), ("1990年代", "一九九零年代"), ("5000年历史", "五千年历史"),
        ("2000年前", "两千年前"),
        ("80年代", "八十年代"), ("公元580年", "公元五八零年"), ("210BC", "公元前二一零年"), ("98年5月", "九八年五月"),
        ("2021-06-09", "二零二一年六月九日"), ("2021/6/9", "二零二一年六月九日"), ("21/6/9", "二一年六月九日"),
        ("2:30", "两点三十分"), ("08:05:09", "八点五分九秒"), ("9:15pm", "九点十五分PM"), ("0:00", "零点"),
    ],
)  # fmt: skip
def test_dates_and_times(script: str, said: str) -> None:
    """Years are read digit by digit, spans of years are not."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("1h30min", "一小时三十分钟"), ("10Mbps", "十兆比特每秒"), ("CEO", "CEO"), ("¥12.5", "十二点五元"),
        ("€3", "三欧元"), ("$2", "两美元"), ("$1.5万", "一点五万美元"), ("CNY 80", "八十元"),
        ("8元/斤", "八元每斤"), ("100km/h", "每小时一百公里"), ("5‰", "千分之五"), ("1/3", "三分之一"),
        ("2 1/2", "二又二分之一"), ("10^-3", "十的负三次方"), ("x²", "x的平方"), ("9-4=5", "九减四等于五"),
        ("2*8=16", "二乘八等于十六"), ("≠0", "不等于零"), ("√9", "根号九"),
        ("13912345678", "一三九一二三四五六七八"), ("拨打110", "拨打一一零"), ("验证码：4821", "验证码四八二一"),
        ("010-87654321", "零一零八七六五四三二一"), ("a-b.com", "a杠b点com"), ("EM4096352", "EM四零九六三五二"),
    ],
)  # fmt: skip
def test_money_units_formulas_and_telephones(script: str, said: str) -> None:
    """No sign is silent, and numbers that are names are read digit by digit."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "language", "said"),
    [
        ("他有1.5億，開始於17:20", "zh", "他有一點五億開始於十七點二十分"), ("負數-5", "zh", "負數負五"),
        ("2個", "zh", "兩個"), ("2.5", "zh-TW", "二點五"), ("他们有2.5", "zh-TW", "他们有二点五"),
        ("2.5", "zh", "二点五"),
        ("2萬", "zh-HK", "兩萬"), ("3.5", "yue", "三點五"), ("3.5", "zh-Hant", "三點五"), ("3.5", "zh-CN", "三点五"),
    ],
)  # fmt: skip
def test_words_are_in_the_characters_of_the_script(script: str, language: str, said: str) -> None:
    """The script's own characters decide; where it has none of either kind, the tag's region does."""
    assert spoken(script, language) == said


@pytest.mark.parametrize(("script", "said"), [("7·7", "七七"), ("9·18", "九一八")])
def test_days_with_a_point_are_read_by_digits(script: str, said: str) -> None:
    """A day that has a name is read figure by figure."""
    assert spoken(script) == said
