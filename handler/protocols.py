"""What a job needs from engines, aligners, stores and their like, as protocols that backends implement."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Protocol, runtime_checkable

from handler.backends import Pool, Registry
from handler.cancellation import NEVER, Cancellation
from handler.media.recording import Recording
from handler.media.tags import Tags
from handler.settings import Settings
from handler.telemetry import Observer
from handler.types import (
    MAX_FAILURES,
    Budget,
    Chunk,
    ChunkAudio,
    Failure,
    Grant,
    ObjectInfo,
    Page,
    Samples,
    SpeechOptions,
    SpeechRequest,
    Transcript,
    Voice,
    WarmupSpeech,
    WordTime,
)


class Cloner(Protocol):
    """What speaks in voices: an engine, or a converter."""

    name: str
    supports_cloning: bool
    """Whether it speaks in the voice of a clip."""

    def default_voice(self, language: str | None) -> Voice:
        """Its own voice for a language (None: its default). Raises BadRequest where it has none."""
        ...


class Engine(Cloner, Protocol):
    """Speaks chunks of text. Built once, kept warm; called from several threads: what needs a guard guards itself."""

    sample_rate: int
    model: str
    model_license: str
    device: str
    """The device it computes on: ``cpu``, ``cuda:0 NVIDIA …``."""
    warmup: WarmupSpeech | None
    """Its first speech; None for an engine that needs no warm-up."""
    supports_speed: bool
    """Whether it honours the request's ``speed``."""
    supports_seeds: bool
    """Whether another seed gives another take of the same chunk."""
    supports_phonemes: bool
    """Whether it says the ``phonemes`` of tokens; otherwise it says their ``spoken`` words."""

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """How much one chunk may hold when spoken in this voice."""
        ...

    def cross_fade_s(self, options: SpeechOptions) -> float:
        """Seconds by which its chunks overlap where they are joined."""
        ...

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        """Yield one ChunkAudio for each request, in order, at ``sample_rate``. Closing the iterator abandons the rest.

        Requests for the same chunk follow each other and differ in their seeds. A slow engine checks ``cancellation``
        within a chunk too.

        Raises EngineError when speech cannot be made, BadRequest when the request asks for what it cannot do.
        """
        ...


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that speaks several voices in common batches: `speak` is `prepare` and then `speak_prepared`."""

    def prepare(self, requests: Sequence[SpeechRequest], voice: Voice, options: SpeechOptions) -> Sequence[Any]:
        """Make what `speak_prepared` takes, one for each request. Raises as `speak` does for what it cannot speak."""
        ...

    def speak_prepared(self, prepared: Sequence[Any], cancellation: Cancellation = NEVER) -> Generator[ChunkAudio]:
        """Yield the audio of each, in order, as `speak` does. They may be of several voices."""
        ...


@runtime_checkable
class SoundMaker(Engine, Protocol):
    """An engine that makes the ``sounds_before`` and ``sounds_after`` of tokens, those that it knows."""

    sounds: frozenset[str]


@runtime_checkable
class PacedEngine(Engine, Protocol):
    """An engine whose model itself speaks at the ``rate`` of a chunk. The others stretch their model's sound."""

    def natural_seconds(self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions) -> Sequence[float] | None:
        """How long each chunk lasts, from its first sound to its last, before it is spoken.

        None from an engine of which only the speech tells: it is quick enough to speak a chunk twice.
        """
        ...


class VoiceConverter(Cloner, Protocol):
    """Speaks a recording again in the voice of a clip. Called from several threads."""

    sample_rate: int
    model_license: str
    watermarks: bool
    """Whether it gives its speech a watermark itself."""

    def prepare(self, voice: Voice, seed: int, cancellation: Cancellation = NEVER) -> Callable[[Samples, int], Samples]:
        """Return the function that converts speech, of so many samples a second, into this voice.

        Its result lasts as long as what it is given, or up to 40 ms longer, at ``sample_rate``. The same pieces with
        the same seed give the same bytes. Raises BadReference for a clip that cannot be used; the function raises
        EngineError, and as ``cancellation`` does.
        """
        ...


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


@dataclass(frozen=True)
class Origin:
    """What made the sound of a file: the engine and its model, and the licence of that.

    ``composite`` says that the file also has pictures or sound of the client's.
    """

    system: str = ""
    model_license: str | None = None
    composite: bool = False

    @classmethod
    def of_engine(cls, engine: Engine, voice: Voice) -> Origin:
        """The origin of what an engine says in a voice. A voice with a licence of its own is a model of its own."""
        model = f"{engine.name} {voice.builtin}" if voice.license and voice.builtin else engine.model
        system = model if engine.name in model else f"{engine.name} {model}"
        return cls(system, voice.license or engine.model_license)

    @classmethod
    def joined(cls, origins: Sequence[Origin]) -> Origin:
        """The origin of speech that several made."""
        licenses = [each.model_license for each in origins if each.model_license]
        return cls(", ".join(dict.fromkeys(each.system for each in origins)), " AND ".join(dict.fromkeys(licenses)))


