"""How far a book is, in characters of its text, and how long the rest will take at the pace so far."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from handler.jobs import Job
from handler.pipeline.book.plan import PlannedChapter

SPEAK = "speak"


class BookProgress:
    """What a book's job reports: ``{stage, done, total, chapter, chapters, seconds_left}``.

    ``seconds_left`` is there once something was spoken: parts that were spoken before say nothing of the pace.
    """

    def __init__(self, job: Job, chapters: Sequence[PlannedChapter]) -> None:
        self.total = sum(chapter.characters for chapter in chapters)
        self._chapters = len(chapters)
        self._chapter = 0  # of those that are asked for, from 1
        self.chapter = chapters[0]
        """The one that is spoken."""
        self._done = 0
        self._part = 0
        self._spoken = 0
        self._seconds = 0.0
        self._began = 0.0
        job.show_progress(self._shown)

    @property
    def resumed(self) -> int:
        """Characters that were spoken by an earlier run."""
        return self._done - self._spoken

    def begin_chapter(self, chapter: PlannedChapter) -> None:
        """The next chapter is spoken, or taken."""
        self.chapter = chapter
        self._chapter += 1

    def begin_part(self, characters: int) -> None:
        """A part is spoken from now on."""
        self._part, self._began = characters, time.monotonic()

    def end_part(self) -> None:
        """The part that was begun is spoken and stored."""
        self._seconds += time.monotonic() - self._began
        self._spoken += self._part
        self._done += self._part
        self._part = 0

    def take_part(self, characters: int) -> None:
        """A part is there already."""
        self._done += characters

    def _shown(self, stage: str, done: int, total: int) -> dict[str, Any]:
        # The stages within a part count its chunks.
        share = done / total if stage == SPEAK and total else 1.0
        now = round(self._part * share) if self._part else 0
        shown: dict[str, Any] = {"stage": stage, "done": self._done + now, "total": self.total}
        shown |= {"chapter": self._chapter, "chapters": self._chapters}
        seconds = self._seconds + (time.monotonic() - self._began if now else 0.0)
        if spoken := self._spoken + now:
            shown["seconds_left"] = round((self.total - self._done - now) * seconds / spoken)
        return shown
