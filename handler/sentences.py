"""What is wrong with a value, in one plain phrase: pydantic's kinds of error as people would say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
"""By pydantic's name of the kind; one that is not here keeps pydantic's own words."""

_NUMBERS = {"float_type", "int_type", "bool_type"}


def sentence(problem: Mapping[str, Any]) -> str:
    """One item of ``ValidationError.errors()`` as a phrase that goes on from the name of the field."""
    kind = problem["type"]
    if kind not in _SENTENCES:
        return str(problem["msg"])
    phrase = _SENTENCES[kind].format(**problem.get("ctx", {}))
    # People and no-code tools send "1.5" for 1.5: say what the difference is.
    return f"{phrase}, without quotes" if kind in _NUMBERS and isinstance(problem.get("input"), str) else phrase
