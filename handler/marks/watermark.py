"""The mark `watermark`: Perth's inaudible watermark, which changes how loud parts of the sound below 2 kHz are.

Upstream resamples the whole sound to 32 kHz and back, which loses what is above 16 kHz, and may change its length.
Here Perth's change alone is resampled and added: the rest of the sound stays as it is, and no sample moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from handler.marks.perth import watermarker
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples

# Perth sees a block and its surroundings as it sees the whole: its layers look at 15 frames of 10 ms on either side.
BLOCK_S = 30.0
CONTEXT_S = 0.5
TONE_BINS, TONE_SHARE = 4, 0.9  # a sound with so much of its energy in so few neighbours is a steady tone
NOISE_DB = -30.0  # relative to the sound: of an unmarked sawtooth it makes 0.996 to 0.05, of marked speech 1 to 0.85


class Watermark:
    """Adds and finds the watermark. One model for all jobs, on the CPU: it takes two seconds for a minute of speech.

    A gain, a cut, MP3 and AAC leave it there; another pace or pitch may not.
    """

    name = "watermark"
    min_s = 0.5
    """Perth takes less, but of what is shorter it is no longer sure."""

    def __init__(self, settings: Settings) -> None:
        """Load the model. Raises ConfigError if a package is missing."""
        del settings
        self._net: Any = watermarker().perth_net.eval().requires_grad_(False)
        hp = self._net.hp
        self._rate: int = hp.sample_rate
        # The range of its spectra: see normalize() in perth_net_implicit/utils.py.
        self._range_db = 15 - 20 * np.log10(hp.stft_magnitude_min)

    def mark(self, samples: Samples, sample_rate: int) -> Samples:
        """As `SoundMark.mark`; samples that are silent stay silent."""
        block, context = round(BLOCK_S * sample_rate), round(CONTEXT_S * sample_rate)
        parts = []
        for start in range(0, len(samples), block):
            first = max(0, start - context)
            change = self._change(samples[first : start + block + context], sample_rate)
            part = samples[start : start + block]
            parts.append(part + change[start - first : start - first + len(part)])
        return np.concatenate(parts) if parts else samples

    def find(self, samples: Samples, sample_rate: int) -> float:
        """As `SoundMark.find`. Speech with the mark gives 0.7 to 1, other sound 0 to 0.3.

        It is looked for in what sounds: silence says nothing, and Perth would count it as unmarked. The least of two
        answers counts, for the sound and for the sound with noise: Perth alone is sure to find its mark in a buzz, such
        as a sawtooth, too. A steady tone is no speech, and counts as 0.
        """
        if audio.is_silent(samples) or _is_tone(samples):
            return 0.0
        samples = samples[audio.sounding(samples, sample_rate)]
        noise = np.random.default_rng(0).standard_normal(len(samples), np.float32)
        noise *= np.float32(audio.rms(samples) * 10 ** (NOISE_DB / 20))
        return min(self._confidence(samples, sample_rate), self._confidence(samples + noise, sample_rate))

    def _confidence(self, samples: Samples, sample_rate: int) -> float:
        import torch

        with torch.inference_mode():
            magnitudes, _ = self._net.ap.signal_to_magphase(self._at_rate(samples, sample_rate))
            confidence = float(self._net.decoder(magnitudes[None])[0])
        return min(1.0, max(0.0, confidence)) if np.isfinite(confidence) else 0.0

    def _change(self, samples: Samples, sample_rate: int) -> Samples:
        """What the watermark adds to the samples."""
        import torch

        with torch.inference_mode():
            given = self._at_rate(samples, sample_rate)
            spectrum = self._net.ap.spectrogram(given)
            magnitudes, _ = self._net.ap.signal_to_magphase(given)
            marked, _ = self._net.encoder(magnitudes[None])
            decibels = (marked[0] - magnitudes) * self._range_db
            spectrum *= 10 ** (decibels / 20) - 1
            change: Samples = self._net.ap.inv_spectrogram(spectrum, length=len(given)).numpy()
        change = audio.resample(change, self._rate, sample_rate)[: len(samples)]
        return np.pad(change, (0, len(samples) - len(change)))

    def _at_rate(self, samples: Samples, sample_rate: int) -> Any:
        """The samples at Perth's rate as a tensor, with silence behind where there are too few for its window."""
        import torch

        resampled = audio.resample(samples, sample_rate, self._rate)
        missing = max(0, self._net.hp.n_fft - len(resampled))
        return torch.from_numpy(np.pad(resampled, (0, missing)).astype(np.float32))


def _is_tone(samples: Samples) -> bool:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return float(np.sort(power)[-TONE_BINS:].sum()) > TONE_SHARE * float(power.sum())
