"""A few hostile links and files of each kind against a real worker; `benchmarks/hostile.py` has hundreds."""

from __future__ import annotations

from benchmarks import hostile


def test_nothing_hostile_gets_in_or_stays() -> None:
    """No link reaches the trap or makes a job; each file is refused in a sentence or done; no file stays."""
    told = hostile.measure(urls=12, count=12, seed=3, short=True)
    assert {name: told[name] for name in ("urls", "urls_in", "urls_done", "files", "wrong", "left")} == {
        "urls": 12, "urls_in": 0, "urls_done": 0, "files": 12, "wrong": 0, "left": 0
    }  # fmt: skip
