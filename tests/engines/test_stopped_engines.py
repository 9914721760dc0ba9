"""An engine that speaks for a job that was stopped ends by itself: the next job does not wait for it."""

from __future__ import annotations

import threading

import pytest

from handler.cancellation import Cancellation
from handler.dispatch import dispatch
from handler.engines import espeak_library
from handler.errors import Cancelled
from handler.protocols import Services

PATIENCE_S = 60.0


def test_espeak_ends_in_the_middle_of_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library, which speaks for one job at a time, is left once its job is cancelled: another can speak."""
    cancellation, left = Cancellation(), threading.Event()
    check = espeak_library._check

    def spoken(code: int, what: str) -> None:
        check(code, what)
        assert what != "speak", "the word was spoken to its end"

    def work() -> None:
        try:
            espeak_library.speak(["ab" * 300], [""], "en")
        finally:
            left.set()

    class Told(Cancellation):
        """Is cancelled when the library first asks."""

        @property
        def ended(self) -> bool:
            self.cancel()
            return True

    monkeypatch.setattr(espeak_library, "_check", spoken)
    cancellation = Told()
    with pytest.raises(Cancelled):
        cancellation.run(work)
    assert left.wait(PATIENCE_S)
    monkeypatch.undo()
    assert len(espeak_library.speak(["Hello"], [""], "en").samples)


def test_next_job_speaks_after_a_cancelled_one(services: Services) -> None:
    """A job of a single word that takes espeak half a minute is cancelled; the next one has the library."""
    cancellation = Cancellation()
    threading.Timer(0.2, cancellation.cancel).start()
    reply = dispatch({"input": {"text": "ab" * 10_000}}, services, cancellation=cancellation)
    assert reply["error_code"] == "cancelled"
    assert dispatch({"input": {"text": "Hello."}}, services)["status"] == "completed"
