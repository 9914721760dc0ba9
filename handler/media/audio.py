"""Work on samples: find and cut silence, level, resample, encode."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError, EngineError
from handler.media.m4a import encode_m4a
from handler.media.tags import ogg
from handler.types import Samples

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

FADE_S = 0.004  # fade at both ends of a chunk: a cut in the wave would click
BLOCK_S = 0.01  # over which loudness is measured
MARGIN_S = 0.02  # around sound, never counted as quiet: words begin and end softly

# Pre-emphasis before loudness is measured, as recognisers do: rooms rumble, and a soft s counts as much as a vowel.
# On the human clip that f5-tts ships, noise is then 43 to 53 dB below the speech; without, 27 to 36.
EMPHASIS = 0.97
QUIET_DB, SILENT_DB = -38.0, -70.0  # a block is quiet below: relative to the loud blocks, and to full scale
# A block is noise up to so much above the quiet tenth, but never where it is so close to the loud blocks.
OVER_NOISE_DB, SPEECH_DB = 6.0, -10.0
FAINT_DB = -24.0  # below the loud blocks of speech: other sound from here on is worth a word to the client

HIGH_PASS_HZ = 20.0  # below it there is no voice, only offset and drift

KNEE = 0.8  # of full scale: louder samples are compressed so that none passes full scale
_SPEECH_PEAK = 1e-3  # of full scale (-60 dB): a recording that never gets louder has no speech in it
_ALIGNMENT_PEAK = 0.9  # of full scale: loud enough that neither rounding nor the small numbers that models add matter

OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
MP3_RATES = AAC_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@dataclass(frozen=True)
class FileFormat:
    """An audio format: its encoder, its media type, and the sample rates it has, if not all.

    The encoder is soundfile's names for it, or a function of samples, their rate and a cancellation.
    """

    encoder: tuple[str, str] | Callable[[Samples, int, Cancellation], bytes]
    media_type: str
    rates: tuple[int, ...] | None = None


OGG = "OGG"  # as soundfile calls it
# By the name in ``audio_format``, which is also the suffix of the files. Opus in Ogg has two suffixes in use.
FILE_FORMATS = {
    "wav": FileFormat(("WAV", "PCM_16"), "audio/wav"),
    "mp3": FileFormat(("MP3", "MPEG_LAYER_III"), "audio/mpeg", MP3_RATES),
    "flac": FileFormat(("FLAC", "PCM_16"), "audio/flac"),
    "ogg": FileFormat((OGG, "OPUS"), "audio/ogg", OPUS_RATES),
    "opus": FileFormat((OGG, "OPUS"), "audio/ogg", OPUS_RATES),
    "m4a": FileFormat(encode_m4a, "audio/mp4", AAC_RATES),
}


@dataclass(frozen=True)
class Encoded:
    """An audio file: its bytes, the rate of the samples in it, and its media type."""

    body: bytes
    sample_rate: int
    media_type: str


def fade(samples: Samples, rise: int, fall: int) -> Samples:
    """Fade the first ``rise`` and the last ``fall`` samples, at most half of them each."""
    faded = samples.copy()
    if rise := min(rise, len(samples) // 2):
        faded[:rise] *= _ramp(rise)
    if fall := min(fall, len(samples) // 2):
        faded[-fall:] *= _ramp(fall)[::-1]
    return faded


def _ramp(length: int) -> Samples:
    """Rise from 0 towards 1 without a corner: a corner in a loud wave would click, too."""
    return np.sin(np.linspace(0.0, np.pi / 2, length, endpoint=False, dtype=np.float32)) ** 2


def faded(samples: Samples, sample_rate: int) -> Samples:
    """Fade the samples in and out over FADE_S seconds."""
    return fade(samples, round(FADE_S * sample_rate), round(FADE_S * sample_rate))


def sounding(samples: Samples, sample_rate: int, *, over_noise: bool = False, speech_db: float | None = None) -> Mask:
    """Return for each sample whether it is sound, or within MARGIN_S of some.

    With ``over_noise`` what is no louder than the recording's own quiet moments is no sound: a room, a fan, tape hiss.
    ``speech_db`` is the `loud_db` of speech around these samples, which may have none: noise is far below it.
    """
    size = max(1, round(BLOCK_S * sample_rate))
    level = _levels(samples, size)
    if len(level) == 0:
        return np.zeros(0, np.bool_)
    floor_db = _loud_db(level) + QUIET_DB
    if over_noise:
        noise_db = float(np.percentile(level, 10)) + OVER_NOISE_DB
        # Speech without a pause has no quiet moments: its softest sounds are no noise.
        floor_db = max(floor_db, min(noise_db, _loud_db(level) + SPEECH_DB))
    if speech_db is not None:
        floor_db = max(floor_db, speech_db + FAINT_DB)
    loud = level > max(SILENT_DB, floor_db)
    reach = round(MARGIN_S / BLOCK_S)
    near = np.convolve(loud, np.ones(2 * reach + 1), "full")[reach : reach + len(loud)] > 0.5
    return np.repeat(near, size)[: len(samples)]


def sounding_exactly(samples: Samples, sample_rate: int, *, over_noise: bool = False) -> Mask:
    """As `sounding` without the margin around sound; gaps of less than two margins count as sound."""
    near = sounding(samples, sample_rate, over_noise=over_noise)
    exact = near.copy()
    margin = round(MARGIN_S * sample_rate)
    for edge in np.flatnonzero(np.diff(near)) + 1:
        exact[max(0, edge - margin) : edge + margin] = False
    return exact


def runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of true values: the first of each, and the one after its last."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [(int(first), int(after)) for first, after in edges]


def loud_db(samples: Samples, sample_rate: int) -> float:
    """The level of the loud blocks, in dB of full scale after pre-emphasis."""
    level = _levels(samples, max(1, round(BLOCK_S * sample_rate)))
    return _loud_db(level) if len(level) else SILENT_DB


def _levels(samples: Samples, size: int) -> npt.NDArray[np.float64]:
    """The level of each block of so many samples, in dB of full scale after pre-emphasis."""
    emphasised = samples.copy()
    emphasised[1:] -= np.float32(EMPHASIS) * samples[:-1]
    blocks = np.pad(emphasised, (0, -len(samples) % size)).reshape(-1, size)
    power = np.einsum("ij,ij->i", blocks, blocks, dtype=np.float32).astype(np.float64) / size
    levels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(power, 1e-12))
    return levels


def _loud_db(level: npt.NDArray[np.float64]) -> float:
    return float(np.percentile(level, 95))


def quiet_edges(samples: Samples, sample_rate: int) -> tuple[int, int]:
    """Return how many samples are quiet before the first sound and after the last; all, twice, without any sound."""
    where = np.flatnonzero(sounding(samples, sample_rate))
    return (int(where[0]), len(samples) - 1 - int(where[-1])) if len(where) else (len(samples), len(samples))


def trimmed(samples: Samples, sample_rate: int, lead: float, tail: float) -> Samples:
    """Cut the quiet at both ends to ``lead`` and ``tail`` seconds; sound is never cut."""
    before, after = quiet_edges(samples, sample_rate)
    start = max(0, before - round(lead * sample_rate))
    end = len(samples) - max(0, after - round(tail * sample_rate))
    return samples[start : max(start, end)]


def shorten_silences(samples: Samples, sample_rate: int, longest: float = 0.6, left: float = 0.35) -> Samples:
    """Cut each inner silence over ``longest`` seconds down to ``left``.

    The middle is taken out and what stays fades from one side to the other. Quiet at the ends is left as it is.
    """
    sound = sounding(samples, sample_rate)
    edges = np.flatnonzero(np.diff(sound.astype(np.int8)))
    ends, starts = edges[sound[edges]] + 1, edges[~sound[edges]] + 1
    silences = [(int(end), int(starts[starts > end][0])) for end in ends if (starts > end).any()]
    keep, fade = round(left * sample_rate), round(FADE_S * sample_rate)
    pieces, at, ramp = [], 0, _ramp(fade)
    for start, end in silences:
        if end - start > max(longest * sample_rate, keep + 2 * fade):
            cut, resume = start + keep // 2, end - (keep - keep // 2)
            pieces.append(samples[at : cut - fade])
            pieces.append(samples[cut - fade : cut] * (1 - ramp) + samples[resume - fade : resume] * ramp)
            at = resume
    return np.concatenate([*pieces, samples[at:]])


def without_offset(samples: Samples, sample_rate: int) -> Samples:
    """Remove what is below HIGH_PASS_HZ: a second-order Butterworth response without delay."""
    if len(samples) == 0:
        return samples
    # Silence around it, for the transform joins the last sample to the first; the mean before that, or a constant
    # would end in a step on either side.
    padding = sample_rate // 20
    spectrum = np.fft.rfft(np.pad(samples - samples.mean(dtype=np.float64), padding))
    hertz = np.fft.rfftfreq(len(samples) + 2 * padding, 1 / sample_rate)
    spectrum *= hertz**2 / np.sqrt(hertz**4 + HIGH_PASS_HZ**4)
    filtered = np.fft.irfft(spectrum, len(samples) + 2 * padding)
    return filtered[padding : padding + len(samples)].astype(np.float32)


def rms(samples: Samples) -> float:
    """The root mean square of the samples, 0 for none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def at_loudness(samples: Samples, sample_rate: int, target_rms: float) -> Samples:
    """Bring the RMS of the sound, without silences, to ``target_rms``; peaks are compressed, not clipped.

    Samples without sound stay as they are.
    """
    present = rms(samples[sounding(samples, sample_rate)])
    return limited(samples * np.float32(target_rms / present)) if present else samples


