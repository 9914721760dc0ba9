"""The method `best`: two aligners are asked, whatever befalls one of them, and the reply says which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from handler.alignment import best, match
from handler.backends import Backend, Registry
from handler.errors import AlignmentError, Cancelled
from handler.media.recording import Recording
from handler.settings import Settings
from handler.types import Samples, WordTime
from tests.support.aligned_numbers import TEXT, misplaced
from tests.support.cancellations import Checked
from tests.support.spoken_numbers import RATE, Reader, spoken, written
from tests.support.stub_backends import registry
from tests.support.timed_chunks import Fixed, timed


def test_two_aligners_time_the_words() -> None:
    """The first two of ALIGNERS are asked, no third one, and the method names them."""
    aligners = registry(sphinx=Fixed("sphinx"), whisper=Fixed("whisper"), whisperx=Fixed("whisperx"))
    timing, warnings = timed(["whisperx", "sphinx", "whisper"], aligners, wanted="best")
    assert (timing.method, warnings) == ("best (whisperx, sphinx)", [])
    assert [aligners.get(name).calls for name in ("whisperx", "sphinx", "whisper")] == [2, 2, 0]
    configured, _ = timed(["engine", "best", "sphinx"], aligners)
    assert configured.method == "best (sphinx, whisper)"


def test_another_one_stands_in_for_one_that_fails() -> None:
    """One that fails at a chunk is replaced there, and the method names all that had a part."""
    aligners = registry(sphinx=Fixed("sphinx", fails_at=2), whisper=Fixed("whisper"), whisperx=Fixed("whisperx"))
    timing, warnings = timed(["sphinx", "whisper", "whisperx"], aligners, wanted="best")
    assert (timing.method, warnings) == ("best (sphinx, whisper, whisperx)", [])


def test_one_that_fails_leaves_the_others_times_with_a_warning() -> None:
    """The times of the one that works are used as they are; one that breaks is not asked again."""

    class Breaks(Fixed):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            super().align(samples, rate, words, language)
            raise RuntimeError("CUDA error")

    aligners = registry(whisperx=Breaks("whisperx"), sphinx=Fixed("sphinx"))
    timing, warnings = timed(["whisperx", "sphinx"], aligners, wanted="best")
    assert timing.method == "sphinx"
    (warning,) = warnings
    assert warning.startswith("best has the times of sphinx alone for some words: whisperx: it failed unexpectedly")
    assert aligners.get("whisperx").calls == 1


def test_with_one_aligner_best_is_that_one() -> None:
    """Where no second aligner knows the language, the warning says so; with timing_strict it is an error."""
    aligners = registry(sphinx=Fixed("sphinx"), google=Fixed("google", "fr"))
    timing, (warning,) = timed(["sphinx", "google"], aligners, wanted="best")
    assert timing.method == "sphinx"
    assert "google: google does not know the language en" in warning
    with pytest.raises(AlignmentError, match=r"two aligners are needed for en, and only sphinx is usable.*google"):
        timed(["sphinx", "google"], aligners, wanted="best", strict=True)
    fails = registry(sphinx=Fixed("sphinx"), whisper=Fixed("whisper", fails_at=2))
    assert timed(["sphinx"], fails, wanted="best", strict=True)[0].method == "best (sphinx, whisper)"


def test_aligners_that_found_nothing_are_not_asked_again() -> None:
    """Where none finds the words, those after `best` in the order are not asked a second time."""
    aligners = registry(sphinx=Fixed("sphinx", fails_at=1), whisper=Fixed("whisper", fails_at=1))
    with pytest.raises(AlignmentError, match=r"best: no aligner found the words \(sphinx: .*noisy; whisper: .*noisy"):
        timed(["sphinx", "whisper"], aligners, wanted="best")
    assert [aligners.get(name).calls for name in ("sphinx", "whisper")] == [1, 1]


def test_a_cancelled_job_asks_no_second_aligner() -> None:
    """A cancel is heard between the two."""
    first = Fixed("sphinx")

    def check() -> None:
        if first.calls:
            raise Cancelled("the job was cancelled")

    aligners = registry(sphinx=first, whisper=Fixed("whisper"))
    with pytest.raises(Cancelled):
        timed(["sphinx", "whisper"], aligners, wanted="best", cancellation=Checked(check))
    assert aligners.get("whisper").calls == 0


def test_aligners_in_the_net_are_asked_last() -> None:
    """One that costs money hears nothing where two others are here, and one that is not configured never does."""
    settings = Settings.read({})
    row: Backend[Fixed] = Backend(lambda _: Fixed("any"))
    rows = {"google": replace(row, local=False), "sphinx": row, "whisper": row}
    table = Registry("aligner", rows, settings)
    assert best.candidates(table, ["engine", "google", "sphinx", "best"]) == ("sphinx", "whisper", "google")
    assert best.candidates(table, ["sphinx"]) == ("sphinx", "whisper")
    lacking = Registry("aligner", rows | {"whisper": replace(row, missing_files=lambda _: "no model")}, settings)
    assert best.candidates(lacking, ["sphinx"]) == ("sphinx",)
    assert best.problem(table, ["sphinx"]) is None
    assert best.problem(lacking, ["sphinx"]) == "it needs two aligners that are ready, and only sphinx is"


def test_recordings_are_matched_by_both() -> None:
    """A recording is matched once by each, and progress goes on through both; who finds nothing has no part."""
    samples, truth = spoken(TEXT[:60])
    recording, tokens = Recording.from_samples(samples, RATE), written(TEXT[:60])
    told: list[float] = []
    aligners = registry(sphinx=Reader(), whisper=Reader(0.8))
    found = match.align(recording, tokens, "en", ("best", ["sphinx"]), aligners, progress=told.append)
    assert (found.timing.method, found.warnings) == ("best (sphinx, whisper)", ())
    assert misplaced(found.timing.words, truth) == 0
    assert told == sorted(told)
    assert recording.duration / 2 in told
    assert max(told) <= recording.duration
    deaf = registry(sphinx=Reader(right=0.1), whisper=Reader())
    found = match.align(recording, tokens, "en", ("best", ["sphinx"]), deaf)
    assert found.timing.method == "whisper"
    assert [warning.code for warning in found.warnings] == ["timing_method_passed_over"]
    nobody = registry(sphinx=Reader(right=0.1), whisper=Reader(right=0.1))
    with pytest.raises(AlignmentError, match=rf"^{match.NONE_FOUND}"):
        match.align(recording, tokens, "en", ("best", ["sphinx"]), nobody)
