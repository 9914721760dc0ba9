"""The batch loop of `pocket`: upstream's own samples, and rows that do not depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from handler.engines.pocket import files, loading, sampler
from handler.engines.pocket.loading import Model
from handler.engines.pocket.sampler import Drawing, Item, Sampling
from handler.engines.scheduler import Scheduler
from handler.errors import EngineError, OutOfMemory
from handler.settings import Settings
from handler.types import Samples
from tests.support import tiny_pocket
from tests.support.batches import in_batch

CLIP: Samples = (np.random.default_rng(0).standard_normal(48_000) * 0.1).astype(np.float32)
SHORT, LONG = "Hello there, my friend.", "And a much longer text than this one was, with many more words in it."
THRESHOLD = 0.3
WIDTH = 4


def load(folder: Path) -> Model:
    return loading.load(files.find(Settings.read({"POCKET_DIR": str(folder)})), "cpu")


@pytest.fixture(scope="module")
def model(tiny: Path) -> Model:
    return load(tiny)


def item_of(
    model: Model,
    text: str = SHORT,
    seed: int = 1,
    temperature: float = 0.3,
    noise_clamp: float | None = None,
    eos_threshold: float = THRESHOLD,
    decode_steps: int = 1,
    clip: Samples = CLIP,
) -> Item:
    voice = loading.voice_state(model, loading.conditionals(model, clip))
    drawing = Drawing(temperature, noise_clamp, eos_threshold)
    return sampler.item(voice, model.prepare(text), drawing, seed, decode_steps)


def spoken(model: Model, items: Sequence[Item]) -> list[Samples]:
    """The speech of a batch, each row taken as soon as it is ready, as the scheduler does."""
    return in_batch(Sampling(model, items), len(items))


def upstream_speech(model: Model, text: str, seed: int, **settings: Any) -> Samples:
    """What upstream's own loop says, in the voice of the same clip."""
    network = model.network
    state = network.get_state_for_audio_prompt(torch.from_numpy(CLIP)[None])
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        for name, value in settings.items():
            patch.setattr(network, name, value)
        torch.manual_seed(seed)
        samples: Samples = network.generate_audio(state, text, max_tokens=1000).numpy()
    return samples


@pytest.mark.parametrize("text", [SHORT, LONG])
@pytest.mark.parametrize("width", [1, WIDTH])
@pytest.mark.parametrize(
    ("own", "settings"),
    [
        ({}, {}),
        ({"seed": 2}, {}),
        ({"temperature": 0.0}, {"temp": 0.0}),
        ({"temperature": 1.0, "noise_clamp": 0.5}, {"temp": 1.0, "noise_clamp": 0.5}),
        ({"decode_steps": 3}, {"sampler_decode_steps": 3}),
        ({"eos_threshold": 100.0}, {"eos_threshold": 100.0}),
    ],
)
def test_samples_are_those_of_upstream(
    text: str, width: int, own: dict[str, Any], settings: dict[str, Any], model: Model
) -> None:
    """With upstream's seed and settings both say the same, and end after the same frame, or at the longest length."""
    expected = upstream_speech(model, text, own.get("seed", 1), **settings)
    (speech,) = spoken(replace(model, width=width), [item_of(model, text, **own)])
    np.testing.assert_allclose(speech, expected, atol=1e-6)


