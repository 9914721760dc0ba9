"""What `best` makes of the times of two aligners, beside each of them, and the numbers by which it does.

    python benchmarks/best.py [--aligners sphinx,whisper] [--conditions clean,room] [--sentences 15] [--forced]
                              [--recording WAV TEXTGRID] [--tier words] [--fit]

The clips are those of `truth.py` in its conditions. With `--recording`, once or more, they are recordings of people
whose words stand in a tier of a TextGrid, changed in the same ways, but for the engine's speed and the text. Both
aligners are asked once for each clip; `truth.py --aligners sphinx,whisper,best` asks them again for `best`, and takes
the time.

The table has the errors of word starts in milliseconds, the share of words that are more than 200 ms off, of those
after pauses the share that is within 40 ms, how many words are more than 80 ms off, and the AUC of the confidence: the
chance that a word within 80 ms has a higher one than such a word. Words without a time have 0. The last rows, and the
JSON object, have all conditions together.

`--fit` also prints the numbers of `handler/alignment/combination.py` that fit the same words: each
aligner's mean errors of starts and ends in seconds, without those of more than 200 ms; the distance of two starts at
which both are within 80 ms in half of all cases, in sums of both mean errors, and how steeply that falls; and how far
the confidence of each tells which of them is nearer where they are farther apart.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import soundfile

from benchmarks.alignment import auc, decoded, read_textgrid
from benchmarks.truth import as_shown, at_hand, conditions, listed
from benchmarks.truth_set.agreement import Pair, fitted, pairs
from benchmarks.truth_set.calibration import RIGHT_MS
from benchmarks.truth_set.conditions import CONDITIONS, Crowd
from benchmarks.truth_set.figures import FAR_MS, NEAR_MS, Tally
from benchmarks.truth_set.speech import LANGUAGE, Clip, speakers
from benchmarks.two_aligners import timed
from handler.alignment.joined_match import joined
from handler.alignment.match import Match, match
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.settings import BEST, Settings
from handler.types import Token, WordTime

SENTENCES = 15
_HEAD = (
    f"{'(starts, ms)':28}{'median':>8}{'mean':>8}{'p90':>8}{f'> {FAR_MS:.0f} ms':>10}{f'≤ {NEAR_MS:.0f} ms':>10}"
    f"{f'> {RIGHT_MS:.0f} ms':>9}{'AUC':>8}"
)


@dataclass
class Judged:
    """The errors of words in some clips, and the confidences of those that are right and of the others."""

    tally: Tally = field(default_factory=Tally)
    right: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)

    def add(self, clip: Clip, found: Match) -> None:
        """Count the words of a clip."""
        shown = as_shown(found, clip)
        self.tally.add(clip, *shown)
        for own, time, true in zip(found.times, shown.times, clip.times, strict=True):
            if true:
                near = time is not None and 1000 * abs(time.start - true.start) <= RIGHT_MS
                (self.right if near else self.wrong).append(own.confidence if own else 0.0)

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


def asked(aligner: Aligner, clip: Clip, *, forced: bool) -> Match | None:
    """What an aligner finds, on the road of `generate` or of `align`; None where it refuses the clip."""
    try:
        if forced:
            return Match(tuple(timed(aligner, clip.samples, clip.rate, clip.words, LANGUAGE)), (), ())
        return match(Recording.from_samples(clip.samples, clip.rate), clip.tokens, LANGUAGE, aligner)
    except AlignmentError:
        return None


def recorded(wav: Path, textgrid: Path, tier: str) -> Clip:
    """A person's recording, and where its words are."""
    samples, rate = soundfile.read(wav, dtype="float32", always_2d=True)
    words = read_textgrid(decoded(textgrid.read_bytes()), tier)
    tokens = tuple(Token(word.text, (word.text,), 0, 0) for word in words)
    times = tuple(WordTime(word.start, word.end) for word in words)
    return Clip(wav.stem, wav.stem, tokens, samples.mean(axis=1), rate, times)


def changed(clips: Sequence[Clip], names: Sequence[str], crowd: Crowd) -> Iterator[tuple[str, list[Clip]]]:
    """The recordings in each condition."""
    for name in names:
        yield name, [CONDITIONS[name].apply(clip, name, number, crowd) for number, clip in enumerate(clips)]


def main() -> None:
    """Speak or read, change, ask both, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--aligners", type=listed, default=["sphinx", "whisper"])
    parser.add_argument("--conditions", type=listed, default=["clean"])
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--forced", action="store_true")
    parser.add_argument("--recording", type=Path, nargs=2, action="append", default=[])
    parser.add_argument("--tier", default="words")
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    if unknown := set(given.conditions) - set(CONDITIONS):
        parser.error(f"there is no condition {', '.join(sorted(unknown))}; take some of {', '.join(CONDITIONS)}")
    if len(set(given.aligners)) != 2 or BEST in given.aligners:
        parser.error("name two single aligners")
    everyone = list(speakers(Settings.read(os.environ)))
    crowd = Crowd(everyone)
    people = [recorded(wav, textgrid, given.tier) for wav, textgrid in given.recording]
    if people:
        clips = changed(people, given.conditions, crowd)
    else:
        clips = conditions(given.conditions, everyone, given.sentences, crowd)
    with tempfile.TemporaryDirectory() as folder:
        registry, _ = at_hand(Path(folder))
        measure({name: registry.get(name) for name in given.aligners}, clips, given)


def measure(
    aligners: Mapping[str, Aligner], conditions: Iterator[tuple[str, list[Clip]]], given: argparse.Namespace
) -> None:
    """Ask both aligners for the clips of all conditions, and print."""
    words: list[Pair] = []
    every = {name: Judged() for name in (*aligners, BEST)}
    rows = [_HEAD]
    for condition, clips in conditions:
        here = {name: Judged() for name in every}
        for clip in clips:
            answers = {name: asked(aligner, clip, forced=given.forced) for name, aligner in aligners.items()}
            found = {name: each for name, each in answers.items() if each}
            if len(found) == len(aligners):
                one, other = found.values()
                words += pairs(one.times, other.times, clip.times)
            for name in every:
                own = found if name == BEST else {each: found[each] for each in found if each == name}
                made = joined(own) if own else Match((None,) * len(clip.words), (), ())
                here[name].add(clip, made)
                every[name].add(clip, made)
        rows += [judged.line(f"{condition} {name}") for name, judged in here.items()]
        print(f"{condition} done", file=sys.stderr, flush=True)
    print("\n".join([*rows, *(judged.line(f"all {name}") for name, judged in every.items())]))
    if given.fit:
        print(f"\n{len(words)} words of {', '.join(aligners)}")
        print("\n".join(f"{key}: {value}" for key, value in fitted(words)._asdict().items()))
    print("\n" + json.dumps({name: judged.figures() for name, judged in every.items()}))


if __name__ == "__main__":
    main()
