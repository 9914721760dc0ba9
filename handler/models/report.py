"""What is there of a model, and in what state."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from handler.models import manifest
from handler.models.sources import Model
from handler.settings import Settings

READY, DAMAGED, MISSING = "ready", "damaged", "missing"


@dataclass(frozen=True)
class Report:
    """One model on this disk. ``problems`` name files; ``unverified``: files without a checksum.

    ``size`` in bytes; ``to_fetch``: bytes of what is missing, None where nobody can say before it is asked for.
    """

    name: str
    place: str
    state: str
    size: int = 0
    to_fetch: int | None = None
    folder: Path | None = None
    problems: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    remedy: str = ""


def inspect(settings: Settings, model: Model, *, deep: bool = False) -> Report:
    """Look at a model's files; ``deep`` reads them all. Fetches and changes nothing."""
    parts = model.parts(settings)
    problems = [
        f"{part.name} {trouble}" for part in parts if (trouble := manifest.problem(part.path, part.facts, deep=deep))
    ]
    found = model.find(settings)
    there = [part for part in parts if part.path.is_file()]
    if found is None and not there:
        problems = []
    elif found is None and not problems:
        problems = ["it is not whole"]
    return Report(
        name=model.name,
        place=model.place,
        state=DAMAGED if problems else MISSING if found is None else READY,
        size=sum(part.path.stat().st_size for part in there),
        to_fetch=0 if found else model.size or None,
        folder=there[0].path.parent if there else None,
        problems=tuple(problems),
        unverified=tuple(part.name for part in there if not part.facts.checksum),
        remedy="" if found and not problems else model.remedy,
    )
