"""Line breaks: titles, lists and verse end paragraphs, lines that were wrapped at some width do not."""

from __future__ import annotations

import re
import textwrap

import pytest

from handler.text.source import read


def text(script: str, language: str = "en") -> str:
    """The text of a script, with ¶ for ends of paragraphs and ␣ for line breaks that are blanks."""
    return read(script, language).text.replace("\u2029", "¶").replace("\n", "␣")


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("Apple\nPear\nPlum", "Apple¶Pear¶Plum"), ("Overview\nThe fan is loud.", "Overview¶The fan is loud."),
        ("milk\neggs\nbrown bread", "milk¶eggs¶brown bread"),
        ("Chapter One\n12 people came.", "Chapter One¶12 people came."),
        ("How to Mend the Cooling System of an Old and Noisy Machine at Home\nFans get dusty.",
         "How to Mend the Cooling System of an Old and Noisy Machine at Home¶Fans get dusty."),
        ("Overview\nThe fan is loud and\nit hums.", "Overview¶The fan is loud and␣it hums."),
        ("The road goes on\nThe sun goes down\nAnd I go home", "The road goes on¶The sun goes down¶And I go home"),
        ("Tools:\nHammer\nNails", "Tools:¶Hammer¶Nails"), ("Fast\n✅ Cheap\n🎉 Good", "Fast¶✅ Cheap¶🎉 Good"),
        ("Options\na) red\nb) blue", "Options¶a) red¶b) blue"), ("One\r\nTwo\r\nThree", "One¶Two¶Three"),
        ("One\u2028Two\u0085Three", "One¶Two¶Three"), ("– Hello\n– Good day", "– Hello¶– Good day"),
    ],
)  # fmt: skip
def test_titles_lists_and_verse_are_paragraphs(script: str, shown: str) -> None:
    """A line without punctuation before a capital, a figure or a sign ends a paragraph, with any line separator."""
    assert text(script) == shown


@pytest.mark.parametrize(
    "script",
    ["These\nqueues are grouped by\nkind.", "He went to the\nBritish Museum with his\nmother.",
     "I bought apples,\nPears and plums.",
     "This is done.\nThat is not.",
     "and then he said that\nAnna was the\nbest", "We met in\nLondon", "See the\n3 others",
     "The quick brown fox jumps over the lazy dog while the old bear of\n"
     "Canada sleeps all through the long and dark winter."],
)  # fmt: skip
def test_wrapped_sentences_are_whole(script: str) -> None:
    """Nothing ends before small letters, after a word or a sign that asks for more, or where a line was full."""
    assert text(script) == script.replace("\n", "␣")


PROSE = {
    "en": "Anna said that she had never seen Paris in the spring, although Robert and Maria went there every year with "
    "the children. In London the Ministry of Health asked the National Institute to look at the report again.",
    "de": "Am frühen Morgen scheint die Sonne auf die alte Brücke, und am Ufer sitzen schon die ersten Angler mit "
    "ihren Ruten und warten auf den großen Fang. Viele Menschen fahren mit dem Fahrrad zur Arbeit in die Stadt.",
    "ru": "Рано утром солнце светит на старый мост, и первые рыбаки уже сидят на берегу Волги и ждут большого улова.",
    "hi": "सुबह सूरज पुराने पुल पर चमकता है और नदी के किनारे पहले मछुआरे पहले से ही बैठे हैं और इंतज़ार कर रहे हैं।",
    "zh": "清晨的阳光照在古老的桥上，河边已经坐着第一批钓鱼的人，他们等待着大鱼上钩。"
    "市政府决定明年改建火车站，因为楼梯太旧。",
}


@pytest.mark.parametrize("language", PROSE)
def test_prose_wrapped_at_any_width_is_whole(language: str) -> None:
    """Whatever word a line happens to begin with."""
    prose = PROSE[language]
    for width in range(12, 30) if language == "zh" else range(26, 80, 2):
        wrapped = textwrap.wrap(prose, width) if language != "zh" else re.findall(f".{{1,{width}}}", prose)
        assert "¶" not in text("\n".join(wrapped), language), width


