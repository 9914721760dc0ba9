"""How likely words of pocketsphinx are where they were found: their sound, length and surroundings, calibrated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from handler.aligners.sphinx_decoding import FRAME_BYTES, USUAL_PHONE_FRAMES, Segment, decode, load

if TYPE_CHECKING:
    import numpy.typing as npt

    from handler.aligners.sphinx_decoding import Decoder

    FloatArray = npt.NDArray[np.float64]

# Every third frame, half the Gaussians and narrow beams: with the full search the AUC is the same, but the loop takes
# twice the aligner's own time instead of half of it. It knows phones only: the dictionary would take 22 MB.
_PHONE_LOOP = {"beam": 1e-10, "pbeam": 1e-10, "lw": 1.0, "ds": 3, "topn": 2, "dict": None}

_WORST_RATIO = -12.0  # nats per frame: below it, every word is wrong
_NEIGHBOURS = 4  # on either side
_PACED_WORDS = 3  # fewer do not show the pace of a text
_FEWEST_PHONES = 8  # fewer different ones are as good as none: texts of one word were not measured
_LOUD_DB = 20.0  # a frame so far below the mean power of the sound, or louder, is speech


class Evidence(NamedTuple):
    """What speaks for a word and against it; the coefficients of a logistic regression have the same names.

    Removing any of them costs AUC, of words or of texts.
    """

    ratio: float
    """Log-likelihood of the word less that of any phones, nats per frame: the goodness of pronunciation."""
    around: float
    """The same of the neighbours' mean where that is lower. One wrong word has right ones around it, and must not be
    lifted by them; a word that fits by chance has wrong ones around it."""
    pace: float
    """How far the length of its phones is from that of this text's other words, in log frames."""
    phones: float
    """Log of how many different phones the whole text has. Scores are relative to the best phone of the text, so those
    of few words are too good."""
    left_over: float
    """Log of the loud frames between it and its neighbours, which no word accounts for."""


# `benchmarks/reliability.py --fit` prints these, from 6,900 words of right texts and wrong ones, all of them synthetic.
_CONSTANT = -0.076
_COEFFICIENTS = Evidence(ratio=0.182, around=0.757, pace=-0.864, phones=0.892, left_over=-0.319)


def load_phone_loop() -> Decoder:
    """Load the decoder that knows phones and no words."""
    decoder = load(**_PHONE_LOOP)
    decoder.add_allphone_file("phones", None)
    decoder.activate_search("phones")
    return decoder


def confidences(
    loop: Decoder, sound: bytes, phones: Sequence[Sequence[str]], found: Sequence[Sequence[Segment]]
) -> list[float]:
    """The confidence of each word, 0 to 1: the share of such words that begin within 80 ms of where they are said.

    ``phones`` are those of each word, ``found`` the segments of its parts in ``sound``; a word without any has 0.
    """
    said = [at for at, segments in enumerate(found) if segments]
    if not said:
        return [0.0] * len(found)
    free = _cumulative_scores(loop, sound, max(found[at][-1].end for at in said))
    rated = iter(calibrated(list(evidence(free, sound, [phones[at] for at in said], [found[at] for at in said]))))
    return [next(rated) if segments else 0.0 for segments in found]


def calibrated(each: Sequence[Evidence]) -> list[float]:
    """The confidence of words by the evidence for them."""
    return [float(value) for value in 1 / (1 + np.exp(-_CONSTANT - np.array(each) @ np.array(_COEFFICIENTS)))]


def evidence(
    free: FloatArray, sound: bytes, phones: Sequence[Sequence[str]], found: Sequence[Sequence[Segment]]
) -> Iterator[Evidence]:
    """What speaks for each word; ``free`` are the phone loop's cumulative scores."""
    frames = np.array([sum(segment.end - segment.start for segment in segments) for segments in found])
    scores = [sum(one.score - (free[one.end] - free[one.start]) for one in segments) for segments in found]
    ratios = np.maximum(scores / frames, _WORST_RATIO)
    lengths = np.log(frames / [max(1, len(each)) for each in phones])
    pace = np.median(lengths) if len(lengths) >= _PACED_WORDS else np.log(USUAL_PHONE_FRAMES)
    different = len({phone for each in phones for phone in each})
    loud = _cumulative_loud(sound)
    last = len(loud) - 1
    starts, ends = (np.array([each[edge][side] for each in found]) for edge, side in ((0, 0), (-1, 1)))
    starts, ends = np.minimum(starts, last), np.minimum(ends, last)
    between = loud[np.append(starts, last)] - loud[np.append(0, ends)]
    for at, ratio in enumerate(ratios):
        near = np.append(ratios[max(0, at - _NEIGHBOURS) : at], ratios[at + 1 : at + 1 + _NEIGHBOURS])
        yield Evidence(
            ratio=float(ratio),
            around=float(min(ratio, near.mean() if len(near) else ratio)),
            pace=float(abs(lengths[at] - pace)),
            phones=float(np.log(max(different, _FEWEST_PHONES))),
            left_over=float(np.log1p(max(0.0, between[at]) + max(0.0, between[at + 1]))),
        )


def _cumulative_scores(decoder: Decoder, sound: bytes, frames: int) -> FloatArray:
    """The phone loop's scores: entry *i* is the sum over the frames before *i*."""
    scores = np.zeros(frames)
    for _, (start, end, score) in decode(decoder, sound):
        scores[start:end] = score / (end - start)
    return np.concatenate([[0.0], np.cumsum(scores)])


def _cumulative_loud(sound: bytes) -> FloatArray:
    """How many loud frames there are before each frame."""
    samples = np.frombuffer(sound[: len(sound) // FRAME_BYTES * FRAME_BYTES], "<i2").astype(np.float64)
    power = np.square(samples.reshape(-1, FRAME_BYTES // 2)).mean(axis=1)
    loud = power > power.mean() / 10 ** (_LOUD_DB / 10)
    return np.concatenate([[0.0], np.cumsum(loud, dtype=np.float64)])
