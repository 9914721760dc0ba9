"""JSON that a client sent: what in it no request can mean, found before anything is made of it."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from handler.errors import quoted

MAX_NESTING = 32  # levels of objects and arrays: what reads them by recursion stays far from Python's own limit
MAX_BITS = 1024  # of a whole number: as large as other numbers can be, and quickly written

TOO_DEEP = "is nested too deeply; send the fields that API.md lists"
HALF_CHARACTER = "holds half a character (a lone surrogate); send valid Unicode"


class NotPlain(ValueError):
    """The text is not JSON, or JSON that programs read in different ways; the message goes on from its name."""


def parsed_json(text: bytes) -> Any:
    """What the JSON says. Raises NotPlain.

    A key that an object has twice is refused: of what reads the same request, some take the first value.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_finite
        )
    except NotPlain:
        raise
    except UnicodeDecodeError as error:
        raise NotPlain("is not JSON in UTF-8") from error
    except RecursionError as error:
        raise NotPlain(TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise NotPlain("is not JSON") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise NotPlain(f"has {quoted(twice)} twice; send it once")
    return made


def _constant(name: str) -> Any:
    raise NotPlain(f"is not JSON: {name} is no number of it")


def _whole(digits: str) -> int:
    if len(digits) > MAX_BITS // 3:
        raise NotPlain("has a number with too many digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NotPlain("has a number that is too large")
    return number


def json_problem(value: object) -> str | None:
    """What in a value that was read as JSON no request can mean, None for nothing; it goes on from its name."""
    held: list[object] = [value]
    for _ in range(MAX_NESTING + 1):
        if found := next(filter(None, map(_problem_of_one, held)), None):
            return found
        held = [inner for each in held for inner in _inner(each)]
        if not held:
            return None
    return TOO_DEEP


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list | tuple) else ()


def _problem_of_one(value: object) -> str | None:
    if isinstance(value, str):
        return None if value.isascii() or _is_unicode(value) else HALF_CHARACTER
    if isinstance(value, int):
        return "has a number with too many digits" if value.bit_length() > MAX_BITS else None
    return "has a number that is not finite" if isinstance(value, float) and not math.isfinite(value) else None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
