"""What Whisper base writes down, and where words stand by it, by the aligners `whisper` and `sphinx`.

    python benchmarks/transcribe.py [FOLDER] [--sentences 16] [--languages]

FOLDER holds recordings of English with the same name each: `x.wav`, its word boundaries `x.TextGrid` (tier "words") and
its transcript `x.lab`. Without it piper speaks sentences, whose word times it knows. `heard` are Whisper's own times of
the words that it heard rightly. `wer` is its word error rate, letters and apostrophes alone compared. `rtf` is
processor seconds for a second of sound, on one core, the model being loaded.

`--languages` compares `whisper` with espeak's own word times in every language of the tests' sentences that both know.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

os.environ["OMP_NUM_THREADS"] = "1"
sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import numpy as np

from benchmarks.alignment import decoded, read_textgrid
from benchmarks.piper import sentences
from handler.aligners.sphinx import SphinxAligner
from handler.errors import AlignmentError
from handler.media import audio
from handler.settings import Settings
from handler.types import WordTime
from handler.whisper import alignment, transcription
from handler.whisper.languages import whisper_code
from handler.whisper.reading import SAMPLE_RATE
from tests.support.sentences import SENTENCES, of
from tests.support.spoken_clips import SpokenClip, speaker, spoken
from tests.support.whisper_base import whisper_base

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

T = TypeVar("T")

SENTENCES_A_LANGUAGE = 3
FAR_MS = 500.0


def recordings(folder: Path) -> Iterator[tuple[SpokenClip, list[str]]]:
    """Each recording of a folder with its boundaries, and the words of its transcript."""
    import soundfile

    for path in sorted(folder.glob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        words = read_textgrid(decoded(path.with_suffix(".TextGrid").read_bytes()))
        times = tuple(WordTime(word.start, word.end) for word in words)
        clip = SpokenClip(samples.mean(axis=1), rate, tuple(word.text for word in words), times)
        yield clip, bare(path.with_suffix(".lab").read_text("utf-8"))


def bare(text: str) -> list[str]:
    """The words of a text in small letters, without marks."""
    return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+", text.lower().replace("\u2019", "'"))


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """The least number of words to change, leave out or put in (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, start=1):
        before, row[0] = row[0], number
        for at, other in enumerate(heard, start=1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (word != other))
    return row[-1]


def heard_times(clip: SpokenClip, heard: Sequence[tuple[str, WordTime]]) -> list[WordTime | None]:
    """Whisper's times of the clip's words, None for those that it heard otherwise."""
    words = [" ".join(bare(word)) for word, _ in heard]
    wanted = [" ".join(bare(word)) for word in clip.words]
    times: list[WordTime | None] = [None] * len(wanted)
    for block in difflib.SequenceMatcher(None, wanted, words, autojunk=False).get_matching_blocks():
        times[block.a : block.a + block.size] = [time for _, time in heard[block.b : block.b + block.size]]
    return times


def row(errors: Sequence[float], words: int, compute_s: float, sound_s: float) -> dict[str, float]:
    """The figures of one method."""
    distances = np.abs(errors)
    return {
        "words": words,
        "placed": len(errors),
        "median_ms": float(np.median(distances)),
        "mean_ms": float(distances.mean()),
        "p90_ms": float(np.percentile(distances, 90)),
        "bias_ms": float(np.median(errors)),
        "far": int((distances > FAR_MS).sum()),
        "rtf": compute_s / sound_s,
    }


def timed(run: Callable[[], list[T]]) -> tuple[list[T], float]:
    """What it returns, nothing if the aligner refuses, and its processor seconds."""
    began = time.process_time()
    try:
        found = run()
    except AlignmentError as error:
        print(f"not aligned: {error}", file=sys.stderr)
        found = []
    return found, time.process_time() - began