def limited(samples: Samples) -> Samples:
    """Compress samples above KNEE smoothly towards full scale, which none reaches."""
    magnitude = np.abs(samples)
    if float(magnitude.max(initial=0.0)) <= KNEE:
        return samples
    bent = KNEE + (1 - KNEE) * np.tanh((magnitude - KNEE) / (1 - KNEE))
    return np.where(magnitude > KNEE, np.copysign(bent, samples), samples).astype(np.float32)


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """Resample with soxr's high quality, band-limited."""
    if from_rate == to_rate:
        return samples
    import soxr

    return cast(Samples, soxr.resample(samples, from_rate, to_rate, quality="HQ").astype(np.float32, copy=False))


class StreamResampler:
    """Resamples speech that comes in pieces: all that `add` returns is what `resample` makes of the whole."""

    def __init__(self, from_rate: int, to_rate: int) -> None:
        import soxr

        self._stream = soxr.ResampleStream(from_rate, to_rate, 1, "float32", "HQ") if from_rate != to_rate else None

    def add(self, samples: Samples, *, last: bool = False) -> Samples:
        """Take the next samples; return what is known by now at the new rate, with ``last`` all that is left."""
        return samples if self._stream is None else cast(Samples, self._stream.resample_chunk(samples, last=last))


def is_silent(samples: Samples) -> bool:
    """Whether a recording is too quiet to have speech in it. Raises AlignmentError for samples that are not numbers."""
    if not np.isfinite(samples).all():
        raise AlignmentError("audio: some samples are not numbers; make the speech again")
    return float(np.abs(_centred(samples)).max(initial=0.0)) < _SPEECH_PEAK


