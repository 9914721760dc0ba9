"""The values that a job passes from step to step, all frozen.

Times are seconds as float, samples are float32 mono in [-1, 1], offsets count characters (code points) of the
script as the client sent it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handler.warnings import WARNINGS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from handler.requests import EngineOptions

    Samples = npt.NDArray[np.float32]
else:
    Samples = Any


KeepConditionals = Callable[[str, Callable[[], bytes]], bytes]
"""Returns what an engine has computed from a voice's clip: kept under the name given, such as
``pocket-english.safetensors``, which has the engine and its model's version;
else computed by the function, and kept."""


def _compute(_: str, compute: Callable[[], bytes]) -> bytes:
    """Compute the conditionals of a voice that nothing keeps them of."""
    return compute()


@dataclass(frozen=True)
class Voice:
    """Whose voice an engine speaks in. ``clip`` is the prepared reference on disk; None is the engine's own.

    ``conditionals`` keeps what an engine computes from the clip, for later jobs and other workers. ``builtin`` names
    one of the engine's own voices or speakers, "" is its default. ``license`` is that of such a voice, "" where the
    engine's model has the same.
    """

    name: str
    language: str
    clip: Path | None = None
    text: str = ""
    sha256: str = ""
    builtin: str = ""
    license: str = ""
    conditionals: KeepConditionals = field(default=_compute, compare=False, repr=False)


@dataclass(frozen=True)
class BuiltinVoice:
    """A voice that comes with an engine's model: ``voice: "piper:en_US-joe-medium"`` names one of piper's."""

    name: str
    language: str | None
    """BCP 47; None for one that speaks all the engine's languages."""
    license: str = ""
    on_disk: bool = True
    """Whether its files are here; else they are fetched at its first use."""


LINKED = "‿"
"""Phonemes of a word that is said within the word before it."""


@dataclass(frozen=True)
class Token:
    """One shown piece of the script and what is said for it.

    ``shown`` is the script's own spelling (``$1,234.56``, ``great 🎉``) and stands at
    ``script[start_char:end_char]``; inner white space is one blank. ``spoken`` holds the bare words that are said,
    lower or upper case as they should reach an engine, without punctuation, at least one. ``mark`` is the
    punctuation that follows for the sake of melody: one of ``, ; : . ! ? …`` or nothing. ``pause_before`` and
    ``pause_after`` are silences in seconds that the script asked for; ``paragraph`` says that a paragraph ends.
    ``rate`` is the pace that the script asks for here, 1 for that of the job.
    ``phonemes`` is empty, or has one item for each spoken word: how it is said in IPA, "" if as it is written, or
    LINKED if the item before it says both. ``sounds_before`` and ``sounds_after`` are sounds beside the words, such as
    ``laugh``, which captions do not show and aligners do not look for. ``speaker`` is who says it: the voice that the
    script names for it, "" where it names none.
    """

    shown: str
    spoken: tuple[str, ...]
    start_char: int
    end_char: int
    mark: str = ""
    pause_before: float = 0.0
    pause_after: float = 0.0
    paragraph: bool = False
    rate: float = 1.0
    phonemes: tuple[str, ...] = ()
    sounds_before: tuple[str, ...] = ()
    sounds_after: tuple[str, ...] = ()
    speaker: str = ""


@dataclass(frozen=True)
class Chunk:
    """What an engine speaks in one go: one or more whole tokens in one language (BCP 47). Never empty."""

    index: int
    tokens: tuple[Token, ...]
    language: str = "en"

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every bare spoken word, in order: what an aligner is given."""
        return tuple(word for token in self.tokens for word in token.spoken)

    @cached_property
    def text(self) -> str:
        """The spoken words with their punctuation: what an engine is given."""
        return " ".join(" ".join(token.spoken) + token.mark for token in self.tokens)

    @property
    def text_with_sounds(self) -> str:
        """As ``text``, with the sounds in brackets, for an engine that makes them: ``Well, [sigh] no. [laugh]``."""
        words: list[str] = []
        for token in self.tokens:
            words += [f"[{sound}]" for sound in token.sounds_before]
            words.append(" ".join(token.spoken) + token.mark)
            words += [f"[{sound}]" for sound in token.sounds_after]
        return " ".join(words)

    @property
    def rate(self) -> float:
        """The pace of all its tokens."""
        return self.tokens[0].rate

    @property
    def pause_before(self) -> float:
        return self.tokens[0].pause_before

    @property
    def pause_after(self) -> float:
        return self.tokens[-1].pause_after


@dataclass(frozen=True)
class Budget:
    """How much one chunk may hold: the sum of ``cost(spoken text)`` stays at or below ``limit``.

    The unit is the engine's own (characters, seconds); ``cost`` is additive over words to within a few percent.
    """

    limit: float
    cost: Callable[[str], float] = len
    by_sentence: bool = False
    """Whether each sentence is a chunk of its own: where the engine speaks them one by one, the first is heard soon."""


@dataclass(frozen=True)
class SpeechOptions:
    """How to speak all chunks of a job. ``own`` are the engine's own options, None for its defaults."""

    speed: float = 1.0
    own: EngineOptions | None = None


@dataclass(frozen=True)
class SpeechRequest:
    """One chunk for an engine to speak, with the seed of its randomness, 0 to 2³² − 1."""

    chunk: Chunk
    seed: int


@dataclass(frozen=True)
class JobWarning:
    """Something the client should know although the job went on. Raises ValueError for a code not in WARNINGS."""

    code: str
    message: str

    def __post_init__(self) -> None:
        if self.code not in WARNINGS:
            raise ValueError(f"no warning has the code {self.code!r}; add it to handler/warnings.py")


