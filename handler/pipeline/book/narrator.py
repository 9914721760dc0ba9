"""Speak a book part by part. What is spoken is stored at once, and is not spoken again by a job that is sent again.

A part is stored under a fingerprint of all that makes its sound and its words, so that nothing that has changed since
is taken for what was asked for.
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from handler.alignment.word_times import Timing
from handler.errors import AlignmentError, NotFound, reason
from handler.jobs import File, Job
from handler.media import audio, long_audio
from handler.media.audio import AAC_RATES, next_rate
from handler.pipeline import levelling, turn_voices
from handler.pipeline.assembly import Chunks
from handler.pipeline.background import BackgroundQueue
from handler.pipeline.book.plan import Cast, Part, PlannedChapter, naming, read_turns
from handler.pipeline.book.progress import BookProgress
from handler.pipeline.book.source import folder_of
from handler.pipeline.captioning import BackgroundTiming
from handler.pipeline.lines import Line, engine_voices, speakers
from handler.pipeline.marking import Marker
from handler.pipeline.synthesis import synthesize
from handler.protocols import Engine, Origin, Services
from handler.requests import BookInput
from handler.types import JobWarning, Samples, Speech, Word
from handler.voices import engine_choice

logger = logging.getLogger(__name__)

VERSION = 2  # of what is stored
MAX_PART_BYTES = 400_000_000


@dataclass(frozen=True)
class SpokenPart:
    """A part that is stored: how many samples it has, its words from its own start on, and who speaks it.

    ``key`` tells what was asked for, ``sound`` is the key of the samples.
    ``method`` is the one that timed the words, "" without any. Once a chapter is done, its words are not kept here.
    """

    key: str
    sound: str
    length: int
    words: tuple[Word, ...]
    method: str
    speakers: Sequence[Mapping[str, Any]]
    origins: tuple[Origin, ...]


class Narrator:
    """Speaks the parts of a book, at one sample rate, or takes them where they were spoken before."""

    def __init__(
        self,
        request: BookInput,
        cast: Cast,
        engines: Mapping[str, Engine],
        progress: BookProgress,
        folder: Path,
        job: Job,
        services: Services,
    ) -> None:
        """``folder`` is one of this machine, for files that are being made."""
        self._request = request
        self._cast = cast
        self._engines = engines
        self._progress = progress
        self._folder = folder
        self._job = job
        self._services = services
        self.seed = _seed_of(job.id) if request.seed is None else request.seed
        # One that AAC has, so that no sample of the whole is moved.
        self.rate = next_rate(request.sample_rate or engines[cast.engines[0]].sample_rate, AAC_RATES)
        self.spoken_s = 0.0
        """Seconds of speech that were spoken, not taken."""

    @cached_property
    def _own_name(self) -> str:
        """The name of the voice that speaks where nothing names one."""
        engine = engine_choice.chosen(self._request.engine, None, self._services)
        return str(self._engines[engine].default_voice(self._request.language).name)

    @property
    def speakers(self) -> list[str]:
        """The names of all speakers, in the order in which they speak; none where one voice speaks all."""
        voices = self._cast.voices
        return [name or self._own_name for name in voices] if len(voices) > 1 else []

    def part(self, planned: PlannedChapter, part: Part) -> SpokenPart:
        """The part, which is stored when this returns. Raises as `generate` does, with the chapter named."""
        with naming(planned, self._request.source_field):
            lines = self._lines(part)
        key = f"{folder_of(self._job.id)}{self._fingerprint(part, lines)}"
        if found := self._stored(key):
            self._progress.take_part(part.characters)
            return found
        self._progress.begin_part(part.characters)
        spoken = self._speak(key, part, lines)
        self._progress.end_part()
        logger.info("a part is spoken", extra={"chapter": planned.chapter.number, "start": part.start,
                                               "characters": part.characters})  # fmt: skip
        return spoken

    def pieces(self, parts: Sequence[SpokenPart]) -> Iterator[Samples]:
        """The sound of parts that are stored, in pieces. Raises NotFound where one was removed since."""
        for part in parts:
            yield from long_audio.decoded(self._services.store.get(part.sound, MAX_PART_BYTES))

    def _lines(self, part: Part) -> list[Line]:
        read = read_turns(part, self._request, self._services, self._job)
        resolved = turn_voices.resolve(read, self._engines, self._job, self._services)
        if len(self._cast.voices) > 1:
            # Captions name who speaks in all of the book, also where one speaks alone.
            begins = [next(iter(turn.voices.values())).request.voice_name for turn in read]
            named = [replace(turn, speaker=name or self._own_name) for turn, name in zip(read, begins, strict=True)]
            resolved = replace(resolved, turns=named)
        lines = turn_voices.lines(resolved, self._request.spoken(""), self._job, self._services)
        self._job.warn_all(resolved.language_warnings())
        return lines

    def _fingerprint(self, part: Part, lines: Sequence[Line]) -> str:
        request, settings = self._request, self._services.settings
        voices = engine_voices(lines)
        said = [(voices.index(line.said_by), line.chunk.language, [astuple(token) for token in line.chunk.tokens])
                for line in lines]  # fmt: skip
        by = [
            (each.engine.name, each.engine.model, each.voice.name, each.voice.sha256, each.voice.builtin,
             each.voice.language, each.options.speed, each.options.own and each.options.own.model_dump_json())
            for each in voices
        ]  # fmt: skip
        target = levelling.target(request, settings)
        sound = (self.seed, self.rate, target and asdict(target), settings.ai_mark)
        timings = (request.timing_method, request.timing_strict, settings.aligners) if request.wants_timings else None
        pauses = [passage.pause_after for passage in part.passages]
        whole = json.dumps([VERSION, said, by, pauses, sound, timings], ensure_ascii=False, default=str)
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def _speak(self, key: str, part: Part, lines: Sequence[Line]) -> SpokenPart:
        job, services, request = self._job, self._services, self._request
        asked = request.spoken("")
        before = len(job.warnings)
        marker = Marker(Origin.joined(_origins(lines)), job, services)
        first = engine_voices(lines)[0]
        seed = (self.seed + part.start) % (1 << 32)
        with BackgroundQueue("align", job) as aligning:
            timing = None
            if request.wants_timings:
                rate = first.engine.sample_rate
                timing = BackgroundTiming(asked, first.voice.language, rate, job, services, aligning)
            listeners = [timing.on_chunk] if timing else []
            speech, _ = synthesize(lines, Chunks.of(lines, marker.speech), seed, job, None, listeners)
            samples = self._levelled(speech)
            timed = self._timed(timing, speech)
        with job.timed("encode"):
            path = self._folder / "part.flac"
            pieces = long_audio.blocks(samples)
            long_audio.encode(path, pieces, self.rate, "flac", speech.duration, job.cancellation)
        self.spoken_s += speech.duration
        job.measure("encode", audio_s=speech.duration, bytes=path.stat().st_size)
        record = {
            # With a name of its own: of a job that two workers have, each record is of the very samples that it names.
            "sound": f"{key}-{uuid.uuid4().hex[:8]}.flac",
            "length": len(samples),
            "words": [astuple(word) for word in timed.words] if timed else [],
            "method": timed.method if timed else "",
            "speakers": speakers(lines),
            "origins": [asdict(origin) for origin in _origins(lines)],
            "warnings": [asdict(warning) for warning in job.warnings[before:]],
        }
        # The record comes last: a part is there when its record is.
        with job.timed("upload"):
            job.write(File(str(record["sound"]), path, "audio/flac"))
            job.write(File(f"{key}.json", json.dumps(record, ensure_ascii=False).encode(), "application/json"))
        return _read(key, record)

    def _levelled(self, speech: Speech) -> Samples:
        """The samples at the book's rate, and at the loudness that is asked for; a chapter is measured as a whole."""
        target = levelling.target(self._request, self._services.settings)
        if target is None:
            audio.check(speech.samples)
            return audio.resample(speech.samples, speech.sample_rate, self.rate)
        return levelling.level(speech.samples, speech.sample_rate, self.rate, target, self._job).samples

    def _timed(self, timing: BackgroundTiming | None, speech: Speech) -> Timing | None:
        """The times of the words. The speech is paid for: without them the part has a warning instead."""
        if timing is None:
            return None
        try:
            return timing.timing(speech)
        except AlignmentError as error:
            self._job.warn("timings_failed", f"some captions are missing: {reason(error)}")
            return None

    def _stored(self, key: str) -> SpokenPart | None:
        """The part if it was spoken before, with its warnings."""
        store = self._services.store
        try:
            record = json.loads(store.get(f"{key}.json", MAX_PART_BYTES))
        except NotFound:
            return None
        if store.head(record["sound"]) is None:
            return None
        self._job.warn_all(JobWarning(**warning) for warning in record["warnings"])
        return _read(key, record)


def _seed_of(job_id: str) -> int:
    """A seed by the job's id alone: a job that is sent again may bring the same book by another link."""
    return int(hashlib.sha256(job_id.encode()).hexdigest()[:8], 16)


def _origins(lines: Sequence[Line]) -> tuple[Origin, ...]:
    """What makes the speech of the lines, each once."""
    return tuple(dict.fromkeys(Origin.of_engine(each.engine, each.voice) for each in engine_voices(lines)))


def _read(key: str, record: Mapping[str, Any]) -> SpokenPart:
    words = tuple(Word(*word) for word in record["words"])
    origins = tuple(Origin(**origin) for origin in record["origins"])
    return SpokenPart(key, record["sound"], record["length"], words, record["method"], record["speakers"], origins)
