"""How `qwen3` draws codes from scores; `test_sampler` compares the probabilities with upstream's own."""

from __future__ import annotations

import torch

from handler.engines.qwen3 import drawing
from handler.engines.qwen3.drawing import Drawing, Drawings


def test_draws_have_the_shares_of_upstream() -> None:
    """Codes come with the probabilities of softmax after temperature, and only those of top_k and top_p come."""
    scores = torch.tensor([2.0, 1.0, 0.0, -1.0])
    chances = torch.rand(4000, 1, generator=torch.Generator().manual_seed(0))

    def shares(own: Drawing) -> torch.Tensor:
        drawn = drawing.draw(scores.repeat(4000, 1), Drawings.of([own] * 4000, scores.device), chances)
        return torch.bincount(drawn, minlength=4) / 4000

    expected = torch.softmax(scores / 0.8, dim=-1)
    assert torch.allclose(shares(Drawing(0.8, 50, 1.0)), expected, atol=0.03)
    assert torch.count_nonzero(shares(Drawing(0.8, 2, 1.0))) == 2
    assert torch.count_nonzero(shares(Drawing(0.8, 50, float(expected[0]) + 0.01))) == 2
    assert torch.count_nonzero(shares(Drawing(0.8, 50, 0.1))) == 1


def test_scores_that_are_no_numbers_harm_their_row_alone() -> None:
    """A row of NaN gets some code, and the others get their own."""
    scores = torch.tensor([[2.0, 1.0], [torch.nan, torch.nan], [1.0, 2.0]])
    codes = drawing.draw(scores, Drawings.of([Drawing(1.0, 1, 0.5)] * 3, scores.device), torch.full((3, 1), 0.5))
    assert codes.tolist()[::2] == [0, 1]
    assert 0 <= codes[1] < 2
