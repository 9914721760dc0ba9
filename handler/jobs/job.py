"""A running job: progress out, cancellation in, its files and its record in the store."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from handler.cancellation import NEVER, Cancellation, in_thread
from handler.errors import AlreadyExists, Cancelled, StorageError, WorkerError, printable, without_quotes
from handler.jobs.job_store import JobStore
from handler.jobs.journal import LOST_AFTER_S, Journal
from handler.jobs.leftovers import Leftovers
from handler.jobs.patience import WRITING_S, Patience
from handler.jobs.records import CANCELLED, COMPLETED, FAILED
from handler.protocols import Store
from handler.telemetry import JobTrace
from handler.types import JobRecord, JobWarning, Output, Samples, Word

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MAX_UPLOADS = 8  # files of one job that are written to the store in parallel

RECORD_INTERVAL_S = 1.0  # between two records of progress: each write competes with the job's uploads

RECORD_TIMEOUT_S = WRITING_S + 35.0  # for the record of a job that is done: so long may the last of its tries take
FAILED_RECORD_TIMEOUT_S = 1.5  # for that of a job whose client has no result to wait for; it is written later then

ShowProgress = Callable[[str, int, int], dict[str, Any]]
"""Makes what is reported of a stage, and of how much of its total is done."""


def _as_it_is(stage: str, done: int, total: int) -> dict[str, Any]:
    return {"stage": stage, "done": done, "total": total}


AudioListener = Callable[[Samples, int, bool], None]
"""Called with the next samples, their rate, and whether they are the last."""


@dataclass(frozen=True)
class Listener:
    """What hears of a job while it runs: functions that the job's threads call, and that must not block."""

    on_progress: Callable[[dict[str, Any]], None] | None = None
    """Called with ``{stage, done, total}``, and ``chunks`` where their URLs were asked for."""
    on_audio: AudioListener | None = None
    """Called with the next samples of the speech, which nothing changes any more. Together they are the job's audio,
    sample for sample. With a loudness or a true peak they come at once, when all is spoken."""
    on_words: Callable[[Sequence[Word]], None] | None = None
    """Called with the words of the next chunk, with their times in the whole. The job's captions have all of them:
    there a word at a join of chunks may end a little earlier, and all may differ where a later chunk has made the job
    change its alignment method."""


@dataclass(frozen=True)
class File:
    """A file to store: its key, its content and its media type."""

    key: str
    body: bytes | Path
    media_type: str
    shared: bool = False
    """The same for every job, such as a font: written only where it is missing."""
    required: bool = True
    """Whether the job fails if it cannot be written; otherwise the reply has a warning."""

    @property
    def size(self) -> int:
        return len(self.body) if isinstance(self.body, bytes) else self.body.stat().st_size


