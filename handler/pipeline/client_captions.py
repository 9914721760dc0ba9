"""Captions that a client sent become what is drawn: in a style, or as they are.

A cue stays what it was, with its time and its line breaks. Its words get times of their own where the style shows
them: from the sound where that says them, else each its share of the cue by its length.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

from handler.alignment import fallback, word_times
from handler.alignment.evidence import Times
from handler.alignment.thresholds import THRESHOLDS
from handler.captions import Captions, Style, cues, shipped
from handler.captions.fonts import Font, font_replaced, load_font
from handler.captions.layout import with_own_lines
from handler.captions.reading import MAX_BYTES, Read, read
from handler.captions.reading.cue_words import lines_of_tokens
from handler.captions.reading.timed_lines import ass_families
from handler.captions.render import Document
from handler.captions.render.document import without_files
from handler.captions.stacking import check_stack, stacked
from handler.errors import AlignerFailed, AlignmentError, BadRequest
from handler.jobs import Job
from handler.media.recording import Recording
from handler.pipeline import incoming
from handler.protocols import PrefixAligner, Services
from handler.requests import CaptionStyle, OverlayInput
from handler.text import Lexicon
from handler.types import Cue, JobWarning, TimedText, Token, Word

logger = logging.getLogger(__name__)

DEFAULT_PRESET = "classic"
MAX_FAMILIES = 8  # of fonts in one ASS document that are looked for
PAD_S = 0.3  # of sound around a cue, in which its words may be
MAX_ALIGNED_S = THRESHOLDS.whole_s  # of a cue: the words of a longer one are guessed


@dataclass(frozen=True)
class ClientCaptions:
    """Captions as a client sent them, in the request's ``field``."""

    field: str
    read: Read

    @property
    def text(self) -> str:
        """All that they show."""
        return "\n".join(cue.text for cue in self.read.cues)


def fetch(request: OverlayInput, folder: Path, job: Job, services: Services) -> ClientCaptions:
    """Read the captions of a request. Raises BadRequest and TooLarge on their field; nothing else was fetched yet."""
    if request.captions is not None:
        found = ClientCaptions("captions", read(request.captions, field="captions"))
    else:
        field, url = "captions_url", request.captions_url or ""
        with job.timed("fetch"):
            fetched = incoming.fetch(url, folder / field, field=field, max_bytes=MAX_BYTES, job=job, services=services)
        found = ClientCaptions(field, read(fetched.path.read_bytes(), field=field, media_type=fetched.media_type))
    if request.keep_style and found.read.kind != "ass":
        message = f"is about ASS, and these captions are {found.read.kind}, which has no style of its own"
        raise BadRequest.of("keep_style", f"{message}; leave it out, or send ASS")
    if not request.keep_style:
        check_stack(found.read.cues, found.field)
    return found


def style_of(wanted: CaptionStyle | None) -> CaptionStyle:
    """The style that a request asks for, on the preset that shows cues as players do where it names none."""
    wanted = wanted or CaptionStyle.model_validate({})
    return wanted if wanted.preset else wanted.model_copy(update={"preset": DEFAULT_PRESET})


def shows_words(style: Style) -> bool:
    """Whether a style shows when each word is spoken."""
    return style.effect != "none" or style.words_per_cue is not None


def cut(given: ClientCaptions, duration: float, job: Job) -> tuple[TimedText, ...]:
    """The cues that begin before a video of ``duration`` seconds ends; warns of what is cut off.

    Raises BadRequest where none does.
    """
    shown = tuple(cue for cue in given.read.cues if cue.start < duration)
    if not shown:
        first = given.read.cues[0].start
        message = f"the first cue begins at {first:.1f} s, and the video ends at {duration:.1f} s"
        raise BadRequest.of(given.field, f"{message}; send the captions of this video")
    last = max(cue.end for cue in given.read.cues)
    if last > duration:
        ends = f"the last cue ends at {last:.1f} s and the video at {duration:.1f} s"
        job.warn("captions_cut", f"{ends}, captions after that are not shown; send a longer video")
    return tuple(replace(cue, end=min(cue.end, duration)) for cue in shown)


def in_style(
    shown: Sequence[TimedText],
    style: Style,
    language: str,
    lexicon: Lexicon | None,
    sound: Recording | None,
    job: Job,
    services: Services,
) -> Captions:
    """The cues in a style, which has its font; ``sound`` is what may say them, None where that is not asked."""
    tokens = [lines_of_tokens(cue.text, language, lexicon) for cue in shown]
    bases = [0, *accumulate(len(cue.text) + 1 for cue in shown)]
    finder = _WordFinder(sound, language, job, services)
    made: list[Cue] = []
    for number, (cue, lines, base) in enumerate(zip(shown, tokens, bases, strict=False)):
        if sound is not None:
            job.progress("align", number, len(shown))
        words = _words(cue, [token for line in lines for token in line], base, finder)
        made += _cues(cue, words, [len(line) for line in lines], style, language)
    finder.report()
    firsts = accumulate((len(cue.words) for cue in made), initial=0)
    made = [replace(cue, first_word=first) for cue, first in zip(made, firsts, strict=False)]
    words = tuple(word for cue in made for word in cue.words)
    made.sort(key=lambda cue: cue.start)
    return Captions(words, stacked(made), style, shown[-1].end, language, finder.method)


