import sys
from collections.abc import Iterator
from itertools import accumulate

import pytest

from handler.captions import segmentation
from handler.captions.layout import cues, joined
from handler.captions.segmentation import inside_words, segments
from handler.captions.styles import STYLES
from handler.text import tokenize
from handler.types import Word

JAPANESE_WORDS = ("私は", "昨日、", "東京", "スカイツリー", "行きました。", "機械学習", "自然な", "音声を", "合成")
CHINESE_WORDS = ("我们", "明天", "北京大学", "学习", "人工智能，", "然后", "一起", "吃饭。", "研究", "生命", "起源。")
JAPANESE = "私は昨日、東京スカイツリーへ行きました。「機械学習」で自然な音声を合成できます。"
CHINESE = "我们明天去北京大学学习人工智能，然后一起吃饭。研究生命的起源。"


@pytest.fixture
def _forgotten() -> Iterator[None]:
    segmentation._segmenter.cache_clear()
    yield
    segmentation._segmenter.cache_clear()


def spoken(script: str, language: str) -> tuple[Word, ...]:
    """The tokens of a script, a quarter of a second each."""
    tokens = tokenize(script, language)
    return tuple(
        Word(token.shown, i / 4, (i + 1) / 4, 1, False, token.start_char, token.end_char)
        for i, token in enumerate(tokens)
    )


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize(
    ("script", "language", "whole"),
    [(JAPANESE, "ja", JAPANESE_WORDS), (CHINESE, "zh", CHINESE_WORDS)],
)
def test_no_cue_and_no_line_is_cut_inside_a_word(name: str, script: str, language: str, whole: tuple[str, ...]) -> None:
    """In every preset the characters of a word are on one line of one cue."""
    made = cues(spoken(script, language), STYLES[name], 60.0, language)
    lines = [joined(line) for cue in made for line in cue.lines]
    assert "".join(lines) == script
    for word in whole:
        assert any(word in line for line in lines), lines


def test_words_of_a_cue_are_counted_whole() -> None:
    """A cue holds as many words as the style says, each of several characters: one in the preset of one word."""
    made = cues(spoken(CHINESE, "zh"), STYLES["word"], 60.0, "zh")
    assert [joined(cue.words) for cue in made][:4] == ["我们", "明天", "去", "北京大学"]
    longest = max(len(cue.words) for cue in cues(spoken(CHINESE, "zh"), STYLES["pop"], 60.0, "zh"))
    assert longest > 3


@pytest.mark.usefixtures("_forgotten")
def test_script_is_cut_anywhere_without_a_segmenter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages, each token is a word, as it is timed, but no line begins with a closing sign."""
    for module in ("budoux", "rjieba"):
        monkeypatch.setitem(sys.modules, module, None)
    words = spoken(JAPANESE, "ja")
    assert not any(inside_words(words, "ja"))
    assert len(cues(words, STYLES["word"], 60.0, "ja")) == len(words)
    lines = [joined(line) for cue in cues(words, STYLES["karaoke"], 60.0, "ja") for line in cue.lines]
    assert not {line[0] for line in lines} & set("、。」ーッっ")


@pytest.mark.usefixtures("_forgotten")
def test_chinese_is_cut_by_the_small_package_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the larger dictionary, as in the demo, the small model cuts Chinese."""
    monkeypatch.setitem(sys.modules, "rjieba", None)
    assert segments("我们明天去北京", "zh") == ["我们", "明天", "去", "北京"]


@pytest.mark.parametrize(
    ("text", "language", "cut"),
    [
        ("ผมชอบกินข้าว", "th", ["ผม", "ชอบ", "กิน", "ข้าว"]),
        ("我們明天去臺灣大學", "zh-TW", ["我們", "明天", "去", "臺灣", "大學"]),
        ("東京タワー", "en", ["東京タワー"]),
        ("hello", "ja", []),
        ("ສະບາຍດີ", "lo", []),
    ],
)
def test_script_decides_about_the_segmenter(text: str, language: str, cut: list[str]) -> None:
    """Letters tell the script, the language what Chinese letters mean; other scripts have no segmenter."""
    assert segments(text, language) == cut


def test_blanks_and_other_scripts_stay_apart() -> None:
    """Only characters that touch are one word; Latin words and numbers are not cut or joined by a segmenter."""
    words = spoken("GPUで実行 する three words", "ja")
    ends = accumulate(len(word.shown) for word in words)
    whole = [end for end, within in zip(ends, inside_words(words, "ja"), strict=True) if not within]
    assert whole[-3:] == [len("GPUで実行する"), len("GPUで実行するthree"), len("GPUで実行するthreewords")]
