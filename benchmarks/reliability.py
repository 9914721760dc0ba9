"""Whether the confidence of aligners means what it says: words of confidence 0.5 should be right as often as wrong.

    python benchmarks/reliability.py [--aligners sphinx,whisper] [--conditions clean,room] [--sentences 12]
                                     [--whole] [--within 80] [--fit]
    python benchmarks/reliability.py --recording WAV TEXTGRID [--tier words] [--aligners sphinx] [--within 80] [--fit]

The clips are those of `truth.py` in its conditions, cut into pieces of 3 to 16 words (not with `--whole`), or pieces of
recordings of people as they are, one for each `--recording`. Each is aligned, by the plain `align` of the aligner, with
six texts: the right one; three in which one word in eight is replaced, left out or added; its words shuffled; and other
sentences. A word is right that begins within 80 ms of where it is said (or `--within` other milliseconds); a word that
is not said, or not there, is wrong. What a confidence means hangs on the mix of both, so their shares are printed: in a
recording whose text is right, a word of 0.5 is more often right than wrong. Of whole clips more words are right: long
wrong texts are mostly refused, and words of refused texts are not counted.

For each aligner the tables have the words by tenths of confidence (how many, their mean confidence, the share that is
right), and for each condition the expected calibration error and two AUC: the chance that a right word has a higher
confidence than a wrong one, and that a right text has a higher mean than a shuffled or another one.

The first table is that of docs/timing.md, whose picture `docs/timing_picture.py` draws. `--fit` fits the coefficients
of `handler/aligners/sphinx_confidence.py` to such words and prints how many they are and the coefficients, in place of
all tables: without other options those that stand there, from the conditions FITTED. Right words and wrong ones weigh
alike in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import os
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.alignment import MARGIN_S, pieces_of
from benchmarks.recordings import Interval
from benchmarks.spoken_text import sentences
from benchmarks.truth import at_hand, conditions, listed
from benchmarks.truth_set.calibration import RIGHT_MS, Calibration, is_right
from benchmarks.truth_set.conditions import CONDITIONS, SEED, Crowd, problem
from benchmarks.truth_set.fit import Fit
from benchmarks.truth_set.recorded import read_clip
from benchmarks.truth_set.regression import TooLittle
from benchmarks.truth_set.speech import LANGUAGE, Clip, speakers
from benchmarks.truth_set.texts import Line, lines
from handler.aligners.sphinx import SphinxAligner
from handler.errors import AlignmentError
from handler.protocols import Aligner
from handler.settings import Settings
from handler.types import Token, WordTime

SENTENCES = 12
PIECES = (3, 4, 6, 8, 12, 16)
"""Words."""
FITTED = ("clean", "telephone", "room", "babble-10", "creaky", "cold")
"""Conditions that differ; on other ones and on persons the fit was as good with these as with fourteen."""
OTHER_SENTENCES, OTHER_SEED = 60, 77
"""Those of wrong texts, which no clip has."""


def recorded(clip: Clip) -> list[Clip]:
    """A person's recording in pieces of some words, as `alignment.py` cuts it."""
    words = [Interval(word, time.start, time.end) for word, time in zip(clip.words, clip.times, strict=True) if time]
    pieces = pieces_of(words)
    made: list[Clip] = []
    first = 0
    for number, piece in enumerate(pieces):
        before = pieces[number - 1][-1].end if number else 0.0
        after = pieces[number + 1][0].start if number + 1 < len(pieces) else clip.seconds
        start, stop = max(before, piece[0].start - MARGIN_S, 0.0), min(after, piece[-1].end + MARGIN_S)
        made.append(_part(clip, f"{clip.name} {number}", slice(first, first + len(piece)), (start, stop)))
        first += len(piece)
    return made


def pieces(clip: Clip) -> list[Clip]:
    """The clip in pieces of some words: each piece ends where the next word begins, or MARGIN_S after its last word."""
    draw = random.Random(f"{SEED} {clip.name}")
    ends = [WordTime(0.0, 0.0), *clip.times, WordTime(clip.seconds, clip.seconds)]
    made: list[Clip] = []
    first = 0
    while first < len(clip.times):
        after = min(len(clip.times), first + draw.choice(PIECES))
        before, *inside, beyond = ends[first : after + 2]
        begin, end = inside[0], inside[-1]
        if before and begin and end and beyond and len(inside) >= min(PIECES):
            start, stop = max(before.end, begin.start - MARGIN_S), min(beyond.start, end.end + MARGIN_S)
            made.append(_part(clip, f"{clip.name} {first}", slice(first, after), (start, stop)))
        first = after
    return made


