"""What listens to speech: aligners, transcribers, models of speakers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from handler.cancellation import NEVER, Cancellation
from handler.types import Samples, Transcript, WordTime

if TYPE_CHECKING:
    from handler.media.recording import Recording  # numpy, which a look at what is installed should not load


class Aligner(Protocol):
    """Finds the times of known words in audio. Called from several threads."""

    name: str

    def speaks(self, language: str) -> bool:
        """Whether it knows the language (BCP 47, such as ``en`` or ``pt-BR``)."""
        ...

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each spoken word, in seconds from the first sample; None for a word it could not find.

        Confidence is 0 to 1 and means something: a right transcript scores above a wrong one. Raises
        AlignmentError when the audio as a whole cannot be aligned (noise, silence, too short for the words).
        """
        ...


@runtime_checkable
class WarmAligner(Aligner, Protocol):
    """An aligner with a model for each language, that can be loaded before the first job."""

    def warm(self, language: str) -> bool:
        """Load the model of a language if it is on this disk, and say whether it was; fetches nothing.

        Raises ConfigError for a model that is damaged.
        """
        ...

    def ready(self, language: str, cancellation: Cancellation) -> None:
        """Load the model of a language, fetched where it has to be, which may take minutes.

        Raises what `align` raises where there is no model and none can be had.
        """
        ...


@runtime_checkable
class PrefixAligner(Aligner, Protocol):
    """An aligner for sound and text that differ: it passes over sound without words, and words that are not said.

    A word that is not said has confidence 0 and ends where it starts. Long recordings are aligned piece by piece.
    """

    def find(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of all words, as `align` gives them, in sound that may have more before, between and after them.

        Raises AlignmentError.
        """
        ...

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """As `find`, of as many of the words, from the first on, as the audio holds.

        Empty when it holds none, silence among others; the last word is said. Raises AlignmentError.
        """
        ...


@runtime_checkable
class SpottingAligner(PrefixAligner, Protocol):
    """An aligner that hears, in one answer, whether any of many passages of a text is said in some sound."""

    def spot(
        self, samples: Samples, sample_rate: int, words: Sequence[str], starts: Sequence[int], language: str
    ) -> list[WordTime | None]:
        """The times of the likeliest passage that begins with one of the words ``starts``, among any other sound.

        The words before it have None, and those after it no time; empty where no passage is said. Raises
        AlignmentError.
        """
        ...


class Transcriber(Protocol):
    """Writes down what a recording of any length says. Called from several threads."""

    name: str

    def transcribe(
        self,
        recording: Recording,
        language: str | None,
        *,
        prompt: str | None = None,
        progress: Callable[[float], None] = lambda _: None,
        cancellation: Cancellation = NEVER,
    ) -> Transcript:
        """The words of the recording, and its language: the one given, or with None the one detected.

        ``prompt`` has names and spellings that the recording may have. ``progress`` gets the seconds that are done.
        ``cancellation`` raises when the job should not go on; it is asked while a model is fetched, too. Raises
        NoSpeech when nobody speaks, BadRequest on ``language`` for one that it does not know, BadReference when the
        recording cannot be written down, ConfigError when there is no model and none can be had.
        """
        ...


class SpeakerModel(Protocol):
    """Turns a voice into a vector: two recordings of one speaker lie close together, whatever their words."""

    name: str

    def embed(self, samples: Samples, sample_rate: int) -> Samples:
        """The speaker of the audio as a unit vector, float32 [dimensions]: a dot product of two is their cosine.

        Raises BadReference for audio that is silent or too short to tell a voice by, ConfigError when there is no
        model and none can be had.
        """
        ...