def test_nouns_of_german_are_no_sentences() -> None:
    """German nouns begin with capitals: the lengths of the lines tell what was wrapped."""
    prose = "Die Katze sitzt auf dem Tisch, und der Hund\nBello schläft unter dem großen alten Baum im\nGarten."
    assert text(prose, "de") == prose.replace("\n", "␣")
    assert text("Überblick\nDer Lüfter ist laut.", "de") == "Überblick¶Der Lüfter ist laut."
    assert text("Äpfel\nBirnen\nPflaumen", "de") == "Äpfel¶Birnen¶Pflaumen"


@pytest.mark.parametrize(
    ("script", "shown", "language"),
    [
        ("人工智能正在改变我们的生活方式，越来越多的人开始\n使用它来完成日常工作，从写作到编程再到图像生成，\n它的能力令人惊叹。",
         "人工智能正在改变我们的生活方式，越来越多的人开始使用它来完成日常工作，"
         "从写作到编程再到图像生成，它的能力令人惊叹。", "zh"),
        ("床前明月光\n疑是地上霜\n举头望明月\n低头思故乡", "床前明月光¶疑是地上霜¶举头望明月¶低头思故乡", "zh"),
        ("概要\nファンの音がとても大きいです。", "概要¶ファンの音がとても大きいです。", "ja"),
        ("苹果\n梨\n李子", "苹果¶梨¶李子", "zh"),
        ("사과\n배\n자두", "사과¶배¶자두", "ko"),
        ("인공지능은 우리의 생활 방식을 크게 바꾸고 있으며 점점\n많은 사람들이 매일 업무를 처리하기 위해 사용하고\n"
         "있습니다.",
         "인공지능은 우리의 생활 방식을 크게 바꾸고 있으며 점점␣많은 사람들이 매일 업무를 처리하기 위해 사용하고␣"
         "있습니다.", "ko"),
        ("التفاح\nالكمثرى\nالبرقوق", "التفاح¶الكمثرى¶البرقوق", "ar"),
    ],
)  # fmt: skip
def test_scripts_without_capitals_go_by_length(script: str, shown: str, language: str) -> None:
    """Short lines are lists and poems; long ones of about one width are prose, in Chinese without a blank."""
    assert text(script, language) == shown


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("for exam-\nple here", "for example here"), ("a well-\nknown one", "a well-known one"),
        ("soft\u00ad\nware", "software"), ("the X-\nRay", "the X-Ray"), ("mother-in-\nlaw", "mother-in-law"),
        ("a bio-fuel and bio-\nfuel", "a bio-fuel and bio-fuel"), ("this -\nor that", "this -␣or that"),
        ("twenty-\nfive", "twenty-five"), ("555-\n0101", "555-0101"),
    ],
)  # fmt: skip
def test_divided_words_are_joined(script: str, shown: str) -> None:
    """The hyphen of a divided word goes, that of a compound stays, also if the text has it elsewhere."""
    assert text(script) == shown


def test_hyphen_before_und_stands_for_a_word() -> None:
    """ "Haus- und Gartenarbeit" is not one word."""
    assert text("Haus-\nund Gartenarbeit", "de") == "Haus-␣und Gartenarbeit"


def test_divided_word_has_its_place_in_the_script() -> None:
    """Its token covers both lines."""
    from handler.text import tokenize

    script = "An exam-\nple"
    token = tokenize(script, "en")[1]
    assert (token.shown, script[token.start_char : token.end_char]) == ("example", "exam-\nple")


def test_pause_at_the_beginning_of_a_line_is_no_sign() -> None:
    """Marks beside a line break do not change what the line is."""
    assert (
        text("These queues are\n[pause:1s] grouped by\nkind.").replace("\ufffc", "~")
        == "These queues are␣~ grouped by␣kind."
    )
