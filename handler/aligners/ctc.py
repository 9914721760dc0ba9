"""Align known words to the output of a CTC model.

A CTC model (Graves et al., ICML 2006) gives each frame a log probability for every character and for the *blank*, no
character. The Viterbi algorithm finds the likeliest path of frames that spells the words. "Emissions" are the log
probabilities, float32 [frames, characters of the model].
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from handler.aligners import viterbi
from handler.aligners.ctc_target import Alphabet, Target
from handler.aligners.ctc_times import WordFrames
from handler.aligners.ctc_unspelled import place
from handler.aligners.viterbi import Lattice, Search
from handler.errors import AlignmentError

if TYPE_CHECKING:
    from handler.aligners.viterbi import Emissions, FloatArray, IntArray

logger = logging.getLogger(__name__)

MIN_LOG_PROB = -1e4  # floor of emissions: with -inf, all paths through an impossible character would be equal

LONG_CELLS = 50_000_000
"""Frames times states from which a device other than the CPU searches: minutes of sound with all of their text.

A frame is a dozen small operations. On a CPU their time grows with the states; a device has to start each of them,
whatever their number, and pays only for many states. `benchmarks/ctc_search.py --device cuda` finds the number of
cells; it is an estimate as long as no GPU has run that. Windows of 30 s are far below it.
"""


def align(
    emissions: Emissions, target: Target, alphabet: Alphabet, *, open_: bool = False, device: str = "cpu"
) -> list[WordFrames | None]:
    """Find the frames of each word on the likeliest path.

    A word without tokens has the frames in which the model hears something between its neighbours; None if there are
    none, or if it has no sound. With ``open_`` the path may pass over sound around the words, and leave words out:
    these have no frames, and confidence 0. ``device`` is torch's, for much to search. Raises AlignmentError if there
    are fewer frames than the tokens need.
    """
    if not target.tokens:
        return [None] * len(target.spans)
    if len(emissions) < target.min_frames and not open_:
        reason = f"it is too short for {len(target.spans)} words"
        raise AlignmentError(f"audio: {reason}; check that text and audio belong together")
    lattice = target.lattice(alphabet.blank, open_=open_)
    states = _search(lattice, emissions, device).path()
    path = np.where(states % 2, np.array([*target.tokens, alphabet.blank])[states // 2], alphabet.blank)
    said, first, counts = np.unique(states[states % 2 == 1] // 2, return_index=True, return_counts=True)
    frames_of_tokens = np.flatnonzero(states % 2)
    # Tokens that were left out begin and end where the next one begins.
    begins = np.full(len(target.tokens) + 1, len(path))
    begins[said] = frames_of_tokens[first]
    begins = np.minimum.accumulate(begins[::-1])[::-1]
    ends = begins[:-1].copy()
    ends[said] += counts
    # Each frame's label against the likeliest there: 1 where the model would write the same without a text.
    odds = np.exp(emissions[np.arange(len(path)), path] - emissions.max(axis=1))
    # Any sound is as good where a part of a word has no characters: the others tell whether the word is said.
    odds[(states % 2 == 0) & lattice.stars[states // 2]] = 1.0
    sums = np.concatenate([[0.0], np.cumsum(odds, dtype=np.float64)])

    def frames(first: int, after: int) -> WordFrames:
        start, end, limit = int(begins[first]), int(ends[after - 1]), int(begins[after])
        if (begins[first:after] == ends[first:after]).any():
            return WordFrames(start, start, start, limit, 0.0)
        confidence = _confidence(sums, begins[first:after], ends[first:after])
        return WordFrames(start, int(begins[after - 1]), end, limit, confidence)

    found = [frames(*span) if span else None for span in target.spans]
    if not target.unspelled:
        return found
    silent = [number for number in (alphabet.blank, alphabet.separator) if number is not None]
    heard = np.flatnonzero(~np.isin(emissions.argmax(axis=1), silent))
    return place(found, target, heard, len(emissions))


def _search(lattice: Lattice, emissions: Emissions, device: str) -> Search:
    """Search on the device if there is much to search."""
    if device != "cpu" and len(emissions) * lattice.states >= LONG_CELLS:
        from handler.aligners import viterbi_torch

        try:
            return viterbi_torch.search(lattice, emissions, device)
        except RuntimeError:  # torch's own, out of memory included
            logger.warning("the device cannot search here, the processor does", exc_info=True)
    return viterbi.search(lattice, emissions)


def _confidence(sums: FloatArray, begins: IntArray, ends: IntArray) -> float:
    """The mean odds of a word's characters, times the mean odds of the blanks between them.

    ``sums[t]`` is the sum of the odds before frame ``t``. Blanks are averaged apart: there are many, and they are
    likely in silence, so they would make any word likely.
    """
    inside = sums[ends] - sums[begins]
    blanks = int((ends[-1] - begins[0]) - (ends - begins).sum())
    between = (sums[ends[-1]] - sums[begins[0]] - inside.sum()) / blanks if blanks else 1.0
    return float(min(1.0, max(0.0, np.mean(inside / (ends - begins)) * between)))


def prefix_length(emissions: Emissions, target: Target, blank: int, device: str = "cpu") -> int:
    """Return how many of the target's first words the audio contains: those with the likeliest path.

    The search is open, as in `align`. A word without tokens counts if a word with tokens follows it.
    """
    if not target.tokens or len(emissions) == 0:
        return 0
    scores = _search(target.lattice(blank, open_=True), emissions, device).scores
    following = [span[0] for span in target.spans if span] + [len(target.tokens)]
    best = {0: scores[0]}
    for number, span in enumerate(target.spans, start=1):
        if span:
            # The path may end in the word's last character, in a blank, or before the next word's first character.
            upto = next(first for first in following if first >= span[1])
            best[number] = scores[2 * span[1] - 1 : 2 * upto + 1].max()
    return max(best, key=best.__getitem__)
