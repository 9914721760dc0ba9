"""Align known words to the output of a CTC model.

A CTC model (Graves et al., ICML 2006) gives each frame a log probability for every character and for the *blank*, no
character. The Viterbi algorithm finds the likeliest path of frames that spells the words. "Emissions" are the log
probabilities, float32 [frames, characters of the model].
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.errors import AlignmentError
from handler.media import audio
from handler.types import Samples, WordTime

if TYPE_CHECKING:
    import numpy.typing as npt

    Emissions = npt.NDArray[np.float32]
    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.intp]

MIN_LOG_PROB = -1e4  # floor of emissions: with -inf, all paths through an impossible character would be equal
MAX_ENDING_S = 0.25  # how long a word's last sound may go on after the model's last frame for it
# In an open search, in nats: of a frame of sound that belongs to no word, below the likeliest character there, and of a
# word that is left out. A right character is seldom 3 nats below the likeliest one, most wrong ones are 5 to 15.
_ANYTHING_COST, _SKIP_COST = 3.0, 15.0
_BLANKS = ("[pad]", "<pad>")  # names of the blank in transformers' models; torchaudio's have it first, as ``-``
_APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'")


class Alphabet:
    """The characters of a model, by number.

    ``separator`` is the character between words: None if the model has none or the language writes without spaces.
    """

    def __init__(self, dictionary: Mapping[str, int], *, spaces: bool = True) -> None:
        self.blank = next((dictionary[name] for name in _BLANKS if name in dictionary), 0)
        self.separator = dictionary.get("|") if spaces else None
        reserved = {self.blank, dictionary.get("|")}
        self._numbers = {
            character: number
            for character, number in dictionary.items()
            if len(character) == 1 and not character.isspace() and number not in reserved
        }

    def spell(self, word: str) -> list[int]:
        """Spell a word in the model's characters, without those that the model lacks (digits, other scripts).

        An accent is dropped only if the model lacks the letter with it.
        """
        return [number for character in unicodedata.normalize("NFKC", word) for number in self._spelled(character)]

    def _spelled(self, character: str) -> list[int]:
        folded = character.casefold()
        for written in (character, character.lower(), character.upper(), folded, _APOSTROPHES.get(character)):
            if written and all(part in self._numbers for part in written):
                return [self._numbers[part] for part in written]
        return [self._numbers[part] for part in unicodedata.normalize("NFKD", folded) if part in self._numbers]


@dataclass(frozen=True)
class Target:
    """The tokens of all words, with separators between them, and for each word its range of tokens (None: empty)."""

    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int] | None, ...]

    @classmethod
    def from_words(cls, words: Sequence[str], alphabet: Alphabet) -> Target:
        """Spell the words in the model's characters."""
        tokens: list[int] = []
        spans: list[tuple[int, int] | None] = []
        for word in words:
            spelled = alphabet.spell(word)
            if spelled and tokens and alphabet.separator is not None:
                tokens.append(alphabet.separator)
            spans.append((len(tokens), len(tokens) + len(spelled)) if spelled else None)
            tokens += spelled
        return cls(tuple(tokens), tuple(spans))

    def first(self, words: int) -> Target:
        """Return the target of the first so many words."""
        spans = self.spans[:words]
        return Target(self.tokens[: max((span[1] for span in spans if span), default=0)], spans)

    @property
    def min_frames(self) -> int:
        """One frame for each token, and one for the blank between two equal ones."""
        return len(self.tokens) + sum(one == other for one, other in pairwise(self.tokens))


class WordFrames(NamedTuple):
    """The frames of a word, from ``start`` to before ``end``.

    Its last character starts at ``last``; whatever follows the word starts at ``limit``. A word that was left out has
    no frames.
    """

    start: int
    last: int
    end: int
    limit: int
    confidence: float