def _part(clip: Clip, name: str, words: slice, seconds: tuple[float, float]) -> Clip:
    """Some words of a clip, with its sound between two times."""
    start, stop = seconds
    tokens = tuple(Token(word, (word,), 0, 0) for word in clip.words[words])
    times = tuple(time and time.moved(-start) for time in clip.times[words])
    sound = clip.samples[round(start * clip.rate) : round(stop * clip.rate)]
    return Clip(name, clip.speaker, tokens, sound, clip.rate, times)


def texts(clip: Clip) -> list[Line]:
    """The same texts for a clip every time."""
    others = " ".join(sentences(OTHER_SENTENCES, OTHER_SEED)).split()
    return lines(clip.words, others, random.Random(f"{SEED} {clip.name}"))


def aligned(aligner: Aligner, clip: Clip, line: Line) -> Sequence[WordTime | None]:
    """The times of a text's words; none where the aligner refuses it."""
    try:
        return aligner.align(clip.samples, clip.rate, line.words, LANGUAGE)
    except AlignmentError:
        return [None] * len(line.words)


def calibration(aligner: Aligner, clips: Sequence[Clip], within_ms: float) -> Calibration:
    """All texts of all clips."""
    counted = Calibration(within_ms)
    for clip in clips:
        for line in texts(clip):
            counted.add(clip, line, aligned(aligner, clip, line))
    return counted


def heard(sets: Iterable[tuple[str, list[Clip]]]) -> Fit:
    """The evidence of sphinx for the words of all texts."""
    fit, aligner = Fit(), SphinxAligner(Settings.read({}))
    with fit.listening() as judge:
        for condition, clips in sets:
            for clip in clips:
                for line in texts(clip):
                    found = aligned(aligner, clip, line)
                    judged = [is_right(clip, line, at, time) for at, time in enumerate(found) if time]
                    if judged:
                        judge(condition, judged)
            print(f"{condition} done", file=sys.stderr, flush=True)
    return fit


def show(name: str, each: dict[str, Calibration]) -> Calibration:
    """Print the tables of an aligner; return the whole."""
    whole = Calibration()
    for one in each.values():
        whole.include(one)
    print(f"\n<!-- reliability: {name} -->\n\n| words | mean confidence | right |\n| --- | --- | --- |")
    for tenth in whole.bins():
        print(f"| {tenth.words:,} | {tenth.confidence:.3f} | {tenth.right:.3f} |")
    rows = {**each, "all": whole}
    print(f"\n{'':18}{'words':>8}{'right':>8}{'mean':>8}{'ECE':>8}{'AUC words':>11}{'AUC texts':>11}")
    for condition, one in rows.items():
        figures = one.figures()
        shares = "".join(f"{figures[key]:8.3f}" for key in ("right", "confidence", "ece"))
        print(f"{condition:18}{figures['words']:8.0f}{shares}{figures['auc_words']:11.3f}{figures['auc_texts']:11.3f}")
    return whole


def main() -> None:
    """Speak, align right and wrong texts, print the tables and one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--aligners", type=listed, default=[])
    parser.add_argument("--conditions", type=listed, default=[])
    parser.add_argument("--sentences", type=int, help=f"{SENTENCES} where none are given")
    parser.add_argument("--recording", type=Path, nargs=2, action="append", default=[])
    parser.add_argument("--tier", default="words")
    parser.add_argument("--within", type=float, default=RIGHT_MS, help="milliseconds")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    if given.recording and (given.conditions or given.sentences or given.whole):
        parser.error("recordings are cut and taken as they are: with --recording, give no conditions, sentences, whole")
    given.conditions = given.conditions or list(FITTED if given.fit else CONDITIONS)
    if reason := problem(given.conditions):
        parser.error(reason)
    if given.fit:
        fit = heard(_sets(given))
        print(f"{len(fit.right):,} words")
        try:
            print(*fit.coefficients())
        except TooLittle as error:
            sys.exit(str(error))
        return
    with tempfile.TemporaryDirectory() as folder:
        registry, usable = at_hand(Path(folder))
        names = given.aligners or usable
        measured: dict[str, dict[str, Calibration]] = {name: {} for name in names}
        for condition, clips in _sets(given):
            for name in names:
                measured[name][condition] = calibration(registry.get(name), clips, given.within)
            print(f"{condition} done", file=sys.stderr, flush=True)
    print(json.dumps({name: show(name, each).figures() for name, each in measured.items()}))


def _sets(given: argparse.Namespace) -> Iterator[tuple[str, list[Clip]]]:
    if given.recording:
        for wav, textgrid in given.recording:
            yield wav.stem, recorded(read_clip(wav, textgrid, given.tier))
        return
    everyone = list(speakers(Settings.read(os.environ)))
    for condition, clips in conditions(given.conditions, everyone, given.sentences or SENTENCES, Crowd(everyone)):
        yield condition, clips if given.whole else [piece for clip in clips for piece in pieces(clip)]


if __name__ == "__main__":
    main()
