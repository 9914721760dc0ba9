"""The aligner whisperx and whisperX's own `align`, on emissions whose truth is known to the frame.

    python benchmarks/alignment_oracle.py [--seconds 60] [--seed 1]

The "speech" is a row of tones, one for each character, with pauses between some of the words; the "model" is an
oracle that tells the tones apart without fail. It writes a character into the first frame of its tone alone, as trained
models mostly do (spiky), or into every frame (held: whisperX's own search does not allow for it, so its figure is that
of the spiky one). The separator of words is a tone too quiet to count as sound: one
frame between two words, anywhere in the pause where there is one.

Errors are the largest distance of any start or end from the truth, in frames of 20 ms. Time is that of the whole call
less the time inside the oracle, the best of REPEATS.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import string
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

sys.path[:1] = [str(Path(__file__).resolve().parent.parent)]  # not this folder, whose http.py would hide Python's

from handler.aligners.ctc_target import Alphabet
from handler.aligners.ctc_times import Frames
from handler.aligners.whisper_x import CTCModel, Models, WhisperXAligner
from handler.settings import Settings
from handler.types import Samples, WordTime

RATE = 16_000
FRAMES = Frames()
FRAME_S = FRAMES.hop / RATE

DICTIONARY = {"<pad>": 0, "|": 1, **{letter: number for number, letter in enumerate(string.ascii_lowercase, 2)}}
MARGIN_NATS = 12.0
"""How much likelier the oracle takes the truth than anything else."""

LOUD, FAINT = 0.3, 0.002
"""Of full scale: a character's tone, and the separator's."""

REPEATS = 5
_PUNKT = ("collocations.tab", "sent_starters.txt", "abbrev_types.txt", "ortho_context.tab")


def tone(character: str, frames: int) -> Samples:
    """The sound of a character: whole cycles in each frame, so that no frame hears its neighbours."""
    hertz = 500 + 200 * (DICTIONARY[character] - 1)
    wave = np.sin(2 * np.pi * hertz * np.arange(frames * FRAMES.hop) / RATE)
    return ((FAINT if character == "|" else LOUD) * wave).astype(np.float32)


def silence(frames: int) -> Samples:
    """So many frames of nothing."""
    return np.zeros(frames * FRAMES.hop, np.float32)


@dataclass(frozen=True)
class ToneSpeech:
    """Tones that stand for words, and where each word stands in them."""

    samples: Samples
    words: tuple[str, ...]
    truth: tuple[WordTime, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def synthesise(
    words: Sequence[str],
    pauses: Sequence[int],
    draw: random.Random,
    *,
    lead: int = 20,
    tail: int = 40,
    separator: bool = True,
) -> ToneSpeech:
    """The words in tones of 2 to 5 frames a character, between ``lead`` and ``tail`` frames of silence.

    ``pauses`` are the frames of silence after each word but the last, the separator's own not counted.
    """
    pieces = [np.zeros(FRAMES.at(lead), np.float32)]
    at, truth = lead, []
    for number, word in enumerate(words):
        begins = at
        for at_letter, letter in enumerate(word):
            if at_letter and letter == word[at_letter - 1]:
                pieces.append(silence(1))
                at += 1
            frames = draw.randint(2, 5)
            pieces.append(tone(letter, frames))
            at += frames
        truth.append(WordTime(FRAMES.at(begins) / RATE, FRAMES.at(at) / RATE))
        if number < len(words) - 1:
            before = draw.randint(0, pauses[number])
            pieces += [silence(before), tone("|", int(separator)), silence(pauses[number] - before)]
            at += pauses[number] + separator
    return ToneSpeech(np.concatenate([*pieces, silence(tail)]), tuple(words), tuple(truth))


class Oracle:
    """A model that recognises tones without fail; called like transformers' models, or with ``pair`` like torchaudio's.

    ``inside`` adds up the seconds spent in it.
    """

    def __init__(self, *, spiky: bool = False, pair: bool = False) -> None:
        self.inside = 0.0
        self._spiky, self._pair = spiky, pair

    def __call__(self, wave: Any, lengths: Any = None) -> Any:  # noqa: ARG002, whisperX passes it by name
        import torch

        began = time.perf_counter()
        scores = torch.from_numpy(self.scores(wave[0].numpy()))[None]
        self.inside += time.perf_counter() - began
        return (scores, None) if self._pair else SimpleNamespace(logits=scores)

    def scores(self, samples: Samples) -> Samples:
        """Scores, float32 [frames, characters]."""
        first = FRAMES.at(0)
        count = FRAMES.count(len(samples))
        frames = samples[first : first + count * FRAMES.hop].reshape(count, FRAMES.hop)
        loudness = np.abs(np.fft.rfft(frames))[:, 10 : 10 + 4 * (len(DICTIONARY) - 1) : 4] * 2 / FRAMES.hop
        characters = np.where(loudness.max(axis=1) < FAINT / 4, 0, 1 + loudness.argmax(axis=1))
        if self._spiky:
            characters = np.where(characters == np.concatenate([[0], characters[:-1]]), 0, characters)
        scores = np.zeros((count, len(DICTIONARY)), np.float32)
        scores[np.arange(count), characters] = MARGIN_NATS
        return scores


def aligner_of(network: Any, *, normalised: bool = False) -> WhisperXAligner:
    """The aligner with a model of the tones' alphabet in place of one from a disk."""
    model = CTCModel(network, Alphabet(DICTIONARY), FRAMES, normalised=normalised)
    settings = Settings.read({})
    models = Models(settings)
    models.put("en", model)
    return WhisperXAligner(settings, models)


