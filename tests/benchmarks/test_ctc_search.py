"""The benchmark of searches: what it compares are searches for the same path."""

from __future__ import annotations

from benchmarks.ctc_search import Asked, available, measure


def test_all_searches_find_a_path_of_the_same_score() -> None:
    """Ours in numpy and in torch, and torchaudio's where there is one, agree on the likeliest path's probability."""
    scores = [round(measure(Asked(name, 0.1, "cpu", 1)).score, 2) for name in available()]
    assert len(scores) >= 2
    assert len(set(scores)) == 1