class _Trellis:
    """Viterbi scores over the states blank, token, blank, …, token, blank.

    ``scores[t, 2 + s]`` is the log probability of the likeliest path of ``t`` frames that ends in state ``s``, -inf if
    there is none. Two columns of -inf come first, so that every state has two predecessors.

    With ``open_`` the blanks around words stand for any sound (the "star" of Pratap et al., arXiv 2305.13516), and a
    path may leave words out.
    """

    def __init__(self, emissions: Emissions, target: Target, blank: int, *, open_: bool = False) -> None:
        self._labels = np.full(2 * len(target.tokens) + 1, blank)
        self._labels[1::2] = target.tokens
        # A path may skip the blank between two tokens, unless they are equal.
        self._skips = np.full(len(self._labels), -np.inf)
        self._skips[3::2] = np.where(self._labels[3::2] != self._labels[1:-2:2], 0.0, -np.inf)
        spans = [span for span in target.spans if span]
        # From the blank before a word to the one before the next word, or after the last.
        self._edges = np.array([*(2 * start for start, _ in spans), len(self._labels) - 1] if open_ else [], np.intp)
        if open_:
            self._labels[[2 * end for _, end in spans]] = self._labels[self._edges] = emissions.shape[1]
            anything = np.maximum(emissions[:, blank], emissions.max(axis=1) - _ANYTHING_COST)
            emissions = np.column_stack([emissions, anything])
        self.scores = np.empty((len(emissions) + 1, 2 + len(self._labels)))
        self.scores[0] = self.scores[:, :2] = -np.inf
        self.scores[0, 2] = 0.0
        self._left_out = np.zeros((len(emissions) + 1, len(self._edges)), np.bool_)
        self._leave_out(0)
        best, skip = np.empty((2, len(self._labels)))
        for at, (frame, before, after) in enumerate(
            zip(emissions, self.scores, self.scores[1:], strict=False), start=1
        ):
            np.maximum(before[2:], before[1:-1], out=best)
            np.add(before[:-2], self._skips, out=skip)
            np.maximum(best, skip, out=best)
            np.add(best, frame[self._labels], out=after[2:])
            self._leave_out(at)

    def _leave_out(self, at: int) -> None:
        """Let paths leave words out after ``at`` frames, which takes no frame."""
        if len(self._edges):
            costs = _SKIP_COST * np.arange(len(self._edges))
            here = self.scores[at, 2 + self._edges] + costs
            best = np.maximum.accumulate(here)
            self._left_out[at] = best > here
            self.scores[at, 2 + self._edges] = best - costs

    def path(self) -> IntArray:
        """Return the state of each frame on the likeliest path through all tokens; odd states are tokens."""
        states = np.empty(len(self.scores) - 1, np.intp)
        edges = {int(state): index for index, state in enumerate(self._edges)}
        # The last frame is the last token, or the blank after it.
        state = len(self._labels) - (2 if self.scores[-1, -2] >= self.scores[-1, -1] else 1)
        for frame in range(len(states) - 1, -1, -1):
            while (edge := edges.get(state)) and self._left_out[frame + 1, edge]:
                state = int(self._edges[edge - 1])
            states[frame] = state
            skip, step, stay = self.scores[frame, state : state + 3].tolist()
            skip += self._skips[state]
            if max(skip, step) > stay:
                state -= 1 if step >= skip else 2
        return states


