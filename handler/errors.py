"""Errors as a client sees them: one sentence, a stable code, whether a retry can help; and the phrases they share."""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Self

MAX_QUOTED_CHARS = 80  # of a client's own words in a message, in a log and in a header
MAX_MESSAGE_CHARS = 1000  # of all problems of a request together
JOINERS = frozenset("\u00a0\u200c\u200d\u202f")
"""Blanks that do not break, and what joins emoji or keeps letters apart, as Persian and Hindi words need it."""


def printable(text: str) -> str:
    """The text on one line, whatever it holds: controls, line separators and half characters become escapes.

    So do characters that turn the direction of others around, and what is invisible; not what joins letters and emoji.
    """
    return text if text.isprintable() else "".join(map(_printable_character, text))


def _printable_character(character: str) -> str:
    return character if character.isprintable() or character in JOINERS else ascii(character)[1:-1]


def quoted(text: str) -> str:
    """A client's own words inside a message, in quotes: printable, and cut where they are long."""
    return _cut(text, repr, MAX_QUOTED_CHARS + len("''"))


def shortened(text: str) -> str:
    """A client's own words inside a message that has quotes or brackets of its own; see `quoted`."""
    return _cut(text, printable, MAX_QUOTED_CHARS)


def _cut(text: str, write: Callable[[str], str], most: int) -> str:
    """The text as ``write`` writes it, with as much of its beginning as ``most`` characters have room for."""
    if len(text) <= most and len(written := write(text)) <= most:
        return written
    beginning = text[:most]
    while len(written := write(f"{beginning}…")) > most:
        beginning = beginning[:-1]
    return written


@dataclass(frozen=True)
class Issue:
    """One problem of a request: the field it is about, and what is wrong with it."""

    field: str
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "field", printable(self.field))
        object.__setattr__(self, "message", printable(self.message))


class WorkerError(Exception):
    """The root of every error that a client may read.

    The message is one sentence that names the culprit and the way out. It never carries a path, a key, a
    hostname or a traceback: those go to the log.
    """

    code = "internal"
    retryable = False
    refresh_worker = False
    logged = False  # already: an error may pass two places that log it
    check = "settings_are_valid"  # of a worker's start, that found it: by this name RunPod is told

    def __init__(self, message: str, *, issues: Iterable[Issue] = (), retryable: bool | None = None) -> None:
        message = printable(message)
        super().__init__(message)
        self.message = message
        self.issues = tuple(issues)
        if retryable is not None:
            self.retryable = retryable

    @classmethod
    def of_issues(cls, issues: Sequence[Issue], more: int = 0) -> Self:
        """An error whose message has these problems, as far as it has room, and how many ``more`` there are."""
        told = [f"{issue.field}: {issue.message}" for issue in issues]
        lengths = accumulate(len(each) + len("; ") for each in told)
        fitting = max(1, sum(length <= MAX_MESSAGE_CHARS for length in lengths))
        more += len(told) - fitting
        return cls("; ".join(told[:fitting] + ([f"and {more} more"] if more else [])), issues=issues)

    def within(self, part: str) -> None:
        """Name the part of the request that the error is about: of ``turns.3`` it becomes ``turns.3.voice: …``."""
        self.issues = tuple(Issue(f"{part}.{issue.field}", issue.message) for issue in self.issues)
        named = re.match(r"[a-z_]+: ", self.message)
        self.message = f"{part}{'.' if named else ': '}{self.message}"
        self.args = (self.message,)

    def about(self, field: str) -> None:
        """Name another field that the error is about: what names a voice may be a mark in ``text``."""
        self.issues = tuple(Issue(field, issue.message) for issue in self.issues)
        self.message = f"{field}: {re.sub(r'^[a-z_]+: ', '', self.message)}"
        self.args = (self.message,)

    def reply(self) -> dict[str, object]:
        """The error as the job's reply: ``error``, ``error_code``, ``retryable``, ``issues``."""
        reply: dict[str, object] = {
            "error": self.message,
            "error_code": self.code,
            "retryable": self.retryable,
            "issues": [{"field": issue.field, "message": issue.message} for issue in self.issues],
        }
        if self.refresh_worker:
            reply["refresh_worker"] = True
        return reply


def error_of(reply: Mapping[str, Any]) -> WorkerError:
    """The error that a reply tells of."""
    issues = [Issue(issue["field"], issue["message"]) for issue in reply.get("issues", ())]
    error = WorkerError(reply["error"], issues=issues, retryable=reply["retryable"])
    error.code = reply["error_code"]
    return error


def reason(error: Exception, unexpected: str = "something failed; the worker's log says what") -> str:
    """What a client may read of why a part of the job could not be done; ``unexpected`` of errors not ours."""
    return error.message if isinstance(error, WorkerError) else unexpected


DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
"""How numpy says that a disk took a part of an array; it gives no number of an error."""


def is_disk_full(error: BaseException) -> bool:
    """Whether the worker's disk, or its share of it, is full."""
    return isinstance(error, OSError) and (error.errno in DISK_FULL or bool(_SHORT_WRITE.match(str(error))))


def disk_full() -> StorageError:
    """The error of a job whose temporary files have no room on the worker's disk."""
    room = "the worker's disk for temporary files (TMPDIR) is full"
    return StorageError(f"{room}; send the job again later, or a smaller file")


class BadRequest(WorkerError):
    """The request is not valid; `issues` lists every problem."""

    code = "bad_request"

    @classmethod
    def of(cls, field: str, message: str) -> BadRequest:
        """A request with a single problem."""
        return cls(f"{field}: {message}", issues=[Issue(field, message)])


