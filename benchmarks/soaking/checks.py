"""What must be so at the end of a soak; each check names the jobs, keys and lines that fell."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from errno import ENOSPC
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.soaking.cases import COMPLETED, MARKER, Case
from benchmarks.soaking.fleet import NOT_STARTED, Door, Reply
from handler import jobs, temporary
from handler.app import make_services
from handler.dispatch import dispatch
from handler.errors import WorkerError, is_disk_full
from handler.media.decode import decode
from handler.protocols import Store, list_all
from handler.settings import Settings
from handler.sweeping import litter, turn
from handler.types import JobRecord

CHECKS = {
    "lost": "jobs without an end",
    "doubled": "jobs that two workers did to the end",
    "contradicted": "jobs whose ends, as they were posted, contradict each other",
    "wrong_reply": "jobs that ended otherwise than they must",
    "wrong_record": "records that say something else than the reply",
    "wrong_audio": "files whose length or rate is another than the reply says",
    "wrong_captions": "captions out of order, or outside the audio",
    "dead_urls": "URLs that do not give the file that the record says",
    "different_bytes": "jobs delivered twice whose file is another than a job of the same seed gives",
    "left_files": "objects that no record names",
    "left_temporary": "temporary files of workers that have ended",
    "orphans": "processes that outlived their worker",
    "crashed": "workers that ended by themselves, or had to be killed at the end",
    "tracebacks": "unexpected errors in logs",
    "bad_lines": "lines of logs that are no JSON object",
    "leaks": "lines of logs with a client's text, a signature or a key",
}
"""The checks, and what each counts. Every count must be 0."""

Findings = defaultdict[str, list[str]]

LENGTH_S = 0.12
"""By how much a file may be longer than its speech: mp3, Opus and AAC have whole frames, and a start of their own."""
ORPHANS_S = 15.0
"""How long a process may go on that its worker started: it ends what it is at."""
TAIL_S = 1.5
"""How long before the audio's end the last word may end: a voice is heard to its end, a stop is quiet."""
SHARED = ("fonts/", "prepared/", "lexicons/", turn.MARKS)
"""Objects that jobs share, and that nobody names."""
LATER_S = 10 * litter.DAY_S
"""When a worker sweeps: all links have expired."""

RECORDED = ("generate", "upload", "align", "align_link", "captions")
"""Kinds of jobs that have a record where they complete."""


def _kinds(of: type[Exception]) -> Iterator[type[Exception]]:
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)


EXPECTED = (*(f"{kind.__name__}: " for kind in _kinds(WorkerError)), "TimeoutError", f"OSError: [Errno {ENOSPC}]")
"""How the last line of a traceback begins whose error is one of ours, or that of a bucket or a disk with trouble."""


def is_expected_error(line: str) -> bool:
    """Whether the last line of a traceback is of an error that the faults of a soak bring about."""
    line = line.removeprefix("handler.errors.")
    return line.startswith(EXPECTED) or is_disk_full(OSError(line.removeprefix("OSError: ")))


PLAIN = ("--- Starting Serverless Worker", NOT_STARTED)
"""How the lines begin that are no JSON: what RunPod's SDK prints as it starts, and why a worker does not start."""

_TIME = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)[.,](\d{3}) --> (?:(\d+):)?(\d\d):(\d\d)[.,](\d{3})")
_RECORD = re.compile(r"jobs/([^/]+)\.json")
_SIGNATURE = re.compile(r"(?:X-Amz-Signature|[?&]signature)=[0-9a-f]{16}", re.IGNORECASE)


def outcome(reply: Reply) -> str:
    """How a job ended: COMPLETED, or the code of its error."""
    return str(reply.get("error_code", "internal")) if "error" in reply else COMPLETED


def is_expected(case: Case, reply: Reply) -> bool:
    """Whether a job may end so; one that is cancelled may meet a fault before."""
    return outcome(reply) in case.ends or (case.cancelled and bool(reply.get("retryable")))


