"""Several takes of each chunk: the best by its alignment is kept, and what is not is dropped."""

from __future__ import annotations

import csv
import gc
import io
import threading
import weakref
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from handler.aligners.sphinx import SphinxAligner
from handler.engines.espeak import EspeakEngine
from handler.errors import AlignerFailed, AlignmentError
from handler.pipeline.takes import seed_of
from handler.protocols import Services
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Voice, WordTime
from tests.support.stub_backends import (
    LINES,
    PATIENCE,
    WORDS,
    Even,
    Fails,
    Speaker,
    Spoiler,
    Watched,
    codes,
    read,
    run,
    sound,
    with_backends,
)


def test_take_with_the_highest_confidence_is_kept(services: Services, sphinx: SphinxAligner) -> None:
    """Where all takes but one are noisy or say other words, that one is kept, with its seed and its sound."""
    good = [2, 0, 1, 2]
    engine = Spoiler(services.settings, good)
    aligner = Watched(sphinx)
    reply = run(with_backends(services, engine, sphinx=aligner), takes=3, seed=5, timing_format="csv")
    assert [(take["chunk"], take["seed"]) for take in reply["takes"]] == [
        (index, 5 + take * 2**29 + index) for index, take in enumerate(good)
    ]
    for take, best in zip(reply["takes"], good, strict=True):
        assert len(take["confidences"]) == 3
        assert np.argmax(take["confidences"]) == best
        assert sorted(take["confidences"])[1] < 0.5 < take["confidences"][best]
    samples, _ = sound(reply["audio_url"])
    alone = run(with_backends(services, Speaker(services.settings), sphinx=sphinx), seed=5)
    assert np.array_equal(samples, sound(alone["audio_url"])[0])
    assert aligner.calls == 3 * len(LINES), "a chosen take was aligned again for the captions"
    assert (reply["timing_method"], reply["word_count"]) == ("sphinx", WORDS)
    confidences = [
        float(row["confidence"])
        for row in csv.DictReader(io.StringIO(read(reply["timing_files"]["csv"]).decode("utf-8-sig")))
    ]
    assert np.mean(confidences) > 0.5
    assert codes(reply) == []


def test_takes_are_ranked_by_one_aligner_and_timed_by_two(services: Services) -> None:
    """With timing_method best the first aligner ranks the takes, and the second is asked for the chosen one alone."""
    first, second = (Watched(Even(name, lambda _: 0.8)) for name in ("sphinx", "whisper"))
    given = with_backends(services, Speaker(services.settings), sphinx=first, whisper=second)
    reply = run(given, takes=2, timing_method="best", timing_format="csv")
    assert (reply["timing_method"], reply["warnings"]) == ("best (sphinx, whisper)", [])
    assert (first.calls, second.calls) == (2 * len(LINES), len(LINES))


def test_one_take_is_not_ranked(services: Services, sphinx: SphinxAligner) -> None:
    """Without takes and captions asked for nothing is aligned, and the reply does not speak of takes."""
    aligner = Watched(sphinx)
    reply = run(with_backends(services, Speaker(services.settings), sphinx=aligner))
    assert "takes" not in reply
    assert aligner.calls == 0


def test_one_take_is_spoken_without_an_aligner(services: Services, sphinx: SphinxAligner) -> None:
    """In a language that no aligner knows each chunk is spoken once, and one warning says why nothing was ranked."""
    engine = Speaker(services.settings)
    services = with_backends(services, engine, sphinx=sphinx)
    reply = run(services, "Guten Tag.\n\nAuf Wiedersehen.", language="de", takes=4, seed=1)
    assert engine.spoken == 2
    assert [(take["seed"], take["confidences"]) for take in reply["takes"]] == [(1, []), (2, [])]
    assert codes(reply) == ["takes_not_ranked"]
    assert "sphinx does not know the language de" in reply["warnings"][0]["message"]


def test_engine_without_seeds_speaks_once(services: Services) -> None:
    """espeak speaks every take alike: each chunk is spoken once, nothing is ranked, and a warning says so."""
    reply = run(services, "Hello.", takes=3)
    assert codes(reply) == ["option_ignored"]
    assert "takes" in reply["warnings"][0]["message"]
    assert "takes" not in reply


def test_engine_that_knows_nothing_of_takes_gives_them(services: Services) -> None:
    """An engine that speaks one request after another is asked for each take of a chunk with a seed of its own."""
    asked: list[tuple[int, int]] = []

    class Plain(EspeakEngine):
        supports_seeds = True
        supports_phonemes = False

        def speak(self, requests: Sequence[SpeechRequest], *rest: Any) -> Generator[ChunkAudio]:
            for request in requests:
                asked.append((request.chunk.index, request.seed))
                yield from super().speak([request], *rest)

    aligner = Watched(Even("sphinx"))
    services = with_backends(services, Plain(services.settings), sphinx=aligner)
    reply = run(services, "One.\n\nTwo.", takes=3, seed=2**32 - 1)
    step = 2**29
    assert asked == [
        (0, 2**32 - 1), (0, step - 1), (0, 2 * step - 1), (1, 0), (1, step), (1, 2 * step),
    ]  # fmt: skip
    assert [(take["seed"], take["confidences"]) for take in reply["takes"]] == [(2**32 - 1, [0.6] * 3), (0, [0.6] * 3)]
    assert (reply["seed"], aligner.calls) == (2**32 - 1, 6)


