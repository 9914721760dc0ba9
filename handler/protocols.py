"""What the road needs from the world, as protocols; leaves implement them, `app` picks one of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from handler.cancellation import NEVER, Cancellation
from handler.settings import Settings
from handler.types import (
    Budget,
    ChunkAudio,
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


class Engine(Protocol):
    """Speaks chunks of text. Built once, kept warm; called from several threads: what needs a guard guards itself."""

    name: str
    sample_rate: int
    model: str
    model_license: str
    device: str
    """What it computes on: ``cpu``, ``cuda:0 NVIDIA …``."""
    supports_cloning: bool
    """Whether it speaks in the voice of a clip."""
    warmup: WarmupSpeech | None
    """What it said to warm up; None for an engine that needs no warming."""
    supports_seeds: bool
    """Whether another seed gives another take of the same chunk."""
    options: frozenset[str]
    """The request's fields that it honours beyond text, voice and language; others get a warning."""

    def default_voice(self, language: str | None) -> Voice:
        """The engine's own voice for a language (None: its default). Raises BadRequest for one it cannot speak."""
        ...

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        """How much one chunk may hold when spoken in this voice."""
        ...

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Iterator[ChunkAudio]:
        """Yield one ChunkAudio for each request, in order, at ``sample_rate``. Closing the iterator abandons the rest.

        Requests for the same chunk follow each other and differ in their seeds. A slow engine checks ``cancellation``
        within a chunk too.

        Raises EngineError when speech cannot be made, BadRequest when the request asks for what it cannot do.
        """
        ...


class Aligner(Protocol):
    """Finds where known words stand in audio. Called from several threads."""

    name: str

    def speaks(self, language: str) -> bool:
        """Whether it knows the language (BCP 47, such as ``en`` or ``pt-BR``)."""
        ...

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """One time for each spoken word, in seconds from the first sample; None for a word it could not place.

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
    """An aligner that also says how far into a text some audio goes: long recordings are aligned piece by piece."""

    def prefix(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        """The times of as many of the words, from the first on, as the audio holds, as `align` gives them.

        Empty when it holds none, silence among others; the last time is never None. Raises AlignmentError.
        """
        ...


class Transcriber(Protocol):
    """Writes down what a clip says."""

    name: str

    def transcribe(
        self, samples: Samples, sample_rate: int, language: str | None, cancellation: Cancellation = NEVER
    ) -> Transcript:
        """The words of the audio, and its language: the one given, or with None the one heard.

        ``cancellation`` raises when the job should not go on; it is asked while a model is fetched, too. Raises
        BadReference when there is no speech in it, ConfigError when there is no model and none can be had.
        """
        ...


class SpeakerModel(Protocol):
    """Says who speaks, as a vector: two recordings of one speaker lie close together, whatever is said in them."""

    name: str

    def embed(self, samples: Samples, sample_rate: int) -> Samples:
        """The speaker of the audio as a unit vector, float32 [dimensions]: a dot product of two is their cosine.

        Raises BadReference for audio that is silent or too short to tell a voice by, ConfigError when there is no
        model and none can be had.
        """
        ...


class Store(Protocol):
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
        """The file that a ``file://`` URL of this store leads to, opened for reading; None for any other URL.

        NotFound when there is no plain file, StorageError when it cannot be read.
        """
        ...

    def describe(self) -> str:
        """One phrase for logs and ``status``: what kind of store, no secret, no path."""
        ...


@dataclass(frozen=True)
class Entry:
    """A row of a table of leaves: ``"module:Class"``, and the modules that must be installed for it."""

    target: str
    needs: tuple[str, ...] = ()
    missing: str = ""
    """``"module:function"`` of settings that says what files a start lacks, without loading or fetching any."""
    models: str = ""
    """``"module:function"`` of settings that tells its models (`handler.models.Model`), each by what it is for."""
    languages: str = ""
    """``"module:function"`` of settings: the languages whose models are on this disk, where each has its own."""


Leaf_co = TypeVar("Leaf_co", covariant=True)


class Shelf(Protocol[Leaf_co]):
    """Leaves of one kind by name, each built on first use and kept."""

    def get(self, name: str) -> Leaf_co:
        """The leaf; ConfigError says why when it cannot be had here. Safe to call from several threads."""
        ...

    def built(self, name: str) -> Leaf_co | None:
        """The leaf if it is built already, None otherwise: looking never loads one."""
        ...

    def names(self) -> tuple[str, ...]:
        """Every name of the table, whether it can be had here or not."""
        ...

    def why_not(self, name: str) -> str | None:
        """Why a leaf cannot be had here, None if it can. Builds and imports nothing."""
        ...

    def missing(self, name: str) -> str | None:
        """What files a start of the leaf lacks on this disk, None if none. Loads and fetches nothing."""
        ...

    def languages(self, name: str) -> tuple[str, ...] | None:
        """Those of F5_LANGUAGES whose models are on this disk; None for a leaf without a model for each."""
        ...


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the worker: made by `app`, handed to every endpoint."""

    settings: Settings
    store: Store
    engines: Shelf[Engine]
    aligners: Shelf[Aligner]
    transcribers: Shelf[Transcriber]
    speakers: Shelf[SpeakerModel]
    tally: Counter[str]
    """Jobs of this process by how they ended: ``COMPLETED``, or the error's code."""
