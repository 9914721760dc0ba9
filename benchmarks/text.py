"""How scripts are read: how often as expected, whether values are lost, and how fast.

    python benchmarks/text.py FOLDER [language ...] [-v]

FOLDER has {language}.tsv with a category, a written form and its spoken form a line. Both sides are compared without
case, punctuation, blanks and hyphens, and without the little words that differ by taste. ``lost`` counts values that no
word says: figures of which others would be spoken alike, and signs, units and currencies that change nothing where they
are left out. Hostile scripts have 20,000 characters; their seconds are told beside those of ordinary English that is
read right before each, because machines differ.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from benchmarks.spoken_text import sentences
from handler.errors import BadRequest
from handler.text import tokenize
from handler.text.rules.amounts import UNITS
from handler.text.rules.signs import ALWAYS

LONG_CHARS = 20_000
SHOWN = 12  # hostile scripts, the slowest
LITTLE_WORDS = {"en": "and a the", "de": "und", "es": "y con", "fr": "et", "pt": "e", "it": "e"}
PUMPS = (
    "1", "1,", "1.", "1 ", "-1", "1/", "1:", "$", "$1 ", "%", ".", "…", "—", "(", "[", "[a](", "[a](b)", "'", '"', "a'",
    "a.", "A.", "a-", "a/", "@", "#", "x@x.", "http://", "http://a.b/", "www.", "I ", "IV ", "May 1 ", "1st ", "5 km ",
    "+1 ", "555-", "1:2", "2h", "x^2", "=1", "½", "e\u0301", "中文", "🎉 ", "Dr. ", "ABC ", "word ", "\n", "* a\n",
    "<b>", "&amp;", "**a** ", "_a_", "`", "|a|b|\n", "[pause:0.05s]a",
)  # fmt: skip
_UNITS = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
# The "h" of 1.30 h carries nothing: that is a clock time without it.
_VALUES = re.compile(
    rf"\d+|[{re.escape(ALWAYS)}]|(?<=\d)(?<!\d[.:hp]\d\d)(?: ?)(?:{_UNITS})(?!\w)|(?<![\w.,)-])[-−](?=\d)"
)


def spoken(script: str, language: str) -> str:
    """The spoken words of a script, "" if it has none."""
    try:
        return " ".join(word for token in tokenize(script, language) for word in token.spoken)
    except BadRequest:
        return ""


def comparable(text: str, language: str) -> str:
    """A spoken form without what is not compared."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("-", " ").replace("\u2019", "'")
    little = LITTLE_WORDS.get(language, "").split()
    words = [word for word in re.sub(r"[^\w\s]", " ", text).split() if word not in little]
    if language == "en":
        words = ["o" if word == "oh" else word for word in words]
    joined = "".join(words)
    if language == "de":
        joined = joined.replace("einhundert", "hundert").replace("eintausend", "tausend").replace("und", "")
    return joined


def _next_digits(digits: str) -> str:
    """Other digits of the same script: १२९ → २३०."""
    values = map(unicodedata.decimal, digits)
    return "".join(chr(ord(digit) - value + (value + 1) % 10) for digit, value in zip(digits, values, strict=True))


def lost_values(script: str, language: str) -> list[str]:
    """The values of a script that no word says."""
    said = spoken(script, language)

    def without(found: re.Match[str]) -> str:
        other = _next_digits(found.group()) if found.group().isdecimal() else ""
        return spoken(script[: found.start()] + other + script[found.end() :], language)

    return [found.group() for found in _VALUES.finditer(script) if without(found) == said]


def cases(path: Path) -> Iterator[tuple[str, str, str]]:
    """Category, written and spoken form of each line."""
    for line in path.read_text("utf-8").splitlines():
        category, written, wanted = line.split("\t")
        yield category, written, wanted


def measure(path: Path, *, verbose: bool) -> dict[str, object]:
    """The rates, lost values and speed of a file."""
    language = path.stem
    right: Counter[str] = Counter()
    every: Counter[str] = Counter()
    lost: list[str] = []
    seconds = 0.0
    for category, written, wanted in cases(path):
        began = time.thread_time()
        said = spoken(written, language)
        seconds += time.thread_time() - began
        fits = comparable(said, language) == comparable(wanted, language)
        every[category] += 1
        right[category] += fits
        values = lost_values(written, language)
        lost += [f"{value} of {written}" for value in values]
        if verbose and (values or not fits):
            print(f"  {language} {category}: {written!r} → {said!r}, wanted {wanted!r}, lost {values}")
    return {
        "rate": round(right.total() / max(1, every.total()), 3),
        "categories": {category: f"{right[category]} of {count}" for category, count in every.items()},
        "lost": len(lost),
        "scripts_a_second": round(every.total() / max(seconds, 1e-6)),
    }


def seconds_of(script: str) -> float:
    """The seconds that reading a script takes on one core."""
    began = time.thread_time()
    spoken(script, "en")
    return time.thread_time() - began


def hostile() -> dict[str, object]:
    """The seconds of ordinary English and of each hostile script, the slowest first, with the ratio of the two."""
    ordinary = " ".join(sentences(400))[:LONG_CHARS]
    seconds_of(ordinary)
    rows = []
    for pump in PUMPS:
        beside = seconds_of(ordinary)
        taken = seconds_of(pump * (LONG_CHARS // len(pump)))
        rows.append((taken, taken / beside, pump))
    slowest = sorted(rows, reverse=True)[:SHOWN]
    return {
        "ordinary_s": round(min(seconds_of(ordinary) for _ in range(3)), 3),
        "hostile": [{"pump": pump, "s": round(taken, 3), "ratio": round(ratio, 2)} for taken, ratio, pump in slowest],
    }


def main() -> None:
    """Print the figures of each language as a line of JSON, and then those of long scripts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("languages", nargs="*")
    parser.add_argument("-v", "--verbose", action="store_true", help="print what differs")
    arguments = parser.parse_args()
    rates = {}
    for path in sorted(arguments.folder.glob("*.tsv")):
        if not arguments.languages or path.stem in arguments.languages:
            found = measure(path, verbose=arguments.verbose)
            rates[path.stem] = found["rate"]
            print(json.dumps({path.stem: found}, ensure_ascii=False), flush=True)
    print(json.dumps({"rates": rates, **hostile()}, ensure_ascii=False))


if __name__ == "__main__":
    main()
