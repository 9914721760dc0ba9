"""What is wrong with a value, in one plain phrase, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST = 80
"""Characters of a client's own words that an error repeats."""

_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "finite_number": "must be a finite number",
    "model_type": "must be a preset's name or an object",
    "tuple_type": "must be a list",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge:.10g}",
    "greater_than": "must be greater than {gt:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must name at least one",
    "too_long": "must have at most {max_length} items",
    "value_error": "{error}",
}
"""Pydantic's kinds of error as people would say them; one that is not here keeps pydantic's own words."""

_NUMBERS = {"float_type", "int_type", "bool_type"}


def sentence(problem: Mapping[str, Any]) -> str:
    """One item of ``ValidationError.errors()`` as a phrase that goes on from the name of the field."""
    kind = problem["type"]
    if kind not in _SENTENCES:
        return str(problem["msg"])
    phrase = _SENTENCES[kind].format(**problem.get("ctx", {}))
    # People and no-code tools send "1.5" for 1.5: say what the difference is.
    return f"{phrase}, without quotes" if kind in _NUMBERS and isinstance(problem.get("input"), str) else phrase


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that ``name`` was probably meant to be, None if there is none close."""
    close = difflib.get_close_matches(name[:LONGEST].lower(), list(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def suggest(name: str, known: Iterable[str]) -> str:
    """The way out of a wrong name: the known one that is near, else all of them."""
    near = nearest(name, known)
    return f"did you mean {near}?" if near else f"known are {', '.join(known)}"


def quoted(text: str) -> str:
    """A client's own words inside an error, cut where they are long."""
    return repr(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