def compare(model: WhisperModel, clips: Sequence[tuple[SpokenClip, list[str]]]) -> dict[str, dict[str, float]]:
    """The three methods on English speech, and the word error rate."""
    sphinx = SphinxAligner(Settings.read({}))
    sphinx.align(clips[0][0].samples, clips[0][0].rate, clips[0][0].words, "en")  # builds it
    errors: dict[str, list[float]] = {"heard": [], "whisper": [], "sphinx": []}
    spent = dict.fromkeys(errors, 0.0)
    wrong = 0
    for clip, said in clips:
        samples = audio.prepare_for_alignment(clip.samples, clip.rate, SAMPLE_RATE)
        heard, seconds = timed(partial(transcription.transcribe, model, samples, "en", None))
        found = {
            "heard": (heard_times(clip, heard), seconds),
            "whisper": timed(partial(alignment.align, model, samples, clip.words, "en")),
            "sphinx": timed(partial(sphinx.align, clip.samples, clip.rate, clip.words, "en")),
        }
        for name, (times, seconds) in found.items():
            spent[name] += seconds
            errors[name] += clip.start_errors_ms(times or [None] * len(clip.words))
        wrong += word_errors(said, bare(" ".join(word for word, _ in heard)))
    sound_s = sum(clip.duration_s for clip, _ in clips)
    words = sum(len(clip.words) for clip, _ in clips)
    figures = {name: row(values, words, spent[name], sound_s) for name, values in errors.items()}
    figures["heard"]["wer"] = wrong / sum(len(said) for _, said in clips)
    return figures


def languages(model: WhisperModel) -> dict[str, dict[str, float]]:
    """The aligner `whisper` on espeak's speech, by language."""
    espeak = speaker("espeak")
    figures = {}
    for language in dict.fromkeys(code for code, _ in SENTENCES):
        code = whisper_code(language)
        if code is None:
            continue
        errors: list[float] = []
        confidences: list[float] = []
        words, spent, sound_s = 0, 0.0, 0.0
        for sentence in of(language)[:SENTENCES_A_LANGUAGE]:
            clip = spoken(espeak, sentence, language)
            samples = audio.prepare_for_alignment(clip.samples, clip.rate, SAMPLE_RATE)
            found, seconds = timed(partial(alignment.align, model, samples, clip.words, code))
            errors += clip.start_errors_ms(found or [None] * len(clip.words))
            confidences += [each.confidence for each in found if each]
            words, spent, sound_s = words + len(clip.words), spent + seconds, sound_s + clip.duration_s
        if errors:
            figures[language] = {**row(errors, words, spent, sound_s), "confidence": float(np.mean(confidences))}
    return figures


def main() -> None:
    """Compare, print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--sentences", type=int, default=16)
    parser.add_argument("--languages", action="store_true")
    given = parser.parse_args()
    from faster_whisper import WhisperModel

    with tempfile.TemporaryDirectory() as folder:
        model = WhisperModel(str(whisper_base(Path(folder))), device="cpu", compute_type="int8", cpu_threads=1)
    alignment.align(model, np.ones(SAMPLE_RATE, np.float32), ["warm"], "en")
    if given.languages:
        figures = languages(model)
    elif given.folder:
        figures = compare(model, list(recordings(given.folder)))
    else:
        piper = speaker("piper")
        clips = [(spoken(piper, sentence, "en"), bare(sentence)) for sentence in sentences(given.sentences)]
        figures = compare(model, clips)
    keys = list(dict.fromkeys(key for each in figures.values() for key in each))
    print(" " * 10 + "".join(f"{key:>12}" for key in keys))
    for name, each in figures.items():
        print(f"{name:10}" + "".join(f"{each[key]:12.3f}" if key in each else " " * 12 for key in keys))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rounded = {name: {key: round(value, 3) for key, value in each.items()} for name, each in figures.items()}
    print("\n" + json.dumps({**rounded, "memory_mb": round(memory_mb)}))


if __name__ == "__main__":
    main()
