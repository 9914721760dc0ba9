"""A chapter of a book, once its parts are spoken: its audio file, and its captions."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from handler.alignment.word_times import Timing
from handler.captions import Captions, Style
from handler.errors import Cancelled, NotFound
from handler.jobs import File, Job
from handler.media import long_audio
from handler.media.audio import FILE_FORMATS
from handler.media.loudness import Meter
from handler.pipeline import captioning
from handler.pipeline.book.narrator import Narrator, SpokenPart
from handler.pipeline.book.plan import PlannedChapter
from handler.pipeline.book.source import folder_of
from handler.pipeline.marking import Marker
from handler.protocols import Origin, Services
from handler.requests import BookInput
from handler.types import Output, Samples, Word

MAX_RECORD_BYTES = 1_000_000


@dataclass(frozen=True)
class SpokenChapter:
    """A chapter that is done: its parts, how many samples they have, and what was measured of its sound.

    ``captions`` is a file of this machine with its words and cues, None without captions.
    """

    planned: PlannedChapter
    parts: tuple[SpokenPart, ...]
    loudness: Mapping[str, float | None]
    method: str = ""
    captions: Path | None = None

    @property
    def length(self) -> int:
        return sum(part.length for part in self.parts)

    @property
    def language(self) -> str:
        """That of the voice that begins it."""
        return str(self.parts[0].speakers[0]["language"])

    @property
    def origins(self) -> tuple[Origin, ...]:
        return tuple(dict.fromkeys(origin for part in self.parts for origin in part.origins))


class ChapterMaker:
    """Makes the files of chapters; those of a chapter that was done before are taken as they are."""

    def __init__(
        self,
        request: BookInput,
        narrator: Narrator,
        folder: Path,
        job: Job,
        services: Services,
    ) -> None:
        """``folder`` is one of this machine, for files that are being made."""
        self._request = request
        self._narrator = narrator
        self._speakers = narrator.speakers
        self._folder = folder
        self._job = job
        self._services = services
        self.style: Style | None = None
        """The style of the captions, once there are any."""

    def make(self, planned: PlannedChapter, parts: Sequence[SpokenPart], digits: int) -> SpokenChapter:
        """The chapter, whose files are then in the store, with numbers of so many digits in their names."""
        number = planned.chapter.number
        stem = f"{self._job.id}-{number:0{digits}d}"
        record_key = f"{folder_of(self._job.id)}chapter-{number}.json"
        fingerprint = self._fingerprint(planned, parts, stem)
        chapter = SpokenChapter(planned, tuple(parts), {})
        captions = self._laid_out(chapter) if self._request.wants_timings else None
        if (done := self._done_before(record_key, fingerprint)) is None:
            done = self._stored(chapter, captions, stem)
            body = json.dumps(done | {"fingerprint": fingerprint}).encode()
            self._job.write(File(record_key, body, "application/json"))
        kept = self._keep(captions, number) if captions else None
        method = captions.method if captions else ""
        # Words are on the disk from now on.
        wordless = tuple(replace(part, words=()) for part in parts)
        return SpokenChapter(planned, wordless, done["loudness"], method, kept)

    def _fingerprint(self, planned: PlannedChapter, parts: Sequence[SpokenPart], stem: str) -> str:
        style = self._request.caption_style
        asked = (
            self._request.audio_format, self._request.wants_timings, self._request.timing_format,
            style and style.model_dump_json(), self._request.words_per_cue, self._request.speaker_labels,
            self._request.speaker_colours, self._request.csv_safe,
        )  # fmt: skip
        whole = json.dumps([stem, planned.chapter.title, [part.key for part in parts], asked])
        return hashlib.sha256(whole.encode()).hexdigest()

    def _done_before(self, key: str, fingerprint: str) -> dict[str, Any] | None:
        """The record of the chapter if it was done before and its files are there; then they are outputs of the job."""
        store = self._services.store
        try:
            record: dict[str, Any] = json.loads(store.get(key, MAX_RECORD_BYTES))
        except NotFound:
            return None
        outputs = {name: Output(**output) for name, output in record["outputs"].items()}
        if record["fingerprint"] != fingerprint or any(store.head(each.key) is None for each in outputs.values()):
            return None
        for name, output in outputs.items():
            self._job.add_output(name, output)
        return record

    def _stored(self, chapter: SpokenChapter, captions: Captions | None, stem: str) -> dict[str, Any]:
        """Make the files and store them; returns the record of the chapter."""
        job, number, format_ = self._job, chapter.planned.chapter.number, self._request.audio_format
        path, meter = self._folder / f"chapter.{format_}", Meter(self._narrator.rate)
        rate, media_type = self._narrator.rate, FILE_FORMATS[format_].media_type
        with job.timed("encode"):
            pieces = self._metered(chapter, meter)
            long_audio.encode(path, pieces, rate, format_, chapter.length / rate, job.cancellation)
        Marker(Origin.joined(chapter.origins), job, self._services).on_disk(path, media_type)
        files = {"audio": File(f"output/{job.id}/{stem}.{format_}", path, media_type)}
        if captions is not None:
            with job.timed("captions"):
                for name in self._request.timing_format:
                    files[f"timing.{name}"] = captioning.caption_file(captions, name, f"timings/{job.id}/{stem}")
        files = {f"chapter.{number}.{name}": file for name, file in files.items()}
        job.store(files)
        path.unlink()
        outputs = {name: asdict(job.record.outputs[name]) for name in files if name in job.record.outputs}
        return {"outputs": outputs, "loudness": meter.measured().fields()}

    def _metered(self, chapter: SpokenChapter, meter: Meter) -> Iterator[Samples]:
        for samples in self._narrator.pieces(chapter.parts):
            meter.add(samples)
            yield samples

    def _laid_out(self, chapter: SpokenChapter) -> Captions | None:
        """The captions of the chapter from its own start on; None, with a warning, where they cannot be made."""
        words: list[Word] = []
        start = 0
        for part in chapter.parts:
            words += (moved(word, start / self._narrator.rate) for word in part.words)
            start += part.length
        method = next((part.method for part in chapter.parts if part.method), "")
        timed, seconds = Timing(tuple(words), method), chapter.length / self._narrator.rate
        try:
            captions = captioning.lay_out(
                self._request, timed, seconds, chapter.language, self._job, self._services, speakers=self._speakers
            )
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - the warning says it
            captioning.failed(error, self._request, self._job)
            return None
        self.style = captions.style
        return captions

    def _keep(self, captions: Captions, number: int) -> Path:
        """Put words and cues on this machine's disk, for the captions of the whole."""
        path = self._folder / f"captions-{number}"
        path.write_bytes(pickle.dumps((captions.words, captions.cues)))
        return path


def moved(word: Word, seconds: float) -> Word:
    """A word so much later."""
    return replace(word, start=word.start + seconds, end=word.end + seconds)
