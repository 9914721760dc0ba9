"""Markdown: its signs are neither shown nor spoken, and what only looks like it stays."""

from __future__ import annotations

import pytest

from handler.text import tokenize
from handler.text.source import read
from handler.types import Token


def text(script: str, language: str = "en") -> str:
    """The text of a script, with ¶ for ends of paragraphs."""
    return read(script, language).text.replace("\u2029", "¶")


def paragraphs(script: str, language: str = "en") -> list[str]:
    """What captions show, a text for each paragraph."""
    found: list[list[Token]] = [[]]
    for token in tokenize(script, language):
        found[-1].append(token)
        if token.paragraph:
            found.append([])
    return [" ".join(token.shown for token in tokens) for tokens in found if tokens]


def spoken(script: str, language: str = "en") -> str:
    return " ".join(word for token in tokenize(script, language) for word in token.spoken)


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("**bold** and *it*", "bold and it"), ("__bold__ and _it_", "bold and it"), ("***both***", "both"),
        ("==lit==, so", "lit, so"),
        ("~~gone~~ here", "gone here"), ("**a *b* c**", "a b c"), ("**Note:** x", "Note: x"),
        ("`code` here", "code here"),
        ("``a ` b``", "a ` b"), ("`*a*`", "*a*"), ("**重点**。对", "重点。对"), ("“**x**”", "“x”"),
        ("**long\nemphasis** ends", "long\nemphasis ends"), (r"\*not\* 1\. a", "*not* 1. a"),
        ("**한국 사람**은", "한국 사람은"),
    ],
)  # fmt: skip
def test_emphasis_and_code_lose_their_signs(script: str, shown: str) -> None:
    """Emphasis of one or more signs, within words and over lines, code as it is, and escaped signs."""
    assert text(script) == shown


@pytest.mark.parametrize(
    "script",
    ["5 * 3 * 2", "snake_case_name", "2*8 and 3*4", "a * lone star", "Free*", "Price 5 €*\n*incl. VAT", "*sighs* Well",
     "f**k and sh**t", "s*** and f***", "2**3 and 2**4", "*args and **kwargs", "5 ~ 6", "a_b", "C:\\dir\\file",
     "#hashtag", "C# and F#", "#1 of 3", "[sic]", "[music]", "a [b] c", "5 > 3", ">5 people", "x | y", "- 5 degrees",
     "+1 555 010", "-5 degrees", "1.5 times", "<3", "<laughs> ok", "a < b > c", "a `tick", "3-2", "~5 km", "!wow",
     "AT&T",
     "a<b and c>d", 'He wrote "*" and "**" here.', "x==y or z==w", "What?!", "x ^ y", "= 5", "`unclosed * code"],
)  # fmt: skip
def test_other_signs_stay(script: str) -> None:
    """Sums, names with underscores, footnote stars, censored words, sounds and unknown tags are text."""
    assert text(script) == script


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("See [our guide](https://example.org/a) now.", "See our guide now."), ("[a](/b), [c](#d)", "a, c"),
        ("[a](https://w.org/x_(y))", "a"), ('[a](https://b.org "Title")', "a"), ("![plan](p.png)", "plan"),
        ("x ![](p.png) y", "x  y"), ("x ![IMG_1.jpg](p.png)", "x "), ("[![badge](b.svg)](https://x.org)", "badge"),
        ("[![](b.svg)](https://x.org) y", " y"), ("[](https://x.org) y", " y"), ("<https://x.org>", "https://x.org"),
        ("[the docs][1]\n\n[1]: https://x.org", "the docs\n¶"), ("[docs][]\n\n[docs]: /d 'T'", "docs\n¶"),
        ("[docs]\n\n[Docs]: <https://x.org>", "docs\n¶"), ("A note[^1].\n\n[^1]: It says so.", "A note.\n¶It says so."),
        ("[**b** c](https://x.org)", "b c"), ("【3†source】Done", "Done"), ("**[a](https://b.org)**", "a"),
        ("[https://x.org](https://x.org)", "https://x.org"), ("[[Page]], [[Page|it]] ![[a.png]]", "Page, it "),
    ],
)  # fmt: skip
def test_links_leave_their_text(script: str, shown: str) -> None:
    """The address of a link or picture is gone, and so are definitions, marks of footnotes and citations of chats."""
    assert text(script) == shown


def test_pronunciation_stays_a_mark() -> None:
    """A round part that is no address is spoken; a link is shown and spoken as its text."""
    script = "[Nguyen](win), [guide](https://x.org/a), **[SQL](sequel)**, [AT&amp;T](A T and T)"
    assert spoken(script) == "win guide sequel A T and T"
    assert [token.shown for token in tokenize(script, "en")] == ["Nguyen,", "guide,", "SQL,", "AT&T"]


