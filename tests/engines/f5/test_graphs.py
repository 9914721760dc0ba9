"""Graphs without a GPU: everything but the capturing, which a plain call on the same memory stands in for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from handler.engines.f5 import graphs as module
from handler.engines.f5.graphs import Graphs
from handler.engines.f5.loading import Model
from handler.engines.f5.sampler import Item, Sampling, item
from tests.engines.f5.test_batches import SPOKEN, company, furthest, mels

Function = Callable[[], Tensor]


class Recorder:
    """Stands in for CUDA: a replay writes to the memory that the first run has given, as a graph does."""

    def __init__(self) -> None:
        self.captured = 0

    def __call__(self, function: Function) -> Function:
        self.captured += 1
        out = function().clone()

        def replay() -> Tensor:
            return out.copy_(function())

        return replay


def test_graphs_give_what_the_flow_gives(model: Model, reference: Tensor) -> None:
    """Padded to few lengths, batches of all kinds have the mels that they have without graphs."""
    graphs = Graphs(model.flow, capture := Recorder())
    plain = {"cfg_strength": 0.0}
    for lengths, guidance in (((300,), {}), ((300,), plain), ((300, 700), {}), ((384, 384), plain), ((128, 130), {})):
        items = company(model, reference[:60], lengths, **guidance)
        assert furthest(mels(model, items, velocity=graphs.velocity), mels(model, items)) < 1e-5
    assert capture.captured == 5


def test_lengths_share_graphs(model: Model, reference: Tensor) -> None:
    """Neighbouring lengths and other steps are the same graph."""
    graphs = Graphs(model.flow, capture := Recorder())
    for frames, steps in ((290, 5), (300, 7), (384, 5)):
        mels(model, company(model, reference, (frames,), steps=steps), velocity=graphs.velocity)
    assert capture.captured == 1


def one(model: Model, reference: Tensor, frames: int, seed: int) -> Item:
    return item(model, reference[:60], list(SPOKEN), frames, steps=5, seed=seed)


def test_batches_of_one_shape_take_turns(model: Model, reference: Tensor) -> None:
    """Two batches of one graph, computed by turns as when one interrupts the other, do not mix."""
    graphs = Graphs(model.flow, capture := Recorder())
    items = [one(model, reference, frames, seed) for seed, frames in enumerate((300, 260))]
    alone = [mels(model, [each])[0] for each in items]
    batches = [Sampling(model, [each], graphs.velocity) for each in items]
    for _ in range(5):
        for batch in batches:
            batch.step()
    assert furthest([batch.mel(0) for batch in batches], alone) < 1e-5
    assert capture.captured == 1


def test_what_was_no_number_is_not_left_in_a_graph(model: Model, reference: Tensor) -> None:
    """After a batch of NaN a shorter one in the same graph has its own sound."""
    graphs = Graphs(model.flow, Recorder())
    for broken in (300, 384):
        sampling = Sampling(model, [one(model, reference * torch.nan, broken, 0)], graphs.velocity)
        while not sampling.done:
            sampling.step()
        item_ = one(model, reference, 260, 1)
        assert furthest(mels(model, [item_], velocity=graphs.velocity), mels(model, [item_])) < 1e-5


def test_an_error_switches_graphs_off(model: Model, reference: Tensor, caplog: pytest.LogCaptureFixture) -> None:
    """A driver that cannot capture costs a warning; the batch is computed without, and nothing is tried again."""
    tried: list[int] = []

    def broken(_: Function) -> Function:
        tried.append(1)
        raise RuntimeError("capture failed")

    items = company(model, reference, (300, 450))
    assert furthest(mels(model, items, velocity=Graphs(model.flow, broken).velocity), mels(model, items)) == 0
    assert len(tried) == 1
    assert "switched off" in caplog.text


def test_graphs_are_bounded_and_for_small_batches(
    model: Model, reference: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest unused graph goes when there are too many, and a batch that is large has none."""
    monkeypatch.setattr(module, "KEPT", 2)
    monkeypatch.setattr(module, "LARGEST", 900)
    graphs = Graphs(model.flow, capture := Recorder())

    def speak(frames: Sequence[int]) -> int:
        before = capture.captured
        mels(model, company(model, reference, frames), velocity=graphs.velocity)
        return capture.captured - before

    assert [speak((frames,)) for frames in (200, 300, 200, 500, 200, 300)] == [1, 1, 0, 1, 0, 1]
    assert speak((200, 500)) == 0


def test_the_start_makes_graphs_of_single_chunks(
    model: Model, reference: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What first chunks need is there after the start, as far as its time goes."""
    graphs = Graphs(model.flow, capture := Recorder())
    graphs.warm(600)
    assert capture.captured == 5
    mels(model, [one(model, reference, 600, 0)], velocity=graphs.velocity)
    assert capture.captured == 5
    monkeypatch.setattr(module, "WARM_SECONDS", -1.0)
    Graphs(model.flow, late := Recorder()).warm(600)
    assert late.captured == 0


def test_there_are_none_on_a_cpu(model: Model) -> None:
    """The setting does nothing where there is no GPU."""
    assert Graphs.of(model.flow, torch.device("cpu")) is None
