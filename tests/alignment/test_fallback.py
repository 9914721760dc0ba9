"""Alignment methods are tried in order until one works."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from handler.errors import AlignmentError, Cancelled
from handler.types import Samples, WordTime
from tests.support.cancellations import Checked
from tests.support.stub_backends import registry
from tests.support.timed_chunks import KNOWN, Fixed, timed


def test_failing_method_is_skipped_with_a_warning() -> None:
    """Missing aligners, unknown languages and failures midway are warnings, and the next method times all chunks."""
    aligners = registry(google=Fixed("google", "fr"), whisperx=Fixed("whisperx", fails_at=2), sphinx=Fixed("sphinx"))
    timing, warnings = timed(["missing", "google", "whisperx", "sphinx"], aligners, wanted="engine")
    assert timing.method == "sphinx"
    assert len(timing.words) == 4
    assert [text.split()[0] for text in warnings] == ["engine", "missing", "google", "whisperx"]
    assert "there is no aligner missing" in warnings[1]
    assert "language en" in warnings[2]
    assert "too noisy" in warnings[3]
    assert [aligners.get(name).calls for name in ("google", "whisperx", "sphinx")] == [0, 2, 2]


def test_unexpected_exception_skips_the_method() -> None:
    """After any exception of a library the next method is tried."""

    class Breaks(Fixed):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            raise RuntimeError("CUDA error: device-side assert triggered")

    timing, warnings = timed(["whisperx", "sphinx"], registry(whisperx=Breaks("whisperx"), sphinx=Fixed("sphinx")))
    assert timing.method == "sphinx"
    assert "CUDA" not in warnings[0]
    assert "log" in warnings[0]


def test_no_method_left_is_an_error_with_every_reason() -> None:
    """When all fail, the error names each method and its reason, and later chunks are ignored."""
    sphinx = Fixed("sphinx", fails_at=1)
    with pytest.raises(AlignmentError, match=r"engine: .*sphinx: .*noisy"):
        timed(["sphinx"], registry(sphinx=sphinx), wanted="engine")
    assert sphinx.calls == 1
    with pytest.raises(AlignmentError, match="none is configured"):
        timed(["engine"], registry())


def test_cancellation_does_not_fall_back() -> None:
    """A job that is cancelled between chunks stops and does not try the next aligner."""
    sphinx = Fixed("sphinx")

    def check() -> None:
        if sphinx.calls:
            raise Cancelled("the job was cancelled")

    with pytest.raises(Cancelled):
        timed(["sphinx", "engine"], registry(sphinx=sphinx), known=KNOWN, cancellation=Checked(check))
    assert sphinx.calls == 1


@pytest.mark.parametrize(
    ("wanted", "knows", "strict", "asked"),
    [
        (None, True, False, ["engine"]),
        ("sphinx", True, False, ["sphinx", "engine"]),
        ("sphinx", True, True, ["sphinx"]),
        (None, False, False, ["whisperx", "sphinx"]),
        (None, False, True, ["whisperx"]),
        ("engine", False, False, ["engine", "whisperx", "sphinx"]),
        ("engine", False, True, ["engine"]),
    ],
)
def test_order_of_methods(wanted: str | None, knows: bool, strict: bool, asked: list[str]) -> None:
    """The one asked for comes first; strict leaves it alone; an engine without times is only asked by name."""
    aligners = registry(whisperx=Fixed("whisperx", fails_at=1), sphinx=Fixed("sphinx", fails_at=1))
    configured = ["engine", "whisperx", "sphinx"]
    try:
        known = KNOWN if knows else (None, None)
        timing, warnings = timed(configured, aligners, known=known, wanted=wanted, strict=strict)
        tried = [text.split()[0] for text in warnings] + [timing.method]
    except AlignmentError as error:
        tried = [method for method in ["engine", "whisperx", "sphinx"] if f"{method}:" in error.message]
    assert tried == asked


def test_engine_without_times_in_a_later_chunk_is_skipped() -> None:
    """When only the second chunk has no times of the engine's, all chunks are timed by the next method, unwarned."""
    timing, warnings = timed(["engine", "sphinx"], registry(sphinx=Fixed("sphinx")), known=(KNOWN[0], None))
    assert (timing.method, warnings) == ("sphinx", [])
    assert {word.confidence for word in timing.words} == {0.5}
