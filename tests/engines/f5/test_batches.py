"""Chunks in a batch match chunks alone; in upstream's batches they do not."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from handler import text
from handler.cancellation import NEVER, Cancellation
from handler.engines.f5.engine import F5Engine
from handler.engines.f5.flow import Conditions, Flow, Step
from handler.engines.f5.loading import Model, load
from handler.engines.f5.options import F5Options
from handler.engines.f5.sampler import Item, Sampling, item
from handler.errors import Cancelled, EngineError, OutOfMemory
from handler.pipeline.lines import EngineVoice, Line
from handler.pipeline.speaking import speak
from handler.pipeline.turns import VoiceRequest
from handler.requests import GenerateInput
from handler.settings import Settings
from handler.types import Samples, SpeechOptions
from tests.engines.f5.conftest import ARCH, write_model
from tests.support.cancellations import Checked
from tests.support.speech_requests import requests_for

SPOKEN = "some call me nature. others call me mother nature, and what do you call me?"
SEED = 5
OPTIONS = SpeechOptions(own=F5Options(nfe_step=4, cfg_strength=0.0))
SENTENCES = (
    "Good morning.",
    "Good morning to all of you.",
    "A word.",
    "To all of you who have come here: good morning!",
)
SCRIPT = "\n\n".join(SENTENCES * 2)
"""Eight chunks of 600 to 900 frames."""


def items_of(model: Model, reference: torch.Tensor, lengths: Sequence[int], **options: Any) -> list[Item]:
    """Items with references, texts, seeds and guidance of their own."""
    return [
        item(
            model, reference[: 40 + 20 * number], list(SPOKEN[: 20 + 9 * number]), frames, seed=number,
            **{"steps": 7, "cfg_strength": 2.0 + number / 3, **options},
        )
        for number, frames in enumerate(lengths)
    ]  # fmt: skip


def mels(model: Model, items: Sequence[Item]) -> list[torch.Tensor]:
    sampling = Sampling(model, items)
    while not sampling.finished:
        sampling.step()
    return [sampling.mel(index) for index in range(len(items))]


def max_difference(ones: Sequence[torch.Tensor], others: Sequence[torch.Tensor]) -> float:
    return max(float((one - other).abs().max()) for one, other in zip(ones, others, strict=True))


@pytest.mark.parametrize("guidance", [{}, {"cfg_strength": 0.0}])
@pytest.mark.parametrize("lengths", [(300, 900), (900, 300, 310, 611, 450), (500, 500, 500)])
def test_batch_matches_single(
    model: Model, reference: torch.Tensor, lengths: Sequence[int], guidance: dict[str, float]
) -> None:
    """Each chunk alone and in a batch of other lengths, up to 3:1, has the same mel within 1e-5."""
    items = items_of(model, reference, lengths, **guidance)
    alone = [mels(model, [each])[0] for each in items]
    assert max_difference(mels(model, items), alone) < 1e-5
    assert min(float(mel.std()) for mel in alone) > 0.1, "a silent model would prove nothing"


@pytest.mark.parametrize(
    "arch",
    [
        {"pe_attn_head": 1, "text_mask_padding": False},
        {"qk_norm": "rms_norm"},
        {"text_embedding_average_upsampling": True},
    ],
    ids=["v0", "qk_norm", "upsampling"],
)
def test_batch_matches_single_in_every_architecture(
    tmp_path: Any, reference: torch.Tensor, arch: dict[str, Any]
) -> None:
    """This holds for the options of older and newer configurations."""
    model = load(Settings.read(write_model(tmp_path, {**ARCH, **arch})), "cpu")
    items = items_of(model, reference, (300, 900, 450))
    assert max_difference(mels(model, items), [mels(model, [each])[0] for each in items]) < 1e-5


def test_upstream_batch_differs_from_single(model: Model, cfm: Any, reference: torch.Tensor) -> None:
    """In upstream's own batch, with its defaults, the shorter of two chunks differs from the chunk alone."""
    assert not ARCH["attn_mask_enabled"]
    texts = [list(SPOKEN), list(SPOKEN[:40])]
    items = [
        item(model, reference[:100], each, frames, steps=7) for each, frames in zip(texts, (900, 300), strict=True)
    ]

    def upstreams(chosen: Sequence[int]) -> list[torch.Tensor]:
        with torch.inference_mode():
            found, _ = cfm.sample(
                cond=reference[None, :100].expand(len(chosen), -1, -1),
                text=[texts[index] for index in chosen],
                duration=torch.tensor([items[index].frames for index in chosen]),
                steps=7,
                cfg_strength=2.0,
                sway_sampling_coef=-1.0,
                seed=0,
            )
        return [mel[100 : items[index].frames] for mel, index in zip(found, chosen, strict=True)]

    alone = [upstreams([index])[0] for index in (0, 1)]
    assert max_difference(upstreams([0, 1]), alone) > 1e-2
    assert max_difference(mels(model, items), alone) < 1e-5


