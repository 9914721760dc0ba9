"""A Piper voice in memory: ids and a seed in, samples and the frames of each id out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from handler.cancellation import current
from handler.engines import espeak_library
from handler.engines.piper import graph
from handler.engines.piper.files import VoiceFiles
from handler.engines.piper.symbols import BEGIN, END, PAD, SPACE
from handler.errors import BadRequest, ConfigError, EngineError, quoted
from handler.types import Samples

ESPEAK, TEXT = "espeak", "text"
"""What a voice reads: phonemes of espeak-ng, or letters."""

_ESPEAK_LANGUAGES = {"en": "en-gb"}  # espeak-ng's own "en" is British; for `espeak_library` it is American
_FRAMES_PER_ID = 12  # noise is drawn for so many at first; a voice at its own pace takes 3
_MAX_FRAMES = 60_000  # about 12 minutes: no sentence is as long


@dataclass(frozen=True)
class Scales:
    """How a sentence is spoken: variety of the sound and of the pace, and ``length``, times as slow as the voice is."""

    sound: float
    length: float
    pace: float


class Spoken(NamedTuple):
    """A sentence at the voice's own rate; the sum of ``frames`` times ``hop`` is the number of samples exactly."""

    samples: Samples
    frames: Samples
    hop: int


class PiperModel:
    """One voice. Safe to use from threads."""

    def __init__(self, files: VoiceFiles) -> None:
        """Raises ConfigError for files that are no Piper voice, BadRequest for a voice that reads pinyin."""
        self.name, self.license = files.name, files.license
        try:
            config = json.loads(files.config.read_text("utf-8"))
            self.sample_rate = int(config["audio"]["sample_rate"])
            self.symbols = {symbol: int(ids[0]) for symbol, ids in config["phoneme_id_map"].items()}
            if not {PAD, BEGIN, END, SPACE} <= self.symbols.keys():
                raise ValueError("the table of symbols lacks one of a Piper voice")
            # Some descriptions have "PhonemeType.ESPEAK", others none.
            self.phoneme_type = str(config.get("phoneme_type") or ESPEAK).rpartition(".")[2].lower()
            voice = str(config["espeak"]["voice"])
            self.espeak_language = _ESPEAK_LANGUAGES.get(voice, voice)
            if espeak_library.voice_for(self.espeak_language) is None:
                raise ValueError(f"espeak has no voice {voice}")
            self.speakers = {str(name): int(number) for name, number in config.get("speaker_id_map", {}).items()}
            self.speaker_count = int(config.get("num_speakers", 1))
            own = config.get("inference", {})
            self.noise_scale, self.noise_w = float(own.get("noise_scale", 0.667)), float(own.get("noise_w", 0.8))
            self.length_scale = float(own.get("length_scale", 1.0))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise ConfigError(f"{files.config.name} is no description of a Piper voice; fetch it again") from error
        if self.phoneme_type not in {ESPEAK, TEXT}:
            reads = f"{self.name} reads {quoted(self.phoneme_type)}, which this worker cannot make of a script"
            raise BadRequest.of("voice", f"{reads}; take another voice, or engine espeak")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # More would make the samples depend on it.
        # A plan to reuse buffers takes 1 s to make, and changes neither samples nor pace nor the peak of memory.
        options.enable_mem_reuse = False
        options.log_severity_level = 4  # A run that lacks noise is repeated; its error is no news.
        try:
            model = graph.edited(files.model.read_bytes())
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except ConfigError as error:
            raise ConfigError(f"{files.model.name}: {error.message}") from error
        except Exception as error:
            raise ConfigError(f"{files.model.name} cannot be loaded; fetch it again") from error
        self._inputs = {entry.name for entry in self._session.get_inputs()}

    def speak(self, ids: list[int], seed: tuple[int, ...], scales: Scales, speaker: int = 0) -> Spoken:
        """The speech of one sentence. The same arguments give the same samples. Raises EngineError if there is none."""
        pace_seed, sound_seed = np.random.SeedSequence(seed).spawn(2)
        feed: dict[str, Any] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([scales.sound, scales.length, scales.pace], np.float32),
            graph.PACE_NOISE: np.random.default_rng(pace_seed).standard_normal((1, 2, len(ids)), dtype=np.float32),
        }
        if "sid" in self._inputs:
            feed["sid"] = np.array([speaker], np.int64)
        enough = round(_FRAMES_PER_ID * len(ids) * max(1.0, scales.length))
        stop, options = current(), onnxruntime.RunOptions()
        while True:
            # The frames are known only within the run. Drawn frame by frame, more noise begins with the same.
            drawn = np.random.default_rng(sound_seed).standard_normal((enough, graph.NOISE_CHANNELS), dtype=np.float32)
            feed[graph.SOUND_NOISE] = np.ascontiguousarray(drawn.T[None])
            try:
                with stop.ending(partial(setattr, options, "terminate", True)):
                    stop.check()
                    audio, frames = self._session.run(["output", graph.DURATIONS], feed, options)
            except Exception as error:
                stop.check()
                if enough > _MAX_FRAMES:
                    raise EngineError("the voice cannot speak this sentence; make it shorter") from error
                enough *= 2
                continue
            return _checked(audio.ravel(), frames.ravel())


def _checked(samples: Samples, frames: Samples) -> Spoken:
    total = int(frames.sum())
    if not total or len(samples) % total or not np.isfinite(samples).all():
        raise EngineError("the voice gave no whole speech; send the job with another seed")
    return Spoken(samples.astype(np.float32, copy=False), frames, len(samples) // total)
