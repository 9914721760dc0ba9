"""Every warning code that the code makes is in the table, and the table has no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from handler.types import JobWarning
from handler.warnings import WARNINGS

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")


def used_codes(source: str) -> Iterator[str]:
    """The codes given to JobWarning and warn in a module; a code that is passed on (``warning.code``) has none.

    A code in a constant of the module is looked up there, one in a variable among the strings of its function.
    Raises AssertionError for a code that is neither.
    """
    tree = ast.parse(source)
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in {"JobWarning", "warn"}:
            continue
        if not call.args and all(keyword.arg is None for keyword in call.keywords):
            continue  # a warning of a record, read again
        code = call.args[0]
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield code.value
        elif isinstance(code, ast.Name) and code.id in constants:
            yield constants[code.id]
        elif isinstance(code, ast.Name):
            function = next(function for function in reversed(functions) if call in ast.walk(function))
            if code.id not in {argument.arg for argument in function.args.args}:
                strings = [node.value for node in ast.walk(function) if isinstance(node, ast.Constant)]
                if not (codes := _matching(strings)):  # a dict that another function of the module has filled
                    keys = [node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
                    codes = _matching([key.value for key in keys if isinstance(key, ast.Constant)])
                assert codes, f"line {call.lineno}: nobody can tell what {code.id} is"
                yield from codes
        else:
            assert isinstance(code, ast.Attribute), f"line {call.lineno}: a code must be a plain string"
            assert code.attr == "code", f"line {call.lineno}: a code must be a plain string"


def _matching(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str) and CODE.fullmatch(value)]


def test_table_has_exactly_the_used_codes() -> None:
    """A new code needs a row in WARNINGS, and a row whose code is gone must go with it."""
    files = [*ROOT.glob("handler/**/*.py"), *ROOT.glob("*.py")]
    used = {code for path in files for code in used_codes(path.read_text("utf-8"))}
    assert used == set(WARNINGS)


def test_meanings_are_sorted_sentences() -> None:
    """Codes are sorted, and each meaning fits in a cell of a Markdown table."""
    assert list(WARNINGS) == sorted(WARNINGS)
    for code, meaning in WARNINGS.items():
        assert CODE.fullmatch(code)
        assert re.fullmatch(r"[A-Z][^|\n]+\.", meaning)


def test_unknown_warning_code_is_refused() -> None:
    """A warning with a code outside the table raises an error."""
    assert JobWarning("clip_short", "short").code == "clip_short"
    with pytest.raises(ValueError, match="clip_long"):
        JobWarning("clip_long", "long")
