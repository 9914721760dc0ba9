"""The source of a script: nothing of it is lost or doubled, whatever markup it has."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from handler.errors import BadRequest
from handler.text import tokenize
from handler.text.source import Source, read

SIGNS = (
    "** * _ __ ~~ ` ``` \n```\n # - 1. > | |a|b| \n|--|--|\n [ ] ( ) ![ ]( [^1] &amp; &lt; & \\ \\* <b> </b> <br> <p> "
    "<!-- --> *sighs* === \n---\n [pause:1s] [a](b) [a](https://x.org) <break/>"
)
WORDS = "one two, Three. 5 € été 中文 。 กิ The of - exam-\n ple \n \n\n \r\n \u2028 \t ! 🎉 '"
scripts = st.lists(st.sampled_from([*re.split(" ", SIGNS), *re.split(" ", WORDS), " ", " "]), max_size=14).map("".join)
TAGS = (
    "p,s,emphasis,sub alias='x',lang xml:lang='fr',prosody rate='slow',other,say-as interpret-as='characters',"
    "voice name='v'"
)
xml = st.recursive(
    st.sampled_from([*re.split(" ", WORDS), "&amp;", "&#65;", "<break/>", " ", "<!-- c -->", "<![CDATA[x & y]]>"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
        st.sampled_from(re.split(",", TAGS)),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)
modest = settings(max_examples=150)


def checked(script: str, language: str) -> Source | None:
    """The source, after checks of its offsets and those of the tokens; None for a script that is refused."""
    try:
        source = read(script, language)
        tokens = tokenize(script, language)
    except BadRequest:
        return None
    assert len(source.text) == len(source.starts) == len(source.ends)
    last = 0
    for start, end in zip(source.starts, source.ends, strict=True):
        assert last <= start <= end <= len(script)
        last = end
    last = 0
    for token in tokens:
        assert last <= token.start_char < token.end_char <= len(script)
        last = token.end_char
    return source


@modest
@given(scripts, st.sampled_from(["en", "de", "zh"]))
def test_offsets_rise_and_never_overlap(script: str, language: str) -> None:
    """Of characters and of tokens, in any mixture of signs."""
    checked(script, language)


@modest
@given(st.lists(xml, max_size=5).map(lambda parts: f"<speak>{''.join(parts)}</speak>"), st.sampled_from(["en", "zh"]))
def test_documents_are_shown_without_tags(script: str, language: str) -> None:
    """No tag is shown, all letters outside of tags are, and offsets rise."""
    source = checked(script, language)
    if source is None:
        return
    bare = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", re.sub(r"<!--.*?-->", "", script))
    outside = re.sub(r"<[^>]*>", "", bare).replace("&amp;", "&").replace("&#65;", "A")
    letters = [character for character in outside if character.isalnum()]
    assert [character for character in source.text if character.isalnum()] == letters
    shown = "".join(token.shown for token in tokenize(script, language))
    assert "<" not in shown
    assert [character for character in shown if character.isalnum()] == letters


MARKDOWN = [*"*_`#>|~-\n ", "**", "word ", "Two ", "3 ", "é ", "été\n", "- ", "| "]


@modest
@given(st.lists(st.sampled_from(MARKDOWN), max_size=20).map("".join))
def test_letters_and_digits_are_shown(script: str) -> None:
    """Signs of Markdown may go, but no letter and no digit does."""
    try:
        shown = "".join(token.shown for token in tokenize(script, "en"))
    except BadRequest:
        return
    assert [one for one in shown if one.isalnum()] == [one for one in script if one.isalnum()]


def test_plain_script_is_its_own_source() -> None:
    """Nothing is copied where nothing is to be read."""
    source = read("Just words, nothing else.", "en")
    assert source.text == "Just words, nothing else."
    assert isinstance(source.starts, range)