@dataclass(frozen=True)
class WordTime:
    """Where one spoken word stands, in seconds from the start of the samples given; confidence 0 to 1."""

    start: float
    end: float
    confidence: float = 1.0

    @property
    def said(self) -> bool:
        """Whether the aligner found the word in the sound; a word that it passed over ends where it starts."""
        return self.end > self.start

    def moved(self, seconds: float) -> WordTime:
        """The same word so many seconds later."""
        return WordTime(self.start + seconds, self.end + seconds, self.confidence)


@dataclass(frozen=True)
class ChunkAudio:
    """One spoken chunk: samples, and the times of its ``words`` where the engine itself knows them.

    ``words`` has one entry for each of ``Chunk.words`` (None where the engine lost one), or is None as a whole.
    """

    samples: Samples
    words: tuple[WordTime | None, ...] | None = None
    warnings: tuple[JobWarning, ...] = ()
    watermarked: bool = False
    """Whether the engine itself has given it a watermark."""


@dataclass(frozen=True)
class Transcript:
    """What a recording says, and its language (BCP 47); ``words`` where the transcriber knows their times."""

    text: str
    language: str
    words: tuple[Word, ...] = ()
    warnings: tuple[JobWarning, ...] = ()


@dataclass(frozen=True)
class WarmupSpeech:
    """What an engine said when it was started, at its own sample rate; ``remedy`` is for words that cannot be found."""

    samples: Samples
    words: tuple[str, ...]
    language: str
    remedy: str = ""


@dataclass(frozen=True)
class Span:
    """A run of samples: from ``start`` up to and without ``end``."""

    start: int
    end: int


@dataclass(frozen=True)
class Speech:
    """The whole speech, and the span of each chunk in it, exact to the sample."""

    samples: Samples
    sample_rate: int
    spans: tuple[Span, ...]

    @property
    def duration(self) -> float:
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True)
class Word:
    """A word as captions show it. ``interpolated``: its time was inferred from its neighbours, not measured.

    ``paragraph`` says that a blank line of the script follows. ``speaker`` is who says it, "" in a script of one voice.
    """

    shown: str
    start: float
    end: float
    confidence: float
    interpolated: bool
    start_char: int
    end_char: int
    paragraph: bool = False
    speaker: str = ""


@dataclass(frozen=True)
class Cue:
    """What is on screen at one time: lines of words. ``first_word`` is an index into the list of all words."""

    start: float
    end: float
    lines: tuple[tuple[Word, ...], ...]
    first_word: int

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for line in self.lines for word in line)

    @property
    def last_word(self) -> int:
        return self.first_word + len(self.words) - 1

    @property
    def speaker(self) -> str:
        """Who says all of it, "" for nobody: cues of two speakers may be stacked."""
        speakers = {word.speaker for word in self.words}
        return speakers.pop() if len(speakers) == 1 else ""


@dataclass(frozen=True)
class TimedText:
    """A caption that a client sent: its lines as text, and when it is on screen, in seconds; ``speaker`` may be "".

    ``number`` is its place in the client's file, from 1: messages name it. ``words`` are those of a file that has their
    times; somebody may have edited the ``text`` since.
    """

    start: float
    end: float
    text: str
    speaker: str = ""
    number: int = 0
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Output:
    """A file that a job left in the store."""

    key: str
    media_type: str
    size: int


@dataclass(frozen=True)
class ObjectInfo:
    """What a store knows of one object. ``etag`` changes when the content does; times are Unix times by its clock."""

    key: str
    size: int
    modified: float
    etag: str
    media_type: str = "application/octet-stream"
    told_at: float | None = field(default=None, compare=False)  # when the store said so, where that is known


@dataclass(frozen=True)
class Page:
    """A piece of a listing, in the order of the keys; ``cursor`` asks for the next piece, None at the end."""

    objects: tuple[ObjectInfo, ...]
    cursor: str | None = None


@dataclass(frozen=True)
class Grant:
    """What a signed link to a file permits: ``media_type`` and ``filename`` are those of the answer, or None."""

    key: str
    media_type: str | None = None
    filename: str | None = None


@dataclass(frozen=True)
class JobRecord:
    """What ``jobs/{job_id}.json`` holds. Times are Unix seconds; ``result`` is the reply without its URLs.

    ``captions`` is what `overlay` wants to know of a captioned job beyond its words: the ``style`` that was asked for,
    and the ``paragraphs``, which words a blank line of the script follows (their indices). ``lexicon`` has the entries
    that were found in the script. ``run`` is the random name of the run that wrote it, ``attempt`` its number, and
    ``heartbeat_at`` when it was written, by the clock of ``worker``; None in records of older versions.
    """

    job_id: str
    endpoint: str
    state: str
    started_at: float
    finished_at: float | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    warnings: list[dict[str, str]] = field(default_factory=list)
    error: dict[str, Any] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    captions: dict[str, Any] = field(default_factory=dict)
    lexicon: dict[str, Any] = field(default_factory=dict)
    request_sha256: str = ""
    worker: str = ""
    run: str = ""
    attempt: int = 1
    heartbeat_at: float | None = None


MAX_FAILURES = 200  # that a process remembers


@dataclass(frozen=True)
class Failure:
    """A job that failed: when (Unix time), and why, without the words of the client."""

    time: float
    job_id: str
    endpoint: str
    code: str
    message: str
    retryable: bool
