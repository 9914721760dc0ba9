"""What a command says: results to standard output, all else to standard error; progress and tables on a terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from handler.errors import WorkerError

OnProgress = Callable[[Mapping[str, Any]], None]
"""Called with ``{stage, done, total}``, of a book also with ``chapter``, ``chapters`` and ``seconds_left``."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What a terminal takes for a command, or what turns the direction of a line around."""

STAGES = {
    "text": "reading the script",
    "speak": "speaking",
    "align": "finding the words",
    "transcribe": "writing down what is said",
    "join": "joining the chapters",
    "captions": "making captions",
    "render": "drawing the video",
    "upload": "writing the files",
    "decode": "decoding",
    "fetch": "reading the file",
}
"""Stages of jobs as people would say them; one that is not here keeps its name."""


@dataclass(frozen=True)
class Terminal:
    """Where a command writes. ``quiet``: no notes and no progress. ``json``: results are JSON."""

    quiet: bool = False
    json: bool = False

    def out(self, text: str) -> None:
        """A line of the result."""
        print(printable(text), flush=True)

    def out_json(self, value: object) -> None:
        """The result as JSON."""
        from handler.telemetry import json_text

        print(json_text(value, indent=2), flush=True)

    def note(self, text: str) -> None:
        """Something worth knowing that is no result."""
        if not self.quiet:
            print(printable(text), file=sys.stderr, flush=True)

    def error(self, text: str) -> None:
        """Why the command has failed."""
        print(printable(text), file=sys.stderr, flush=True)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows in columns: drawn on a terminal, else aligned by blanks without a head, for other programs."""
        cells = [[printable(cell) for cell in row] for row in rows]
        if sys.stdout.isatty():
            _draw_table(head, cells)
            return
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print(line.rstrip(), flush=True)

    @contextmanager
    def progress(self) -> Iterator[OnProgress | None]:
        """A bar on standard error for the block, None where that is no terminal or nobody wants one."""
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        with _bar() as on_progress:
            yield on_progress


def printable(text: str) -> str:
    """The text without what a terminal would take for a command."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def cell(value: object) -> str:
    """A value in a table: names with commas between, other lists and objects as JSON."""
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple | dict) else str(value)


def sentence_of(error: WorkerError) -> str:
    """An error of the worker as the last line of a command."""
    return f"{error.code}: {error.message}"


def _draw_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


@contextmanager
def _bar() -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def on_progress(now: Mapping[str, Any]) -> None:
            total = now.get("total") or None
            bar.update(task, description=described(now), completed=now.get("done", 0), total=total)

        yield on_progress


def described(now: Mapping[str, Any]) -> str:
    """How far a job is, beside its bar: ``speaking: chapter 3 of 20, 8 min left``."""
    stage = str(now.get("stage") or "waiting")
    words = printable(STAGES.get(stage, stage))
    facts = [f"chapter {now['chapter']} of {now['chapters']}"] if now.get("chapter") and now.get("chapters") else []
    if (seconds := now.get("seconds_left")) is not None:
        facts.append(f"{_duration(seconds)} left")
    return f"{words}: {', '.join(facts)}" if facts else words


def _duration(seconds: float) -> str:
    """A time as one would say it: 40 s, 8 min, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
