"""What is spoken of a book: its chapters, and their parts, which are spoken and stored one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress

from handler.errors import BadRequest, shortened
from handler.jobs import Job
from handler.pipeline import turns
from handler.pipeline.turns import OWN, Turn
from handler.protocols import Services
from handler.requests import BookInput
from handler.text import books
from handler.text.books import Chapter, Manuscript
from handler.text.markup.marks import VOICE
from handler.voices import engine_choice

PART_CHARS = 5000  # of a part: five minutes of speech, which is what a crash costs at most
HEADING_PAUSE_S, CHAPTER_PAUSE_S = 1.0, 1.5  # of silence after a heading, and at the end of a chapter


@dataclass(frozen=True)
class Passage:
    """A text at ``start`` of the book, with the seconds of silence after it.

    ``voice`` is the one that a mark in an earlier passage of the chapter names, None for that of the request.
    """

    start: int
    text: str
    pause_after: float
    voice: str | None = None


@dataclass(frozen=True)
class Part:
    """What is spoken in one go, and stored when it is spoken."""

    passages: tuple[Passage, ...]

    @property
    def start(self) -> int:
        return self.passages[0].start

    @property
    def characters(self) -> int:
        return sum(len(passage.text) for passage in self.passages)


@dataclass(frozen=True)
class PlannedChapter:
    """A chapter of the book, and its parts in order."""

    chapter: Chapter
    parts: tuple[Part, ...]

    @property
    def characters(self) -> int:
        return sum(part.characters for part in self.parts)

    @property
    def name(self) -> str:
        """The chapter as messages name it."""
        return f"chapter {self.chapter.number} ({shortened(self.chapter.title)})"


def plan(request: BookInput, book: Manuscript) -> tuple[PlannedChapter, ...]:
    """The chapters that are asked for. Raises BadRequest on ``chapters`` for numbers that the book does not have."""
    chapters = books.divide(book)
    wanted = {chapter.number for chapter in chapters}
    if request.chapters is not None:
        wanted = {number for each in request.chapters for number in _numbers(each, len(chapters))}
    return tuple(
        PlannedChapter(chapter, tuple(_parts(book.text, chapter))) for chapter in chapters if chapter.number in wanted
    )


def _numbers(asked: tuple[int, int | None], count: int) -> range:
    first, last = asked
    if max(first, last or 0) > count:
        has = f"the book has {count} chapter{'s' if count > 1 else ''}"
        raise BadRequest.of("chapters", f"there is no chapter {max(first, last or 0)}; {has}")
    return range(first, (last or count) + 1)


def _parts(text: str, chapter: Chapter) -> Iterator[Part]:
    """The parts of a chapter, each of whole paragraphs where these are short enough."""
    voice: str | None = None
    for start, end in books.cut(text, chapter.start, chapter.end, PART_CHARS):
        body = chapter.body if start < chapter.body < end else start
        spans = [(start, body, HEADING_PAUSE_S), (body, end, CHAPTER_PAUSE_S if end == chapter.end else 0.0)]
        said = [span for span in spans if books.has_words(text[span[0] : span[1]])]
        passages: list[Passage] = []
        for first, last, pause in said:
            passages.append(Passage(first, text[first:last], pause, voice))
            # A voice that a mark names speaks on, until the next mark or the end of the chapter.
            marks = list(VOICE.finditer(text, first, last))
            voice = marks[-1]["voice"].strip() if marks else voice
        yield Part(tuple(passages))


def read_turns(part: Part, request: BookInput, services: Services, job: Job) -> list[Turn]:
    """The passages of a part as turns, with their places in the book. Raises BadRequest as `turns.read` does."""
    found: list[Turn] = []
    for passage in part.passages:
        asked = request.spoken(passage.text)
        if passage.voice is not None:
            asked = asked.model_copy(update={"voice": passage.voice, "local_voice": None})
        (turn,) = turns.read(asked, services, job)
        found.append(Turn(turn.text, turn.ssml, turn.voices, passage.start, passage.pause_after))
    return found


@dataclass(frozen=True)
class Cast:
    """Who speaks in a book: the engines, and the voices that the text names, in the order in which they speak.

    OWN among the voices is the engine's own, where the request names none.
    """

    engines: tuple[str, ...]
    voices: tuple[str, ...]


def check(
    chapters: Sequence[PlannedChapter], request: BookInput, services: Services, job: Job
) -> tuple[tuple[PlannedChapter, ...], Cast]:
    """Read all of the text before any of it is spoken: what is wrong in the last chapter should not cost the others.

    Returns the chapters without what is not said, such as comments, and who speaks. Raises BadRequest that names the
    chapter.
    """
    for name in engine_choice.options_of_one_voice(services):
        if name in request.model_fields_set:
            raise BadRequest.of(name, "is about a speech as a whole, and a book is spoken in parts; leave it out")
    found: list[PlannedChapter] = []
    engines: dict[str, None] = {}
    voices: dict[str, None] = {}
    for planned in chapters:
        parts: list[Part] = []
        for part in planned.parts:
            job.check()
            with naming(planned, request.source_field):
                read = read_turns(part, request, services, job)
            said = [any(books.has_words(asked.shown) for asked in turn.voices.values()) for turn in read]
            read = list(compress(read, said))
            engines |= dict.fromkeys(turns.engines(read))
            voices |= dict.fromkeys(asked.request.voice_name or OWN for turn in read for asked in turn.voices.values())
            if read:
                parts.append(Part(tuple(compress(part.passages, said))))
        if parts:
            found.append(PlannedChapter(planned.chapter, tuple(parts)))
    if not found:
        raise BadRequest.of(request.source_field, "has no words in it; send the text of a book")
    return tuple(found), Cast(tuple(engines), tuple(voices))


@contextmanager
def naming(planned: PlannedChapter, field: str) -> Iterator[None]:
    """Errors of the block about the text name the chapter, and the request's ``field`` that brings the book."""
    try:
        yield
    except BadRequest as error:
        if {issue.field for issue in error.issues} != {"text"}:
            raise
        message = "; ".join(issue.message for issue in error.issues)
        raise BadRequest.of(field, f"{planned.name}: {message}") from None