class Audit:
    """Checks jobs by their replies, against the store."""

    def __init__(self, store: Store, door: Door, environ: Mapping[str, str]) -> None:
        self.found: Findings = defaultdict(list)
        self._store = store
        self._door = door
        self._environ = environ
        self._named: set[str] = set()
        self._complete: set[str] = set()
        self._told: list[str] = []
        """Paths of URLs whose jobs have no record of it: the bucket was away when it was to be written."""

    def jobs(self, cases: Iterable[Case], given_up: Collection[str]) -> None:
        """Check every case; those in ``given_up`` failed for a time, and their client has sent them again."""
        for case in cases:
            self._job(case, case.name in given_up)

    def _job(self, case: Case, given_up: bool) -> None:
        replies = self._door.replies(case.name)
        record = jobs.find(self._store, self._door.job_id(case.name))
        if record:
            self._name(record)
        if not replies:
            if not case.cancelled:
                self.found["lost"].append(case.name)
            return
        ends = [outcome(reply) for reply in replies]
        if len(set(ends)) > 1 and not case.cancelled:
            self.found["contradicted"].append(f"{case.name}: {ends}")
        if not given_up and not is_expected(case, replies[0]):
            self.found["wrong_reply"].append(f"{case.name}: {ends[0]}: {str(replies[0].get('error'))[:200]}")
        if not (given_up or case.cancelled):
            self._record(case, replies, record)
        done = next((reply for reply in replies if outcome(reply) == COMPLETED), None)
        if done and record and record.state == jobs.COMPLETED:
            self._files(case, done, record)
        elif done:
            self._told += [unquote(urlsplit(url).path) for url in _urls(done)]
            self._urls(case, done, {})

    def _name(self, record: JobRecord) -> None:
        """Note the keys that the record of a complete job names."""
        if record.state == jobs.COMPLETED:
            self._complete.add(record.job_id)
            self._named |= {output.key for output in record.outputs.values()}
            if record.endpoint == "upload":
                self._named |= {f"voices/{record.result['voice']['name']}.{suffix}" for suffix in ("wav", "json")}

    def _record(self, case: Case, replies: Sequence[Reply], record: JobRecord | None) -> None:
        done = [reply for reply in replies if outcome(reply) == COMPLETED]
        if any(warning["code"] == "record_not_written" for reply in done for warning in reply.get("warnings", ())):
            return  # the bucket was away for longer than a job waits, and the client was told
        state = record.state if record else None
        if state is None and (not done or case.kind not in RECORDED):
            return
        if (state == jobs.COMPLETED) != bool(done):
            self.found["wrong_record"].append(f"{case.name}: {state}, told {[outcome(reply) for reply in replies]}")

    def _files(self, case: Case, reply: Reply, record: JobRecord) -> None:
        sizes = {output.key.rsplit("/", 1)[-1]: output.size for output in record.outputs.values()}
        bodies = self._urls(case, reply, sizes)
        duration = record.result.get("duration")
        if duration is None:
            return
        for name, body in bodies.items():
            problem = None
            if name.endswith((".srt", ".vtt")):
                problem = _cue_problem(body.decode(), duration)
            elif name.endswith(".json") and not name.endswith(".remotion.json"):
                problem = _word_problem(json.loads(body), duration)
            if problem:
                self.found["wrong_captions"].append(f"{case.name}: {name}: {problem}")
        audio = record.outputs.get("audio")
        if case.kind == "generate" and audio:
            body = self._store.get(audio.key)
            self.found["wrong_audio"] += [f"{case.name}: {each}" for each in _audio_problems(audio.key, body, reply)]

    def _urls(self, case: Case, reply: Reply, sizes: Mapping[str, int]) -> dict[str, bytes]:
        """The files at all URLs of a reply, by their names."""
        bodies = {}
        for url in _urls(reply):
            name = url.partition("?")[0].rsplit("/", 1)[-1]
            try:
                with urllib.request.urlopen(url, timeout=60) as answer:
                    bodies[name] = answer.read()
            except (urllib.error.URLError, OSError) as error:
                self.found["dead_urls"].append(f"{case.name}: {name}: {error}")
            else:
                if name in sizes and len(bodies[name]) != sizes[name]:
                    self.found["dead_urls"].append(f"{case.name}: {name}: {len(bodies[name])} of {sizes[name]} bytes")
        return bodies

    def same_bytes(self, cases: Iterable[Case]) -> None:
        """Do jobs that were delivered twice once more, here: the same id and input give the same bytes."""
        with tempfile.TemporaryDirectory() as folder:
            # Without the bucket, which would answer with what the workers have made.
            own = {name: value for name, value in self._environ.items() if not name.startswith(("S3_", "AWS_"))}
            services = make_services(Settings.read({**own, "LOCAL_STORE": folder}))
            for case in cases:
                record = jobs.find(self._store, case.name)
                if record is None or record.state != jobs.COMPLETED:
                    continue
                dispatch({"id": case.name, "input": dict(case.fields)}, services)
                key = record.outputs["audio"].key
                if services.store.get(key) != self._store.get(key):
                    self.found["different_bytes"].append(case.name)

    def store(self) -> None:
        """Look for objects that no record of a complete job names, once the store is swept as in LATER_S."""
        litter.Cleaning(self._store, Settings.read(self._environ), time.time() + LATER_S).run()
        keys = [item.key for item in list_all(self._store, "") if not item.key.startswith(turn.MARKS)]
        for key in keys:
            # Also that of a job whose server was killed before it could answer: its client has sent another.
            if (found := _RECORD.fullmatch(key)) and (record := jobs.find(self._store, found[1])):
                self._name(record)
        for key in keys:
            is_record = _RECORD.fullmatch(key)
            told = any(path.endswith(f"/{key}") for path in self._told)
            if not (is_record or told or key in self._named or key.startswith(SHARED) or self._is_chunk(key)):
                self.found["left_files"].append(key)

    def _is_chunk(self, key: str) -> bool:
        """Whether it is a chunk's file of a complete job, which had its URL while it was spoken."""
        found = re.fullmatch(r"jobs/([^/]+)/chunks/.+", key)
        return bool(found and found[1] in self._complete)

    def logs(self, logs: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Check each line of the workers' logs, and that no two runs of a job have stored all of its files."""
        done: Counter[str] = Counter()
        for worker, log in logs.items():
            self.found["leaks"] += [f"{worker}: {line[:300]}" for line in leaks(log, secrets)]
            for line in log.split("\n"):
                if not line or line.startswith(PLAIN):
                    continue
                try:
                    fields = json.loads(line)
                except ValueError:
                    fields = None
                if not isinstance(fields, dict):
                    self.found["bad_lines"].append(f"{worker}: {line[:300]}")
                    continue
                last = str(fields.get("traceback", "")).strip().rsplit("\n", 1)[-1]
                if (last or "Traceback" in line) and not is_expected_error(last):
                    self.found["tracebacks"].append(f"{worker}: {fields.get('message')}: {last[:200]}")
                if fields.get("stage") == "upload" and "files" in fields:
                    done[str(fields.get("job_id"))] += fields["blocks"]
        self.found["doubled"] += [f"{name}: {count} times" for name, count in done.items() if count > 1]

    def temporary(self, folder: Path) -> None:
        """Look for temporary files, once those of killed workers are swept as in LATER_S."""
        for each in folder.iterdir():
            if each.is_dir():
                temporary.remove_abandoned(each, temporary.PREFIX, time.time() + LATER_S)
                self.found["left_temporary"] += [f"{each.name}/{path.name}" for path in each.iterdir()]


def leaks(log: str, secrets: Sequence[str] = ()) -> list[str]:
    """The lines of a log that have a script's MARKER, a signature, or one of the secrets."""

    def is_leak(line: str) -> bool:
        return MARKER in line or bool(_SIGNATURE.search(line)) or any(secret in line for secret in secrets)

    return [line for line in log.split("\n") if is_leak(line)]


def orphans(run: str, patience_s: float = ORPHANS_S) -> list[str]:
    """The processes that inherited the variable SOAK_RUN of a run, and do not end by themselves within a while."""
    end = time.monotonic() + patience_s
    while (found := _processes(run)) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def _processes(run: str) -> list[str]:
    mark = f"SOAK_RUN={run}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(f"{folder.name}: {(folder / 'cmdline').read_bytes().replace(bytes(1), b' ')!r}")
        except OSError:
            continue  # it has ended, or is another user's
    return found


def _urls(reply: object) -> Iterator[str]:
    """All URLs of files in a reply."""
    if isinstance(reply, str) and reply.startswith(("http://127.0.0.1", "file://")):
        yield reply
    elif isinstance(reply, Mapping):
        for value in reply.values():
            yield from _urls(value)
    elif isinstance(reply, list):
        for value in reply:
            yield from _urls(value)


def _audio_problems(key: str, body: bytes, reply: Mapping[str, Any]) -> Iterator[str]:
    import soundfile

    if key.endswith(".m4a"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a.m4a")
            path.write_bytes(body)
            sound = decode(path)
        rate, duration = sound.sample_rate, sound.duration
    else:
        info = soundfile.info(io.BytesIO(body))
        rate, duration = info.samplerate, info.duration
    if abs(duration - reply["duration"]) > LENGTH_S:
        yield f"{duration:.3f} s, told {reply['duration']}"
    if rate != reply["sample_rate"]:
        yield f"{rate} Hz, told {reply['sample_rate']}"


def _cue_problem(text: str, duration: float) -> str | None:
    times = [(_seconds(found.groups()[:4]), _seconds(found.groups()[4:])) for found in _TIME.finditer(text)]
    return _order_problem(times, duration) if times else "no cue"


def _seconds(parts: Sequence[str | None]) -> float:
    """Seconds of hours, minutes, seconds and milliseconds."""
    return sum(int(part or 0) * unit for part, unit in zip(parts, (3600, 60, 1, 0.001), strict=True))


def _word_problem(captions: Mapping[str, Any], duration: float) -> str | None:
    words = [(word["start"], word["end"]) for word in captions["words"]]
    if words and not duration - TAIL_S <= words[-1][1]:
        return f"the last word ends at {words[-1][1]}, the audio at {duration}"
    return _order_problem(words, duration)


def _order_problem(times: Sequence[tuple[float, ...]], duration: float) -> str | None:
    before = 0.0
    for start, end in times:
        if not (before - 0.001 <= start <= end <= duration + 0.051):
            return f"{start} to {end} comes after {before}, in {duration}"
        before = start
    return None
