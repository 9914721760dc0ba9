"""The voice converter `chatterbox`: speech to tokens, and back to speech in the voice of a clip. No text is needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import numpy as np

from handler.cancellation import NEVER, Cancellation
from handler.engines import devices
from handler.engines.chatterbox import files, loading, voices
from handler.engines.chatterbox.codec import INPUT_RATE, SAMPLE_RATE, Draws
from handler.errors import BadRequest, EngineError
from handler.marks import perth
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, Voice

logger = logging.getLogger(__name__)


class ChatterboxConverter:
    """S3Gen, the codec of Chatterbox: what upstream's ChatterboxVC does. The engine's, where that is loaded."""

    name = "chatterbox"
    sample_rate = SAMPLE_RATE
    model_license = "MIT"
    supports_cloning = True
    watermarks = True

    def __init__(self, settings: Settings) -> None:
        """Load the codec. Raises ConfigError when it cannot be loaded."""
        self._codec = loading.load_codec(settings, devices.default())
        self._watermarker = perth.watermarker()
        name = f"chatterbox-converter-{files.version(settings)}"
        self._voices = voices.Voices(name, partial(voices.of_clip, self._codec), self._codec.device)
        logger.info("the voice converter is ready on %s", self._codec.device, extra={"license": self.model_license})

    def default_voice(self, language: str | None) -> Voice:  # noqa: ARG002
        """It has none: raises BadRequest."""
        raise BadRequest.of("voice", "is missing; name the voice that the recording shall have")

    def prepare(self, voice: Voice, seed: int, cancellation: Cancellation = NEVER) -> Callable[[Samples, int], Samples]:
        """Return the function that converts a piece of speech. It is cancelled within a piece.

        Raises BadReference for a clip that cannot be used, OutOfMemory; the function EngineError and OutOfMemory.
        """
        target = voices.for_codec(self._voices.get(voice))

        def convert(samples: Samples, sample_rate: int) -> Samples:
            cancellation.check()
            tokens = self._codec.tokens(audio.resample(samples, sample_rate, INPUT_RATE))
            steps = self._codec.speech(tokens, target, Draws(seed))
            while True:
                cancellation.check()
                try:
                    next(steps)
                except StopIteration as end:
                    return self._marked(end.value)

        return convert

    def _marked(self, samples: Samples) -> Samples:
        """The samples with upstream's inaudible watermark."""
        if not np.isfinite(samples).all():
            raise EngineError("the converted speech holds values that are not numbers; send the job with another seed")
        return np.asarray(self._watermarker.apply_watermark(samples, sample_rate=self.sample_rate), np.float32)
