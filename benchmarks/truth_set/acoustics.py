"""What a line, a room and other sound do to speech, without moving it in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from handler.media import audio
from handler.types import Samples

SPEED_OF_SOUND = 343.0
TELEPHONE_RATE = 8_000
TELEPHONE_HZ = (300.0, 3_400.0)
_TELEPHONE_PEAK = 0.5
_MU = 255.0
_EDGE_HZ = 50.0  # over which the band of the telephone begins and ends
_TAPS = 16  # of the sinc that puts a reflection between two samples
_ROOM_HZ = 100.0  # below it the reflections of a model whose walls never turn a wave over add up
_EYRING = 1.2  # so many times as slowly as by his formula do sounds decay in shoeboxes like these
_PEAK = 0.9
_BREATH_HZ, _BREATH_OCTAVES = 1_500.0, 1.0  # the middle of a breath's band, and how wide it is


@dataclass(frozen=True)
class Room:
    """A shoebox: its sizes, where the speaker and the microphone are, in metres, and its reverberation time (T60)."""

    size: tuple[float, float, float]
    speaker: tuple[float, float, float]
    microphone: tuple[float, float, float]
    seconds: float


LIVING_ROOM = Room((5.2, 4.1, 2.6), (1.7, 1.6, 1.3), (3.0, 2.3, 1.1), 0.4)
HALL = Room((11.3, 8.2, 4.3), (3.1, 4.4, 1.6), (5.9, 3.2, 1.4), 0.9)


def active_level(samples: Samples, rate: int) -> float:
    """The root mean square of speech where it sounds: pauses do not count, as in ITU-T P.56."""
    return audio.rms(samples[audio.sounding(samples, rate)])


def with_noise(samples: Samples, rate: int, noise: Samples, snr_db: float) -> Samples:
    """The speech and other sound, so many decibels below the active level of the speech."""
    wanted = active_level(samples, rate) / 10 ** (snr_db / 20)
    return fitted(samples + noise * np.float32(wanted / audio.rms(noise)))


def fitted(samples: Samples) -> Samples:
    """The samples, quieter where they pass full scale: nothing is clipped."""
    return np.asarray(samples * min(1.0, _PEAK / float(np.abs(samples).max(initial=1e-9))), np.float32)


def room_tone(count: int, rate: int, rng: np.random.Generator) -> Samples:
    """Noise with as much power in each octave (pink): a quiet room."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / rate), audio.HIGH_PASS_HZ))
    return np.asarray(np.fft.irfft(spectrum, count), np.float32)


def breath(seconds: float, rate: int, rng: np.random.Generator) -> Samples:
    """Noise that swells and fades, as a breath drawn through the mouth."""
    count = round(seconds * rate)
    hertz = np.fft.rfftfreq(count, 1 / rate)
    shape = np.exp(-0.5 * (np.log2(np.maximum(hertz, 1.0) / _BREATH_HZ) / _BREATH_OCTAVES) ** 2)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count)
    return np.asarray(noise * np.sin(np.pi * np.arange(count) / count), np.float32)


def telephone(samples: Samples, rate: int) -> tuple[Samples, int]:
    """300 to 3,400 Hz at 8 kHz in eight bits, companded by the continuous law of which G.711's mu-law is made."""
    low, high = TELEPHONE_HZ
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    # A real factor for each frequency delays nothing.
    rise = np.clip((hertz - low) / _EDGE_HZ + 1, 0, 1) * np.clip((high - hertz) / _EDGE_HZ + 1, 0, 1)
    filtered = np.fft.irfft(np.fft.rfft(samples) * np.sin(np.pi / 2 * rise) ** 2, len(samples)).astype(np.float32)
    line = audio.resample(filtered, rate, TELEPHONE_RATE)
    line = line * (_TELEPHONE_PEAK / np.abs(line).max())
    companded = np.round(127 * np.log1p(_MU * np.abs(line)) / np.log1p(_MU)) / 127
    return np.asarray(np.sign(line) * np.expm1(companded * np.log1p(_MU)) / _MU, np.float32), TELEPHONE_RATE


def in_room(samples: Samples, rate: int, room: Room) -> Samples:
    """The speech as the microphone has it, as loud as before, the direct sound where it was."""
    response = room_response(room, rate)
    size = len(samples) + len(response) - 1
    heard = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]
    return fitted(np.asarray(heard * audio.rms(samples) / audio.rms(heard.astype(np.float32)), np.float32))


@lru_cache(maxsize=4)
def room_response(room: Room, rate: int) -> Samples:
    """The room's answer to a click, by the image method: J. B. Allen and D. A. Berkley, "Image method for efficiently
    simulating small-room acoustics", Journal of the Acoustical Society of America 65(4), 1979, equation 10.

    Walls absorb alike, about as much as Eyring's formula says for the room's T60. A reflection between two samples is
    put there by a windowed sinc (Peterson 1986); as in that article, the lowest frequencies of the reflections are
    taken out. The direct sound is the first sample: its delay is taken off.
    """
    sizes = np.array(room.size)
    volume, surface = sizes.prod(), 2 * (sizes[[0, 0, 1]] * sizes[[1, 2, 2]]).sum()
    reflected = np.sqrt(np.exp(-0.161 * volume * _EYRING / (surface * room.seconds)))
    squares, walls = _images(room)
    metres = np.sqrt(squares[0][:, None, None] + squares[1][None, :, None] + squares[2][None, None, :])
    count = walls[0][:, None, None] + walls[1][None, :, None] + walls[2][None, None, :]
    direct = float(np.linalg.norm(np.subtract(room.speaker, room.microphone)))
    delays = (metres - direct) / SPEED_OF_SOUND * rate
    heard = (delays > 1e-6) & (delays < room.seconds * rate)  # without the direct sound
    delays, gains = delays[heard], (reflected**count * direct / metres)[heard]
    first = np.floor(delays).astype(np.int64) - _TAPS // 2 + 1
    reflections = np.zeros(round(room.seconds * rate) + _TAPS)
    for tap in range(_TAPS):
        away = first + tap - delays
        weights = gains * np.sinc(away) * (0.5 + 0.5 * np.cos(2 * np.pi * away / _TAPS))
        here = first + tap >= 0
        reflections += np.bincount((first + tap)[here], weights[here], len(reflections))[: len(reflections)]
    response = _without_lows(np.asarray(reflections, np.float32), rate)
    response[0] += 1.0
    return response


def _without_lows(response: Samples, rate: int) -> Samples:
    """What is above _ROOM_HZ: a second-order Butterworth response without delay."""
    size = len(response) + rate // 10
    hertz = np.fft.rfftfreq(size, 1 / rate)
    gain = hertz**2 / np.sqrt(hertz**4 + _ROOM_HZ**4)
    return np.asarray(np.fft.irfft(np.fft.rfft(response, size) * gain, size)[: len(response)], np.float32)


def _images(room: Room) -> tuple[list[Samples], list[Samples]]:
    """For each axis the squared distances of the speaker's images from the microphone, and their reflections."""
    reach = room.seconds * SPEED_OF_SOUND
    squares, walls = [], []
    for size, speaker, microphone in zip(room.size, room.speaker, room.microphone, strict=True):
        rooms = np.arange(-np.ceil(reach / size / 2) - 1, np.ceil(reach / size / 2) + 2)
        same, mirrored = 2 * rooms * size + speaker, 2 * rooms * size - speaker
        squares.append(np.square(np.concatenate([same, mirrored]) - microphone))
        walls.append(np.concatenate([np.abs(2 * rooms), np.abs(rooms - 1) + np.abs(rooms)]))
    return squares, walls