def test_headings_and_items_are_paragraphs() -> None:
    """Headings, items, rows and lines around rules are paragraphs by themselves; their signs are gone."""
    script = (
        "# The plan #\nWe begin.\nThen we go on.\n\nSub\n---\n- one\n- two\n  goes on\n* [ ] open\n* [x] done\n"
        "1. first\n2. second\n\n***\n> Quoted words\n> go on\n\n• dot\n◦ ring\n## End"
    )
    assert paragraphs(script) == [
        "The plan", "We begin. Then we go on.", "Sub", "one", "two goes on", "open", "done", "1. first", "2. second",
        "Quoted words go on", "dot", "ring", "End",
    ]  # fmt: skip


def test_table_is_read_by_rows() -> None:
    """Cells have a comma between them, the row of dashes is nothing, and a row is a paragraph."""
    script = "| Name | Age |\n|:-----|----:|\n| **Bob** | 5 |\n| Ann: | |\n\nAfter\n\na | b\n--|--\n1 | x \\| y\n"
    assert paragraphs(script) == ["Name, Age", "Bob, 5", "Ann:", "After", "a, b", "1, x | y"]
    assert [token.mark for token in tokenize(script, "en")][:2] == [",", ""]


def test_fences_are_not_spoken() -> None:
    """Code between fences is spoken line by line as it is; a fence without a language holds prose."""
    assert text("Run:\n```python\nx = a*b*c\n```\nDone") == "Run:¶¶x = a*b*c¶¶Done"
    assert paragraphs("```\nHello **you**\n- one\n```") == ["Hello you", "one"]
    assert text("~~~ Chapter two ~~~") == "~~~ Chapter two ~~~"


def test_html_is_taken_out() -> None:
    """Tags of HTML and comments are gone, blocks are paragraphs, pictures leave their text."""
    assert text("a<br>b <b>c</b><!-- d\ne --> H<sub>2</sub>O 5 m<sup>2</sup>") == "a\nb c H2O 5 m²"
    assert text('<p>One</p><p class="x">Two</p>') == "¶One¶¶Two¶"
    assert text('<img src="a.png" alt="A dog"> <a href="https://x.org">x</a>') == "A dog x"
    assert text("<tr><td>a</td> <td>b</td></tr>") == "¶a,  b¶"


def test_what_a_page_does_not_show_is_not_said() -> None:
    """Styles, programs and front matter; a rule at the beginning is none."""
    assert text("<style>p { }</style>Hi<script>f()</script> you") == "Hi you"
    assert text("---\ntitle: A page\ntags:\n  - x\n---\n\nHello").strip() == "Hello"
    assert text("---\nHello\n---\nyou").strip("¶") == "Hello¶¶you"


def test_tags_of_ssml_in_plain_text_are_not_said() -> None:
    """People know them from other services."""
    script = (
        'a <phoneme alphabet="ipa" ph="x">b</phoneme> <say-as interpret-as="date">c</say-as> <amazon:effect name="d">e'
    )
    assert text(script) == "a b c e"


def test_pause_tag_works_outside_of_ssml() -> None:
    """``<break time="1s"/>`` is a pause, as people know it from other services."""
    first, second = tokenize('Wait <break time="1.5s" /> now', "en")
    assert (first.pause_after, second.shown) == (1.5, "now")


def test_words_are_not_cut() -> None:
    """A word with emphasis inside is one token, at its place in the script; so are touching characters of Chinese."""
    script = "It is un**believ**able & <b>T</b>rue"
    tokens = tokenize(script, "en")
    assert [token.shown for token in tokens] == ["It", "is", "unbelievable", "&", "True"]
    assert script[tokens[2].start_char : tokens[2].end_char] == "un**believ**able"
    one, two, three = tokenize("你**好**吗", "zh")
    assert one.end_char == two.start_char
    assert two.end_char == three.start_char


def test_offsets_are_those_of_the_script() -> None:
    """Tokens slice the script at their words, whatever is around them."""
    script = "# A &amp; **b**\n- [c d](https://x.org) `e`, \\*f"
    tokens = tokenize(script, "en")
    sliced = [script[token.start_char : token.end_char] for token in tokens]
    assert sliced == ["A", "&amp;", "b", "c", "d", "e`,", "*f"]


def test_code_keeps_marks_as_text() -> None:
    """A mark within code is text; within a fence without a language it is a mark."""
    assert [token.pause_after for token in tokenize("Write `[pause:1s]` here", "en")] == [0.0] * 3
    assert tokenize("```\nOne [pause:1s]\n```", "en")[0].pause_after == 1.0
