"""Vietnamese: what each kind of figures is called."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def spoken(script: str) -> str:
    return " ".join(word for token in tokenize(script, "vi") for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("0", "không"), ("10", "mười"), ("14", "mười bốn"), ("15", "mười lăm"), ("21", "hai mươi mốt"),
        ("24", "hai mươi tư"),
        ("25", "hai mươi lăm"), ("101", "một trăm linh một"), ("1001", "một nghìn linh một"),
        ("1.250.000", "một triệu hai trăm năm mươi nghìn"),
        ("2000000005", "hai tỷ linh năm"), ("3,05", "ba phẩy không năm"), ("-7", "âm bảy"), ("007", "không không bảy"),
        ("5k", "năm nghìn"), ("2tr5", "hai triệu năm trăm nghìn"), ("3t2", "ba tỷ hai trăm triệu"), ("4K", "bốn K"),
    ],
)  # fmt: skip
def test_numbers(script: str, said: str) -> None:
    """Mười or mươi, một or mốt, bốn or tư, năm or lăm; short thousands and millions."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("8h30", "tám giờ ba mươi phút"), ("17h", "mười bảy giờ"), ("09:05", "chín giờ năm phút"),
        ("14g30", "mười bốn giờ ba mươi phút"),
        ("2:03:04", "hai giờ ba phút bốn giây"), ("4p30s", "bốn phút ba mươi giây"), ("45s", "bốn mươi lăm giây"),
        ("2/9/1945", "ngày hai tháng chín năm một nghìn chín trăm bốn mươi lăm"), ("ngày 8/3", "ngày tám tháng ba"),
        ("30/4", "ba mươi tháng tư"), ("tháng 4 2024", "tháng tư năm hai nghìn hai mươi tư"),
        ("lễ 2/9", "lễ hai tháng chín"),
        ("thứ 4", "thứ tư"), ("thứ 1", "thứ nhất"), ("thứ 12", "thứ mười hai"), ("thế kỷ XXI", "thế kỷ hai mươi mốt"),
        ("chương iv", "chương bốn"), ("Louis XIV", "Louis mười bốn"), ("khoản c", "khoản c"), ("năm nay", "năm nay"),
    ],
)  # fmt: skip
def test_times_dates_and_ordinals(script: str, said: str) -> None:
    """Hours by h, g and a colon; days with tháng; Roman numerals after the word of a part or a name."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("12.500đ", "mười hai nghìn năm trăm đồng"), ("5,5$", "năm đô la năm mươi xu"), ("€3", "ba ơ rô"),
        ("3 tỷ USD", "ba tỷ đô la"),
        ("20$/giờ", "hai mươi đô la trên giờ"), ("90₫/kg", "chín mươi đồng một ki lô gam"),
        ("5,5%", "năm phẩy năm phần trăm"),
        ("2ghz", "hai gi ga hẹc"), ("3.5GHz", "ba phẩy năm gi ga hẹc"), ("60 km/h", "sáu mươi ki lô mét trên giờ"),
        ("10-20%", "mười đến hai mươi phần trăm"), ("3kg-6kg", "ba ki lô gam đến sáu ki lô gam"),
        ("5k-9k", "năm nghìn đến chín nghìn"),
        ("3/4", "ba phần tư"), ("2 1/2", "hai và một phần hai"), ("1/2kg", "một phần hai ki lô gam"),
        ("x²", "x mũ hai"),
        ("9-4=5", "chín trừ bốn bằng năm"), ("≠0", "khác không"), ("TP. HCM", "thành phố H C M"),
        ("a-b.com", "a gạch ngang b chấm com"),
    ],
)  # fmt: skip
def test_money_units_and_formulas(script: str, said: str) -> None:
    """Units have Vietnamese names in any case, and no sign is silent."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("TP. Đà Nẵng", "thành phố Đà Nẵng"),
        ("Q.3", "quận ba"),
    ],
)
def test_towns_and_quarters(script: str, said: str) -> None:
    """The short forms of towns and quarters are spoken."""
    assert spoken(script) == said
