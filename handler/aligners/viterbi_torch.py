"""`viterbi` on a device of torch's: the same additions and comparisons in the same order, so the same path.

Of the way back only one block of frames is on the device at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from handler.aligners.viterbi import Lattice, Search
from handler.cancellation import current

if TYPE_CHECKING:
    from handler.aligners.viterbi import Bits, BoolArray, Emissions


def search(lattice: Lattice, emissions: Emissions, device: str) -> Search:
    """As `viterbi.search`, on the device."""
    with torch.inference_mode():
        return _Device(lattice, device).search(emissions)


class _Device:
    """A lattice on a device, and the scores of its states after the frames so far."""

    def __init__(self, lattice: Lattice, device: str) -> None:
        count = len(lattice.tokens)
        self._lattice, self._device = lattice, device
        self._repeats, self._costs, self._edges = map(self._moved, (lattice.repeats, lattice.costs, lattice.edges))
        self._powers = torch.tensor([128, 64, 32, 16, 8, 4, 2, 1], dtype=torch.uint8, device=device)
        self._blanks, self._tokens, self._skip = (
            torch.full((size,), -torch.inf, dtype=torch.float64, device=device) for size in (count + 1, count, count)
        )
        self._blanks[0] = 0.0
        self._leave_out()

    def _moved(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    def search(self, emissions: Emissions) -> Search:
        blocks: list[tuple[Bits, BoolArray]] = []
        for of_blanks, of_tokens in self._lattice.rows(emissions):
            current().check()
            blocks.append(self._block(self._moved(of_blanks), self._moved(of_tokens)))
        scores = np.empty(self._lattice.states)
        scores[::2], scores[1::2] = self._blanks.cpu().numpy(), self._tokens.cpu().numpy()
        return Search(self._lattice, scores, blocks)

    def _block(self, of_blanks: torch.Tensor, of_tokens: torch.Tensor) -> tuple[Bits, BoolArray]:
        """Go on by some frames: their packed bits, and what was left out."""
        frames, count = of_tokens.shape
        bits = torch.zeros((frames, 3, -(-count // 8) * 8), dtype=torch.bool, device=self._device)
        left_out = torch.zeros((frames, len(self._edges)), dtype=torch.bool, device=self._device)
        for frame in range(frames):
            ended, moved, skipped = bits[frame, :, :count]
            torch.add(self._tokens[:-1], self._repeats, out=self._skip[1:])
            torch.gt(self._skip, self._blanks[:-1], out=skipped)
            best = torch.maximum(self._skip, self._blanks[:-1])
            torch.gt(self._tokens, self._blanks[1:], out=ended)
            self._blanks[1:] = torch.maximum(self._tokens, self._blanks[1:])
            torch.gt(best, self._tokens, out=moved)
            self._tokens = torch.maximum(best, self._tokens)
            self._blanks += of_blanks[frame]
            self._tokens += of_tokens[frame]
            left_out[frame] = self._leave_out()
        packed = (bits.view(frames, 3, -1, 8) * self._powers).sum(dim=-1, dtype=torch.uint8)
        return packed.cpu().numpy(), left_out.cpu().numpy()

    def _leave_out(self) -> torch.Tensor:
        """As `viterbi._leave_out`."""
        here = self._blanks[self._edges] + self._costs
        if not len(here):
            return here.bool()
        best = here.cummax(0).values
        left_out = best > here
        self._blanks[self._edges] = torch.where(left_out, best - self._costs, self._blanks[self._edges])
        return left_out
