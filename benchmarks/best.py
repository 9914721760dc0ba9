"""What `best` makes of the times of two aligners, beside each of them, and the numbers by which it does.

    python benchmarks/best.py [--aligners sphinx,whisper] [--conditions clean,room] [--sentences 15] [--forced] [--fit]
    python benchmarks/best.py --recording WAV TEXTGRID [--tier words] [--conditions clean,room] [--forced] [--fit]

The clips are those of `truth.py` in its conditions. With `--recording`, once or more, they are recordings of people
whose words stand in a tier of a TextGrid, in the conditions that need no engine to speak otherwise. Both aligners are
asked once for each clip; `truth.py --aligners sphinx,whisper,best` asks them again for `best`, and takes the time.

The table has the errors of word starts in milliseconds, the share of words that are more than 200 ms off, of those
after pauses the share that is within 40 ms, how many words are more than 80 ms off, and the AUC of the confidence: the
chance that a word within 80 ms has a higher one than such a word. Words without a time have 0. The last rows, and the
JSON object, have all conditions together. The object also has the seconds of sound, the words whose place is known, the
seconds that `best` took to combine what both had found, and the words that `best` places more than 200 ms off, each
with the errors, in milliseconds, and the confidences of all three.

After that `--fit` prints the numbers of `handler/alignment/combination.py` that fit the same words: each aligner's mean
errors of starts and ends in seconds, without those of more than 200 ms; the distance of two starts at which both are
within 80 ms in half of all cases, in sums of both mean errors, and how steeply that falls; and how far the confidence
of each tells which of them is nearer where they are farther apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.alignment import auc
from benchmarks.truth import as_shown, at_hand, conditions, listed
from benchmarks.truth_set.agreement import Pair, fitted, pairs
from benchmarks.truth_set.calibration import RIGHT_MS
from benchmarks.truth_set.conditions import CONDITIONS, Crowd, problem
from benchmarks.truth_set.figures import FAR_MS, NEAR_MS, Tally
from benchmarks.truth_set.recorded import read_clip
from benchmarks.truth_set.regression import TooLittle
from benchmarks.truth_set.speech import LANGUAGE, Clip, speakers
from benchmarks.two_aligners import timed
from handler.alignment.joined_match import joined
from handler.alignment.match import Match, match
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.settings import BEST, Settings

SENTENCES = 15
_HEAD = (
    f"{'(starts, ms)':28}{'median':>8}{'mean':>8}{'p90':>8}{f'> {FAR_MS:.0f} ms':>10}{f'≤ {NEAR_MS:.0f} ms':>10}"
    f"{f'> {RIGHT_MS:.0f} ms':>9}{'AUC':>8}"
)


class Placing(NamedTuple):
    """By how many milliseconds a word begins late as captions show it, and its confidence, 0 for one without a time."""

    error_ms: float
    confidence: float


def placings(found: Match, clip: Clip) -> list[Placing | None]:
    """Of each word; None for one of which nothing tells where it is said."""
    placed: list[Placing | None] = []
    for own, shown, true in zip(found.times, as_shown(found, clip).times, clip.times, strict=True):
        assert shown, "captions show every word"
        placed.append(Placing(1000 * (shown.start - true.start), own.confidence if own else 0.0) if true else None)
    return placed


@dataclass
class Judged:
    """The errors of words in some clips, and the confidences of those that are right and of the others."""

    tally: Tally = field(default_factory=Tally)
    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)

    def add(self, clip: Clip, found: Match) -> None:
        """Count the words of a clip."""
        self.tally.add(clip, *as_shown(found, clip))
        for each in placings(found, clip):
            if each:
                (self.right if abs(each.error_ms) <= RIGHT_MS else self.wrong).append(each.confidence)

    @property
    def auc(self) -> float | None:
        """Of the confidence; None where all words are right, or none is."""
        return auc(self.right, self.wrong) if self.right and self.wrong else None

    def line(self, name: str) -> str:
        """A row of the table."""
        each = self.tally.figures()
        starts = "".join(f"{each[key]:8.1f}" for key in ("median_ms", "mean_ms", "p90_ms"))
        shares = "".join(f"{each[key]:8.1f} %" for key in ("far_percent", "paused_near_percent"))
        told = "-" if self.auc is None else f"{self.auc:.3f}"
        return f"{name:28}{starts}{shares}{len(self.wrong):9}{told:>8}"

    def figures(self) -> dict[str, float | None]:
        """Milliseconds, a share in percent, and the AUC."""
        each = self.tally.figures()
        return {**{key: round(each[key], 2) for key in ("mean_ms", "far_percent")}, "auc": self.auc}


class Far(NamedTuple):
    """A word that `best` places far off, and where it and both aligners place it."""

    word: str
    condition: str
    placings: Mapping[str, Placing]

    def figures(self) -> dict[str, Any]:
        """Milliseconds and confidences."""
        placed = {name: [round(each.error_ms, 1), round(each.confidence, 3)] for name, each in self.placings.items()}
        return {"word": self.word, "condition": self.condition, **placed}


@dataclass
class Comparison:
    """What is counted of the clips of all conditions, by the name of an aligner."""

    judged: dict[str, Judged]
    pairs: list[Pair] = field(default_factory=list)
    far: list[Far] = field(default_factory=list)
    sound_s: float = 0.0
    combining_s: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Seconds, counts, the figures of each aligner, and the words that are far off."""
        return {
            "sound_s": round(self.sound_s),
            "words": self.judged[BEST].tally.words,
            "combining_s": round(self.combining_s, 2),
            **{name: judged.figures() for name, judged in self.judged.items()},
            "far": [each.figures() for each in self.far],
        }


