"""Speech that departs from its text, for tests of real aligners."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from benchmarks.truth_set.speech import Clip, Speaker
from handler.aligners.sphinx import SphinxAligner
from handler.engines import ENGINES
from handler.settings import Settings
from handler.types import WordTime


@pytest.fixture(scope="session")
def aligner() -> SphinxAligner:
    """A real aligner, loaded once."""
    pytest.importorskip("pocketsphinx")
    return SphinxAligner(Settings.read({}))


@cache
def speaker() -> Speaker:
    """A voice of espeak, whose word times are exact."""
    pytest.importorskip("espeakng_loader")
    espeak = ENGINES["espeak"].create(Settings.read({}))
    return Speaker("espeak", espeak, espeak.default_voice("en-US"))


def far(clip: Clip, found: Sequence[WordTime | None], seconds: float) -> list[str]:
    """The words with a known start that are so far from it, or lost."""
    return [
        word
        for word, true, time in zip(clip.words, clip.times, found, strict=True)
        if true and (time is None or abs(time.start - true.start) > seconds)
    ]
