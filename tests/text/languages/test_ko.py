"""Korean: native and Sino-Korean numbers, particles, and what each kind of figures is called."""

from __future__ import annotations

import pytest

from handler.text import tokenize


def spoken(script: str) -> str:
    return " ".join(word for token in tokenize(script, "ko") for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("4개", "네 개"), ("20살", "스무 살"), ("21살", "스물한 살"), ("5명이", "다섯 명이"), ("2마리", "두 마리"),
        ("10권", "열 권"),
        ("1번째", "첫 번째"), ("32번째", "서른두 번째"), ("150번째", "백오십 번째"), ("7층", "칠 층"),
        ("3인분", "삼 인분"),
        ("6개월", "육 개월"), ("2주년", "이 주년"), ("20대 남성", "이십 대 남성"), ("차 3대", "차 세 대"),
        ("4번 출구", "사 번 출구"),
        ("4번 했다", "네 번 했다"), ("제3장", "제 삼 장"), ("종이 3장", "종이 세 장"), ("2.5배", "이 점 오 배"),
        ("100배", "백 배"),
        ("5시간", "다섯 시간"), ("48시간", "사십팔 시간"), ("3만 명", "삼만 명"),
    ],
)  # fmt: skip
def test_the_counter_chooses_the_number(script: str, said: str) -> None:
    """Things, people and hours are counted with native numbers; floors, minutes and great numbers are not."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("8%는", "팔 퍼센트는"), ("4시에", "네 시에"), ("7km를", "칠 킬로미터를"), ("3은", "삼은"),
        ("3/8이 왔다", "팔분의 삼이 왔다"),
        ("4/5이 왔다", "오분의 사가 왔다"), ("3분의 1", "삼분의 일"), ("2과3/4L", "이과 사분의 삼 리터"),
        ("30분간", "삼십 분간"),
        ("7형제", "칠 형제"),
    ],
)  # fmt: skip
def test_particles_join_what_they_touch(script: str, said: str) -> None:
    """A particle is of the word before it, and after a fraction it follows the sound; other words stay apart."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("약 40~50초", "약 사십에서 오십 초"), ("3~4개", "세 개에서 네 개"), ("3~4시", "세 시에서 네 시"),
        ("5-10%", "오에서 십 퍼센트"),
        ("$10~20", "십에서 이십 달러"), ("5〜9일", "오부터 구 일"),
        ("5월1일(월)〜7일(일)", "오월 일 일 월요일 부터 칠 일 일요일"),
        ("600、300원", "육백 삼백 원"), ("3-1 승리", "삼 대 일 승리"), ("16:9", "십육 대 구"),
    ],
)  # fmt: skip
def test_ranges_are_said(script: str, said: str) -> None:
    """A range has its word, 부터 in dates; a native counter is said twice."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("4시 20분", "네 시 이십 분"), ("13시", "십삼 시"), ("16:05", "십육 시 오 분"), ("00:30:00", "영 시 삼십 분"),
        ("3:30 PM", "오후 세 시 삼십 분"), ("6월 10일", "유월 십 일"), ("10월", "시월"),
        ("2024-06-25", "이천이십사 년 유월 이십오 일"),
        ("2024. 3. 5.", "이천이십사 년 삼월 오 일"), ("29/12/2000", "이천 년 십이월 이십구 일"),
    ],
)  # fmt: skip
def test_dates_and_times(script: str, said: str) -> None:
    """Hours to twelve are native, minutes are not; June and October have their own names."""
    assert spoken(script) == said


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("$5/kg", "오 달러 퍼 킬로그램"), ("₩500~₩800", "오백 원에서 팔백 원"), ("2h5min", "두 시간 오 분"),
        ("10000", "만"), ("12345", "만 이천삼백사십오"), ("₩1,000", "천 원"), ("krw 5000", "오천 원"),
        ("$5.50", "오 달러 오십 센트"),
        ("$ 30억", "삼십억 달러"), ("1억 2천만 원", "일억 이천만 원"), ("100km/h로", "시속 백 킬로미터로"),
        ("-5", "마이너스 오"),
        ("36.5°C", "섭씨 삼십육 점 오 도"), ("10^-3", "십의 마이너스 삼제곱"), ("9-4=5", "구 빼기 사 이퀄 오"),
        ("√9", "루트 구"),
        ("119에 신고", "일 일 구에 신고"), ("+82-10-1234-5678", "국가번호 팔 이 일 영 일 이 삼 사 오 육 칠 팔"),
        ("사진.png", "사진 닷 피엔지"), ("a@b.co.kr", "a 골뱅이 b 닷 씨오 닷 케이알"), ("c.com", "c 닷 컴"),
        ("KBS", "케이비에스"),
    ],
)  # fmt: skip
def test_money_units_formulas_and_addresses(script: str, said: str) -> None:
    """No sign is silent, and letters have their Korean names."""
    assert spoken(script) == said


@pytest.mark.parametrize(("script", "said"), [("4·19", "사 일 구"), ("1577-2345", "일 오 칠 칠 이 삼 사 오")])
def test_figures_that_are_read_one_by_one(script: str, said: str) -> None:
    """Days with a point and short telephone numbers are read figure by figure."""
    assert " ".join(word for token in tokenize(script, "ko") for word in token.spoken) == said
