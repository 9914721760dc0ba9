"""Chinese: Mandarin and Cantonese."""

from __future__ import annotations

from dataclasses import replace

from handler.text.languages.base import Language
from handler.text.numbers import NumberStyle


def _cardinal(number: int) -> str:
    """Below 10^18: groups of four digits, one zero for a gap."""
    if number == 0:
        return "零"
    groups = [(number // 10**power) % 10**4 for power in (16, 12, 8, 4, 0)]
    spoken, gap = "", False
    for group, unit in zip(groups, ("京", "兆", "亿", "万", ""), strict=True):
        if not group:
            gap = bool(spoken)
            continue
        figures = ""
        hole = bool(spoken) and (gap or group < 1000)
        for value, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = group // value % 10
            if digit:
                figures += ("零" if hole else "") + "零一二三四五六七八九"[digit] + name
            hole = not digit and bool(figures or hole)
        spoken, gap = spoken + figures + unit, False
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


CHINESE = Language(
    NumberStyle("zh", point="点", minus="负", digits="零 一 二 三 四 五 六 七 八 九", cardinal=_cardinal),
    percent="百分之",
    percent_first=True,
    money=("美元", "欧元", "英镑", "日元"),
    proof_sentences=(
        "今天天气很好，我们一起去公园散步吧。",
        "你知道为什么天空是蓝色的吗？",
        "她买了一张火车票，坐在窗边，很快就睡着了。",
        "谢谢大家的收听，我们明天晚上再见。",
    ),
    latin=False,
)
CANTONESE = replace(CHINESE, numbers=replace(CHINESE.numbers, tag="yue"), proof_sentences=())