SHAPES: dict[str, dict[str, Any]] = {
    "shared keys": {"transformer": {"num_heads": 4, "num_kv_heads": 2, "attn_dim": 48}},
    "narrow head": {"z_dim": 24},
    "no voice mark": {"insert_bos_before_voice": False},
    "drifting": {"flow": {"depth": 1, "dim": 16, "type": "drifting"}},
    "pointwise": {"flow": {"depth": 1, "dim": 16, "type": "pointwise"}},
    "flow matching": {"flow": {"depth": 1, "dim": 16, "type": "flow_matching"}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_models_of_other_shapes_are_those_of_upstream(shape: str, tmp_path: Path) -> None:
    """Upstream's smaller models, and its other ways from noise to sound, are spoken as upstream speaks them."""
    model = load(tiny_pocket.make(tmp_path, **SHAPES[shape]))
    (speech,) = spoken(replace(model, width=WIDTH), [item_of(model, LONG)])
    np.testing.assert_allclose(speech, upstream_speech(model, LONG, 1), atol=1e-6)


TEXTS = ("Hello there", "one; two; three; four; five", "it\u2019s so, yes, really,", "one here. two there! three")


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_prepared_as_upstream_does(text: str, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Capital, final mark, replaced characters, padding and frames after the end are those of the configuration."""
    settings: list[dict[str, Any]] = [
        {"append_terminal_punctuation": False, "capitalize_first_letter": False},
        {"pad_with_spaces_for_short_inputs": True, "model_recommended_frames_after_eos": 7},
        {"remove_semicolons": True, "replace_characters": {"\u2019": "'", "?": "."}},
    ]
    for each in settings:
        with monkeypatch.context() as patch:
            for name, value in each.items():
                patch.setattr(model.network, name, value)
            (speech,) = spoken(model, [item_of(model, text)])
            np.testing.assert_allclose(speech, upstream_speech(model, text, 1), atol=1e-6)


def test_row_is_exact_in_any_company(model: Model) -> None:
    """A row has the same samples alone and beside rows of other lengths, voices, options and ends, to the bit."""
    model = replace(model, width=WIDTH)
    items = [
        item_of(model),
        item_of(model, LONG, 2, temperature=1.0),
        item_of(model, SHORT, 3, clip=CLIP[:30_000]),
        item_of(model, "Well.", 4, noise_clamp=0.3, eos_threshold=100.0),
    ]
    items = [replace(each, schedule=max(other.schedule for other in items)) for each in items]
    alone = [spoken(model, [each])[0] for each in items]
    assert len({len(speech) for speech in alone}) > 2
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0]):
        together = spoken(model, [items[index] for index in order])
        assert all(np.array_equal(one, alone[index]) for one, index in zip(together, order, strict=True))


@pytest.mark.parametrize("steps", [1, 5, 14, 16])
def test_dropped_row_leaves_the_others_alone(steps: int, model: Model) -> None:
    """A row that is cancelled, before or after its text is read or a piece of it is decoded, changes no other."""
    model = replace(model, width=WIDTH)
    items = [item_of(model, seed=seed) for seed in range(3)]
    (expected,) = spoken(model, items[1:2])
    batch = Sampling(model, items)
    for _ in range(steps):
        batch.step()
    batch.drop([0, 2])
    while not batch.finished:
        batch.step()
        assert all(row in batch._rows for row in batch._unread)
    assert np.array_equal(batch.result(0), expected)


def test_row_that_fills_its_cache_harms_no_other(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that has spoken its last frame stands behind its last position, while the others go on."""
    model = replace(model, width=2)
    full = item_of(model, eos_threshold=1000)
    length = full.voice[0].shape[1] + len(full.text.tokens) + full.max_frames
    monkeypatch.setattr(sampler, "CAPACITY_STEP", length)
    full = item_of(model, eos_threshold=1000)
    longer = item_of(model, f"{SHORT} {SHORT}", eos_threshold=1000, clip=CLIP[: len(CLIP) // 4])
    assert longer.max_frames > full.max_frames
    pair = [replace(each, schedule=full.schedule) for each in (full, longer)]
    alone, beside = spoken(model, pair[1:]), spoken(model, pair)[1:]
    np.testing.assert_array_equal(beside, alone)


def test_jobs_of_a_scheduler_are_as_each_alone(model: Model) -> None:
    """Jobs that share the scheduler's batches get what each gets alone; a cancelled one ends, the others go on."""
    from handler.cancellation import NEVER

    model = replace(model, width=WIDTH)
    items = [item_of(model, LONG, seed, eos_threshold=100.0) for seed in range(6)]
    expected = [spoken(model, [each])[0] for each in items]
    scheduler: Scheduler[Item, Samples] = Scheduler(lambda items: Sampling(model, items), WIDTH)
    try:
        jobs = [scheduler.submit([first, second]) for first, second in zip(items[::2], items[1::2], strict=True)]
        scheduler.cancel(jobs[1])
        for job, (first, second) in ((jobs[0], expected[:2]), (jobs[2], expected[4:])):
            assert np.array_equal(job.next(NEVER), first)
            assert np.array_equal(job.next(NEVER), second)
    finally:
        scheduler.close()
        scheduler.join()


def test_no_step_is_long(model: Model) -> None:
    """A step decodes at most a few frames, and nothing is left to decode when a row is ready."""
    batch = Sampling(model, [item_of(model, LONG, eos_threshold=100.0)])
    lengths = []
    while not batch.finished:
        before = len(batch._rows[0].pieces)
        batch.step()
        lengths += [len(piece) for piece in batch._rows[0].pieces[before:]]
    assert max(lengths) == sampler.PIECE_FRAMES * 1920
    assert sum(lengths) == len(batch.result(0))


def test_too_long_a_chunk_is_refused(model: Model) -> None:
    """A chunk that the caches have no room for is an error that another try does not mend."""
    with pytest.raises(EngineError, match="longer than the model can hold") as caught:
        item_of(model, "a" * 3000)
    assert not caught.value.retryable


def test_too_little_memory_is_said(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that does not suffice is OutOfMemory, wherever a step needs it."""

    def too_little(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError

    for owner, name in ((Sampling, "_read"), (Sampling, "_speak"), (Sampling, "_decode")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, too_little)
            with pytest.raises(OutOfMemory):
                spoken(model, [item_of(model)])