def align(emissions: Emissions, target: Target, blank: int, *, open_: bool = False) -> list[WordFrames | None]:
    """Find the frames of each word on the likeliest path; None for a word without tokens.

    With ``open_`` the path may pass over sound around the words, and leave words out: these have no frames, and
    confidence 0. Raises AlignmentError if there are fewer frames than the tokens need.
    """
    if not target.tokens:
        return [None] * len(target.spans)
    if len(emissions) < target.min_frames and not open_:
        reason = f"it is too short for {len(target.spans)} words"
        raise AlignmentError(f"audio: {reason}; check that text and audio belong together")
    states = _Trellis(emissions, target, blank, open_=open_).path()
    path = np.where(states % 2, np.array([*target.tokens, blank])[states // 2], blank)
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
    sums = np.concatenate([[0.0], np.cumsum(odds, dtype=np.float64)])

    def frames(first: int, after: int) -> WordFrames:
        start, end, limit = int(begins[first]), int(ends[after - 1]), int(begins[after])
        if (begins[first:after] == ends[first:after]).any():
            return WordFrames(start, start, start, limit, 0.0)
        confidence = _confidence(sums, begins[first:after], ends[first:after])
        return WordFrames(start, int(begins[after - 1]), end, limit, confidence)

    return [frames(*span) if span else None for span in target.spans]


def _confidence(sums: FloatArray, begins: IntArray, ends: IntArray) -> float:
    """The mean odds of a word's characters, times the mean odds of the blanks between them.

    ``sums[t]`` is the sum of the odds before frame ``t``. Blanks are averaged apart: there are many, and they are
    likely in silence, so they would make any word likely.
    """
    inside = sums[ends] - sums[begins]
    blanks = int((ends[-1] - begins[0]) - (ends - begins).sum())
    between = (sums[ends[-1]] - sums[begins[0]] - inside.sum()) / blanks if blanks else 1.0
    return float(min(1.0, max(0.0, np.mean(inside / (ends - begins)) * between)))


def prefix_length(emissions: Emissions, target: Target, blank: int) -> int:
    """Return how many of the target's first words the audio contains: those with the likeliest path.

    The search is open, as in `align`. A word without tokens counts if a word with tokens follows it.
    """
    if not target.tokens or len(emissions) == 0:
        return 0
    scores = _Trellis(emissions, target, blank, open_=True).scores[-1, 2:]
    following = [span[0] for span in target.spans if span] + [len(target.tokens)]
    best = {0: scores[0]}
    for number, span in enumerate(target.spans, start=1):
        if span:
            # The path may end in the word's last character, in a blank, or before the next word's first character.
            upto = next(first for first in following if first >= span[1])
            best[number] = scores[2 * span[1] - 1 : 2 * upto + 1].max()
    return max(best, key=best.__getitem__)


@dataclass(frozen=True)
class Frames:
    """The frames of a model in samples: ``hop`` from one to the next, each computed from ``field`` samples."""

    hop: int = 320
    field: int = 400

    @classmethod
    def from_convolutions(cls, convolutions: Sequence[tuple[int, int]]) -> Frames:
        """The frames of a chain of convolutions, given as (kernel, stride) (Dumoulin, arXiv 1603.07285)."""
        hop, field = 1, 1
        for kernel, stride in convolutions:
            field += (kernel - 1) * hop
            hop *= stride
        return cls(hop, field) if convolutions else cls()

    def count(self, samples: int) -> int:
        """Return how many frames so many samples have."""
        return max(0, (samples - self.field) // self.hop + 1)

    def at(self, frame: int) -> int:
        """Return the first sample that a frame stands for: one hop in the middle of its field."""
        return frame * self.hop + (self.field - self.hop) // 2

    def pieces(self, samples: int, max_samples: int, context: int) -> Iterator[tuple[int, int, int, int]]:
        """Cut so many samples into overlapping pieces of at most ``max_samples``.

        Yields a piece's first sample, the one after its last, how many frames to drop at its front, and how many to
        keep. Every frame is kept once, with up to ``context`` frames on either side.
        """
        frames = self.count(samples)
        if samples <= max_samples:
            yield 0, samples, 0, frames
            return
        step = self.count(max_samples) - 2 * context
        for first in range(0, frames, step):
            kept = min(step, frames - first)
            begin, end = max(0, first - context), min(frames, first + kept + context)
            yield begin * self.hop, (end - 1) * self.hop + self.field, first - begin, kept


def word_times(
    words: Sequence[WordFrames | None], frames: Frames, samples: Samples, sample_rate: int, duration_s: float
) -> list[WordTime | None]:
    """Convert frames to seconds, none beyond ``duration_s``, and move each word's end to the end of its sound.

    A model writes a character mostly in one frame, whatever its length. So the end is searched in the samples, up to
    whatever follows the word and for at most MAX_ENDING_S.
    """
    speech = audio.sounding_exactly(samples, sample_rate)
    reach = round(MAX_ENDING_S * sample_rate)

    def time(word: WordFrames) -> WordTime:
        if word.start == word.end:  # it was left out
            at = min(frames.at(word.start) / sample_rate, duration_s)
            return WordTime(at, at, 0.0)
        limit = frames.at(word.limit) if word.limit < frames.count(len(samples)) else len(samples)
        end = _end(word, frames, speech, min(limit, frames.at(word.end) + reach))
        start = frames.at(word.start)
        first, after = (min(edge / sample_rate, duration_s) for edge in (start, max(start, end)))
        return WordTime(first, after, word.confidence)

    return [time(word) if word else None for word in words]


def _end(word: WordFrames, frames: Frames, speech: audio.Mask, limit: int) -> int:
    """Return the sample at which the word's sound ends."""
    last, end = frames.at(word.last), frames.at(word.end)
    sounding = np.flatnonzero(speech[last:end])
    if len(sounding) == 0:
        # A stop is silent before its burst.
        return frames.at(word.last + 1)
    until = last + int(sounding[-1]) + 1
    if until < end:
        return until
    quiet = np.flatnonzero(~speech[end:limit])
    return end + int(quiet[0]) if len(quiet) else max(end, limit)