class Job:
    """One job while it runs: endpoints report to it, and ask it between chunks whether to go on."""

    def __init__(
        self,
        record: JobRecord,
        store: Store,
        *,
        timeout: float,
        listener: Listener = Listener(),
        cancellation: Cancellation = NEVER,
        trace: JobTrace | None = None,
        lost_after: float = LOST_AFTER_S,
    ) -> None:
        self.lost_after = lost_after
        self._given = record
        self._trace = trace or JobTrace(record.job_id, record.endpoint)
        self.metrics = self._trace.seconds
        self._store = store
        self.listener = listener
        self._publishing = threading.Lock()
        self._limit = Cancellation(
            parent=cancellation,
            timeout_s=timeout,
            timeout_message=f"the job took longer than JOB_TIMEOUT ({timeout:g} s); send a shorter text, or raise "
            "JOB_TIMEOUT",
        )
        self.renew()

    def renew(self) -> None:
        """Make it as it was before it began, as another run of the job, in the time that is left."""
        self.record = replace(self._given, run=uuid.uuid4().hex)
        self.warnings: list[JobWarning] = []
        self._reports = True
        self._extra: Callable[[], dict[str, Any]] = dict
        self._shown: ShowProgress = _as_it_is
        self._last: list[Callable[[Store], object]] = []
        self._leftovers = Leftovers()
        self._started = self._recorded = time.monotonic()
        self.cancellation = Cancellation(parent=self._limit)
        self.patience = Patience()
        self._journal = Journal(self._store, self.patience, self.lost_after, self.cancellation.cancel)

    @property
    def id(self) -> str:
        return self._given.job_id

    @property
    def default_seed(self) -> int:
        """A seed from the job's id and input: a job that is delivered twice gives the same speech."""
        return int(hashlib.sha256(f"{self.id} {self.record.request_sha256}".encode()).hexdigest()[:8], 16)

    def start(self) -> None:
        """Begin a job whose id nobody else knows: its first record is written while the work starts."""
        self._journal.live(self.record.run)
        self._journal.start(self.record)

    def begin(self) -> bool:
        """Write the first record of a job before the work starts. False where it has one, of another run."""
        self._journal.live(self.record.run)
        try:
            self.cancellation.wait(self._journal.begin(self.record))
        except AlreadyExists:
            self._journal.rest()
            return False
        return True

    def take_over(self, attempt: int) -> None:
        """Write the first record in place of that of another run."""
        self.record = replace(self.record, attempt=attempt, started_at=time.time())
        self._journal.live(self.record.run)
        self.cancellation.wait(self._journal.take_over(self.record))

    @property
    def superseded(self) -> bool:
        """Whether another worker has taken the job over: this run writes no record any more, and is cancelled."""
        return self._journal.superseded

    def check(self, *, ignore_timeout: bool = False) -> None:
        """Raise Cancelled, or JobTimeout unless ``ignore_timeout`` (used once the speech exists)."""
        self.cancellation.check(ignore_timeout=ignore_timeout)

    def progress(self, stage: str, done: int, total: int, *, ignore_timeout: bool = False) -> None:
        """`check`, then report how far the job is, to the listener and in its record."""
        self.check(ignore_timeout=ignore_timeout)
        self.record = replace(self.record, progress=self._shown(stage, done, total))
        self._journal.note(self.record)
        now = time.monotonic()
        if now - self._recorded >= RECORD_INTERVAL_S:
            self._recorded = now
            self._journal.save(self.record)
        self.publish_progress()

    def relay(self, progress: dict[str, Any]) -> None:
        """Report the progress of another run of the job, which this one waits for."""
        self.record = replace(self.record, progress=progress)
        self.publish_progress()

    def show_progress(self, shown: ShowProgress) -> None:
        """Let ``shown`` say what is reported from now on: parts of a job know only how far they are themselves."""
        self._shown = shown

    def publish_progress(self, extra: Callable[[], dict[str, Any]] | None = None) -> None:
        """Send the newest progress (again), from any thread; nothing once the job is done.

        ``extra`` makes fields that this and every later progress has (chunk URLs); they are not recorded.
        """
        with self._publishing:
            self._extra = extra or self._extra
            if self._reports and self.listener.on_progress is not None:
                self.listener.on_progress(self.record.progress | self._extra())

    def warn(self, code: str, message: str) -> None:
        """Add a warning to the reply, each once. Raises ValueError for a code not in WARNINGS."""
        warning = JobWarning(code, printable(message))
        if warning not in self.warnings:
            self.warnings.append(warning)
            logger.warning("%s", without_quotes(warning.message), extra={"code": code})

    def warn_all(self, warnings: Iterable[JobWarning]) -> None:
        for warning in warnings:
            self.warn(warning.code, warning.message)

    def timed(self, name: str) -> AbstractContextManager[None]:
        """Add the seconds of a block to the job's metrics, and the block to its trace."""
        return self._trace.timed(name)

    def measure(self, name: str, **sizes: float) -> None:
        """Add how much the stage ``name`` worked on, for the log: ``characters``, ``audio_s`` and the like."""
        self._trace.measure(name, **sizes)

    def store(self, files: Mapping[str, File], begun: Mapping[str, Future[None]] = MappingProxyType({})) -> None:
        """Write files to the store in parallel; then they are outputs of the job by their names.

        Those in ``begun`` are being written already, each by a `write` of its own. The timeout is ignored: the files
        exist. Raises StorageError for a required file that cannot be written, and Cancelled.
        """
        with self.timed("upload"), _uploading() as pool:
            self.progress("upload", 0, len(files), ignore_timeout=True)
            writes = dict(begun)
            for name, file in files.items():
                if name not in writes:
                    writes[name] = pool.submit(copy_context().run, self.write, file)
            for name, file in files.items():
                try:
                    self.cancellation.wait(writes[name], ignore_timeout=True)
                except WorkerError as error:
                    if file.required or isinstance(error, Cancelled):
                        raise
                    self.warn("file_not_kept", f"{name} could not be stored: {error.message}")
                else:
                    self.add_output(name, Output(file.key, file.media_type, file.size))
            self.measure("upload", files=len(files), bytes=sum(file.size for file in files.values()))
            self.progress("upload", len(files), len(files), ignore_timeout=True)

    def add_output(self, name: str, output: Output) -> None:
        """Make something that is in the store already an output of the job."""
        self.record = replace(self.record, outputs=self.record.outputs | {name: output})

    def record_captions(
        self, style: dict[str, Any], paragraphs: Sequence[int], speaker_colours: Mapping[str, str] | None = None
    ) -> None:
        """Record how the words were laid out, for a later `overlay`."""
        captions: dict[str, Any] = {"style": style, "paragraphs": list(paragraphs)}
        if speaker_colours:
            captions["speaker_colours"] = dict(speaker_colours)
        self.record = replace(self.record, captions=captions)

    def record_lexicon(self, entries: dict[str, dict[str, str]]) -> None:
        """Record the entries that were found in the script, for a later job that aligns it."""
        self.record = replace(self.record, lexicon=entries)

    def apart(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of ``work``, which is done to finished speech. A cancelled job leaves it to end by itself.

        The job's timeout does not end the wait, because the speech is paid for. Raises what ``work`` raises.
        """
        return self.cancellation.wait(in_thread(partial(work, *args, **kwargs)), ignore_timeout=True)

    def write(self, file: File) -> None:
        """Put a file into the store; `store` makes it an output."""
        with nullcontext() if file.shared else self._leftovers.writing(file.key):
            self.patience.ask(self.cancellation, WRITING_S, self._put, file)

    def _put(self, file: File) -> None:
        if not (file.shared and self._store.head(file.key)):
            self._store.put(file.key, file.body, file.media_type)

    def write_together(self, write: Callable[[Store], T]) -> T:
        """Do writes that belong together. The job may end meanwhile; they are all done nevertheless."""
        return self.cancellation.run(write, JobStore(self._store, NEVER, self.patience))

    def tidy(self, remove: Callable[[Store], object]) -> None:
        """Call ``remove`` once the job is complete: with what it removes, the job could have been resumed."""
        self._last.append(remove)

    def complete(self, result: dict[str, Any]) -> None:
        """Close the record with the reply (without URLs). A store that refuses it costs a warning, not the result."""
        try:
            written = self._close(COMPLETED, result=result)
            self.cancellation.wait(written, timeout_s=RECORD_TIMEOUT_S, ignore_timeout=True)
        except (StorageError, TimeoutError) as error:
            reason = error.message if isinstance(error, StorageError) else "the store does not answer in time"
            self.warn("record_not_written", f"download and status cannot find this job: {reason}")
            self._tell_of_waits()
            return
        self._tell_of_waits()
        if self.superseded:
            return  # what is left is the other run's
        for remove in self._last:
            try:
                remove(self._store)
            except StorageError:
                logger.warning("what a job left could not be removed", exc_info=True)

    def fail(self, error: WorkerError) -> None:
        """Close the record with an error, and remove the job's files, unless it can be resumed with them.

        The record and the files of another run stay as they are.
        """
        try:
            state = CANCELLED if isinstance(error, Cancelled) else FAILED
            written = self._close(state, leftovers=None if self._last else self._leftovers, error=error.reply())
            written.result(FAILED_RECORD_TIMEOUT_S)
        except (StorageError, TimeoutError):
            logger.warning("the record of a failed job could not be written", exc_info=True)

    def _close(self, state: str, *, leftovers: Leftovers | None = None, **changes: Any) -> Future[None]:
        """Begin to write the last record."""
        # Progress that comes after the result would leave the job unfinished in the eyes of the platform.
        with self._publishing:
            self._reports = False
        self.metrics["total"] = round(time.monotonic() - self._started, 4)
        self.record = replace(self.record, state=state, finished_at=time.time(), **changes)
        self._tell_of_waits()
        return self._journal.close(self.record, leftovers)

    def _tell_of_waits(self) -> None:
        """Give the record the job's metrics and warnings, with those of a bucket in trouble."""
        if waited := round(self.patience.waited_s, 4):
            self.metrics["store_wait"] = waited
            self.warn("store_waited", "the bucket was in trouble, and the worker tried again until it was not")
        warnings = [asdict(warning) for warning in self.warnings]
        self.record = replace(self.record, metrics=dict(self.metrics), warnings=warnings)


@contextmanager
def _uploading() -> Iterator[ThreadPoolExecutor]:
    """A pool that is not waited for when the job is cancelled."""
    pool = ThreadPoolExecutor(MAX_UPLOADS, thread_name_prefix="upload")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