def test_dropped_items_do_not_change_the_others(model: Model, reference: torch.Tensor) -> None:
    """In a batch that shrinks between two steps, even to one, the others match the items alone."""
    items = items_of(model, reference, (900, 300, 450, 310))
    alone = [mels(model, [each])[0] for each in items]
    sampling = Sampling(model, items)
    sampling.step()
    sampling.drop([0])
    sampling.step()
    sampling.step()
    sampling.drop([1])
    sampling.step()
    sampling.drop([0])
    while not sampling.finished:
        sampling.step()
    assert max_difference([sampling.mel(0)], [alone[3]]) < 1e-5


def test_infinite_padding_reaches_no_item(
    model: Model, reference: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An infinite velocity in the padding reaches no item."""
    items = items_of(model, reference, (300, 900))
    own = mels(model, items)
    real = Flow.velocity

    def wild(flow: Flow, x: torch.Tensor, conditions: Conditions, step: Step) -> torch.Tensor:
        velocity = real(flow, x, conditions, step)
        velocity[:, 0, 300:] = torch.inf
        return velocity

    monkeypatch.setattr(Flow, "velocity", wild)
    assert max_difference(mels(model, items), own) == 0


def test_bfloat16_batch_matches_single(tiny_environ: dict[str, str], reference: torch.Tensor) -> None:
    """In bfloat16 a chunk in a batch differs from itself alone by no more than from float32."""
    half, full = (load(Settings.read({**tiny_environ, "F5_DTYPE": dtype}), "cpu") for dtype in ("bfloat16", "float32"))
    items = items_of(half, reference, (300, 900, 450))
    alone, exact = ([mels(model, [each])[0] for each in items] for model in (half, full))
    assert max_difference(mels(half, items), alone) <= 1.5 * max_difference(alone, exact)


def test_bad_item_does_not_change_the_others(model: Model, reference: torch.Tensor) -> None:
    """Of a batch with a reference that holds no numbers, only that item is an error."""
    items = items_of(model, reference, (300, 900, 450))
    broken = [items[0], dataclasses.replace(items[1], reference=items[1].reference * torch.nan), items[2]]
    sampling = Sampling(model, broken)
    while not sampling.finished:
        sampling.step()
    with pytest.raises(EngineError, match="not numbers"):
        sampling.mel(1)
    alone = [mels(model, [each])[0] for each in (items[0], items[2])]
    assert max_difference([sampling.mel(0), sampling.mel(2)], alone) < 1e-5


@pytest.fixture(scope="module")
def batching(tiny_environ: dict[str, str]) -> Iterator[F5Engine]:
    """An engine that computes a few chunks at a time."""
    engine = F5Engine(Settings.read({**tiny_environ, "F5_BATCH_FRAMES": "6000"}))
    yield engine
    engine.close()


def spoken(
    engine: F5Engine,
    script: str = SCRIPT,
    cancellation: Cancellation = NEVER,
    *,
    seed: int = SEED,
    takes: int = 1,
    **options: Any,
) -> list[Samples]:
    own = F5Options(nfe_step=4).model_copy(update={"cfg_strength": options.pop("cfg_strength", 0.0)})
    asked = dataclasses.replace(OPTIONS, own=own, **options)
    voice = engine.default_voice("en")
    chunks = text.chunk(text.tokenize(script, "en"), "en", engine.budget(voice, asked))
    return [piece.samples for piece in engine.speak(requests_for(chunks, seed, takes), voice, asked, cancellation)]


def test_job_alone_always_has_the_same_bytes(batching: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is alone has the same bytes each time, also in batches."""
    sizes: list[int] = []
    real = Flow.velocity

    def counted(flow: Flow, x: torch.Tensor, *given: Any) -> torch.Tensor:
        sizes.append(len(x))
        return real(flow, x, *given)

    monkeypatch.setattr(Flow, "velocity", counted)
    first = spoken(batching)
    assert len(first) > 3
    assert max(sizes) > 1
    for _ in range(2):
        assert [each.tobytes() for each in spoken(batching)] == [each.tobytes() for each in first]


def test_jobs_in_one_batch_match_jobs_alone(batching: F5Engine) -> None:
    """Three jobs at once with texts, seeds and guidance of their own; one more is cancelled, one more is mute."""
    asked: list[dict[str, Any]] = [
        {"script": SCRIPT[18 * number :], "seed": number, "cfg_strength": 1.0 + number, "takes": 1 + number % 2}
        for number in range(3)
    ]
    alone = [spoken(batching, **each) for each in asked]
    checks = iter(range(2))

    def cancel() -> None:
        if next(checks, None) is None:
            raise Cancelled("the job was cancelled")

    with ThreadPoolExecutor(6) as pool:
        cancelled = pool.submit(spoken, batching, SCRIPT, Checked(cancel))
        broken = pool.submit(spoken, batching, SCRIPT, cfg_strength=1e38)
        together = list(pool.map(lambda each: spoken(batching, **each), asked))
        with pytest.raises(Cancelled):
            cancelled.result()
        with pytest.raises(EngineError):
            broken.result()
    for found, expected in zip(together, alone, strict=True):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            # Where a chunk is trimmed its sound decides, to the block of 10 ms.
            assert abs(len(one) - len(other)) <= 480
        whole = [
            np.abs(one - other).max() for one, other in zip(found, expected, strict=True) if len(one) == len(other)
        ]
        assert max(whole) < 1e-3
        assert len(whole) >= len(found) - 1


def test_takes_share_a_batch_and_differ(batching: F5Engine) -> None:
    """Takes in one batch are as far from each other as their seeds; take 0 is the chunk as it is without takes."""
    plain, several = spoken(batching, "Good morning to you."), spoken(batching, "Good morning to you.", takes=3)
    assert len(several) == 3
    assert len(several[0]) == len(plain[0])
    assert np.abs(several[0] - plain[0]).max() < 1e-3
    shortest = min(map(len, several))
    assert all(np.abs(several[0][:shortest] - other[:shortest]).max() > 0.01 for other in several[1:])


def test_two_voices_in_turns_take_as_many_batches_as_one(batching: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their chunks are in common batches, and sound as they do when each voice speaks by itself."""
    batches: list[int] = []
    real = Sampling.__init__

    def counted(sampling: Sampling, model: Model, items: Sequence[Item]) -> None:
        batches.append(len({id(each.reference) for each in items}))
        real(sampling, model, items)

    monkeypatch.setattr(Sampling, "__init__", counted)
    voices = [batching.default_voice("en"), dataclasses.replace(batching.default_voice("en"), sha256="another")]
    chunks = text.chunk(text.tokenize(SCRIPT, "en"), "en", batching.budget(voices[0], OPTIONS))
    request = GenerateInput.model_construct(text=SCRIPT)
    engine_voices = [EngineVoice(batching, voice, OPTIONS, VoiceRequest(request, "f5", SCRIPT)) for voice in voices]

    def heard(speakers: Sequence[EngineVoice]) -> tuple[list[Samples], list[int]]:
        batches.clear()
        lines = [Line(chunk, speakers[chunk.index % len(speakers)]) for chunk in chunks]
        asked = [(line, requests_for([line.chunk], SEED)) for line in lines]
        return [piece.samples for piece in speak(asked, batching.sample_rate, NEVER)], batches[:]

    alone, of_one = heard(engine_voices[:1])
    together, of_two = heard(engine_voices)
    assert len(chunks) > len(of_one) > 1
    assert len(of_two) == len(of_one)
    assert max(of_one) == 1
    assert max(of_two) == 2
    assert [len(each) for each in together] == [len(each) for each in alone]
    assert max(np.abs(one - other).max() for one, other in zip(together, alone, strict=True)) < 1e-3


def test_batch_too_large_for_memory_is_halved(batching: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With memory for two chunks all are spoken, two at a time from then on; with memory for none the job fails."""
    monkeypatch.setattr(batching._scheduler, "budget", 20_000)
    expected = spoken(batching)
    real, room, failed = Flow.velocity, 2, [0]

    def cramped(flow: Flow, x: torch.Tensor, *given: Any) -> torch.Tensor:
        if len(x) > room:
            failed[0] += 1
            raise torch.OutOfMemoryError("GPU 0")
        return real(flow, x, *given)

    monkeypatch.setattr(Flow, "velocity", cramped)
    found = spoken(batching)
    assert [len(each) for each in found] == [len(each) for each in expected]
    assert failed[0]
    once = failed[0]
    spoken(batching)
    assert failed[0] == once
    room = 0
    with pytest.raises(OutOfMemory, match="send the job again") as caught:
        spoken(batching)
    assert caught.value.refresh_worker


@pytest.mark.parametrize("seed", range(3))
def test_random_jobs_match_jobs_alone(batching: F5Engine, seed: int) -> None:
    """Whatever other jobs come, go and break, a job sounds as it does alone."""
    draw = random.Random(seed)
    scripts = ["\n\n".join(draw.choices(SENTENCES, k=draw.choice((1, 2, 4)))) for _ in range(5)]
    alone = [spoken(batching, script, seed=number) for number, script in enumerate(scripts)]

    def run(number: int) -> list[Samples]:
        fate = random.Random(10 * seed + number)
        voice = batching.default_voice("en")
        chunks = text.chunk(text.tokenize(scripts[number], "en"), "en", batching.budget(voice, OPTIONS))
        stops = fate.choice((None, None, 0, 1))
        speaking = batching.speak(requests_for(chunks, number), voice, OPTIONS)
        return [piece.samples for piece, _ in zip(speaking, range(stops or len(chunks)), strict=False)]

    with ThreadPoolExecutor(5) as pool:
        for number, found in enumerate(pool.map(run, range(5))):
            assert found
            for one, other in zip(found, alone[number], strict=False):
                assert abs(len(one) - len(other)) <= 480
                assert len(one) != len(other) or np.abs(one - other).max() < 1e-3
