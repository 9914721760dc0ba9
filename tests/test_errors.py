"""One plain phrase for what is wrong, and the way out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from handler.errors import (
    MAX_QUOTED_CHARS,
    MAX_UNQUOTED_CHARS,
    BadRequest,
    Issue,
    nearest,
    quoted,
    renamed,
    shortened,
    suggest,
    without_quotes,
)


@pytest.mark.parametrize(("name", "meant"), [("vioce", "voice"), ("txt", "text"), ("zzz", None)])
def test_nearest_corrects_typos(name: str, meant: str | None) -> None:
    """A typo is matched to the closest name, nonsense to none."""
    assert nearest(name, ["voice", "text", "seed"]) == meant


def test_suggestion_is_the_near_name_or_all() -> None:
    """A close name is suggested, otherwise all known names."""
    assert suggest("vioce", ["voice", "text"]) == "did you mean voice?"
    assert suggest("zzz", ["voice", "text"]) == "known are voice, text"


def test_long_quotes_are_cut() -> None:
    """An error quotes long input in part."""
    assert quoted("a'b") == '"a\'b"'
    assert len(quoted("x" * 5_000_000)) <= MAX_QUOTED_CHARS + 2


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("voice: 'it\\'s me' is not known; did you mean anna?", "voice: … is not known; did you mean anna?"),
        ('engine: "it\'s" is not known', "engine: … is not known"),
        ("the clip says “some call me” and ends", "the clip says … and ends"),
        ("text: its element <b class='x'> is not known", "text: its element … is not known"),
        ("the worker's log has the job's id", "the worker's log has the job's id"),
        ("x" * 1000, "x" * MAX_UNQUOTED_CHARS),
    ],
)
def test_message_without_quotes(message: str, kept: str) -> None:
    """What a message quotes is left out; apostrophes quote nothing; a long message is cut."""
    assert without_quotes(message) == kept


def test_errors_are_said_in_another_dialects_names() -> None:
    """The fields at the beginnings of sentences are renamed, and those of the issues; words within stay."""
    reply = BadRequest("text: is empty; text_2: has no text: x", issues=[Issue("text", "is empty")]).reply()
    ours = renamed(reply, {"text": "input"})
    assert ours["error"] == "input: is empty; text_2: has no text: x"
    assert ours["issues"] == [{"field": "input", "message": "is empty"}]
    assert reply["issues"] == [{"field": "text", "message": "is empty"}]


@pytest.mark.parametrize("write", [quoted, shortened])
def test_words_of_a_client_are_short_and_on_one_line(write: Callable[[str], str]) -> None:
    """Whatever a client sends, what a message says of it has at most 80 characters, all of them printable."""
    for text in ("a\nb", "\u2028" * 200, "\ud800" * 79 + "'\"", "a" * 80, "a" * 81, "a" * 10_000, "'" * 100, "\\" * 90):
        said = write(text)
        assert said.isprintable()
        assert len(said.strip("'\"")) <= 80
        assert ("…" in said) == (len(text) > 80 or len(repr(text)) > 90)
    assert shortened("a" * 80) == "a" * 80
    assert shortened("a\u202eb") == r"a\u202eb"
    assert quoted("don't") == '"don\'t"'


def test_messages_are_on_one_line() -> None:
    """An error that quotes a client without a thought still cannot break a line, nor grow without end."""
    error = BadRequest.of("voice", "there is no \u2028anna\x85")
    assert (error.message, str(error)) == (r"voice: there is no \u2028anna\x85",) * 2
    assert error.issues == (Issue("voice", r"there is no \u2028anna\x85"),)
    many = BadRequest.of_issues([Issue(f"field{number}", "is not known") for number in range(500)], more=7)
    assert len(many.message) < 1050
    assert many.message.endswith(f"; and {507 - many.message.count('is not known')} more")
    assert len(many.issues) == 500
