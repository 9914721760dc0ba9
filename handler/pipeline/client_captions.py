"""Captions that a client sent become what is drawn: in a style, or as they are.

A cue stays what it was, with its time and its line breaks. Its words have the times that our own JSON gives them.
Those of other captions get times where the style shows them: from the sound where that says them, else each its share
of the cue by its length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice, pairwise

from handler.alignment import word_times
from handler.captions import Captions, Style, cues, labelled, shipped, with_speakers
from handler.captions.fonts import Font, font_replaced, load_font
from handler.captions.layout import with_own_lines
from handler.captions.reading import Read, edited
from handler.captions.reading.cue_words import lines_of_tokens
from handler.captions.reading.timed_lines import ass_families
from handler.captions.render import Document
from handler.captions.render.document import without_files
from handler.captions.stacking import check_stack, stacked
from handler.errors import BadRequest
from handler.jobs import Job
from handler.pipeline import incoming, lexicons
from handler.pipeline.cue_timing import WordFinder
from handler.protocols import Services
from handler.requests import CaptionSource, CaptionStyle, OverlayInput
from handler.requests.fields import MAX_ALIGNED_CHARS
from handler.text import Lexicon
from handler.types import Cue, JobWarning, TimedText, Token, Word

DEFAULT_PRESET = "classic"
REPORTED_CUES = 20  # between two reports of progress
MAX_FAMILIES = 8  # of fonts in one ASS document that are looked for
MAX_CUE_CHARS = 1000  # of a cue in a style: nobody reads more at a time
MAX_CHARS = MAX_ALIGNED_CHARS  # of all cues in a style
MAX_UNREPORTED_S = 0.1  # of captions after a video's end: three frames that nobody misses, and the digit that is shown


@dataclass(frozen=True)
class ClientCaptions:
    """Captions as a client sent them, in the request's ``field``; the ``lexicon`` says how their words are said.

    ``labels`` says that each speaker's name is shown where they begin; ``colours`` are those asked for speakers.
    """

    field: str
    read: Read
    lexicon: Lexicon | None = None
    labels: bool = False
    colours: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """All that they show."""
        return "\n".join(cue.text for cue in self.read.cues)


def fetch(request: OverlayInput | CaptionSource, job: Job, services: Services) -> ClientCaptions:
    """Read the captions of a request. Raises BadRequest and TooLarge on their field; nothing else was fetched yet."""
    field = "captions" if request.captions is not None else "captions_url"
    found = ClientCaptions(field, incoming.read_captions(request.captions, request.captions_url, field, job, services))
    if request.keep_style and found.read.kind != "ass":
        message = f"is about ASS, and these captions are {found.read.kind}, which has no style of its own"
        raise BadRequest.of("keep_style", f"{message}; leave it out, or send ASS")
    if request.keep_style:
        return found
    _check_size(found)
    check_stack(found.read.cues, found.field)
    lexicon = lexicons.resolve(request.lexicon, services.store, job.warn)
    return replace(found, lexicon=lexicon, labels=request.speaker_labels, colours=request.speaker_colours)


def _check_size(given: ClientCaptions) -> None:
    for cue in given.read.cues:
        if len(cue.text) > MAX_CUE_CHARS:
            message = f"cue {cue.number} has {len(cue.text)} characters, at most {MAX_CUE_CHARS} are shown at a time"
            raise BadRequest.of(given.field, f"{message}; divide it into several cues")
    if len(given.text) > MAX_CHARS:
        message = f"the cues have {len(given.text)} characters, at most {MAX_CHARS} are drawn in a style"
        raise BadRequest.of(given.field, f"{message}; send them in several jobs")


def style_of(wanted: CaptionStyle | None) -> CaptionStyle:
    """The style that a request asks for, on the preset that shows cues as players do where it names none."""
    wanted = wanted or CaptionStyle.model_validate({})
    return wanted if wanted.preset else wanted.model_copy(update={"preset": DEFAULT_PRESET})


def shows_words(style: Style) -> bool:
    """Whether a style shows when each word is spoken."""
    return style.effect != "none" or style.words_per_cue is not None


def cut(given: ClientCaptions, duration: float, job: Job) -> tuple[TimedText, ...]:
    """The cues that begin before a video of ``duration`` seconds ends; warns of what is cut off, if a viewer misses it.

    Raises BadRequest where none does.
    """
    shown = tuple(cue for cue in given.read.cues if cue.start < duration)
    if not shown:
        first = given.read.cues[0].start
        message = f"the first cue begins at {first:.1f} s, and the video ends at {duration:.1f} s"
        raise BadRequest.of(given.field, f"{message}; send the captions of this video")
    last = max(cue.end for cue in given.read.cues)
    if last > duration + MAX_UNREPORTED_S:
        ends = f"the last cue ends at {last:.1f} s and the video at {duration:.1f} s"
        job.warn("captions_cut", f"{ends}, captions after that are not shown; send a longer video")
    return tuple(replace(cue, end=min(cue.end, duration)) for cue in shown)


def in_style(given: ClientCaptions, shown: Sequence[TimedText], style: Style, finder: WordFinder, job: Job) -> Captions:
    """The cues as they are drawn, one at a time, in a style, which has its font; see `laid_out`."""
    return drawn(laid_out(given, shown, style, finder, job))


def drawn(captions: Captions) -> Captions:
    """Captions whose cues may overlap, as cues that do not; the words are those on screen."""
    cues = stacked(captions.cues)
    return replace(captions, words=tuple(word for cue in cues for word in cue.words), cues=cues)


def laid_out(given: ClientCaptions, shown: Sequence[TimedText], style: Style, finder: WordFinder, job: Job) -> Captions:
    """The cues in a style; the ``finder`` finds the times of words that have none."""
    made: list[tuple[Cue, tuple[Word, ...]]] = []
    base, speaker = 0, ""
    for number, cue in enumerate(shown):
        job.check()
        if number % REPORTED_CUES == 0:
            job.progress("captions", number, len(shown))
        lines = _lines(cue, base, finder, given.lexicon)
        plain = tuple(word for line in lines for word in line)
        words = labelled(plain) if given.labels and cue.speaker != speaker else plain
        speaker = cue.speaker
        for part in _cues(cue, words, [len(line) for line in lines], style, finder.language):
            made.append((part, plain[: len(part.words)]))
            plain = plain[len(part.words) :]
        base += len(cue.text) + 1
    finder.report()
    made.sort(key=lambda each: each[0].start)
    words = tuple(word for _, plain in made for word in plain)
    firsts = accumulate((len(plain) for _, plain in made), initial=0)
    cues = tuple(replace(cue, first_word=first) for (cue, _), first in zip(made, firsts, strict=False))
    style, warnings = with_speakers(style, (word.speaker for word in words), given.colours)
    job.warn_all(warnings)
    duration = max(given.read.duration, *(cue.end for cue in shown))
    return Captions(words, cues, style, duration, finder.language, finder.method or given.read.method)


def _lines(cue: TimedText, base: int, finder: WordFinder, lexicon: Lexicon | None) -> tuple[tuple[Word, ...], ...]:
    """The words of a cue on its own lines; offsets are moved by ``base``, except those that the file gives."""
    if cue.words and (own := edited.own_lines(cue)):
        return own
    lines = lines_of_tokens(cue.text, finder.language, lexicon)
    tokens = [token for line in lines for token in line]
    if cue.words:
        base = cue.words[0].start_char
        words = _retimed(cue, tokens)
    else:
        words = _words(cue, tokens, finder)
    moved = iter(_moved(words, base, cue.speaker))
    return tuple(tuple(islice(moved, len(line))) for line in lines)


def _retimed(cue: TimedText, tokens: Sequence[Token]) -> tuple[Word, ...]:
    """The words of an edited text: those that were there before keep their times."""
    start, end = min(cue.start, cue.words[0].start), max(cue.end, cue.words[-1].end)
    whole = [replace(token, spoken=(token.shown,)) for token in tokens]
    return word_times.words(whole, edited.known_times(tokens, cue.words), start, end)


def _moved(words: Sequence[Word], base: int, speaker: str) -> Iterator[Word]:
    for word in words:
        yield replace(word, start_char=word.start_char + base, end_char=word.end_char + base, speaker=speaker)


def _words(cue: TimedText, tokens: Sequence[Token], finder: WordFinder) -> tuple[Word, ...]:
    """The words of a cue, inside its time."""
    found = iter(finder.find(cue, [word for token in tokens for word in token.spoken]))
    times = [time for token in tokens for time in ([next(found) for _ in token.spoken] or [None])]
    said = [replace(token, spoken=token.spoken or (token.shown,)) for token in tokens]
    return word_times.words(said, times, cue.start, cue.end)


def _cues(
    cue: TimedText, words: tuple[Word, ...], lengths: Sequence[int], style: Style, language: str
) -> tuple[Cue, ...]:
    """The cue with its own lines of so many words, or divided where the style says how many words are shown."""
    if style.words_per_cue is not None:
        return cues(words, style, cue.end, language)
    ends = list(accumulate(lengths, initial=0))
    lines = tuple(words[start:end] for start, end in pairwise(ends))
    return (with_own_lines(Cue(cue.start, cue.end, lines, 0), style, language),)


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
