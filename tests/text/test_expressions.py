"""Expressions are found in the whole text by the first rule that takes them, and said as one."""

from __future__ import annotations

import re

import pytest

from handler.text import tokenize
from handler.text.expressions import find
from handler.text.languages import language_of
from handler.text.languages.base import Context, Rule, says
from handler.text.patterns import AMOUNT, OTHER


def found(text: str, *rules: Rule, language: str = "en") -> list[tuple[str, str]]:
    """The text and the words of each expression."""
    return [(text[one.start : one.end], one.spoken) for one in find(text, language_of(language), rules)]


def test_earlier_rule_takes_its_text_first() -> None:
    """What one rule has taken no later one sees, and expressions come in the order of the text."""
    assert found("a5 7", Rule(r"[a-z]\d", says("code")), Rule(r"\d", says("figure"))) == [
        ("a5", "code"),
        ("7", "figure"),
    ]


def test_rule_may_pass() -> None:
    """A match of which a rule says nothing is left to later rules, also from its middle on."""
    passing = Rule(r"\d+ \d+", lambda _found, _context: None)
    assert found("1 2", passing, Rule(r"\d", says("figure"))) == [("1", "figure"), ("2", "figure")]


def test_later_rule_sees_where_amounts_were() -> None:
    """A dash between two amounts is told from one beside another expression."""
    dash = Rule(rf"(?<={AMOUNT})-(?={AMOUNT})", says("to"), amount=False, start="", end="")
    figures = Rule(r"\d", says("figure"), start="", end="")
    code = Rule("[a-z]", says("letter"), amount=False, start="", end="")
    assert ("-", "to") in found("1-2", figures, code, dash)
    assert ("-", "to") not in found("1-a", figures, code, dash)
    assert AMOUNT != OTHER


def test_words_of_parts_are_expressions_of_their_own() -> None:
    """A rule that gives one text for each part between blanks gives each its own span; else the whole is one."""
    each = Rule(r"\d \d", lambda match, _context: [f"n{part}" for part in match.group().split()])
    assert found("1 2", each) == [("1", "n1"), ("2", "n2")]
    assert found("1 2", Rule(r"\d \d", lambda _found, _context: ["x", "y", "z"])) == [("1 2", "x y z")]


def test_offsets_are_those_of_the_text() -> None:
    """Rules see plain text; spans are of the text itself, and one character that is several plain ones is one."""
    fraction = Rule(r"\d/\d", says("fraction"))
    assert found("a ½ b １/２", fraction) == [("½", "fraction"), ("１/２", "fraction")]


def test_no_expression_crosses_a_paragraph() -> None:
    """A blank line ends an expression; a single line break is a blank."""
    both = Rule(r"\d km", says("length"))
    assert found("5\nkm", both) == [("5\nkm", "length")]
    assert found("5\n\nkm", both) == []


def test_context_knows_the_words_around() -> None:
    """The words before and after an expression are those of its paragraph, without their punctuation."""
    seen: list[tuple[str, str]] = []

    def say(_found: re.Match[str], context: Context) -> str:
        seen.append((context.before, context.after))
        return "x"

    find("One\n\n(two), 5 “three” four 6\n\nfive", language_of("en"), [Rule(r"\d", say)])
    assert seen == [("two", "three"), ("four", "")]


def test_full_stop_of_a_short_form_ends_a_sentence_before_a_capital() -> None:
    """The last full stop of an expression is a mark at the end and before a capital, if the rule may end one."""
    short, never = Rule(r"\d min\.", says("time")), Rule(r"\d min\.", says("time"), may_end=False)
    assert found("5 min. later", short) == [("5 min.", "time")]
    assert found("5 min. Then", short) == [("5 min.", "time.")]
    assert found("5 min.", short) == [("5 min.", "time.")]
    assert found("5 min. Then", never) == [("5 min.", "time")]


@pytest.mark.parametrize(
    ("language", "script", "said"),
    [
        ("en", "It cost $5 dollars, $6 million dollars.", "It cost five dollars six million dollars"),
        ("en", "100% percent and 7 km kilometers", "one hundred percent and seven kilometers"),
        ("en", "$5 dollarsign, 22 two", "five dollars dollarsign twenty two two"),
        ("de", "8 € Euro und 9 % Prozent", "acht Euro und neun Prozent"),
    ],
)
def test_unit_that_is_written_twice_is_said_once(language: str, script: str, said: str) -> None:
    """A sign and its word again are one unit; another word stays."""
    assert " ".join(word for token in tokenize(script, language) for word in token.spoken) == said
