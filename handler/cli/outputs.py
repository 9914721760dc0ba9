"""Where the files of a job go: ``-o`` names a folder, a file, or standard output."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from handler import temporary
from handler.cli.command import Context
from handler.cli.exits import CommandFailed, UsageError
from handler.cli.workers import Reply, Worker

STDOUT = "-"
KINDS = ("audio", "video", "transcript", "book")
"""Files that a job makes besides captions."""
MAX_NAME_CHARS = 40

_UNSAFE = re.compile(r"[^\w.-]+")  # in a name that comes from a server


@dataclass(frozen=True)
class Target:
    """The place of ``-o``: files are named ``stem`` and a suffix. ``suffix`` is that of a file which ``-o`` names."""

    folder: Path
    stem: str
    suffix: str = ""
    to_stdout: bool = False

    def paths(self, reply: Reply) -> dict[str, tuple[str, Path]]:
        """The link and the path of each file of a reply: KINDS, caption formats, ``chapter.1.audio`` and so on."""
        job_id = str(reply.get("job_id", ""))
        paths = {kind: (link, self.path(link, job_id)) for kind, link in _links(reply).items()}
        if reply.get("chapters"):
            # They have the names that the client gives them.
            from handler.client.book_files import book_files

            for kind, (link, name) in book_files(reply, self.stem).items():
                paths[kind] = link, self.folder / name
        return paths

    def path(self, link: str, job_id: str) -> Path:
        """Where the file at a link of a job goes."""
        return self.folder / (self.stem + _ending(link, job_id))


def target(argument: str, stem: str, suffixes: Sequence[str]) -> Target:
    """The place that an argument names; files in a folder are named after ``stem``.

    Raises UsageError for a file whose suffix is none of ``suffixes``.
    """
    if argument == STDOUT:
        return Target(Path(), stem, to_stdout=True)
    path = Path(argument)
    suffix = path.suffix[1:].lower()
    if argument.endswith("/") or path.is_dir() or not suffix:
        return Target(path, stem)
    if suffix not in suffixes:
        raise UsageError(f"-o {argument}: takes a folder, or a file that ends in {', '.join(suffixes)}")
    return Target(path.parent, path.stem, suffix)


def audio_format(options: argparse.Namespace, place: Target) -> str | None:
    """The format that ``--format`` or the file of ``-o`` names, if any. Raises UsageError for two."""
    if place.suffix and options.format and place.suffix != options.format:
        raise UsageError(f"-o {options.output} and --format {options.format} are two formats; give one of them")
    return options.format or place.suffix or None


def stem_of(text: str, usual: str = "speech") -> str:
    """A name for files, of the first words of a text."""
    words = re.findall(r"[^\W_]+", text[:400].lower())
    stem = ""
    for word in words:
        if stem and len(stem) + len(word) >= MAX_NAME_CHARS:
            break
        stem += f"-{word}" if stem else word[:MAX_NAME_CHARS]
    return stem or usual


def save(worker: Worker, reply: Reply, place: Target) -> dict[str, Path]:
    """Write the files of a reply, and its fonts into ``fonts/``; returns the path of each file by its kind."""
    paths = place.paths(reply)
    for font in reply.get("fonts") or ():
        name = _safe(_name(font["url"]))
        paths[f"font.{name}"] = font["url"], place.folder / "fonts" / name
    for link, path in paths.values():
        fetch(worker, link, path)
    return {kind: path for kind, (_, path) in paths.items()}


def to_stdout(worker: Worker, link: str) -> None:
    """Write the file at a link to standard output."""
    with temporary.folder("command") as folder:
        path = folder / "file"
        worker.fetch(link, path)
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def check_stdout(place: Target, context: Context) -> None:
    """Raise UsageError where a file cannot go to standard output."""
    if not place.to_stdout:
        return
    if context.options.json:
        raise UsageError("-o - and --json both write to standard output; give one of them")
    if sys.stdout.isatty():
        raise UsageError("-o - would fill the terminal; redirect it (> speech.wav) or name a file")


def report(context: Context, reply: Reply, files: Mapping[str, Path]) -> None:
    """Tell what a job made: the paths, or the reply as JSON with them; and its warnings, on standard error."""
    for warning in reply.get("warnings") or ():
        context.terminal.note(f"warning: {warning['message']}")
    if context.terminal.json:
        context.terminal.out_json({**reply, "files": {kind: str(path) for kind, path in files.items()}})
        return
    for path in files.values():
        context.terminal.out(str(path))


def fetch(worker: Worker, link: str, path: Path) -> None:
    """Write the file at a link. Raises CommandFailed for a place that cannot be written."""
    try:
        worker.fetch(link, path)
    except OSError as error:
        reason = error.strerror or error
        raise CommandFailed(f"{path} cannot be written: {reason}; choose another place with -o") from error


def _links(reply: Reply) -> dict[str, str]:
    links = {kind: reply[f"{kind}_url"] for kind in KINDS if reply.get(f"{kind}_url")}
    return links | (reply.get("timing_files") or {})


def _ending(link: str, job_id: str) -> str:
    """How the name of a file goes on after the job's id: ``.wav``, of a chapter ``-01.mp3``."""
    name = _name(link)
    of_job = bool(job_id) and name.startswith((f"{job_id}.", f"{job_id}-"))
    return _UNSAFE.sub("-", name.removeprefix(job_id) if of_job else Path(name).suffix)


def _name(link: str) -> str:
    return unquote(urlsplit(link).path).rpartition("/")[2]


def _safe(name: str) -> str:
    """A name without what would lead to another folder, or hide the file."""
    return _UNSAFE.sub("-", name).lstrip(".") or "file"


def voice_table(voices: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Voices as rows of a table: name, engine, language, seconds, licence."""
    return [
        [
            str(voice["name"]),
            str(voice.get("engine") or ""),
            str(voice.get("language") or ""),
            f"{voice['duration']:.1f} s" if voice.get("duration") else "",
            str(voice.get("license") or ""),
        ]
        for voice in voices
    ]
