"""Every pattern of the worker takes steps in proportion to the text: a client must not choose how long one takes."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from itertools import chain, product
from math import inf
from pathlib import Path

import pytest

from handler.aligners import pronunciation
from handler.text.languages import LANGUAGES
from handler.text.patterns import MAX_EXPRESSION_CHARS
from handler.text.readings import KINDS, MAX_CHARS
from tests.support.regex_steps import MAX_STEPS, Steps

ROOT = Path(__file__).parent.parent
CALLS = {"compile", "search", "sub", "split", "findall", "finditer", "match", "fullmatch"}
ANCHORED = {"match", "fullmatch"}
VARIABLE = "sign"  # that loops over a table of patterns
SIZE = 24  # repetitions of an attack, and twice as many: enough to tell two times the steps from four times
NOT_OF_CLIENTS = {
    "handler/aligners/google_credentials.py", "handler/settings.py", "handler/doctor/bucket.py",
    "handler/aligners/pronunciation.py", "handler/media/probe.py", "handler/captions/render/render.py",
}  # fmt: skip
"""Files whose patterns get the worker's own settings, its tables or what ffmpeg reports."""


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a method or of a function of a module, with the name before the dot."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))):
                yield name, node


def patterns(path: Path) -> Iterator[tuple[int, re.Pattern[str], bool]]:
    """Each pattern of a file: its line, itself, and whether it is only matched at one place, never searched for."""
    tree = ast.parse(path.read_text("utf-8"))
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    names = {id(node.value): node.targets[0].id for node in ast.walk(tree)
             if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)}  # fmt: skip
    methods: dict[str, set[str]] = {}
    for name, call in calls(tree):
        methods.setdefault(name, set()).add(call.func.attr)  # type: ignore[attr-defined]
    for name, call in calls(tree):
        method = call.func.attr  # type: ignore[attr-defined]
        if name != "re" or method not in CALLS or not call.args:
            continue
        try:
            written = eval(compile(ast.Expression(call.args[0]), str(path), "eval"), vars(module))
        except NameError:
            continue  # made from a table, of which there are tests below
        used = methods.get(names.get(id(call), VARIABLE), {"search"}) if method == "compile" else {method}
        flags = [re.IGNORECASE, re.MULTILINE, re.DOTALL, re.ASCII]
        given = ast.unparse(call)
        pattern = re.compile(written, sum(flag for flag in flags if flag.name and f"re.{flag.name}" in given))
        yield call.lineno, pattern, used <= ANCHORED


FILES = [
    path
    for path in sorted([*ROOT.glob("handler/**/*.py"), ROOT / "s3_utils.py"])
    if "re." in path.read_text("utf-8") and path.relative_to(ROOT).as_posix() not in NOT_OF_CLIENTS
]


def worst(pattern: re.Pattern[str], *, anchored: bool) -> tuple[float, str]:
    """The greatest growth of the steps when an attack is twice as long, and that attack."""
    steps = Steps(pattern)
    count = steps.fullmatch if anchored else steps.search

    def growth(attack: tuple[str, str, str]) -> float:
        head, pump, tail = attack
        once, twice = (count(head + pump * times + tail) for times in (SIZE, 2 * SIZE))
        return inf if twice == MAX_STEPS else twice / (once + 20)

    found = [(growth(attack), repr(attack)) for attack in steps.attacks()]
    return max(found, default=(0.0, ""))


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_patterns_are_linear(path: Path) -> None:
    """A text twice as long takes a pattern about twice the steps, whatever is repeated in it."""
    for line, pattern, anchored in patterns(path):
        ratio, attack = worst(pattern, anchored=anchored)
        assert ratio < 2.7, f"line {line}: {pattern.pattern} takes {ratio:.1f} times the steps on twice {attack}"


def test_rules_of_languages_are_not_exponential() -> None:
    """Rules see texts of MAX_EXPRESSION_CHARS at most, so squares are allowed to them; cubes are not."""
    assert MAX_EXPRESSION_CHARS <= 200
    for rule in {rule for language in LANGUAGES.values() for rule in language.rules}:
        ratio, attack = worst(rule.pattern, anchored=True)
        assert ratio < 4.7, f"{rule.pattern.pattern} takes {ratio:.1f} times the steps on twice {attack}"


def test_readings_are_not_exponential() -> None:
    """The patterns of readings see whole tokens of MAX_CHARS at most, so squares are allowed to them; cubes are not."""
    assert MAX_CHARS <= 200
    for row in {row for language in LANGUAGES.values() for row in (*KINDS, *language.readings)}:
        ratio, attack = worst(re.compile(row.pattern), anchored=True)
        assert ratio < 4.7, f"{row.pattern} takes {ratio:.1f} times the steps on twice {attack}"


def test_letter_to_sound_rules_are_linear() -> None:
    """Each rule is matched at each letter."""
    for pattern, _ in pronunciation._RULES:
        assert worst(pattern, anchored=True)[0] < 2.7


@pytest.mark.parametrize(
    ("written", "anchored", "linear"),
    [
        (r"a+$", False, False), (r"a+$", True, True), (r"(a+)+b", True, False), (r"\s*x?\s*y", True, False),
        (r"(?<!a)a++$", False, True), (r"\W+|x", False, True), (r"(a|b)*c", True, True), (r"(?:a|a)*c", True, False),
        (r"(x)?(?(1)a*|b)", True, True), (r"(x)?(?(1)c|a*a*b)", True, False), (r"(a*)(?>a*)b", True, False),
    ],
)  # fmt: skip
def test_growth_is_found(written: str, anchored: bool, linear: bool) -> None:
    """The counting itself: known patterns are known to be linear or not."""
    assert (worst(re.compile(written), anchored=anchored)[0] < 2.7) is linear


@pytest.mark.parametrize(
    "written",
    [r"(\()?a+(?(1)\)|b)", r"(['\"])a*\1", r"(?>(a)|b)\1", r"(a|(b))+c(?(2)d|e)", r"a++(?<!aa)b", r"a[^a]*?$"],
)
def test_steps_follow_re(written: str) -> None:
    """The matcher that counts finds in every short text what `re` finds: groups that are referred to among it."""
    pattern = re.compile(written)
    steps = Steps(pattern)
    for text in map("".join, chain.from_iterable(product("(a)b'\"cde", repeat=count) for count in range(5))):
        assert steps.matches(text) == bool(pattern.fullmatch(text)), text
