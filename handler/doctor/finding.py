"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAILURE = "ok", "warning", "failure"


@dataclass(frozen=True)
class Check:
    """One finding. ``remedy`` says what to do unless all is well."""

    name: str
    state: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n           → {self.remedy}" if self.remedy else ""
        return f"{self.state:8}  {self.name}: {self.finding}{remedy}"
