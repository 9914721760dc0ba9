"""Captions become a script for dubbing: what is spoken of them, and the time that each has for it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from handler import requests
from handler.captions import reading
from handler.captions.formats.base import clock, ticks
from handler.errors import BadRequest, quoted, suggest
from handler.jobs import Job
from handler.pipeline import incoming
from handler.protocols import Services
from handler.requests import TURN_GAP, GenerateInput, Turn
from handler.text import language_asked
from handler.text.annotations import DIALOGUE_DASH, blank_annotations, find_annotations
from handler.types import Chunk, TimedText
from handler.voices import engine_choice

_AROUND_NAMES = " \t:：[]()（）*-–—>"  # of a label


@dataclass(frozen=True)
class DubCue:
    """A caption that is spoken: its number in the file, from 1, its time in seconds, and where its text begins.

    ``speaker`` is who says it, "" if the captions do not tell.
    """

    number: int
    start: float
    end: float
    first_char: int
    text: str
    speaker: str = ""

    def __str__(self) -> str:
        return f"cue {self.number} ({timestamp(self.start)} to {timestamp(self.end)})"


@dataclass(frozen=True)
class DubScript:
    """What is spoken of captions: each of ``cues`` is a paragraph; ``duration`` is that of all captions, in seconds."""

    cues: tuple[DubCue, ...]
    duration: float

    @property
    def text(self) -> str:
        """The whole script."""
        return TURN_GAP.join(cue.text for cue in self.cues)

    def cue_of(self, chunk: Chunk) -> int:
        """The index of the cue whose text a chunk says."""
        return bisect_right(self.cues, chunk.tokens[0].start_char, key=lambda cue: cue.first_char) - 1

    def of_request(self, request: GenerateInput) -> GenerateInput:
        """The request with this script: a turn for each cue where the captions name speakers, else a text.

        Raises BadRequest for a voice of somebody who speaks in none of the captions.
        """
        known = list(dict.fromkeys(cue.speaker for cue in self.cues if cue.speaker))
        voices = {name.casefold(): voice for name, voice in (request.speakers or {}).items()}
        for name in request.speakers or ():
            if name.casefold() not in map(str.casefold, known):
                remedy = suggest(name, known) if known else "they name no speakers, so send voice for all of them"
                raise BadRequest.of("speakers", f"{quoted(name)} speaks in none of the captions; {remedy}")
        if not known:
            return request.model_copy(update={"text": self.text, "ssml": False})
        language = language_asked(request.language, self.text)
        turns = tuple(_turn(cue, voices.get(cue.speaker.casefold())) for cue in self.cues)
        return request.model_copy(update={"turns": turns, "language": language, "ssml": False})


def _turn(cue: DubCue, voice: str | None) -> Turn:
    speaker = cue.speaker or None
    return Turn.model_construct(text=cue.text, voice=voice, speaker=speaker, language=None, speed=None, pause_after=0.0)


def timestamp(seconds: float) -> str:
    """A time in captions, as ``00:01:02.345``."""
    return clock(ticks(seconds, 1000), 1000, ".")


def read(request: GenerateInput, job: Job, services: Services) -> DubScript | None:
    """The script of a request that has captions, None of another one.

    Raises as `dub_script` and `reading.read` do, and as `incoming.fetch` for a link; BadRequest for an option that sets
    the length of a whole speech.
    """
    field = request.captions_field
    if field is None:
        return None
    for name in engine_choice.options_of_one_voice(services):
        if name in request.model_fields_set:
            raise BadRequest.of(name, f"the times of the captions set the length of the speech; leave {name} out")
    # Nobody reads a cue without length, but it can be spoken.
    found = incoming.read_captions(request.captions, request.captions_url, field, job, services, unseen=True)
    settings = services.settings
    return dub_script(found.cues, field, settings.max_audio_seconds, settings.max_text_chars)


def dub_script(captions: Sequence[TimedText], field: str, max_seconds: float, max_chars: int) -> DubScript:
    """The words of captions in the order of their start, and when each is spoken.

    Sound descriptions, speaker labels and notes are not spoken, nor are captions without words; they keep their time.
    The lines of a caption are one text. Raises BadRequest on ``field`` for captions that overlap, last longer than
    ``max_seconds``, have no words, or more than ``max_chars`` characters of them.
    """
    _check_times(captions, field, max_seconds)
    cues: list[DubCue] = []
    at = 0
    for caption, (said, label) in zip(captions, _said(captions), strict=True):
        if any(map(str.isalnum, said)):
            cues.append(DubCue(caption.number, caption.start, caption.end, at, said, caption.speaker or label))
            at += len(said) + len(TURN_GAP)
    if not cues:
        raise BadRequest.of(field, "no caption has words to speak; send captions with text")
    script = DubScript(tuple(cues), captions[-1].end)
    try:
        requests.script(script.text, max_chars)
    except ValueError as error:
        raise BadRequest.of(field, str(error)) from None
    return script


def _said(captions: Sequence[TimedText]) -> list[tuple[str, str]]:
    """What is said of each caption, on one line, and by whom if it has one label.

    Labels are told by the text of all captions: they come back.
    """
    whole = "\n".join(caption.text for caption in captions)
    blank = blank_annotations(whole)
    labels = [one for one in find_annotations(whole) if one.kind == "label"]
    starts = [label.start for label in labels]
    said, at = [], 0
    for caption in captions:
        end = at + len(caption.text)
        inside = labels[bisect_left(starts, at) : bisect_left(starts, end)]
        name = whole[inside[0].start : inside[0].end].strip(_AROUND_NAMES) if len(inside) == 1 else ""
        said.append((" ".join(DIALOGUE_DASH.sub("", blank[at:end]).split()), name))
        at = end + 1
    return said


def _check_times(captions: Sequence[TimedText], field: str, max_seconds: float) -> None:
    reading.refuse_overlaps(captions, field, "cues that are spoken may not overlap, so correct their times")
    if captions and captions[-1].end > max_seconds:
        longest = f"the captions last until {timestamp(captions[-1].end)}, at most {max_seconds:g} seconds are allowed"
        raise BadRequest.of(field, f"{longest}; send them in several jobs")