def test_every_take_of_a_job_has_its_own_seed() -> None:
    """No two seeds of a job are equal, all fit into a request, and take 0 has those of a job without takes."""
    seeds = [seed_of(2**32 - 2, chunk, take) for take in range(5) for chunk in range(1000)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert seeds[:4] == [2**32 - 2, 2**32 - 1, 0, 1]


def test_unalignable_take_has_confidence_zero(services: Services) -> None:
    """A take in which no words are found has confidence 0, among equals the first is kept."""
    aligner = Fails("sphinx", lambda call: call % 3 == 0, AlignmentError("silence"), 0.25)
    reply = run(with_backends(services, Speaker(services.settings), sphinx=aligner), takes=3, seed=0)
    assert [take["confidences"] for take in reply["takes"]] == [[0.0, 0.25, 0.25]] * len(LINES)
    assert [take["seed"] for take in reply["takes"]] == [2**29 + index for index in range(4)]
    assert codes(reply) == []


def test_unrankable_takes_are_reported(services: Services) -> None:
    """Where every take of a chunk fails, its first is kept and the one warning says of how many and why."""
    aligner = Fails("sphinx", lambda call: call in {2, 3, 6, 7}, AlignmentError("only noise"))
    reply = run(with_backends(services, Speaker(services.settings), sphinx=aligner), takes=2, seed=0)
    assert [take["confidences"] for take in reply["takes"]] == [[0.5, 0.5], [0, 0], [0.5, 0.5], [0, 0]]
    assert codes(reply) == ["takes_not_ranked"]
    assert "2 of 4" in reply["warnings"][0]["message"]
    assert "only noise" in reply["warnings"][0]["message"]


def test_broken_aligner_is_replaced_by_the_next(services: Services) -> None:
    """One that breaks in the middle is asked no more, and the next one ranks from there on."""
    broken = Fails("whisperx", lambda call: call >= 3, RuntimeError("CUDA"))
    louder = Even("sphinx", lambda samples: float(np.abs(samples).max() > 0.9))
    reply = run(with_backends(services, Spoiler(services.settings, [0] * 4), whisperx=broken, sphinx=louder), takes=2)
    assert broken.calls == 4
    assert all(len(take["confidences"]) == 2 for take in reply["takes"])
    assert reply["takes"][0]["confidences"] == [0.5, 0.5]
    assert reply["takes"][1]["confidences"] != [0.5, 0.5]
    assert codes(reply) == []


class Deaf(Even):
    """Finds no words in anything."""

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        raise AlignmentError("silence")


@pytest.mark.parametrize("aligner", [Even("sphinx"), Deaf("sphinx")])
def test_losing_takes_are_dropped_at_once(services: Services, aligner: Even) -> None:
    """When the third chunk is asked for, nothing holds the losing takes of the first any more."""
    made: list[weakref.ref[Samples]] = []

    class Counting(Speaker):
        def made(self, chunk: Chunk, take: int, voice: Voice, options: SpeechOptions) -> ChunkAudio:
            spoken = super().made(chunk, take, voice, options)
            spoken = ChunkAudio(spoken.samples.copy())
            made.append(weakref.ref(spoken.samples))
            return spoken

    alive: list[int] = []

    def asked(index: int) -> None:
        gc.collect()
        alive.append(sum(ref() is not None for ref in made[: 3 * (index - 1)]) if index > 1 else 0)

    run(with_backends(services, Counting(services.settings, asked), sphinx=aligner), takes=3)
    assert alive == [0, 0, 1, 2], "one take of each chunk is kept"


def test_failed_aligner_is_replaced_by_the_next(services: Services) -> None:
    """A quota used up or memory gone says nothing of a take: the takes are ranked by the next aligner."""
    broken = Fails("whisperx", lambda call: call == 1, AlignerFailed("its quota is used up"))
    leaves = with_backends(services, Speaker(services.settings), whisperx=broken, sphinx=Even("sphinx", lambda _: 0.7))
    reply = run(leaves, takes=2, seed=0)
    assert [take["confidences"] for take in reply["takes"]] == [[0.7, 0.7]] * len(LINES)
    assert broken.calls == 2


def test_timeout_while_ranking_keeps_the_first_takes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the job's time is over while takes are ranked, what was spoken is returned: the first takes."""
    release = threading.Event()
    stuck = Watched(Even("sphinx"), lambda _: _waited(release))
    leaves = with_backends(services, Speaker(services.settings), sphinx=stuck)
    leaves = replace(leaves, settings=leaves.settings.model_copy(update={"job_timeout": 3.0}))
    try:
        reply = run(leaves, text="Only one.", takes=2, seed=0)
    finally:
        release.set()
    assert reply["status"] == "completed"
    assert [take["seed"] for take in reply["takes"]] == [0]
    assert "takes_not_ranked" in codes(reply)


def _waited(event: threading.Event) -> None:
    assert event.wait(PATIENCE)
