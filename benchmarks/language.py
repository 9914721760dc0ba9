"""How often the language of a text is found, and how often a text is said to be in another one.

    .venv/bin/python -m benchmarks.language

The sentences are those of the tests: six in each of 28 languages, and texts that mix languages.
"""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable

from handler.text.language_detection import likely_language, other_language
from tests.support.sentences import MIXED, SENTENCES, of

CODES = sorted({code for code, _ in SENTENCES})
REPEATED = 20  # runs of what is timed


def beginning(text: str) -> str:
    """The first three words of a sentence; of Chinese, Japanese and Thai eight characters."""
    return " ".join(text.split()[:3]) if " " in text else text[:8]


def found(texts: list[tuple[str, str]]) -> str:
    """How many are found, too short to tell, and taken for another language."""
    said = [(code, likely_language(text)) for code, text in texts]
    counts = Counter("right" if code == likely else "wrong" if likely else "unclear" for code, likely in said)
    return ", ".join(f"{counts[kind]} {kind}" for kind in ("right", "unclear", "wrong"))


def doubted(texts: list[tuple[str, str]], asked: str | None = None) -> str:
    """How many are said to be in another language than that asked for, by default their own."""
    seen = [(code, other_language(text, asked or code)) for code, text in texts if code != asked]
    wrong = sum(other not in (None, code) for code, other in seen)
    return f"{sum(other is not None for _, other in seen)} of {len(seen)}, {wrong} by a wrong name"


def milliseconds(work: Callable[[], object]) -> str:
    began = time.perf_counter()
    for _ in range(REPEATED):
        work()
    return f"{(time.perf_counter() - began) / REPEATED * 1000:.1f} ms"


def main() -> None:
    """Print the figures."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    likely_language("Hello")
    print(f"loading     {time.perf_counter() - began:.1f} s", end=", ")
    print(f"{(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000:.0f} MB with numpy")
    several = [(code, " ".join(of(code)[at : at + 3])) for code in CODES for at in (0, 3)]
    print("language    three words:", found([(code, beginning(text)) for code, text in SENTENCES]))
    print("            a sentence:", found(SENTENCES))
    print("            three sentences:", found(several))
    print("doubted     asked for rightly, a sentence:", doubted(SENTENCES))
    print("            asked for rightly, mixed:", doubted(MIXED))
    print("            asked for as English, a sentence:", doubted(SENTENCES, "en"))
    print("            asked for as English, three sentences:", doubted(several, "en"))
    long = " ".join(of("de") * 60)[:20_000]
    print("20,000 characters  found in", milliseconds(lambda: likely_language(long)), end=", ")
    print("compared with English in", milliseconds(lambda: other_language(long, "en")))


if __name__ == "__main__":
    main()
