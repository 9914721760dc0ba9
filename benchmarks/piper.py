"""How fast Piper speaks on one core, how true its word times are, and whether its words are heard.

    python benchmarks/piper.py [--sentences 300] [--heard 40]

`rtf` is processor seconds for a second of speech, phonemes included. The starts and ends of words are compared with
those of the aligner `sphinx`, in milliseconds: `start` within phrases, `after_mark`, and `first` of a sentence.
Sphinx lets a first word begin with the recording where its silence is as short as here, 50 ms: `first` tells of that.
It starts words early after silence, too. There the sound itself tells more: `onset` compares the starts after marks and
at the start of sentences with the moment when the sound rises over 1 % of its loud level.
`heard` is the share of words that Whisper base finds in the speech of the first so many sentences, 0 to leave it out;
its model comes from the wheels of the tests. The sentences are drawn with a fixed seed.
"""

from __future__ import annotations

import argparse
import difflib
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from benchmarks.recordings import onset
from handler import text
from handler.aligners import ALIGNERS
from handler.backends import Registry
from handler.engines.piper.engine import PiperEngine
from handler.errors import AlignmentError
from handler.protocols import Aligner
from handler.settings import Settings
from handler.types import Chunk, Samples, SpeechOptions, SpeechRequest, WordTime
from tests.support.whisper_base import whisper_base

SEED = 1
WHISPER_RATE = 16_000

SUBJECTS = (
    "The old captain", "My younger sister", "A tired teacher", "The whole village", "Every good farmer",
    "Our new neighbour", "The doctor from London", "A small brown dog", "That clever student", "The first speaker",
)  # fmt: skip
VERBS = ("found", "carried", "forgot", "painted", "noticed", "bought", "repaired", "followed", "described", "lost")
OBJECTS = (
    "the broken window", "a letter from home", "seven yellow flowers", "the road to the river", "some fresh bread",
    "an empty wooden box", "the wrong answer", "a map of the harbor", "the last piece of cake", "a few strange birds",
)  # fmt: skip
ENDINGS = (
    "before the winter came", "because nobody else would", "in the middle of the night", "without saying a word",
    "on the other side of town", "after a long and quiet walk", "when the music stopped", "for the second time today",
)  # fmt: skip


def sentences(count: int) -> list[str]:
    """So many sentences, always the same."""
    rng = random.Random(SEED)
    parts = (SUBJECTS, VERBS, OBJECTS, ENDINGS)
    drawn = [[rng.choice(choices) for choices in parts] for _ in range(count)]
    return [f"{who} {did} {what}{rng.choice(('', ','))} {end}." for who, did, what, end in drawn]


def main() -> None:
    """Speak, compare, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--heard", type=int, default=40)
    given = parser.parse_args()
    settings = Settings.read({})
    engine = PiperEngine(settings)
    aligner = Registry("aligner", ALIGNERS, settings).get("sphinx")
    chunks = [Chunk(n, text.tokenize(sentence, "en")) for n, sentence in enumerate(sentences(given.sentences))]
    spoken, compute_s = _spoken(engine, chunks)
    seconds = sum(len(samples) for samples, _ in spoken) / engine.sample_rate
    figures: dict[str, float] = {"sentences": len(chunks), "speech_s": seconds, "rtf": compute_s / seconds}
    figures |= _errors(engine, aligner, chunks, spoken)
    if given.heard:
        figures["heard"] = _heard(engine.sample_rate, chunks[: given.heard], [samples for samples, _ in spoken])
    figures = {name: round(value, 4) for name, value in figures.items()}
    print("\n".join(f"{name:22} {value:12,.4f}" for name, value in figures.items()))
    print(json.dumps(figures))


def _spoken(
    engine: PiperEngine, chunks: Sequence[Chunk]
) -> tuple[list[tuple[Samples, Sequence[WordTime | None]]], float]:
    """The speech and word times of each chunk, and the processor seconds of all; the first run is not counted."""
    voice = engine.default_voice("en")
    list(engine.speak([SpeechRequest(chunks[0], SEED)], voice, SpeechOptions()))
    start = time.process_time()
    audio = list(engine.speak([SpeechRequest(chunk, SEED) for chunk in chunks], voice, SpeechOptions()))
    return [(each.samples, each.words or ()) for each in audio], time.process_time() - start


def _errors(
    engine: PiperEngine,
    aligner: Aligner,
    chunks: Sequence[Chunk],
    spoken: Sequence[tuple[Samples, Sequence[WordTime | None]]],
) -> dict[str, float]:
    """Median and 90th percentile of the distances of starts and ends, and the median signed one, in ms."""
    found: dict[str, list[float]] = {"start": [], "after_mark": [], "first": [], "end": [], "onset": []}
    refused = 0
    for chunk, (samples, own) in zip(chunks, spoken, strict=True):
        try:
            aligned = aligner.align(samples, engine.sample_rate, chunk.words, "en")
        except AlignmentError:
            refused += 1
            continue
        marks = [mark for token in chunk.tokens for mark in [*[""] * (len(token.spoken) - 1), token.mark]]
        end_before = 0.0
        for before, ours, theirs in zip(["first", *marks], own, aligned, strict=False):
            if ours and theirs:
                kind = "first" if before == "first" else "after_mark" if before else "start"
                found[kind].append(1000 * (ours.start - theirs.start))
                found["end"].append(1000 * (ours.end - theirs.end))
            if ours and before:
                found["onset"].append(1000 * (ours.start - onset(samples, engine.sample_rate, end_before)))
            end_before = ours.end if ours else end_before
    figures: dict[str, float] = {"refused": refused}
    for name, errors in found.items():
        distances = np.abs(errors)
        figures |= {
            f"{name}_median_ms": float(np.median(distances)),
            f"{name}_p90_ms": float(np.percentile(distances, 90)),
            f"{name}_bias_ms": float(np.median(errors)),
        }
    both = np.abs([*found["start"], *found["after_mark"], *found["first"]])
    return figures | {"words": len(both), "all_starts_median_ms": float(np.median(both))}


def _heard(sample_rate: int, chunks: Sequence[Chunk], spoken: Sequence[Samples]) -> float:
    """The share of the words that Whisper base finds, in order."""
    import soxr
    from faster_whisper import WhisperModel

    said = found = 0
    with tempfile.TemporaryDirectory() as folder:
        model = WhisperModel(str(whisper_base(Path(folder))), device="cpu", compute_type="int8", cpu_threads=1)
        for chunk, samples in zip(chunks, spoken, strict=False):
            heard, _ = model.transcribe(soxr.resample(samples, sample_rate, WHISPER_RATE), language="en", beam_size=5)
            wanted = [word.lower() for word in chunk.words]
            words = re.findall(r"[a-z']+", " ".join(segment.text for segment in heard).lower())
            blocks = difflib.SequenceMatcher(None, wanted, words, autojunk=False).get_matching_blocks()
            said, found = said + len(wanted), found + sum(block.size for block in blocks)
    return found / said


if __name__ == "__main__":
    main()