class NotFound(WorkerError):
    """There is no such job, file or voice; the message says what exists."""

    code = "not_found"


class LinkInvalid(NotFound):
    """A link to a file of the worker's own was changed or has expired; the message continues "the link …"."""


class AlreadyExists(WorkerError):
    """The name is taken, and the request has `overwrite: false`."""

    code = "already_exists"


class BadReference(WorkerError):
    """The recording or the transcript of a voice cannot be used."""

    code = "bad_reference"


class NoSpeech(BadReference):
    """Nobody speaks in a recording that was to be written down."""


class TooLarge(WorkerError):
    """A file is too large; the message names the limit."""

    code = "too_large"


class EngineError(WorkerError):
    """The worker could not make the speech or the video."""

    code = "engine_error"
    retryable = True


class OutOfMemory(WorkerError):
    """The worker ran out of memory, and asks RunPod to replace it."""

    code = "out_of_memory"
    retryable = True
    refresh_worker = True


class AlignmentError(WorkerError):
    """No aligner could find the words in the audio."""

    code = "alignment_error"


class AlignerFailed(AlignmentError):
    """An aligner failed for a reason of its own, not of the audio: another one may work."""


class StorageError(WorkerError):
    """The bucket cannot be reached, or it refused the request."""

    code = "storage_error"
    retryable = True


class StoreUnavailable(StorageError):
    """The bucket does not answer, breaks off or is too busy: the same request may succeed soon."""


class ConfigError(WorkerError):
    """A setting of the worker is wrong; its operator has to correct it."""

    code = "config_error"


class JobTimeout(WorkerError):
    """The job took longer than `JOB_TIMEOUT`."""

    code = "timeout"


class Cancelled(WorkerError):
    """The client cancelled the job."""

    code = "cancelled"


class Unavailable(WorkerError):
    """The worker takes no jobs now: it is stopping, or it cannot start."""

    code = "unavailable"
    retryable = True


class Lost(WorkerError):
    """In a `status` of a job: its worker has ended without a word. Send the job again."""

    code = "lost"
    retryable = True


class Internal(WorkerError):
    """An unexpected error; the worker's log has the traceback under the job's id."""

    code = "internal"
    retryable = True


_SENTENCES = {
    "missing": "is required",
    "string_type": "must be text",
    "string_unicode": "holds half a character (a lone surrogate); send valid Unicode",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "has too many digits",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "finite_number": "must be a finite number",
    "model_type": "must be an object",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_attributes_type": "must be an object",
    "extra_forbidden": "is not known",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge:.10g}",
    "greater_than": "must be greater than {gt:.10g}",
    "less_than_equal": "must be at most {le:.10g}",
    "string_too_short": "is empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must name at least one",
    "too_long": "must have at most {max_length} items",
    "value_error": "{error}",
}
"""Pydantic's kinds of error as people would say them; one that is not here keeps pydantic's own words."""

_NUMBERS = {"float_type", "int_type", "bool_type"}


def sentence(problem: Mapping[str, Any]) -> str:
    """One item of ``ValidationError.errors()`` as a phrase that goes on from the name of the field."""
    kind = problem["type"]
    if kind not in _SENTENCES:
        return str(problem["msg"])
    phrase = _SENTENCES[kind].format(**problem.get("ctx", {}))
    # People and no-code tools send "1.5" for 1.5: say what the difference is.
    return f"{phrase}, without quotes" if kind in _NUMBERS and isinstance(problem.get("input"), str) else phrase


_FIELD = re.compile(r"(?:(?<=^)|(?<=; ))[a-z_]{1,40}(?=: )")
"""A field that the message of an error begins to speak about."""


def renamed(reply: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """An error's reply in another dialect's names of fields; those that are not in ``fields`` stay."""

    def named(field: str) -> str:
        return fields.get(field, field)

    message = _FIELD.sub(lambda found: named(found[0]), reply["error"])
    issues = [issue | {"field": named(issue["field"])} for issue in reply.get("issues", ())]
    return {**reply, "error": message, "issues": issues}


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that ``name`` was probably meant to be, None if there is none close."""
    close = difflib.get_close_matches(name[:MAX_QUOTED_CHARS].lower(), list(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def suggest(name: str, known: Iterable[str]) -> str:
    """The way out of a wrong name: the known one that is near, else all of them."""
    near = nearest(name, known)
    return f"did you mean {near}?" if near else f"known are {', '.join(known)}"


MAX_UNQUOTED_CHARS = 300

_QUOTED = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)|“[^“”]*”|<[^<>]*>""")


def without_quotes(message: str) -> str:
    """An error's message with ``…`` for what it quotes from the request; at most `MAX_UNQUOTED_CHARS` of it."""
    return _QUOTED.sub("…", message)[:MAX_UNQUOTED_CHARS]


UNKNOWN_FIELD = "is not a known field"


def without_client_text(error: WorkerError) -> str:
    """An error's message as a log may have it: `without_quotes`, and without the names that a client gave to fields.

    Of ``lexicon.word.ipa`` the first part is left, and nothing of a field that is not known.
    """
    message = error.message
    for issue in error.issues:
        named = "…" if issue.message.startswith(UNKNOWN_FIELD) else issue.field.partition(".")[0]
        message = message.replace(f"{issue.field}: ", f"{named}: ")
    return without_quotes(message)