class Mark(Protocol):
    """Marks speech as made by AI: a `SoundMark` or a `FileMark`. Called from several threads."""

    name: str


@runtime_checkable
class SoundMark(Mark, Protocol):
    """A mark in the samples, which every format keeps."""

    min_s: float
    """The shortest sound, in seconds, that can hold it or be searched for it."""

    def mark(self, samples: Samples, sample_rate: int) -> Samples:
        """As many samples, with the mark in them; none of them moves."""
        ...

    def find(self, samples: Samples, sample_rate: int) -> float:
        """The confidence that the mark is in the samples, 0 to 1; 0 for silence."""
        ...


@runtime_checkable
class FileMark(Mark, Protocol):
    """A mark beside the samples, in the file. Those of a job are written in the order of the table."""

    def mark(self, body: bytes, media_type: str, origin: Origin) -> bytes | None:
        """The file with the mark in it; None for a format that cannot hold it."""
        ...

    def mark_file(self, path: Path, media_type: str, origin: Origin) -> bool:
        """Put the mark into a file on the disk; False, and nothing is changed, for a format that cannot hold it."""
        ...

    def read(self, path: Path) -> dict[str, Any] | None:
        """What the mark of a file says, as JSON; None where there is none. It may say ``made_by_ai``."""
        ...


@runtime_checkable
class TagMark(FileMark, Protocol):
    """A mark that consists of tags, which can also stand at the head of a stream."""

    def tags(self, origin: Origin) -> Tags:
        """The tags that say what made a sound."""
        ...


class Store(Hashable, Protocol):
    """Keeps objects under keys such as ``output/abc.wav``. Writes are atomic: all of an object or none of it."""

    def put(self, key: str, body: bytes | Path, media_type: str, *, only_new: bool = False) -> str:
        """Write an object and return its etag. ``only_new`` raises AlreadyExists when the key is taken.

        On a service without conditional writes, two of them at the same moment may both succeed. StorageError when it
        cannot be written.
        """
        ...

    def get(self, key: str, max_bytes: int | None = None) -> bytes:
        """The whole object; NotFound when there is none.

        TooLarge when it has more than ``max_bytes``, of which no more are then read.
        """
        ...

    def head(self, key: str) -> ObjectInfo | None:
        """What is known of an object, None when there is none."""
        ...

    def list(self, prefix: str, limit: int, cursor: str | None = None) -> Page:
        """At most ``limit`` objects whose keys start with ``prefix``, after ``cursor``."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...

    def presign_get(self, key: str, expires_in: int, *, media_type: str, filename: str) -> str:
        """A URL that reads the object for ``expires_in`` seconds and names the file it downloads as."""
        ...

    def presign_put(self, key: str, expires_in: int, *, media_type: str | None = None) -> str:
        """A URL that a client may PUT the object to for ``expires_in`` seconds, as ``media_type`` (None: as any)."""
        ...

    def is_own_link(self, url: str) -> bool:
        """Whether an http(s) URL has the form of those that this store signs: its address, a key, a signature.

        Then it may be followed to an address that is not public. Whether it opens is for the service to say, by its
        signature. ``url`` is as it is sent: the host in small ASCII letters, the path percent-encoded. Raises
        StorageError when the store cannot sign.
        """
        ...

    def open_link(self, url: str) -> BufferedReader | None:
        """The file that a link of this store leads to, opened for reading; None for one that only a request can read.

        NotFound, whose message continues "the link …", when there is no plain file or the link is not valid;
        StorageError when it cannot be read.
        """
        ...

    def describe(self) -> str:
        """One phrase for logs and ``status``: what kind of store, no secret, no path."""
        ...


@runtime_checkable
class FileStore(Store, Protocol):
    """A store without a service of its own: the worker's HTTP server answers its signed links."""

    def check_link(self, method: str, key: str, query: Mapping[str, str]) -> Grant:
        """What a link permits: ``method`` is that of the request. LinkInvalid when it was not signed, or is old."""
        ...

    def open(self, key: str) -> BufferedReader:
        """An object, opened for reading; NotFound, whose message continues "the link …", when there is no plain file.

        StorageError when it cannot be read.
        """
        ...

    def writing(self, key: str, *, only_new: bool = False) -> AbstractContextManager[BinaryIO]:
        """A file to write an object into, which exists once the block ends without an error. Raises as `put`."""
        ...


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the worker: made by `app`, handed to every endpoint."""

    settings: Settings
    store: Store
    engines: Pool[Engine]
    aligners: Registry[Aligner]
    transcribers: Registry[Transcriber]
    speakers: Registry[SpeakerModel]
    converters: Registry[VoiceConverter]
    marks: Registry[Mark]
    tally: Counter[str]
    """Jobs of this process by how they ended: ``COMPLETED``, or the error's code."""
    observers: list[Observer] = field(default_factory=list)
    """Told of every job that ends: metrics, spans."""
    failures: deque[Failure] = field(default_factory=lambda: deque(maxlen=MAX_FAILURES))
    """The last jobs of this process that failed, the newest last."""
