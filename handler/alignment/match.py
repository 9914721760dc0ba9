"""The words of a recording of any length: heard in windows, in constant memory, on the watch for what does not fit.

A window is half a minute that ends in a pause. An aligner says how far into the text it goes (`ports.PrefixAligner`),
and the next one begins where its last words end. Text and audio may part: a passage of the text was not read, or one
was read that is not in the text. Then words are unlikely, or sound has no words, and the place is looked for where both
come together again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from handler.alignment import word_times
from handler.alignment.evidence import RUN
from handler.alignment.windows import Found, Walk
from handler.backends import Registry
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError, Cancelled, JobTimeout
from handler.media.recording import Recording
from handler.protocols import Aligner, PrefixAligner
from handler.types import JobWarning, Token

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Aligned", "Recording", "align"]

IN_ONE_PIECE = 1800.0
"""Seconds that an aligner without prefixes is given at most, all at once."""

NONE_FOUND = "none of the text's words were found in the audio; check that text and audio belong together"

DOUBTFUL = 0.3
"""Mean confidence under which a run of words counts as not found: right ones have twice as much, wrong ones less."""

UNSAID, IMPOSSIBLE = 2, 0.15
"""Words at either end that are told as not found, and under which mean confidence: right ones are so one by one."""


@dataclass(frozen=True)
class Aligned:
    """Every word's time in a recording, and what the client should know of how they were found."""

    timing: word_times.Timing
    warnings: tuple[JobWarning, ...]


def align(
    recording: Recording,
    tokens: Sequence[Token],
    language: str,
    methods: tuple[str | None, Sequence[str]],
    aligners: Registry[Aligner],
    *,
    strict: bool = False,
    progress: Callable[[float], None] = lambda _: None,
    cancellation: Cancellation = NEVER,
) -> Aligned:
    """The time of every word of a text in a recording that says it, by the first method that can.

    ``methods`` are the one asked for (None: none) and the configured ones, ``strict`` allows the first alone;
    ``progress`` is told the seconds that are done, and what it raises goes through. Words that were not found are
    placed between their neighbours, and a warning names the first. Raises AlignmentError when no method could, or none
    found any of the words.
    """
    order = word_times.Order(*methods, strict=strict)
    nothing: AlignmentError | None = None
    while order.method is not None:
        try:
            found = _found(order.method, recording, tokens, language, aligners, progress, cancellation)
            if not any(sure >= DOUBTFUL for _, sure in _runs(found)):
                raise (nothing := AlignmentError(NONE_FOUND))
        except (Cancelled, JobTimeout):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, another method may do: `pass_over` logs it
            order.pass_over(error)
            continue
        timed = word_times.Timing(word_times.words(tokens, _shown(found.times), 0.0, recording.duration), order.method)
        return Aligned(timed, (*order.passed_over, *_differences(found, tokens), *timed.doubts))
    # That the words are not there says more than why others could not look for them.
    raise nothing or order.none_left()


def _found(
    method: str,
    recording: Recording,
    tokens: Sequence[Token],
    language: str,
    aligners: Registry[Aligner],
    progress: Callable[[float], None],
    cancellation: Cancellation,
) -> Found:
    if method == word_times.ENGINE:
        raise AlignmentError("a recording has no engine's word times")
    aligner = aligners.get(method, language)
    word_times.make_ready(aligner, language, cancellation)
    if isinstance(aligner, PrefixAligner):
        return Walk(aligner, recording, tokens, language, progress).run()
    if recording.duration > IN_ONE_PIECE:
        raise AlignmentError(f"{method} takes recordings of at most {IN_ONE_PIECE / 60:g} minutes")
    progress(0.0)
    words = [word for token in tokens for word in token.spoken]
    times = aligner.align(recording.read(0, recording.length), recording.sample_rate, words, language)
    if len(times) != len(words):
        raise AlignmentError(f"it gave {len(times)} times for {len(words)} words")
    return Found(list(times))


def _shown(times: word_times.Times) -> word_times.Times:
    """The times with doubtful words cut to what a guess may last: an aligner stretches words that are not there."""
    return [
        replace(time, end=min(time.end, time.start + word_times.LONGEST))
        if time and time.confidence < DOUBTFUL
        else time
        for time in times
    ]


def _differences(found: Found, tokens: Sequence[Token]) -> Iterator[JobWarning]:
    """Where text and audio do not belong together, as the client sees it."""
    if missing := _missing(found, tokens):
        message = (
            f"{len(missing)} of the text's {len(tokens)} words were not found in the audio, the first is "
            f"{missing[0].shown!r} (character {missing[0].start_char}); their times are estimates"
        )
        yield JobWarning("text_and_audio_differ", message)
    if found.unsaid:
        start, end = found.unsaid[0]
        others = len(found.unsaid) - 1
        more = f", nor {'is one other passage' if others == 1 else f'are {others} other passages'}" if others else ""
        message = f"the audio from {start:.1f} s to {end:.1f} s is not in the text{more}"
        yield JobWarning("text_and_audio_differ", message)


def _confidences(found: Found) -> list[float]:
    return [time.confidence if time else 0.0 for time in found.times]


def _runs(found: Found) -> Iterator[tuple[slice, float]]:
    """Every run of RUN words, or all if they are fewer, with its mean confidence: a single word may fit by chance."""
    sure = _confidences(found)
    for at in range(max(1, len(sure) - RUN + 1)):
        run = slice(at, at + RUN)
        yield run, sum(sure[run]) / len(sure[run])


def _edges(sure: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """The first and the last words if several are all but impossible: greetings and thanks that were not said."""
    unsaid = np.zeros(len(sure), np.bool_)
    doubtful = sure < DOUBTFUL
    for edge in (slice(None), slice(None, None, -1)):
        count = int(np.cumprod(doubtful[edge]).sum())
        if count >= UNSAID and sure[edge][:count].mean() < IMPOSSIBLE:
            unsaid[edge][:count] = True
    return unsaid


def _missing(found: Found, tokens: Sequence[Token]) -> list[Token]:
    """The tokens of words that were skipped, or that come in runs whose times nobody should believe."""
    lost = np.zeros(len(found.times), np.bool_)
    for start, end in found.skipped:
        lost[start:end] = True
    sure = np.array(_confidences(found))
    for run, mean in _runs(found):
        if mean < DOUBTFUL:
            lost[run] |= sure[run] < DOUBTFUL
    lost |= _edges(sure)
    missing, at = [], 0
    for token in tokens:
        upto = at + len(token.spoken)
        if lost[at:upto].all():
            missing.append(token)
        at = upto
    return missing