def _words(cue: TimedText, tokens: Sequence[Token], base: int, finder: _WordFinder) -> tuple[Word, ...]:
    """The words of a cue, inside its time; offsets are moved by ``base``."""
    found = iter(finder.find(cue, [word for token in tokens for word in token.spoken]))
    times = [time for token in tokens for time in ([next(found) for _ in token.spoken] or [None])]
    said = [replace(token, spoken=token.spoken or (token.shown,)) for token in tokens]
    return tuple(
        replace(
            word,
            start_char=word.start_char + base,
            end_char=word.end_char + base,
            speaker=cue.speaker,
        )
        for word in word_times.words(said, times, cue.start, cue.end)
    )


def _cues(
    cue: TimedText, words: tuple[Word, ...], lengths: Sequence[int], style: Style, language: str
) -> tuple[Cue, ...]:
    """The cue with its own lines of so many words, or divided where the style says how many words are shown."""
    if style.words_per_cue is not None:
        return cues(words, style, cue.end, language)
    ends = list(accumulate(lengths, initial=0))
    lines = tuple(words[start:end] for start, end in pairwise(ends))
    return (with_own_lines(Cue(cue.start, cue.end, lines, 0), style, language),)


class _WordFinder:
    """Finds the words of cues in sound, cue by cue, with the aligners of this worker that find words among others."""

    def __init__(self, sound: Recording | None, language: str, job: Job, services: Services) -> None:
        self._sound = sound
        self._language = language
        self._job = job
        methods = [method for method in services.settings.aligners if method != fallback.ENGINE]
        usable = services.aligners.usable(methods, language) if sound is not None else ()
        # One that sends sound away would do so, and be paid, for every cue.
        self._aligners = iter([(name, each) for name, each in usable if isinstance(each, PrefixAligner)])
        self._name, self._aligner = self._next()
        self._guessed: list[int] = []
        self._asked = 0

    def _next(self) -> tuple[str, PrefixAligner | None]:
        return next(self._aligners, ("", None))

    @property
    def method(self) -> str:
        """The aligner that finds words now; "" for none."""
        return self._name

    def find(self, cue: TimedText, words: Sequence[str]) -> Times:
        """The times of a cue's words; None for what is not said in its time, and for all where most are not."""
        if self._sound is None or not words:
            return [None] * len(words)
        self._asked += 1
        times = self._times(cue, words, self._sound)
        sure = sum(time.confidence for time in times if time is not None) / len(words)
        if sure >= word_times.LOW_CONFIDENCE:
            return [time if time and time.confidence >= THRESHOLDS.missing else None for time in times]
        self._guessed.append(cue.number)
        return [None] * len(words)

    def _times(self, cue: TimedText, words: Sequence[str], sound: Recording) -> Times:
        rate = sound.sample_rate
        start, end = max(0.0, cue.start - PAD_S), min(sound.duration, cue.end + PAD_S)
        possible = 0 < end - start <= MAX_ALIGNED_S and len(words) <= THRESHOLDS.max_words
        samples = sound.read(int(start * rate), int(end * rate)) if possible else None
        while samples is not None and self._aligner is not None:
            self._job.check()
            try:
                fallback.make_ready(self._aligner, self._language, self._job.cancellation)
                found = self._aligner.find(samples, rate, words, self._language)
                return [time and time.moved(start) for time in found]
            except AlignerFailed as error:
                logger.warning("%s cannot find words", self._name, exc_info=error)
                self._name, self._aligner = self._next()
            except AlignmentError:
                break
        return [None] * len(words)

    def report(self) -> None:
        """Tell the client of cues whose words were not found."""
        if self._guessed:
            which = f"cue {self._guessed[0]}" if self._asked == 1 else f"the first is cue {self._guessed[0]}"
            message = f"the words of {len(self._guessed)} of {self._asked} cues were not found in the sound, {which}"
            self._job.warn("words_guessed", f"{message}; they share the time of their cue by their length")


def as_they_are(given: ClientCaptions, style: Style, job: Job, services: Services) -> Document:
    """The ASS as it was sent, without fonts and pictures in it; its fonts are those of the bucket and the shipped one.

    Warns of fonts that are not there, and leaves out characters that no font has.
    """
    document, files = without_files(given.read.document)
    if files:
        message = f"{given.field}: fonts and pictures in the file are not used; put the fonts into the bucket's fonts/"
        job.warn("font_replaced", message)
    fonts: list[Font] = []
    for family in ass_families(document)[:MAX_FAMILIES]:
        faces = [load_font(family, services.store, bold=bold, cancellation=job.cancellation) for bold in (True, False)]
        fonts += [face for face, _ in faces if face is not None]
        if faces[0][0] is None:
            job.warn_all([font_replaced(family, faces[0][1], given.field)])
    fonts = list({(font.key, font.number): font for font in fonts}.values())
    lacking = dict.fromkeys(char for cue in given.read.cues for char in cue.text)
    for font in (*fonts, shipped()):
        lacking = dict.fromkeys(font.missing(lacking))
    if lacking:
        named = " ".join(list(lacking)[:20])
        message = f"{given.field}: no font has glyphs for {named}, the video leaves them out"
        job.warn_all([JobWarning("glyph_missing", f"{message}; put a font that has them into the bucket's fonts/")])
    document = document.translate(dict.fromkeys(map(ord, lacking)))
    return Document(document.encode("utf-8", "replace"), tuple(fonts), style)