def random_speech(seconds: float, draw: random.Random) -> ToneSpeech:
    """So many seconds, or a word more, of random words, pauses of up to a second and more after some."""
    words: list[str] = []
    pauses: list[int] = []
    frames = 60
    while frames * FRAME_S < seconds:
        words.append("".join(draw.choices(string.ascii_lowercase, k=draw.randint(1, 9))))
        pauses.append(draw.choice([0, 0, 0, 3, 10, 30, 60]))
        frames += round(3.6 * len(words[-1])) + pauses[-1] + 1
    return synthesise(words, pauses, draw)


def max_error_frames(found: Sequence[tuple[float, float]], truth: Sequence[WordTime]) -> float:
    """The largest distance of any start or end from the truth, in frames."""
    pairs = zip(found, truth, strict=True)
    return max(max(abs(start - true.start), abs(end - true.end)) for (start, end), true in pairs) / FRAME_S


def ours(spoken: ToneSpeech, oracle: Oracle) -> list[tuple[float, float]]:
    """The times that the aligner gives."""
    times = aligner_of(oracle).align(spoken.samples, RATE, spoken.words, "en")
    return [(found.start, found.end) for found in times if found]


def whisper_x(spoken: ToneSpeech, oracle: Oracle) -> list[tuple[float, float]]:
    """The times that whisperX gives itself."""
    import whisperx  # type: ignore[import-untyped]

    metadata = {"language": "en", "dictionary": DICTIONARY, "type": "huggingface"}
    segment: Any = {"start": 0.0, "end": spoken.seconds, "text": " ".join(spoken.words)}
    aligned = whisperx.align([segment], oracle, metadata, spoken.samples, "cpu")
    return [(word["start"], word["end"]) for word in aligned["word_segments"]]


def without_punkt_data(folder: Path) -> None:
    """Empty tables in place of the data that whisperX would download, which its alignment does not depend on."""
    data = folder / "tokenizers" / "punkt_tab" / "english"
    data.mkdir(parents=True)
    for name in _PUNKT:
        (data / name).touch()
    os.environ["NLTK_DATA"] = str(folder)


def seconds_of(align: Callable[[ToneSpeech, Oracle], Any], spoken: ToneSpeech) -> float:
    """The shortest of REPEATS, less what the oracle took."""
    taken = []
    for _ in range(REPEATS):
        oracle = Oracle()
        began = time.perf_counter()
        align(spoken, oracle)
        taken.append(time.perf_counter() - began - oracle.inside)
    return min(taken)


def main() -> None:
    """Align both ways, print a table, then one JSON object of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    spoken = random_speech(arguments.seconds, random.Random(arguments.seed))
    ways = {"ours": ours, "whisperx": whisper_x}
    with tempfile.TemporaryDirectory() as folder:
        without_punkt_data(Path(folder))
        errors = {
            name: [max_error_frames(align(spoken, Oracle(spiky=spiky)), spoken.truth) for spiky in (False, True)]
            for name, align in ways.items()
        }
        taken = {name: seconds_of(align, spoken) for name, align in ways.items()}
    print(f"{len(spoken.words)} words, {spoken.seconds:.1f} s; largest error in frames of {1000 * FRAME_S:.0f} ms\n")
    print(f"{'':10}{'held':>9}{'spiky':>9}{'seconds':>10}")
    for name, (held, spiky) in errors.items():
        print(f"{name:10}{held:9.2f}{spiky:9.2f}{taken[name]:10.4f}")
    figures = {
        "words": len(spoken.words),
        "ours_max_frames": round(max(errors["ours"]), 3),
        "whisperx_max_frames": round(errors["whisperx"][1], 3),
        **{f"{name}_seconds": round(of, 4) for name, of in taken.items()},
        "speed_ratio": round(taken["whisperx"] / taken["ours"], 1),
    }
    print("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
