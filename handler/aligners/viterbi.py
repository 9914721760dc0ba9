"""The Viterbi algorithm over a CTC model's emissions: the likeliest path of frames through all tokens of a text.

States are blank, token, blank, …, token, blank: state ``2 * i`` is the blank before token ``i``, and state
``2 * i + 1`` that token. A frame stays in its state, goes on to the next, or passes over the blank between two tokens
that differ (Graves et al., ICML 2006). The score of a state is the log probability of the likeliest path that ends
there. Only the scores of the last frame are kept, and of each frame three bits for each token: the way back. Scores are
float64 and every choice between equal ones is fixed, so that `viterbi_torch` finds the same path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from handler.cancellation import current

if TYPE_CHECKING:
    import numpy.typing as npt

    Emissions = npt.NDArray[np.float32]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.intp]
    BoolArray = npt.NDArray[np.bool_]
    Bits = npt.NDArray[np.uint8]

BLOCK_FRAMES = 64
"""Frames whose choices are packed at once, and after which a cancelled job ends: 10 ms with some thousand tokens."""

# In nats: of a frame of sound that belongs to no word, below the likeliest character there, and of a word that is left
# out. A right character is seldom 3 nats below the likeliest one, most wrong ones are 5 to 15.
ANYTHING_COST, SKIP_COST = 3.0, 15.0


@dataclass(frozen=True)
class Lattice:
    """The states of a search: the column of emissions for each token, and which blanks are more than blanks."""

    tokens: IntArray
    blank: int
    stars: BoolArray
    """For each blank whether it stands for any sound (the "star" of Pratap et al., arXiv 2305.13516)."""
    edges: IntArray = field(default_factory=lambda: np.array([], np.intp))
    """The blanks before the words and the one after the last, where a path may leave words out; none: it may not."""

    @property
    def states(self) -> int:
        return 2 * len(self.tokens) + 1

    @cached_property
    def repeats(self) -> FloatArray:
        """For each token but the first -inf where it is that before it, which needs a blank between them; else 0."""
        return np.where(self.tokens[1:] == self.tokens[:-1], -np.inf, 0.0)

    @cached_property
    def costs(self) -> FloatArray:
        """What a path from the first edge to each edge costs if it leaves out all words between."""
        return np.multiply(SKIP_COST, np.arange(len(self.edges)), dtype=np.float64)

    def rows(self, emissions: Emissions) -> Iterator[tuple[Emissions, Emissions]]:
        """The emissions of blanks and of tokens in each block: [frames, tokens + 1] and [frames, tokens].

        Where no blank is a star, those of blanks are [frames, 1].
        """
        for start in range(0, len(emissions), BLOCK_FRAMES):
            block = emissions[start : start + BLOCK_FRAMES]
            blanks = block[:, self.blank, None]
            if self.stars.any():
                anything = np.maximum(blanks, block.max(axis=1, keepdims=True) - np.float32(ANYTHING_COST))
                blanks = np.where(self.stars, anything, blanks)
            yield blanks, block[:, self.tokens]


@dataclass
class Search:
    """A finished search: the scores of the states after the last frame, and the way back."""

    lattice: Lattice
    scores: FloatArray
    """The log probability of the likeliest path of all frames that ends in each state, -inf where there is none."""
    blocks: list[tuple[Bits, BoolArray]]
    """For each block the packed bits [frames, 3, tokens / 8], and for each edge whether words were left out before it.

    The bits say: the blank after the token was entered from it; the token was not stayed in; it was entered over the
    blank.
    """

    def path(self) -> IntArray:
        """Return the state of each frame on the likeliest path through all tokens."""
        count = len(self.lattice.tokens)
        edges = {int(blank): number for number, blank in enumerate(self.lattice.edges)}
        states: list[int] = []
        # The last frame is the last token, or the blank after it.
        state = self.lattice.states - (2 if self.scores[-2] >= self.scores[-1] else 1)
        for packed, left_out in reversed(self.blocks):
            bits = np.unpackbits(packed, axis=-1, count=count)
            for frame in range(len(bits) - 1, -1, -1):
                while not state % 2 and (edge := edges.get(state // 2)) and left_out[frame, edge]:
                    state = 2 * int(self.lattice.edges[edge - 1])
                states.append(state)
                token = state // 2
                if state % 2:
                    state -= int(bits[frame, 1, token]) * (1 + int(bits[frame, 2, token]))
                elif token:
                    state -= int(bits[frame, 0, token - 1])
        return np.array(states[::-1], np.intp)


def search(lattice: Lattice, emissions: Emissions) -> Search:
    """Find the likeliest path through all tokens of a lattice.

    Emissions are log probabilities, float32 [frames, characters]. Raises as `Cancellation.check` does.
    """
    count = len(lattice.tokens)
    blanks, tokens = np.full(count + 1, -np.inf), np.full(count, -np.inf)
    blanks[0] = 0.0
    _leave_out(lattice, blanks)
    best, skip = np.empty(count), np.full(count, -np.inf)
    blocks: list[tuple[Bits, BoolArray]] = []
    for of_blanks, of_tokens in lattice.rows(emissions):
        current().check()
        bits = np.empty((len(of_tokens), 3, count), np.bool_)
        left_out = np.zeros((len(of_tokens), len(lattice.edges)), np.bool_)
        for frame, (ended, moved, skipped) in enumerate(bits):
            np.add(tokens[:-1], lattice.repeats, out=skip[1:])
            np.greater(skip, blanks[:-1], out=skipped)
            np.maximum(skip, blanks[:-1], out=best)
            np.greater(tokens, blanks[1:], out=ended)
            np.maximum(tokens, blanks[1:], out=blanks[1:])
            np.greater(best, tokens, out=moved)
            np.maximum(best, tokens, out=tokens)
            blanks += of_blanks[frame]
            tokens += of_tokens[frame]
            left_out[frame] = _leave_out(lattice, blanks)
        blocks.append((np.packbits(bits, axis=-1), left_out))
    scores = np.empty(lattice.states)
    scores[::2], scores[1::2] = blanks, tokens
    return Search(lattice, scores, blocks)


def _leave_out(lattice: Lattice, blanks: FloatArray) -> BoolArray:
    """Let paths leave words out, which takes no frame; return at which edges the likeliest path now does."""
    here = blanks[lattice.edges] + lattice.costs
    best = np.maximum.accumulate(here)
    left_out: BoolArray = best > here
    blanks[lattice.edges[left_out]] = (best - lattice.costs)[left_out]
    return left_out