def asked(aligner: Aligner, clip: Clip, *, forced: bool) -> Match | None:
    """What an aligner finds, on the road of `generate` or of `align`; None where it refuses the clip."""
    try:
        if forced:
            return Match(tuple(timed(aligner, clip.samples, clip.rate, clip.words, LANGUAGE)), (), ())
        return match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, LANGUAGE, aligner)
    except AlignmentError:
        return None


def changed(clips: Sequence[Clip], names: Sequence[str], crowd: Crowd) -> Iterator[tuple[str, list[Clip]]]:
    """The recordings in each condition."""
    for name in names:
        yield name, [CONDITIONS[name].apply(clip, name, number, crowd) for number, clip in enumerate(clips)]


def compare(
    aligners: Mapping[str, Aligner], conditions: Iterable[tuple[str, list[Clip]]], *, forced: bool
) -> Comparison:
    """Ask both aligners for the clips of all conditions, and print the table."""
    names = (*aligners, BEST)
    whole = Comparison({name: Judged() for name in names})
    rows = [_HEAD]
    for condition, clips in conditions:
        here = {name: Judged() for name in names}
        for clip in clips:
            answers = {name: asked(aligner, clip, forced=forced) for name, aligner in aligners.items()}
            found = {name: each for name, each in answers.items() if each}
            if len(found) == len(aligners):
                one, other = found.values()
                whole.pairs += pairs(one.times, other.times, clip.times)
            nothing = Match((None,) * len(clip.words), (), ())
            began = time.perf_counter()
            best = joined(found) if found else nothing
            whole.combining_s += time.perf_counter() - began
            whole.sound_s += clip.seconds
            made = {name: found.get(name, nothing) for name in aligners} | {BEST: best}
            whole.far += far(clip, condition, made)
            for name, each in made.items():
                here[name].add(clip, each)
                whole.judged[name].add(clip, each)
        rows += [judged.line(f"{condition} {name}") for name, judged in here.items()]
        print(f"{condition} done", file=sys.stderr, flush=True)
    print("\n".join([*rows, *(judged.line(f"all {name}") for name, judged in whole.judged.items())]))
    return whole


def far(clip: Clip, condition: str, made: Mapping[str, Match]) -> Iterator[Far]:
    """The words of a clip that `best` places far off."""
    placed = {name: placings(each, clip) for name, each in made.items()}
    for at, word in enumerate(clip.words):
        each = {name: own for name, words in placed.items() if (own := words[at])}
        if each and abs(each[BEST].error_ms) > FAR_MS:
            yield Far(word, condition, each)


def main() -> None:
    """Speak or read, change, ask both, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--aligners", type=listed, default=["sphinx", "whisper"])
    parser.add_argument("--conditions", type=listed, default=["clean"])
    parser.add_argument("--sentences", type=int, help=f"{SENTENCES} where none are given; not with --recording")
    parser.add_argument("--forced", action="store_true")
    parser.add_argument("--recording", type=Path, nargs=2, action="append", default=[])
    parser.add_argument("--tier", default="words")
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    if reason := problem(given.conditions, recorded=bool(given.recording)):
        parser.error(reason)
    if given.recording and given.sentences:
        parser.error("a recording has its own sentences: leave out --sentences or --recording")
    if len(set(given.aligners)) != 2 or BEST in given.aligners:
        parser.error("name two single aligners")
    everyone = list(speakers(Settings.read(os.environ)))
    crowd = Crowd(everyone)
    people = [read_clip(wav, textgrid, given.tier) for wav, textgrid in given.recording]
    if people:
        clips = changed(people, given.conditions, crowd)
    else:
        clips = conditions(given.conditions, everyone, given.sentences or SENTENCES, crowd)
    with tempfile.TemporaryDirectory() as folder:
        registry, _ = at_hand(Path(folder))
        whole = compare({name: registry.get(name) for name in given.aligners}, clips, forced=given.forced)
    print("\n" + json.dumps(whole.figures()))
    if given.fit:
        show_fit(whole.pairs, given.aligners)


def show_fit(words: Sequence[Pair], names: Sequence[str]) -> None:
    """Print the numbers that fit the words, or end with the reason why none do."""
    print(f"\n{len(words)} words of {', '.join(names)}")
    try:
        print("\n".join(f"{key}: {value}" for key, value in fitted(words)._asdict().items()))
    except TooLittle as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
