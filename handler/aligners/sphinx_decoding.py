"""Decode English by pocketsphinx: its decoders, their dictionary, and what they find, in frames of 10 ms."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from handler.aligners.pronunciation import Part, Phones, parts_of
from handler.cancellation import current
from handler.media import audio
from handler.types import Samples

if TYPE_CHECKING:
    from pocketsphinx import Decoder as Decoder  # the other modules of this aligner take it from here

SAMPLE_RATE = 16_000
FRAME_S = 0.01
FRAME_BYTES = 2 * round(SAMPLE_RATE * FRAME_S)
USUAL_PHONE_FRAMES = 8  # of a phone at the usual pace

# Noise added to every recording, as a share of full scale (-60 dB). The model was trained in rooms, without the perfect
# silence of synthetic speech. Noise raises the confidence of espeak's words from 0.70 to 0.87, and the prefixes that
# end at the right word from 23 to 28 of 29; recordings of people have such noise anyway and score as before.
_NOISE = 1e-3

_SCORE_SCALE = 1 << 10  # pocketsphinx shifts acoustic scores right by ten bits (`SENSCR_SHIFT`) and reports them so
_PRUNED = 1e-30  # stands for the likelihood of zero that the library reports for a pruned path
_FILLER = re.compile(r"[<\[+(]")  # silences, noises, phones between words, and steps without a word
_VARIANT = re.compile(r"\(\d+\)$")
# Scores are relative to the best active state, and a text of one or two words has few. `compallsen` activates all:
# better for a single word (AUC 0.88 instead of 0.86), hardly in longer texts, at twice the time.
_COMMON: dict[str, Any] = {"lm": None, "bestpath": False, "loglevel": "FATAL"}


class Segment(NamedTuple):
    """A decoded word or phone: its first frame, the one after its last, and its acoustic score in nats."""

    start: int
    end: int
    score: float


def load(**options: float | None) -> Decoder:
    """Load a decoder with the model and the dictionary of the wheel, and options of pocketsphinx."""
    from pocketsphinx import Decoder

    return Decoder(**_COMMON, **options)


def model_folder() -> Path:
    """The folder of the wheel's acoustic model."""
    from pocketsphinx import get_model_path

    return Path(get_model_path()) / "en-us" / "en-us"


def learn(decoder: Decoder, words: Sequence[str], language: str) -> list[list[Part]]:
    """Split words into parts, and add those to the dictionary that it lacks."""
    parts = parts_of(words, decoder.lookup_word, language)
    teach(decoder, parts)
    return parts


def teach(decoder: Decoder, parts: Sequence[Sequence[Part]], source: Decoder | None = None) -> None:
    """Add parts to the dictionary that it lacks; what another decoder has learnt before, it says how to pronounce."""
    for part in chain.from_iterable(parts):
        if decoder.lookup_word(part.key) is None:
            phones = " ".join(part.phones) if part.phones else source and source.lookup_word(part.key)
            decoder.add_word(part.key, phones, update=False)


def pronounced(decoder: Decoder, part: Part) -> list[Phones]:
    """The phones of a part that the decoder has learnt, in all pronunciations of its dictionary."""
    spoken = decoder.lookup_word(part.key)
    forms = []
    while spoken:
        forms.append(tuple(spoken.split()))
        spoken = decoder.lookup_word(f"{part.key}({len(forms) + 1})")
    return forms


def prepared(samples: Samples, sample_rate: int) -> bytes:
    """Return the samples as the decoder takes them: 16 kHz, 16 bits, with a little noise."""
    resampled = audio.prepare_for_alignment(samples, sample_rate, SAMPLE_RATE)
    # The same noise every time: a recording has one alignment.
    resampled = resampled + np.float32(_NOISE) * np.random.default_rng(0).standard_normal(len(resampled), np.float32)
    return (np.clip(resampled, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def decode(decoder: Decoder, sound: bytes) -> list[tuple[str, Segment]]:
    """Decode to words or phones in order; empty if the search finds no path."""
    # The search itself cannot be stopped.
    current().check()
    # Otherwise the last recording's noise estimate would change these scores.
    decoder.reinit_feat()
    decoder.start_utt()
    try:
        decoder.process_raw(sound, full_utt=True)
    finally:
        decoder.end_utt()
    return [
        (item.word, Segment(item.start_frame, item.end_frame + 1, math.log(max(item.ascore, _PRUNED)) * _SCORE_SCALE))
        for item in decoder.seg() or ()
    ]


def named(decoded: Sequence[tuple[str, Segment]]) -> list[tuple[str, Segment]]:
    """What was decoded without fillers and the numbers of pronunciation variants."""
    return [(_VARIANT.sub("", word), found) for word, found in decoded if not _FILLER.match(word)]
