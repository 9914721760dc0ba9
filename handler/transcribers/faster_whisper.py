"""The transcriber `faster_whisper`: OpenAI's Whisper on CTranslate2, in `handler.whisper`'s process."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from handler.cancellation import NEVER, Cancellation
from handler.errors import BadReference, BadRequest, NoSpeech, WorkerError
from handler.media.recording import Recording
from handler.settings import Settings
from handler.text.annotations import find_annotations
from handler.types import Samples, Transcript, Word, WordTime
from handler.whisper import models, process
from handler.whisper.languages import language_of, whisper_code
from handler.whisper.windows import SAMPLE_RATE, Window, windows

logger = logging.getLogger(__name__)

SURE, SURE_AFTER_S = 0.8, 10.0
"""Windows vote for the language until one has this share of the votes, and so much speech was heard."""
MAX_VOTES = 4

UNLIKELY, SHORTEST_S = 0.05, 0.12
"""Last words of a window that are less probable are invented, if they are after the speech or shorter than any word."""

Spoken = tuple[str, WordTime]


class FasterWhisper:
    """Writes recordings of any length, window by window. Safe to use from several threads, which take turns."""

    name = "faster_whisper"

    def __init__(self, settings: Settings) -> None:
        """Load and fetch nothing. Raises ConfigError if there is no model and no folder to store one."""
        models.require_storage(settings)
        self._settings = settings

    def transcribe(
        self,
        recording: Recording,
        language: str | None,
        *,
        prompt: str | None = None,
        progress: Callable[[float], None] = lambda _: None,
        cancellation: Cancellation = NEVER,
    ) -> Transcript:
        """As `Transcriber`. Raises BadRequest on ``language`` for one that Whisper does not know."""
        folder = models.fetch(self._settings, cancellation)
        ask = partial(_ask, cancellation=cancellation)
        code = None if language is None else _known_code(language, ask("languages", folder, seconds=0.0))
        found = windows(recording, lambda samples: ask("find_speech", None, samples, seconds=_seconds(samples)))
        if code is None:
            code, found = _detect(found, partial(ask, "detect_language", folder))
        words: list[Spoken] = []
        for window in found:
            heard = ask("transcribe", folder, window.samples, code, prompt, seconds=window.length_s)
            words += _without_invented_end([(text, window.in_recording(time)) for text, time in heard], window.end)
            progress(window.end)
        text, kept = _without_sounds(words)
        if not any(map(str.isalnum, text)):
            raise NoSpeech("no speech was heard in the clip; send another one, or ref_text if it does speak")
        return Transcript(text, language or language_of(code or ""), kept, process.shared().warnings)


def _ask(method: str, folder: Path | None, *arguments: Any, seconds: float, cancellation: Cancellation) -> Any:
    """Raises BadReference for sound that Whisper fails on."""
    try:
        return process.shared().ask(method, folder, *arguments, seconds=seconds, cancellation=cancellation)
    except WorkerError:
        raise
    except Exception as error:
        # The process ended, or the libraries failed, which have no exceptions of their own: IndexError, RuntimeError, …
        logger.warning("the clip could not be transcribed", exc_info=True)
        raise BadReference("the clip could not be transcribed; send ref_text, the words that it says") from error


def _known_code(language: str, known: Collection[str]) -> str:
    code = whisper_code(language, known)
    if code is None:
        message = f"the transcriber does not know {language}; leave it out to have it detected, or send the words"
        raise BadRequest.of("language", message)
    return code


def _detect(found: Iterator[Window], detect: Callable[..., dict[str, float]]) -> tuple[str | None, Iterator[Window]]:
    """The code of the language, by a vote of the first windows, and all windows; None where nobody speaks."""
    votes: dict[str, float] = defaultdict(float)
    heard: list[Window] = []
    for window in islice(found, MAX_VOTES):
        heard.append(window)
        for code, probability in detect(window.samples, seconds=window.length_s).items():
            votes[code] += probability * window.length_s
        seconds = sum(one.length_s for one in heard)
        if seconds >= SURE_AFTER_S and max(votes.values()) >= SURE * sum(votes.values()):
            break
    best = max(votes, key=lambda code: votes[code], default=None)
    return best, _chained(heard, found)


def _chained(heard: list[Window], rest: Iterator[Window]) -> Iterator[Window]:
    # Those that were heard are freed one by one.
    while heard:
        yield heard.pop(0)
    yield from rest


def _without_invented_end(words: list[Spoken], end: float) -> list[Spoken]:
    """The words of a window whose speech ends at ``end``, without the "You" that Whisper likes to end with."""
    while words:
        time = words[-1][1]
        misplaced = (time.start + time.end) / 2 > end or time.end - time.start < SHORTEST_S
        if time.confidence >= UNLIKELY or not misplaced:
            break
        words = words[:-1]
    return words


def _without_sounds(words: Iterable[Spoken]) -> tuple[str, tuple[Word, ...]]:
    """The text of the words and their places in it, without ``[Music]``, ``♪``, ``>>`` and the like."""
    spoken = list(words)
    whole = list("".join(text for text, _ in spoken))
    for found in find_annotations("".join(whole)):
        inside = whole[found.start : found.end]
        if found.kind == "sound" or not any(map(str.isalnum, inside)):
            whole[found.start : found.end] = " " * len(inside)
    at, text, kept = 0, "", []
    for word, time in spoken:
        piece, at = "".join(whole[at : at + len(word)]), at + len(word)
        bare = " ".join(piece.split())
        if not bare:
            continue
        text += " " if text and piece[0].isspace() else ""
        kept.append(Word(bare, time.start, time.end, time.confidence, False, len(text), len(text) + len(bare)))
        text += bare
    return text, tuple(kept)


def _seconds(samples: Samples) -> float:
    return len(samples) / SAMPLE_RATE
