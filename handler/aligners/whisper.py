"""Forced alignment in ninety-nine languages by Whisper's cross-attention, on the model that writes transcripts."""

from __future__ import annotations

from collections.abc import Sequence

from handler.cancellation import Cancellation, current
from handler.errors import AlignerFailed, AlignmentError, WorkerError
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, WordTime
from handler.whisper import models, process
from handler.whisper.languages import whisper_code
from handler.whisper.process import WhisperProcess
from handler.whisper.reading import SAMPLE_RATE

_REMEDY = "let the worker reach the hub, put a model into MODELS_DIR, or use another timing_method"


class WhisperAligner:
    """Aligns with the best Whisper model on this disk, in Whisper's process."""

    name = "whisper"

    def __init__(self, settings: Settings, asked: WhisperProcess | None = None) -> None:
        """Load and fetch nothing. Raises ConfigError if there is no model and no folder to store one."""
        models.require_storage(settings, _REMEDY)
        self._settings = settings
        self._process = asked or process.shared()

    def speaks(self, language: str) -> bool:
        """Whether Whisper knows the language; loads nothing."""
        return whisper_code(language) is not None

    def warm(self, language: str) -> bool:
        """Whether there is a model on this disk. The first job starts the process: an idle one would end."""
        return self.speaks(language) and models.best(self._settings) is not None

    def ready(self, language: str, cancellation: Cancellation) -> None:
        """Fetch the model if there is none on this disk. Raises as `align` does."""
        self._code(language)
        models.fetch(self._settings, cancellation, _REMEDY)

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each word, None for one without a letter or a digit.

        Confidence compares the probability of the word here with that in silence: a half where right and wrong words
        are equally frequent. Raises AlignmentError for a language that Whisper does not know and for silent or too
        short audio, ConfigError if there is no model, AlignerFailed if its process fails.
        """
        return self._ask("align", samples, sample_rate, words, language)

    def find(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of all words, where sound or text may each have something that the other lacks.

        A word that is not said has confidence 0 and ends where it starts. Raises as `align` does.
        """
        return self._ask("find", samples, sample_rate, words, language)

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of the first words, as many as half a minute of audio has, as `find` gives them: none in silence.

        The last word is said. Raises as `align` does, but not for silence.
        """
        if audio.is_silent(samples):
            return []
        return self._ask("prefix", samples, sample_rate, words, language)

    def _code(self, language: str) -> str:
        code = whisper_code(language)
        if code is None:
            raise AlignmentError(f"language: whisper does not know {language}; use another timing_method")
        return code

    def _ask(
        self, method: str, samples: Samples, sample_rate: int, words: Sequence[str], language: str
    ) -> list[WordTime | None]:
        code = self._code(language)
        prepared = audio.prepare_for_alignment(samples, sample_rate, SAMPLE_RATE)
        folder = models.fetch(self._settings, current(), _REMEDY)
        seconds = len(samples) / sample_rate
        try:
            found: list[WordTime | None] = self._process.ask(
                method, folder, prepared, tuple(words), code, seconds=seconds, cancellation=current()
            )
        except WorkerError:
            raise
        except Exception as error:  # CTranslate2 and the process have errors of their own
            raise AlignerFailed("whisper: it failed on this audio; use another timing_method") from error
        return [time and WordTime(time.start, min(time.end, seconds), time.confidence) for time in found]