def _centred(samples: Samples) -> Samples:
    """The samples without an offset, which has no sound and leaves the sound less room."""
    mean = np.float32(samples.mean(dtype=np.float64)) if len(samples) else np.float32(0)
    return samples - mean if abs(mean) > _SPEECH_PEAK else samples


def prepare_for_alignment(samples: Samples, sample_rate: int, to_rate: int, *, level: bool = True) -> Samples:
    """Return a recording without its offset at the rate of an aligner, its peak at 0.9 of full scale with ``level``.

    Raises AlignmentError for one that is silent, or whose samples are not numbers.
    """
    if is_silent(samples):
        raise AlignmentError("audio: there is no speech in it, it is silent; check the recording")
    samples = _centred(samples)
    gain = _ALIGNMENT_PEAK / np.abs(samples).max() if level else 1
    return resample(samples * np.float32(gain), sample_rate, to_rate)


def within_full_scale(samples: Samples) -> Samples:
    """The samples, brought down as a whole if any is above full scale, as it may be in a file of floats."""
    peak = max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))
    return samples / np.float32(peak) if 1.0 < peak < np.inf else samples


def check(samples: Samples) -> None:
    """Raise EngineError for samples that are NaN or infinite, or none at all: their file would be silence or noise."""
    if len(samples) == 0 or not np.isfinite(samples).all():
        raise EngineError("the engine returned no usable sound; try again, with another seed if one was given")


def encode(
    samples: Samples,
    sample_rate: int,
    format_: str,
    wanted_rate: int | None = None,
    cancellation: Cancellation = NEVER,
) -> Encoded:
    """Encode the samples as a mono file in a format of FILE_FORMATS, at ``wanted_rate`` if given.

    MP3, Opus and AAC have few rates: another one becomes the next higher of theirs. Raises EngineError for samples
    that `check` refuses, and where the encoder fails.
    """
    check(samples)
    kind = FILE_FORMATS[format_]
    target = file_rate(format_, wanted_rate or sample_rate)
    samples = resample(samples, sample_rate, target)
    if isinstance(kind.encoder, tuple):
        body = _by_soundfile(samples, target, *kind.encoder)
    else:
        body = kind.encoder(samples, target, cancellation)
    return Encoded(body, target, kind.media_type)


def _by_soundfile(samples: Samples, sample_rate: int, container: str, subtype: str) -> bytes:
    import soundfile

    buffer = io.BytesIO()
    # libsndfile would round each container's integers in another way.
    whole = subtype == "PCM_16"
    values = np.frombuffer(pcm16(samples), "<i2") if whole else np.clip(samples, -1.0, 1.0)
    with soundfile.SoundFile(buffer, "w", sample_rate, 1, subtype, format=container) as file:
        file.write(values)
    if container == OGG:
        ogg.number(buffer)
    return buffer.getvalue()


def file_rate(format_: str, wanted_rate: int) -> int:
    """The rate of a file in this format, where ``wanted_rate`` is asked for."""
    return next_rate(wanted_rate, FILE_FORMATS[format_].rates)


def next_rate(sample_rate: int, rates: Sequence[int] | None) -> int:
    """The lowest of the ascending ``rates`` that is not under ``sample_rate``, else the highest; None is any rate."""
    return next((rate for rate in rates if rate >= sample_rate), rates[-1]) if rates else sample_rate


def pcm16(samples: Samples) -> bytes:
    """Samples as 16-bit little-endian PCM, as libsndfile makes a wav of floats: rounded to 32 bits, then down."""
    halves = np.floor(np.rint(samples * np.float32(2**31)) / np.float32(2**16))
    return bytes(np.clip(halves, -32768, 32767).astype("<i2").tobytes())
