"""A script twice as long takes about twice the work, whatever a client repeats in it."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from handler.aligners import google_limits, pronunciation
from handler.alignment import word_times
from handler.alignment.prober import phrase_starts
from handler.captions import FORMATS, Captions, cues, resolve
from handler.captions.arabic import shaped
from handler.engines.f5 import durations, symbols
from handler.errors import BadRequest
from handler.requests import CaptionStyle, Limits
from handler.text import chunk, language_warnings, tokenize
from handler.text.patterns import MAX_EXPRESSION_CHARS
from handler.types import Budget, Chunk, Word

PUMPS = (
    "<a<a‹a", "<1<1", "1<a", "[", "](", "((((", "....", "1234567", "1,1,1,", "a-a-a-", "&&&", "'", "a'", "\u0301",
    "e\u0301\u0301", '"“‘«', "½", "中文", "中。", "👨\u200d👩\u200d", "a1b2", "abcdefgh", "a\n\n\n\n", "\n",
    "[pause:1s]", "[pause:0.05s]", "[a](b)", "[a](b) ", "http://", "@", "#", "x@x@x@", "^2", "a+", "a/", "a_", "a—",
    "a…", "a--", "1\u00a0000", "1.", "a.", "ABC ", "word ", "Hi. ", "1 ", "555-1234 ", "$5 ", "a=b", "[pause:", "[\t",
    "\u2028", "\u200d", "مر", "กิ", "한", "XIV ", "Dr. ", "{[(", "√", "%", "1%", "-1", "=1<a", "1^2=", "1:", "a;", "?!",
    "*a*", "//", "www.", "a.b@", "a\u00ad", "a - b ", "a[b](c)", "[a . . b](c) ", "①", "Ⅷ", " !", ".)",
    "a!", "a a ", "**a", "_a*b", "`", "``a`", "~~", "|", "|a|b|\n", "\n|--|\n|", "> ", "> >", "- a\n", "# a\n",
    "1. a\n", "a-\nb", "A\n", "中\n", "<b>", "</td> ", "<!-- ", "<!--a-->", "[^1]", "[a][", "[a]: /b\n", "![", "&amp;",
    "&#", "\\*", "```\n", "===\n", "<br>", "<break time='1s'/>",
)  # fmt: skip


def repeated(pump: str, size: int) -> str:
    """A text of about so many characters, of whole pumps: half a mark is refused."""
    return pump * (size // len(pump))


SHAPES: dict[str, Callable[[str, int], str]] = {
    "alone": repeated,
    "in words": lambda pump, size: repeated(f"{repeated(pump, 40)} ", size),
}
SIZE = MAX_EXPRESSION_CHARS + 40  # longer words go another way than shorter ones
VOCABULARY = {*"abcdefghijklmnopqrstuvwxyz .,!?'"}


def lay_out(script: str) -> None:
    """All that is done with a script besides speaking and listening."""
    tokens = tokenize(script, "en")
    chunk(tokens, "en", Budget(300))
    language_warnings(script, "en")
    spoken = [word for token in tokens for word in token.spoken]
    word_times.fill_gaps([None] * len(spoken), spoken, 0.0, 600.0)
    phrase_starts(tokens)
    each = 600.0 / len(tokens)
    words = tuple(
        Word(token.shown, each * index, each * (index + 1), 1.0, False, token.start_char, token.end_char)
        for index, token in enumerate(tokens)
    )
    style = resolve(CaptionStyle.model_validate({"preset": "classic"}, context=Limits(1, (), ("classic",))))
    captions = Captions(words, cues(words, style, 600.0, "en"), style, 600.0, "en", "engine")
    for format_ in FORMATS.values():
        format_.write(captions)
    symbols.tokenize(Chunk(0, tuple(tokens)).text, VOCABULARY)
    durations.portions(spoken, 20.0, 15.0, 1.0)
    google_limits.phrases(spoken)
    pronunciation.parts_of(spoken, lambda word: "AH" if word == "a" else None)
    shaped(script)


def lay_out_or_refuse(script: str) -> None:
    with suppress(BadRequest):
        lay_out(script)


def lines(script: str) -> int:
    """The lines of the worker's Python that run; for a script that is refused, until then."""
    count = 0

    def line(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, _: str, __: Any) -> Any:
        return line if "/handler/" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        lay_out_or_refuse(script)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_python_runs_twice_the_lines_for_twice_the_script(shape: str) -> None:
    """Loops in Python; tests/test_patterns.py counts those of patterns."""
    for pump in PUMPS:
        lay_out_or_refuse(SHAPES[shape](pump, SIZE))  # fills caches
        once, twice = (lines(SHAPES[shape](pump, size)) for size in (SIZE, 2 * SIZE))
        assert twice < 2.7 * (once + 500), pump


def seconds(work: Callable[[], object]) -> float:
    """The seconds of this thread, without those of a collection of all that earlier tests have left."""
    gc.disable()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize("pump", ["<a<a‹a", "1<a", "½", "a.", "word "])
def test_work_of_tokens_in_libraries_grows_with_the_script(pump: str) -> None:
    """Loops that no line shows: eight times the script takes far less than the 64 times that a square takes."""
    small, large = (repeated(pump, size) for size in (2000, 16_000))
    seconds(lambda: tokenize(small, "en"))
    least = min(seconds(lambda: tokenize(small, "en")) for _ in range(3))
    assert min(seconds(lambda: tokenize(large, "en")) for _ in range(3)) < 14 * least


def test_work_of_guessed_times_grows_with_the_words() -> None:
    """Sharing time among words that were not found: eight times the words take far less than 64 times the work."""

    def work(count: int) -> float:
        return min(seconds(lambda: word_times.fill_gaps([None] * count, ["word"] * count, 0.0, 600.0)) for _ in "123")

    assert work(8000) < 16 * work(1000)
