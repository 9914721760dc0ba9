"""Whether a recording breaks off at its beginning or its end while somebody speaks.

The limits were set on espeak's speech in six languages, cut at 500 places inside words and trimmed to its first and
last sound, as PCM, mp3, AAC and Opus; people's speech ends and begins softer than espeak's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from handler.media.levels import Levels
from handler.types import Samples

_EDGE_S, _BREAK_S = 0.02, 0.0005  # whose level is measured, and where the wave of a cut is still at full swing
_PADDING_S, _PADDING = 0.1, 1e-3  # silence of a coder around a cut, at most so long, below this share of the peak

# Below the loud frames: an edge above the first is speech, unless noise is as loud; above the second, whatever noise.
_SPEECH_DB, _LOUD_DB = -22.0, -12.0
_OVER_NOISE_DB, _NOISE_PERCENTILE = 6.0, 2  # of the frames: flowing speech has few quiet ones


@dataclass(frozen=True)
class _Limits:
    """A cut is louder than the first, or than the second with a swing that makes the sum more than the third."""

    loud_db: float
    fair_db: float
    sum_db: float


# In dB of the loud frames, the swing in dB of the edge. Espeak's last vowel reaches a level of -5 and a sum of -12.6,
# its last hiss -19 and -17; its first vowel -7 and -12.1, its first hiss -17.
_END, _START = _Limits(-4.0, -16.0, -11.0), _Limits(-5.5, -15.0, -10.0)


@dataclass(frozen=True)
class Edge:
    """The beginning or the end of a recording.

    ``sounding``: speech is heard up to the edge, as where a word was cut, but also where the silence around the speech
    was trimmed. ``torn``: the wave breaks off at full swing, which is surely a cut.
    """

    sounding: bool = False
    torn: bool = False


def edges(samples: Samples, sample_rate: int, levels: Levels) -> tuple[Edge, Edge]:
    """Return the beginning and the end of a recording, whose mean was taken out and whose ``levels`` these are."""
    return _edge(samples[::-1], sample_rate, levels, _START), _edge(samples, sample_rate, levels, _END)


def _edge(samples: Samples, sample_rate: int, levels: Levels, limits: _Limits) -> Edge:
    """Describe the end of the samples."""
    magnitude = np.abs(samples)
    heard = np.flatnonzero(magnitude > _PADDING * float(magnitude.max(initial=0.0)))
    if not len(heard) or len(samples) - heard[-1] > _PADDING_S * sample_rate:
        return Edge()
    end = int(heard[-1]) + 1
    last = samples[max(0, end - round(_EDGE_S * sample_rate)) : end]
    level = float(10 * np.log10(np.mean(np.square(last, dtype=np.float64)) + 1e-12))
    swing = 20 * np.log10(float(np.abs(last[-max(4, round(_BREAK_S * sample_rate)) :]).max()) + 1e-6) - level
    noise = float(np.percentile(levels.frames, _NOISE_PERCENTILE)) + _OVER_NOISE_DB - levels.loud_db
    level -= levels.loud_db
    sounding = level > max(_SPEECH_DB, min(noise, _LOUD_DB))
    torn = level > limits.loud_db or (level > limits.fair_db and level + swing > limits.sum_db)
    return Edge(bool(sounding), bool(sounding and torn))
