"""sphinx in a process of its own: the same answers, and nothing else stands still meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from handler.aligners import sphinx_process
from handler.aligners.sphinx import SphinxAligner
from handler.aligners.sphinx_process import SphinxProcess
from handler.app import make_services
from handler.cancellation import Cancellation
from handler.errors import AlignmentError
from handler.media.decode import decode
from handler.protocols import Aligner, PrefixAligner, Services, SpottingAligner
from handler.settings import Settings
from handler.types import Samples
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

OTHER = ["nobody", "agreed", "on", "anything"]
WORDS = HUMAN_TEXT.lower().replace(",", "").replace(".", "").split()


@pytest.fixture
def apart() -> Iterator[SphinxProcess]:
    made = SphinxProcess(Settings.read({}))
    yield made
    made.process.end()


@pytest.fixture(scope="module")
def clip() -> tuple[Samples, int]:
    recording = decode(HUMAN_CLIP)
    return recording.samples, recording.sample_rate


def test_results_equal_those_of_the_aligner_in_this_process(apart: SphinxProcess, clip: tuple[Samples, int]) -> None:
    """Times and confidences are to the last digit those of the aligner in this process, whatever it is asked."""
    here = SphinxAligner(Settings.read({}))
    samples, rate = clip
    aligner: PrefixAligner = apart
    assert aligner.align(samples, rate, WORDS, "en") == here.align(samples, rate, WORDS, "en")
    assert aligner.prefix(samples, rate, [*WORDS, "and", "so"], "en") == here.prefix(
        samples, rate, [*WORDS, "and", "so"], "en"
    )
    spotting: SpottingAligner = apart
    spotted = spotting.spot(samples, rate, [*OTHER, *WORDS], [0, len(OTHER)], "en")
    assert spotted == here.spot(samples, rate, [*OTHER, *WORDS], [0, len(OTHER)], "en")
    assert len(spotted) > len(OTHER)
    assert [apart.speaks(language) for language in ("en-GB", "fr")] == [True, False]


def test_errors_of_the_aligner_are_raised_here(apart: SphinxProcess) -> None:
    """Silence is refused with the aligner's own sentence, and the next question is answered by the same process."""
    silence = np.zeros(16_000, np.float32)
    for _ in range(2):
        with pytest.raises(AlignmentError, match="it is silent"):
            apart.align(silence, 16_000, ["hello"], "en")
    assert apart.process._child is not None
    assert apart.process._child.poll() is None


def test_a_killed_process_is_restarted(apart: SphinxProcess, clip: tuple[Samples, int]) -> None:
    """A killed process costs a job nothing; a SIGTERM that a whole group gets does not end it."""
    samples, rate = clip
    first = apart.align(samples, rate, WORDS, "en")
    assert apart.process._child is not None
    os.kill(apart.process._child.pid, signal.SIGTERM)
    assert apart.align(samples, rate, WORDS, "en") == first
    old = apart.process._child
    old.kill()
    assert apart.align(samples, rate, WORDS, "en") == first
    assert apart.process._child is not old


def test_a_process_that_always_crashes_raises(
    apart: SphinxProcess, clip: tuple[Samples, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If sphinx crashes each time, the error names another timing_method as the remedy."""
    monkeypatch.setattr(apart.process, "command", ["true", "", "", "sphinx"])
    with pytest.raises(AlignmentError, match="use another timing_method"):
        apart.align(*clip, WORDS, "en")


def test_the_process_ends_when_its_input_closes(apart: SphinxProcess, clip: tuple[Samples, int]) -> None:
    """The process ends when its input closes, as after a SIGKILL of the worker."""
    apart.align(*clip, WORDS, "en")
    child = apart.process._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(30) == 0


def test_the_table_runs_sphinx_in_a_process(services: Services) -> None:
    """The table's `sphinx` is the one in a process of its own."""
    assert isinstance(make_services(services.settings).aligners.get("sphinx"), SphinxProcess)
    as_port: Aligner = SphinxProcess(services.settings)
    assert as_port.name == "sphinx"


def test_a_hanging_process_is_killed_and_restarted(
    apart: SphinxProcess, clip: tuple[Samples, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hangs is killed at its time limit, and a new one answers the question."""
    first = apart.align(*clip, WORDS, "en")
    hung, limited, limits = apart.process._child, apart.process._limited, list[float]()
    assert hung is not None
    os.kill(hung.pid, signal.SIGSTOP)

    def limit(child: Any, number: int, timeout_s: float, cancellation: Cancellation) -> Any:
        """The new process has all its time: a busy machine needs some for its start."""
        limits.append(timeout_s)
        return limited(child, number, 1.0 if child is hung else timeout_s, cancellation)

    monkeypatch.setattr(apart.process, "_limited", limit)
    assert apart.align(*clip, WORDS, "en") == first
    assert hung.returncode == -signal.SIGKILL
    samples, rate = clip
    assert limits == [sphinx_process.EXTRA_TIME_S + len(samples) / rate] * 2
