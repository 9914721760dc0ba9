"""``models list``, ``verify`` and ``pull``: the model files of every part that the settings choose."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from handler import models
from handler.app import needed_models
from handler.errors import ConfigError, WorkerError, suggest
from handler.models import Model, Report
from handler.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One model of one part: ``what`` it is for, and how it is on this disk."""

    part: str
    what: str
    report: Report

    @property
    def ready(self) -> bool:
        return self.report.state == models.READY

    def __str__(self) -> str:
        report = self.report
        size = f", {report.size / 1e6:,.1f} MB" if report.size else ""
        size += f", {report.to_fetch / 1e6:,.1f} MB to fetch" if report.to_fetch else ""
        line = f"{report.state:8}  {self.part}, {self.what}: {report.name}{size}"
        details = [f"in {report.folder}"] if report.folder else []
        if report.unverified:
            details.append(f"no checksum is known of {', '.join(report.unverified)}")
        details += report.problems
        if report.remedy:
            details.append(f"→ {self.remedy}")
        return f"\n{' ' * 11}".join([line, *details])

    @property
    def remedy(self) -> str:
        pull = f"run `python -m handler models pull {self.part}`" if self.report.site else ""
        return "; or ".join(filter(None, (pull, self.report.remedy)))

    def data(self) -> dict[str, Any]:
        """As JSON."""
        folder = str(self.report.folder) if self.report.folder else None
        return {"part": self.part, "for": self.what} | vars(self.report) | {"folder": folder, "remedy": self.remedy}


def survey(settings: Settings, parts: Sequence[str] = (), *, deep: bool = False) -> Iterator[Line]:
    """Each model as it is on this disk; ``deep`` reads every file. ``parts``: only these.

    Raises ConfigError for a part that has none.
    """
    for part, what, model in _chosen(settings, parts):
        yield Line(part, what, models.inspect(settings, model, deep=deep))


def pull(settings: Settings, parts: Sequence[str] = ()) -> Iterator[Line]:
    """Fetch what is not there and mend what is damaged, one model after the other; a failure is its result."""
    for part, what, model in _chosen(settings, parts):
        try:
            models.repair(settings, model)
        except WorkerError as error:
            yield Line(part, what, Report(model.name, model.site, models.MISSING, problems=(error.message,)))
        else:
            yield Line(part, what, models.inspect(settings, model))


def _chosen(settings: Settings, parts: Sequence[str]) -> list[tuple[str, str, Model]]:
    found = list(needed_models(settings))
    known = list(dict.fromkeys(part for part, _, _ in found))
    for part in parts:
        if part not in known:
            raise ConfigError(f"no part {part} with models is in use; {suggest(part, known)}")
    return [row for row in found if not parts or row[0] in parts]
