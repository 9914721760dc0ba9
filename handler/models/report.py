"""The state of a model on this disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from handler.models.sources import Model
from handler.settings import Settings

READY, DAMAGED, MISSING = "ready", "damaged", "missing"


@dataclass(frozen=True)
class Report:
    """One model on this disk: its ``problems``, by file, and its ``unverified`` files, without a known checksum.

    ``size`` and ``to_fetch`` are bytes on the disk and bytes missing from it; None: unknown before a download.
    """

    name: str
    site: str
    state: str
    size: int = 0
    to_fetch: int | None = None
    folder: Path | None = None
    problems: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    remedy: str = ""


def inspect(settings: Settings, model: Model, *, deep: bool = False) -> Report:
    """Check the files of a model and change nothing; ``deep`` reads them all."""
    files = model.files(settings)
    problems = [f"{file.name} {problem}" for file in files if (problem := file.problem(deep=deep))]
    found = model.find(settings)
    existing = [file for file in files if file.path.is_file()]
    if found is None:
        problems = (problems or ["some files are missing"]) if existing else []
    return Report(
        name=model.name,
        site=model.site,
        state=DAMAGED if problems else MISSING if found is None else READY,
        size=sum(file.path.stat().st_size for file in existing),
        to_fetch=0 if found else model.size or None,
        folder=existing[0].path.parent if existing else None,
        problems=tuple(problems),
        unverified=tuple(file.name for file in existing if not file.info.has_checksum),
        remedy="" if found and not problems else model.remedy,
    )
