"""What no client should send, and what may stand in a message and in a log about it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

ODD = "m\u2028\u0085\u202e\n\x1b\r\t\x7f\u2029\u2066"
"""A word with what ends a line, turns the direction of text or commands a terminal."""
MARKER = ODD + "z" * 200
LONGEST_QUOTE = "z" * 81

MAX_SENTENCE_CHARS, MAX_LINE_CHARS = 1050, 1500  # with "and 7 more"; with the keys of a line


def nested(levels: int) -> Any:
    """Lists in lists."""
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


VALUES: dict[str, Any] = {
    "nested": nested(900),
    "digits": 10**4999,
    "negative digits": -(10**4999),
    "not a number": math.nan,
    "infinity": -math.inf,
    "half a character": "a\ud800",
    "half a character in a key": {"a\udfff": 1},
    "long": "z" * 200_000,
    "marker": MARKER,
    "list of markers": [MARKER] * 20,
    "object of markers": {MARKER + str(number): MARKER for number in range(20)},
}

RAW = {
    "nested": b"[" * 900 + b"]" * 900,
    "nested without end": b"[" * 100_000,
    "digits": b"9" * 5000,
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "too large": b"1e999",
    "half a character": rb'"a\ud800"',
    "twice": b'{"a": 1, "a": 2}',
    "marker": json.dumps(MARKER).encode(),
    "object of markers": json.dumps({MARKER: MARKER}).encode(),
}
"""The same as JSON."""


def faults(reply: object) -> Iterator[str]:
    """What is wrong with the texts of a reply: each must be short, on one line, and quote little."""
    for text in _texts(reply):
        if not text.isprintable():
            yield f"is not printable: {text[:200]!r}"
        if len(text) > MAX_SENTENCE_CHARS:
            yield f"has {len(text)} characters: {text[:200]!r}"
        if LONGEST_QUOTE in text:
            yield f"quotes too much: {text[:200]!r}"


def line_faults(log: str) -> Iterator[str]:
    """What is wrong with the lines of a log: each must be a JSON object, short, without a traceback."""
    lines = log.split("\n")[:-1]
    for line in lines:
        if len(line.splitlines()) != 1 or len(line) > MAX_LINE_CHARS or LONGEST_QUOTE in line:
            yield f"is long or no line: {line[:300]!r}"
        elif "traceback" in json.loads(line):
            yield f"has a traceback: {line[-600:]}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
