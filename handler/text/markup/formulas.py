"""Formulas of TeX, as models write them: ``$x^2$``, ``\\(a \\times b\\)``, ``$$\\frac{a}{b}$$``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from handler.text.markup.rewriting import Edit

_FORMULA = re.compile(
    r"\$\$(?P<display>[^$]{1,400})\$\$|\\\((?P<round>[^\n\\]{0,99}(?:\\(?!\))[^\n\\]{0,99}){0,40})\\\)"
    r"|\\\[(?P<square>[^\\]{0,99}(?:\\(?!\])[^\\]{0,99}){0,40})\\\]"
    r"|(?<![\w$\\])\$(?=[^\s\d$])(?P<inline>[^$\n]{1,200})(?<=\S)\$(?![\w$])"
)
_LOOKS_LIKE_A_FORMULA = re.compile(r"[\\^_=+<>{}]|^[A-Za-z]$")
_PART = re.compile(r"\\(?P<command>[A-Za-z]{1,20})|\\(?P<space>[,;:! ])|(?P<brace>[{}])")
_SIGNS = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠",
    "ne": "≠", "approx": "≈", "infty": "∞", "to": "→", "rightarrow": "→", "sum": "∑", "int": "∫", "in": "∈",
    "partial": "∂", "nabla": "∇", "sqrt": "√", "circ": "°", "degree": "°", "equiv": "≡", "cup": "∪", "cap": "∩",
    "subset": "⊂", "forall": "∀", "exists": "∃", "Delta": "∆", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "epsilon": "ε", "theta": "θ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Omega": "Ω",
}  # fmt: skip
_NAMES = frozenset("sin cos tan log ln exp lim max min".split())
_FRACTIONS = frozenset(("frac", "dfrac", "tfrac"))


def formula_edits(text: str) -> Iterator[Edit]:
    """The edits that leave formulas without their dollars and commands: the signs stand for these."""
    for found in _FORMULA.finditer(text):
        name = found.lastgroup or ""
        start, end = found.span(name)
        if name == "inline" and not _LOOKS_LIKE_A_FORMULA.search(found[name]):
            continue
        yield Edit(found.start(), start)
        yield from _inside(text, start, end)
        yield Edit(end, found.end())


def _inside(text: str, start: int, end: int) -> Iterator[Edit]:
    """The edits of one formula. The brace between the parts of a fraction becomes a slash."""
    fraction_next, open_fractions = False, list[bool]()
    for found in _PART.finditer(text, start, end):
        command, brace = found["command"], found["brace"]
        if brace == "{":
            open_fractions.append(fraction_next)
            fraction_next = False
        between = brace == "}" and bool(open_fractions) and open_fractions.pop() and text.startswith("{", found.end())
        if command in _FRACTIONS:
            fraction_next = True
        known = f"{command} " if command in _NAMES else _SIGNS.get(command or "", "")
        yield Edit(*found.span(), "/" if between else known)
