"""Whether captions are in time with the speech they come with, whole, and honest about how sure they are.

    python benchmarks/captions.py [--sentences 500]

espeak-ng speaks varied sentences in jobs of `generate`, each job at another speed, in paragraphs and with pauses, so
that words go through chunking, joins, pauses and changes of speed before captions show them; once with the engine's own
times, once with those of sphinx. The truth does not come that way: each chunk is spoken once more by itself, looked for
in the finished audio by its wave, and espeak's own event of every word is added to where it was found.

`two voices` are jobs of `turns`: an American and a British voice say a sentence each in turn. `speakers_wrong` counts
words that captions give to the other one, and cues of both.

`words_lost` and `words_doubled` count pieces of the script that captions have not, or twice. `auc` is the chance that
the confidence of a right sentence, drawn at random, is above that of a shuffled one.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

import argparse
import json
import random
import re
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.alignment import auc
from benchmarks.spoken_text import said, sentences, spread
from handler import text
from handler.app import make_services
from handler.dispatch import dispatch
from handler.engines import espeak_library
from handler.errors import AlignmentError
from handler.protocols import Aligner, Engine, Services
from handler.settings import Settings
from handler.types import Chunk, Samples, SpeechOptions, SpeechRequest

A_JOB = 10
"""Sentences."""
SPEEDS = (1.0, 0.8, 1.25, 0.6, 1.6, 1.0, 0.5, 2.0, 2.5, 1.1)
VOICES = ("en-US", "en-GB")
"""The languages of espeak's two voices."""
METHODS = {"engine": 3.0, "sphinx": 2.4}
"""And the speed up to which each is asked: sphinx's phones take 30 ms at least, faster speech it refuses."""
SHUFFLED_SPEEDS = tuple(speed for speed in SPEEDS if 0.5 < speed <= METHODS["sphinx"])
SEED = 1


@dataclass
class Tally:
    """What the captions of one method come to."""

    errors: dict[float, list[float]] = field(default_factory=dict)
    """Of word starts in milliseconds, by speed."""
    lost: int = 0
    doubled: int = 0
    right: list[float] = field(default_factory=list)
    """Confidence of each sentence."""
    wrong_speakers: int = 0


Turn = tuple[str, str]
"""A language and a text: what is said in one voice."""


def scripts(count: int) -> Iterator[tuple[float, str]]:
    """Speeds and scripts: sentences parted by blanks, blank lines and pauses."""
    draw = random.Random(SEED)
    lines = sentences(count, SEED)
    for number, at in enumerate(range(0, count, A_JOB)):
        script = ""
        for line in lines[at : at + A_JOB]:
            script += line + draw.choice((" ", " ", "\n\n", " [pause:0.7s] ", "\n"))
        yield SPEEDS[number % len(SPEEDS)], script.rstrip()


def audio_of(reply: dict[str, Any]) -> tuple[Samples, int]:
    """The finished speech."""
    import soundfile

    path = urllib.request.url2pathname(reply["audio_url"].removeprefix("file://"))
    samples, rate = soundfile.read(path, dtype="float32")
    return samples, rate


def found_at(piece: Samples, whole: Samples, after: int) -> int:
    """The sample from ``after`` on, within three seconds, at which a piece is most likely to begin."""
    region = whole[after : after + len(piece) + 3 * espeak_library.SAMPLE_RATE]
    size = 1 << (len(region) + len(piece)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(region, size) * np.conj(np.fft.rfft(piece, size)), size)
    return after + int(np.argmax(likeness[: max(1, len(region) - len(piece) + 1)]))


def truth(turns: Sequence[Turn], speed: float, whole: Samples, engine: Engine) -> list[tuple[str, float]]:
    """The language and the true start, in seconds, of every word as captions show it."""
    true: list[tuple[str, float]] = []
    after = 0
    for language, script in turns:
        voice, options = engine.default_voice(language), SpeechOptions(speed=speed)
        for chunk in text.chunk(text.tokenize(script, language), language, engine.budget(voice, options)):
            (spoken,) = engine.speak([SpeechRequest(chunk, 0)], voice, options)
            at = found_at(spoken.samples, whole, after)
            after = max(at, at + len(spoken.samples) - espeak_library.SAMPLE_RATE)
            true += [
                (language, at / espeak_library.SAMPLE_RATE + start) for start in _starts(chunk, speed, voice.language)
            ]
    return true


def _starts(chunk: Chunk, speed: float, language: str) -> Iterator[float]:
    marks = [mark for token in chunk.tokens for mark in [""] * (len(token.spoken) - 1) + [token.mark]]
    times = espeak_library.speak(chunk.words, marks, language, round(175 * speed)).words
    at = 0
    for token in chunk.tokens:
        first = times[at]
        assert first, f"espeak says nothing of {token.shown}"
        yield first.start
        at += len(token.spoken)


