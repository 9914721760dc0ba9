"""How close an aligner comes to reference word boundaries, and whether its confidence tells right words from wrong.

    python benchmarks/alignment.py WAV TEXTGRID [--aligner sphinx] [--language en] [--gaps]

The recording is aligned as a whole with the words of the TextGrid's "words" tier, and the edges at pauses are set by
the sound, as for clients; the errors are the distances of
starts and ends from the reference in milliseconds. Reference boundaries are set by people or by another aligner,
mostly in steps of 10 ms. `--aligner best` asks two aligners that are there; Whisper has to be in MODELS_DIR.

For `auc` the recording is cut into pieces at the reference's silences of PAUSE_S or more; pieces of fewer than
MIN_WORDS words are joined with the next, ones of more than MAX_WORDS are cut there. Each piece is aligned with its own
words (the right case) and with WRONG_CASES wrong texts of as many words, drawn with a fixed seed: in turn its own words
shuffled, and words of the other pieces. A case's score is the mean confidence of its words, 0 where the aligner refuses
the text. `auc` is the chance that a right case, drawn at random, scores above a wrong one, drawn at random over all
pieces: 1 is perfect, 0.5 is chance.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from benchmarks.recordings import KINDS, Interval, Studio, between, with_gaps
from benchmarks.two_aligners import TwoAligners, aligner_of, timed
from handler import text
from handler.aligners import ALIGNERS
from handler.alignment.match import match as match_text
from handler.backends import Registry
from handler.errors import AlignmentError
from handler.media.recording import Recording
from handler.protocols import Aligner
from handler.settings import Settings
from handler.types import Samples, WordTime

SILENCES = frozenset({"", "sil", "sp", "spn", "<eps>", "<sil>"})
PAUSE_S = 0.1
MIN_WORDS, MAX_WORDS = 6, 20
"""Of a piece."""
MARGIN_S = 0.1
"""Sound kept on either side of a piece, as far as it contains no other word."""
WRONG_CASES = 10
SEED = 1
GAPS_S, AROUND_S = (1.5, 3.0, 6.0), (6.0, 25.0)
FAR_MS = 500.0

_TOKEN = re.compile(r'"(?:[^"]|"")*"|(?<!\S)[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\S)')


def read_textgrid(text: str, tier: str = "words") -> list[Interval]:
    """The words of an interval tier of a Praat TextGrid, long or short format; silences are left out.

    As Praat does, only quoted texts and free-standing numbers are read, whatever is written around them. Raises
    ValueError when the tier is not there.
    """
    tokens = _tokens(text)
    if [next(tokens, ""), next(tokens, "")] != ["ooTextFile", "TextGrid"]:
        raise ValueError("this is no TextGrid: it does not start with ooTextFile and TextGrid")
    _, _, tiers = next(tokens), next(tokens), int(next(tokens))
    for _ in range(tiers):
        kind, name = next(tokens), next(tokens)
        _, _, count = next(tokens), next(tokens), int(next(tokens))
        if kind != "IntervalTier":
            for _ in range(2 * count):
                next(tokens)
            continue
        rows = [(float(next(tokens)), float(next(tokens)), next(tokens)) for _ in range(count)]
        if name == tier:
            return [Interval(word, start, end) for start, end, word in rows if word.strip().lower() not in SILENCES]
    raise ValueError(f"the TextGrid has no interval tier {tier!r}")


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        yield token[1:-1].replace('""', '"') if token.startswith('"') else token


def decoded(body: bytes) -> str:
    return body.decode("utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")


def pieces_of(words: Sequence[Interval]) -> list[list[Interval]]:
    """The words in runs, cut at pauses, none of more than MAX_WORDS; the last may be shorter than MIN_WORDS."""
    pieces: list[list[Interval]] = [[]]
    for word in words:
        last = pieces[-1]
        paused = last and word.start - last[-1].end >= PAUSE_S and len(last) >= MIN_WORDS
        if paused or len(last) >= MAX_WORDS:
            pieces.append([])
        pieces[-1].append(word)
    return [piece for piece in pieces if len(piece) > 1]


def _errors(found: Sequence[WordTime | None], words: Sequence[Interval]) -> dict[str, np.ndarray]:
    pairs = [(time_, word) for time_, word in zip(found, words, strict=True) if time_]
    return {
        "start": np.array([1000 * abs(time_.start - word.start) for time_, word in pairs]),
        "end": np.array([1000 * abs(time_.end - word.end) for time_, word in pairs]),
    }


def _score(aligner: Aligner, samples: Samples, rate: int, words: Sequence[str], language: str) -> float:
    try:
        times = aligner.align(samples, rate, words, language)
    except AlignmentError:
        return 0.0
    return float(np.mean([time_.confidence if time_ else 0.0 for time_ in times]))


def _cases(
    aligner: Aligner, samples: Samples, rate: int, pieces: Sequence[Sequence[Interval]], language: str
) -> tuple[list[float], list[float]]:
    """Scores of the right texts and of the wrong ones."""
    draw = random.Random(SEED)
    right: list[float] = []
    wrong: list[float] = []
    for number, piece in enumerate(pieces):
        own = [word.text for word in piece]
        others = [word.text for other in [*pieces[:number], *pieces[number + 1 :]] for word in other] or own
        before = pieces[number - 1][-1].end if number else 0.0
        after = pieces[number + 1][0].start if number + 1 < len(pieces) else len(samples) / rate
        start, end = max(before, piece[0].start - MARGIN_S, 0.0), min(after, piece[-1].end + MARGIN_S)
        sound = samples[int(start * rate) : int(end * rate)]
        right.append(_score(aligner, sound, rate, own, language))
        for case in range(WRONG_CASES):
            pool = own if case % 2 == 0 else others
            text = draw.sample(pool, len(own)) if len(pool) >= len(own) else draw.choices(pool, k=len(own))
            if text != own:
                wrong.append(_score(aligner, sound, rate, text, language))
    return right, wrong


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """The share of pairs in which the right one is higher, ties by half (Mann-Whitney U over its maximum)."""
    pairs = np.asarray(right)[:, None] - np.asarray(wrong)[None, :]
    return float(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def _spread(values: np.ndarray | Sequence[float]) -> dict[str, float]:
    return {
        "median": float(np.median(values)),
        "mean": float(np.mean(values)),
        "p90": float(np.percentile(values, 90)),
    }


def _print_table(errors: dict[str, np.ndarray], right: Sequence[float], wrong: Sequence[float]) -> None:
    print(f"{'':18}{'median':>9}{'mean':>9}{'p90':>9}")
    for edge, values in errors.items():
        spread = _spread(values)
        print(f"{edge + ', ms':18}" + "".join(f"{value:9.1f}" for value in spread.values()))
    print(f"\n{'confidence':18}{'cases':>9}{'lowest':>9}{'mean':>9}{'highest':>9}")
    for name, scores in (("right words", right), ("wrong words", wrong)):
        print(f"{name:18}{len(scores):9}{min(scores):9.3f}{np.mean(scores):9.3f}{max(scores):9.3f}")


def _starts(found: Sequence[WordTime | None], words: Sequence[Interval]) -> tuple[int, float, float]:
    """Words that are lost, and the median and the mean error of the starts of the others, in milliseconds."""
    errors = [
        1000 * abs(time_.start - word.start) if time_ else np.inf for time_, word in zip(found, words, strict=True)
    ]
    near = [error for error in errors if error < FAR_MS]
    return len(errors) - len(near), float(np.median(near or [np.inf])), float(np.mean(near or [np.inf]))


def _gaps(aligner: Aligner, samples: Samples, rate: int, words: Sequence[Interval], language: str) -> None:
    """Print a line for each recording, then one JSON object of figures."""
    studio = Studio(samples, rate, words)
    cases = {"as it is": (samples, list(words))}
    for kind in KINDS:
        cases |= {f"{kind} {seconds:g} s at pauses": with_gaps(studio, words, kind, seconds) for seconds in GAPS_S}
        cases |= {f"{kind} {seconds:g} s around": between(studio, words, kind, seconds) for seconds in AROUND_S}
    print(" " * 26 + f"{'align: lost':>12}{'median':>8}{'mean':>8}   {'whole: lost':>12}{'median':>8}{'mean':>8}")
    lost, worse = 0, 0.0
    for name, (sound, placed) in cases.items():
        tokens = text.tokenize(" ".join(word.text for word in placed), language)
        began = time.perf_counter()
        recording = Recording.from_samples(sound, rate)
        if isinstance(aligner, TwoAligners):
            found = aligner.match(recording, tokens, language).times
        else:
            found = match_text(recording, tokens, language, aligner).times
        seconds = time.perf_counter() - began
        try:
            texts = [word.text for word in placed]
            whole = _starts(timed(aligner, sound, rate, texts, language), placed)
        except AlignmentError:
            whole = len(placed), np.inf, np.inf
        here = _starts(found, placed)
        columns = "   ".join(f"{lost_:12}{median:8.1f}{mean:8.1f}" for lost_, median, mean in (here, whole))
        print(f"{name:26}{columns}   {seconds:.1f} s")
        if name.startswith("room"):
            lost, worse = lost + here[0], max(worse, here[1] - whole[1])
    print("\n" + json.dumps({"lost": lost, "worse_ms": round(worse, 1)}))


def main() -> None:
    """Align, print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("wav", type=Path)
    parser.add_argument("textgrid", type=Path)
    parser.add_argument("--aligner", default="sphinx")
    parser.add_argument("--language", default="en")
    parser.add_argument("--gaps", action="store_true")
    arguments = parser.parse_args()
    import soundfile

    samples, rate = soundfile.read(arguments.wav, dtype="float32", always_2d=True)
    samples = samples.mean(axis=1)
    words = read_textgrid(decoded(arguments.textgrid.read_bytes()))
    aligners = Registry("aligner", ALIGNERS, Settings.read(os.environ))
    aligner = aligner_of(arguments.aligner, aligners, ())
    texts = [word.text for word in words]
    # The first call also builds the aligner.
    aligner.align(samples[: 2 * rate], rate, [], arguments.language)
    if arguments.gaps:
        _gaps(aligner, samples, rate, words, arguments.language)
        return
    began = time.perf_counter()
    found = timed(aligner, samples, rate, texts, arguments.language)
    seconds = time.perf_counter() - began
    errors = _errors(found, words)
    right, wrong = _cases(aligner, samples, rate, pieces_of(words), arguments.language)
    print(
        f"{arguments.aligner}: {len(words)} words, {len(samples) / rate:.1f} s aligned in {seconds:.2f} s, "
        f"{sum(time_ is None for time_ in found)} words without a time\n"
    )
    _print_table(errors, right, wrong)
    figures = {f"{edge}_{name}_ms": value for edge in errors for name, value in _spread(errors[edge]).items()}
    print(
        "\n"
        + json.dumps(
            {
                "words": len(errors["start"]),
                **{name: round(value, 1) for name, value in figures.items()},
                "auc": round(auc(right, wrong), 4),
                "confidence_right": round(float(np.mean(right)), 3),
                "confidence_wrong": round(float(np.mean(wrong)), 3),
                "seconds": round(seconds, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
