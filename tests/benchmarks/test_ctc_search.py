"""The benchmark of searches: what it compares are searches for the same path."""

from __future__ import annotations

import sys

import pytest

from benchmarks.ctc_search import Measured, cells, faster_from, problem, score, searches


def test_all_searches_find_a_path_of_the_same_score() -> None:
    """Ours in numpy and in torch, and torchaudio's where there is one, agree on the likeliest path's probability."""
    emissions, tokens = problem(0.1, 1)
    scores = [round(score(emissions, search(emissions, tokens)), 2) for search in searches("cpu").values()]
    assert len(scores) >= 2
    assert len(set(scores)) == 1


def test_torchaudio_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package its search is left out."""
    monkeypatch.setitem(sys.modules, "torchaudio", None)
    assert list(searches("cpu")) == ["numpy", "torch"]


@pytest.mark.parametrize(
    ("torch_s", "minutes"), [((2, 1, 2), 1.0), ((3, 3, 4), 5.0), ((3, 3, 6), None), ((0, 1, 2), 0.5)]
)
def test_where_a_device_is_faster(torch_s: tuple[float, ...], minutes: float | None) -> None:
    """It is from the least cells on that nothing slower follows; equally fast is not faster."""
    each = zip((0.5, 1.0, 5.0), (1, 3, 6), torch_s, strict=True)
    measured = {
        at: {"numpy": Measured(numpy_s, 0.0, 0.0), "torch": Measured(own, 0.0, 0.0)} for at, numpy_s, own in each
    }
    assert faster_from(measured) == (minutes and cells(minutes))
