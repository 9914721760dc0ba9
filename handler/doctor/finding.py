"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAILURE = "ok", "warning", "failure"


@dataclass(frozen=True)
class Check:
    """One finding. ``remedy`` says what to do unless the state is OK."""

    name: str
    state: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n           → {self.remedy}" if self.remedy else ""
        return f"{self.state:8}  {self.name}: {self.finding}{remedy}"
