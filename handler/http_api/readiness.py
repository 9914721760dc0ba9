"""Whether the worker takes jobs: what its health check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class State(Enum):
    STARTING = auto()
    READY = auto()
    FAILED = auto()
    STOPPING = auto()


HEALTH_STATUS = {State.STARTING: 204, State.READY: 200, State.FAILED: 503, State.STOPPING: 503}
"""The health check's HTTP status by state, as RunPod's load balancer reads it."""


@dataclass
class Readiness:
    """The worker's state, and the reason for it where it takes no jobs."""

    state: State = State.STARTING
    reason: str = "the worker is starting"

    def set(self, state: State, reason: str = "") -> None:
        self.state, self.reason = state, reason

    def health(self) -> tuple[int, dict[str, str] | None]:
        """The answer of a health check: its HTTP status, and its body, which 204 has none of."""
        status = HEALTH_STATUS[self.state]
        body = {"status": self.state.name.lower(), "reason": self.reason}
        return status, None if status == 204 else body