def count(tally: Tally, script: str, words: Sequence[dict[str, Any]]) -> None:
    """Which pieces of the script captions have."""
    marked = script.replace("[pause:0.7s]", " " * len("[pause:0.7s]"))
    shown = Counter(place for word in words for place in range(word["start_char"], word["end_char"]))
    at = 0
    for piece in marked.split():
        at = marked.index(piece, at)
        times = [shown[place] for place in range(at, at + len(piece))]
        tally.lost += min(times) == 0
        tally.doubled += max(times) > 1
        at += len(piece)


def alternating(script: str) -> list[Turn]:
    """The sentences of a script, in two voices."""
    lines = [
        line
        for line in re.split(r"(?<=[.!?])\s+(?=\S)", script.replace("[pause:0.7s]", ""))
        if any(map(str.isalnum, line))
    ]
    return [(VOICES[number % 2], line) for number, line in enumerate(lines)]


def measure(tally: Tally, method: str, speed: float, turns: Sequence[Turn], services: Services) -> None:
    """One job, and what its captions are like."""
    fields = {"speed": speed, "timing_format": "json", "timing_method": method, "timing_strict": True}
    fields["caption_style"] = "classic"
    said = [{"text": script, "language": language, "speaker": language} for language, script in turns]
    fields |= {"turns": said} if len(turns) > 1 else {"text": turns[0][1]}
    reply = dispatch({"input": fields}, services)
    if not reply.get("timing_files"):
        raise SystemExit(reply.get("error") or str(reply["warnings"]))
    made = json.loads(urllib.request.urlopen(reply["timing_files"]["json"]).read())
    words = made["words"]
    count(tally, reply["text"], words)
    whole, _ = audio_of(reply)
    true = truth(turns, speed, whole, services.engines.get("espeak"))
    pairs = zip(words, true, strict=True)
    tally.errors.setdefault(speed, []).extend(1000 * abs(word["start"] - start) for word, (_, start) in pairs)
    if len(turns) > 1:
        tally.wrong_speakers += sum(
            word.get("speaker") != speaker for word, (speaker, _) in zip(words, true, strict=True)
        ) + sum(
            len({word.get("speaker") for word in words[cue["first_word"] : cue["last_word"] + 1]}) > 1
            for cue in made["cues"]
        )
    sure: list[float] = []
    for word in words:
        sure.append(word["confidence"])
        if word["word"][-1] in ".!?":
            tally.right.append(float(np.mean(sure)))
            sure = []


def wrong(aligner: Aligner, lines: Sequence[str]) -> list[float]:
    """Confidence of every sentence's speech with its words shuffled."""
    draw = random.Random(SEED)
    scores = []
    for number, line in enumerate(lines):
        piece = said(line, round(175 * SHUFFLED_SPEEDS[number % len(SHUFFLED_SPEEDS)]))
        words = [word for token in piece.tokens for word in token.spoken]
        try:
            times = aligner.align(piece.samples, piece.sample_rate, draw.sample(words, len(words)), "en")
            scores.append(float(np.mean([time.confidence if time else 0.0 for time in times])))
        except AlignmentError:
            scores.append(0.0)
    return scores


def main() -> None:
    """Speak, caption, print tables and one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=int, default=500)
    wanted = parser.parse_args().sentences
    tallies = {(method, voices): Tally() for voices in ("", "two voices") for method in METHODS}
    with tempfile.TemporaryDirectory() as folder:
        environ = {"ENGINES": "espeak", "LOCAL_STORE": folder, "LOG_LEVEL": "ERROR", "JOB_TIMEOUT": "7200"}
        services = make_services(Settings.read(environ))
        for speed, script in scripts(wanted):
            for (method, voices), tally in tallies.items():
                if speed <= METHODS[method]:
                    measure(tally, method, speed, alternating(script) if voices else [("en", script)], services)
        shuffled = wrong(services.aligners.get("sphinx"), sentences(wanted, SEED))
    print(f"{'method':20}{'speed':>7}{'words':>7}{'median':>9}{'mean':>9}{'p90':>9}   (starts, ms)")
    figures: dict[str, float] = {"sentences": wanted}
    for (method, voices), tally in tallies.items():
        for speed, errors in sorted(tally.errors.items()):
            print(
                f"{' '.join((method, voices)):20}{speed:7}{len(errors):7}"
                + "".join(f"{value:9}" for value in spread(errors).values())
            )
        everything = [error for errors in tally.errors.values() for error in errors]
        of = f"{method}_{voices.replace(' ', '_')}".rstrip("_")
        figures |= {f"{of}_{name}_ms": value for name, value in spread(everything).items()}
        figures["words" if not voices else "words_of_two_voices"] = len(everything)
    right = tallies["sphinx", ""].right
    print(f"\nconfidence: right {np.mean(right):.3f} (lowest {min(right):.3f}), ", end="")
    print(f"shuffled {np.mean(shuffled):.3f} (highest {max(shuffled):.3f})")
    figures["words_lost"] = sum(tally.lost for tally in tallies.values())
    figures["words_doubled"] = sum(tally.doubled for tally in tallies.values())
    figures["speakers_wrong"] = sum(tally.wrong_speakers for tally in tallies.values())
    figures["auc"] = round(auc(right, shuffled), 4)
    print("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
