"""The second pass of `sphinx`: where exactly words begin and end, near to where the first pass found them.

The first pass knows one silence, that of the rooms in which the model was trained. Here silence is that of the
recording, its hum and its noise: a pause then belongs to no word. Every word may be said in any of its pronunciations,
reduced ones included, with a silence or none after it. Where there is room for it, "uh" or "um" may stand in such a
silence. The likeliest path through all of them (Viterbi) is looked for only near to the first pass's words, so that it
can neither wander nor take long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from handler.aligners.sphinx_decoding import FRAME_S, USUAL_PHONE_FRAMES, Segment
from handler.aligners.sphinx_features import features, filter_energies
from handler.aligners.sphinx_model import STATES, AcousticModel
from handler.aligners.sphinx_speech import speech_evidence
from handler.cancellation import current

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

Pronunciation = tuple[int, ...]  # phones

_REACH = round(1.0 / FRAME_S)  # frames that a word may be from where the first pass put it
_SILENCE = float(np.log(0.005))  # of a silence between two words, as the first pass has it
# Of any pronunciation but the dictionary's first, reduced ones among them: a tie goes to the first.
_VARIANT = float(np.log(0.01))
_HESITATIONS = (("AH",), ("AH", "M"))  # the model's own fillers, +NSN+ and +SPN+, placed nothing better
# Of a hesitation that the text lacks. At -20 sound of words goes to it; at -50 more words are far from theirs.
_HESITATION = -30.0
# What the words on either side of a hesitation last longer than usual, in the first pass, which gives it to them.
_ROOM_FRAMES = 20
# Sounds that are stretched have parts as quiet as a silence: of slower texts the first pass's edges are nearer (espeak
# at 0.6 of its pace: by 22 ms in place of 31; at 0.5 by 34 in place of 48). People have 7 to 8 at their usual pace.
# Fewer words are those around a reading, and a wrong one stretches them: six let "nineties" win by telephone.
_SLOW_PHONE_FRAMES, _PACED_WORDS = 9.0, 10
_MIN_QUIET_FRAMES = 8
_QUIETEST = 0.5  # the share of the first pass's silence: breath and what it could not place are the louder half
_PRIOR_FRAMES = 20  # frames that the model's own silence counts for
_BLOCK = 250  # frames whose likelihoods are held at a time: in more, more phones would be needed
_NEVER = -1e30
_OUTSIDE = -1  # the word of a silence


@dataclass
class _Exits:
    """States that a word ends in, with the logarithm of leaving them: into the next word, or into silence."""

    word: list[tuple[int, float]] = field(default_factory=list)
    silence: list[tuple[int, float]] = field(default_factory=list)


class _Graph:
    """All states of a text in its order, with those that each may come from.

    The outermost phones of a word are there twice where silence makes another triphone of them. ``hesitant`` are the
    words after which somebody may hesitate.
    """

    def __init__(
        self, model: AcousticModel, words: Sequence[Sequence[Pronunciation]], hesitant: frozenset[int] = frozenset()
    ) -> None:
        self.model = model
        self.senones: list[int] = []
        self.word: list[int] = []
        self._entries: list[list[tuple[int, float]]] = []
        self.initial: dict[int, float] = {}
        silence = model.silence
        start = [(_OUTSIDE, 0.0)]
        before = _Exits(start, [self._phone(silence, _OUTSIDE, [(_OUTSIDE, _SILENCE)])])
        self.firsts: list[int] = []
        for at, variants in enumerate(words):
            self.firsts.append(len(self.senones))
            left = words[at - 1][0][-1] if at else silence
            right = words[at + 1][0][0] if at + 1 < len(words) else silence
            exits = _Exits()
            for number, phones in enumerate(variants):
                cost = _VARIANT if number else 0.0
                into = _Exits(*([(state, own + cost) for state, own in ways] for ways in (before.word, before.silence)))
                self._pronunciation(phones, at, (left, right), into, exits)
            pause = [(state, own + _SILENCE) for state, own in exits.silence]
            quiet = [self._phone(silence, _OUTSIDE, pause)]
            if at in hesitant:
                quiet.append(self._hesitation([*exits.silence, *quiet]))
            before = _Exits(exits.word, quiet)
        self.firsts.append(len(self.senones))
        self.final = [state for state, _ in (*exits.word, *exits.silence, *before.silence)]

    def _hesitation(self, after: Sequence[tuple[int, float]]) -> tuple[int, float]:
        """Add "uh" and "um", and return the exit of the silence that follows them."""
        silence = self.model.silence
        entries = [(state, own + _HESITATION) for state, own in after]
        done = []
        for names in _HESITATIONS:
            phones = [silence, *(self.model.phones[name] for name in names), silence]
            ways = entries
            for at in range(1, len(phones) - 1):
                left, phone, right = phones[at - 1 : at + 2]
                triphone = self.model.triphone(phone, left, right, first=at == 1, last=at == len(names))
                ways = [self._phone(triphone, _OUTSIDE, ways)]
            done += ways
        return self._phone(silence, _OUTSIDE, done)

    def _pronunciation(
        self, phones: Pronunciation, word: int, neighbours: tuple[int, int], into: _Exits, exits: _Exits
    ) -> None:
        lefts = [(neighbours[0], into.word), (self.model.silence, into.silence)]
        for at, phone in enumerate(phones):
            first, last = at == 0, at == len(phones) - 1
            rights = [neighbours[1], self.model.silence] if last else [phones[at + 1]]
            entries: dict[int, dict[tuple[int, float], None]] = {}  # of each triphone, none of them twice
            outcomes: dict[int, set[int]] = {}
            for outcome, right in enumerate(rights):
                for left, ways in lefts:
                    triphone = self.model.triphone(phone, left, right, first=first, last=last)
                    entries.setdefault(triphone, {}).update(dict.fromkeys(ways))
                    outcomes.setdefault(triphone, set()).add(outcome)
            left_by = {triphone: self._phone(triphone, word, list(ways)) for triphone, ways in entries.items()}
            lefts = [(phone, list(left_by.values()))]
        for triphone, exit_ in left_by.items():
            for outcome in outcomes[triphone]:
                (exits.word, exits.silence)[outcome].append(exit_)

    def _phone(self, triphone: int, word: int, entries: Sequence[tuple[int, float]]) -> tuple[int, float]:
        """Add the states of a phone that follows others, and return the last one with what leaving it costs."""
        matrix = self.model.matrices[triphone]
        for state in range(STATES):
            number = len(self.senones)
            self.senones.append(int(self.model.senones[triphone, state]))
            self.word.append(word)
            self._entries.append([(number, float(self.model.stay[matrix, state]))])
            for source, cost in entries:
                if source == _OUTSIDE:
                    self.initial[number] = cost
                else:
                    self._entries[number].append((source, cost))
            entries = [(number, float(self.model.leave[matrix, state]))]
        return entries[0]

    def arcs(self) -> tuple[Array, Array]:
        """The states before each state, itself first, and the logarithms of coming from there: [state, way]."""
        ways = max(map(len, self._entries))
        sources = np.repeat(np.arange(len(self._entries), dtype=np.int32)[:, None], ways, axis=1)
        costs = np.full(sources.shape, _NEVER, np.float32)
        for state, entries in enumerate(self._entries):
            for way, (source, cost) in enumerate(entries):
                sources[state, way], costs[state, way] = source, cost
        return sources, costs


def edges(
    model: AcousticModel, words: Sequence[Sequence[Pronunciation]], near: Sequence[Segment], sound: bytes
) -> list[tuple[int, int]] | None:
    """The first frame of each word and the one after its last; None where no path is, and in slow speech.

    ``words`` has the pronunciations of each, the usual one first; ``near`` is where the first pass found it.
    """
    lengths = [(one.end - one.start) / len(variants[0]) for one, variants in zip(near, words, strict=True)]
    if len(lengths) >= _PACED_WORDS and np.median(lengths) > _SLOW_PHONE_FRAMES:
        return None
    energies = filter_energies(sound)
    heard, evidence = features(energies), speech_evidence(energies, near)
    graph = _Graph(_adapted(model, heard, near), words, _hesitant(words, near))
    path = _likeliest(graph, heard, evidence, _bands(graph, near, len(heard)))
    if path is None:
        return None
    owners = np.asarray(graph.word)[path]
    starts = np.searchsorted(path, graph.firsts)
    found = []
    for at, (start, end) in enumerate(pairwise(starts)):
        frames = start + np.flatnonzero(owners[start:end] == at)
        if not len(frames):
            return None
        found.append((int(frames[0]), int(frames[-1]) + 1))
    return found


def _hesitant(words: Sequence[Sequence[Pronunciation]], near: Sequence[Segment]) -> frozenset[int]:
    """The words after which there may be something that the text lacks.

    Two words that last long have it between them, before or after; with the others no time is spent.
    """
    usual = [USUAL_PHONE_FRAMES * len(variants[0]) for variants in words]
    return frozenset(
        after
        for at, (one, other) in enumerate(pairwise(near))
        if other.end - one.start - usual[at] - usual[at + 1] >= _ROOM_FRAMES
        for after in (max(0, at - 1), at, at + 1)
    )


def _adapted(model: AcousticModel, heard: Array, near: Sequence[Segment]) -> AcousticModel:
    """The model with its silence moved to that of the recording, as far as there is any.

    The offset of the means is the likeliest one under the model's variances (MLLR with a bias alone: Leggetter and
    Woodland, Computer Speech and Language 9, 1995), with some frames of the model's own as a prior. Only the cepstra
    move. Neither full nor diagonal transforms of the speech, nor its bias, placed real words better.
    """
    quiet = np.ones(len(heard), bool)
    for segment in near:
        quiet[segment.start : segment.end] = False
    loudness = heard[:, 0, 0]
    if quiet.sum() < _MIN_QUIET_FRAMES:
        return model
    quiet &= loudness <= np.quantile(loudness[quiet], _QUIETEST)
    cepstra = heard[quiet, 0]
    shares = model.responsibilities(cepstra, model.silence, 0)
    means, precisions = model.means[model.silence][0], model.precisions[model.silence, 0]
    weight = shares @ precisions
    offsets = np.zeros(heard.shape[1:], np.float32)
    offsets[0] = (weight * cepstra - shares @ (precisions * means)).sum(0) / weight.sum(0)
    offsets[0] /= 1 + _PRIOR_FRAMES / len(cepstra)
    return model.moved(model.silence, offsets)


def _bands(graph: _Graph, near: Sequence[Segment], frames: int) -> tuple[Array, Array]:
    """The first state and the one after the last that a path may be in at each frame."""
    starts = np.array([segment.start for segment in near])
    ends = np.array([segment.end for segment in near])
    opens = np.minimum(starts - _REACH, np.concatenate([[0], ends[:-1]]))
    closes = np.maximum(ends + _REACH, np.concatenate([starts[1:] + 1, [frames]]))
    times = np.arange(frames)
    firsts = np.asarray(graph.firsts)
    first_word = np.searchsorted(closes, times, "right")
    last_word = np.searchsorted(opens, times, "right")
    # The silence before the first word has no word of its own.
    lower = np.where(first_word == 0, 0, firsts[np.minimum(first_word, len(near) - 1)])
    return lower, firsts[np.maximum(last_word, 1)]


def _scored(
    model: AcousticModel, senones: Array, heard: Array, evidence: Array, bands: tuple[Array, Array]
) -> Iterator[Array]:
    """The likelihoods of the states in the band of each frame, those of silence less the evidence of speech there."""
    lower, upper = (band.tolist() for band in bands)
    for begin in range(0, len(heard), _BLOCK):
        current().check()
        end = min(begin + _BLOCK, len(heard))
        first = lower[begin]
        needed, columns = np.unique(senones[first : upper[end - 1]], return_inverse=True)
        scores = model.scores(heard[begin:end], needed)
        scores[:, model.owners[needed] == model.silence] -= evidence[begin:end, None]
        for frame in range(begin, end):
            yield scores[frame - begin, columns[lower[frame] - first : upper[frame] - first]]


def _likeliest(graph: _Graph, heard: Array, evidence: Array, bands: tuple[Array, Array]) -> Array | None:
    """The state of each frame on the likeliest path (Viterbi) within the bands; None where none ends the text."""
    sources, costs = graph.arcs()
    lower, upper = (band.tolist() for band in bands)
    numbers = np.arange(len(sources))
    senones = np.asarray(graph.senones)
    value = np.full(len(senones), _NEVER, np.float32)
    ways: list[Array] = []
    for frame, scores in enumerate(_scored(graph.model, senones, heard, evidence, bands)):
        low, high = lower[frame], upper[frame]
        if frame == 0:
            for state, cost in graph.initial.items():
                value[state] = cost
            value[low:high] += scores
            value[high:] = _NEVER
            ways.append(np.zeros(high - low, np.uint8))
            continue
        reached = value[sources[low:high]]
        reached += costs[low:high]
        way = reached.argmax(1)
        ways.append(way.astype(np.uint8))
        value[lower[frame - 1] : low] = _NEVER
        value[low:high] = reached[numbers[: high - low], way] + scores
    state = max(graph.final, key=lambda final: value[final])
    if value[state] <= _NEVER / 2:
        return None
    path = np.empty(len(heard), np.int64)
    for frame in range(len(heard) - 1, -1, -1):
        path[frame] = state
        state = int(sources[state, ways[frame][state - lower[frame]]])
    return path
