"""Korean numbers, the words that they count, the particles after them, and the names of Latin letters."""

from __future__ import annotations

from handler.text.patterns import one_of

_TENS = "열 스물 서른 마흔 쉰 예순 일흔 여든 아흔"
_ONES = "한 두 세 네 다섯 여섯 일곱 여덟 아홉"
TENS, ONES = ("", *_TENS.split()), ("", *_ONES.split())
"""Native numbers as they stand before a noun; 20 is 스무 there."""

_NATIVE = (
    "개 명 살 마리 시간 시 번째 번 잔 병 권 장 대 채 그루 송이 켤레 벌 쌍 사람 가지 군데 곳 달 배 통 척 줄 봉지 "
    "봉 상자 박스 조각 자루 다발 접시 그릇 모금 걸음 차례 바퀴 끼 판 포기 토막 뭉치 묶음 돌 팀 종류 가구 건 편 곡 "
    "문제 과목 나라 학교 단어 글자 자리 칸 골 경기 갑 방울 스푼 큰술 작은술 숟갈 컵 캔 알 정거장 정류장 블록 가족 "
    "식구 남매"
)
_SINO = (
    "년대 년간 년도 년 월 일간 일 분간 분 초간 초 주년 주간 주일 주 개월 개년 개국 세기 세 층 호선 호실 호 번지 "
    "동 학년 학기 반 페이지 쪽 위 등급 등 도 원 전 미터 킬로미터 센티미터 밀리미터 킬로그램 킬로 그램 리터 톤 "
    "인분 인승 인 회 차선 차 점 퍼센트 프로 달러 유로 엔 위안 파운드 평 급 단계 부작 부 항 절 기 세대 배속 배럴 "
    "볼트 와트 칼로리 기가 메가 바이트 픽셀 포인트 교시 관왕 연승 연패 이닝 차원"
)
NATIVE, SINO = frozenset(_NATIVE.split()), frozenset(_SINO.split())
"""Counters of native and of Sino-Korean numbers."""
LIMITS = {"살": 99, "번째": 99, "시": 12, "시간": 23, "배": 19, "번": 20}
"""The greatest native number before a counter; before the others it is `LIMIT`."""
LIMIT = 39
_OF_NUMBERS = "출구 버스 국도 선수 홈 게이트 트랙 채널 방 타자 창구 좌석 테이블 승강장 문제 문항 마을버스"
OF_NUMBERS = frozenset(_OF_NUMBERS.split())
"""A number of 번 before these is a name: 삼 번 출구."""

DIGITS = "영 일 이 삼 사 오 육 칠 팔 구"
_NAMES = "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트"
LETTERS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _NAMES.split(), strict=True))
DOMAINS = {"com": "컴", "net": "넷", "org": "오알지"}

_PARTICLES = (
    "은 는 이 가 을 를 에 의 도 만 로 으로 와 과 랑 이랑 나 이나 든 이든 부터 까지 에서 에게 께 보다 처럼 만큼 "
    "마다 밖에 조차 라도 이라도 라는 이라는 라고 이라고 이다 다 입니다 이에요 예요 이며 며 이고 고 인 였다 이었다 "
    "였습니다 이었습니다 이라 라 이지만 지만 인데 이면 면 째 씩 쯤 짜리 가량 정도 이상 이하 미만 여 들 간 내 대 "
    "당 전 후 경 반 치 분 쪽 때 밤 동안 이내 이후 이전 만에 이란 란 이죠 죠 이야 야 되는 된 된다 됩니다 하는 한 "
    "할 합니다"
)
PARTICLES = one_of(_PARTICLES.split())
"""What is written without a blank after a number, its counter or its unit, as a pattern."""
PAIRS = {pair: pair.split("/") for pair in ("은/는", "이/가", "을/를", "과/와")}
"""Particles after a consonant and after a vowel."""
