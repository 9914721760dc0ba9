"""The batch loop of `qwen3`: upstream's own decoding, and rows that do not depend on each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from handler.engines.qwen3 import drawing, loading
from handler.engines.qwen3.drawing import Drawing, Drawings
from handler.engines.qwen3.imports import upstream
from handler.engines.qwen3.loading import Model
from handler.engines.qwen3.prompt import Request, Said
from handler.engines.qwen3.sampler import Item, Sampling, Spoken
from handler.settings import Settings
from handler.types import Samples
from tests.support import tiny_qwen3
from tests.support.batches import in_batch

CLIP: Samples = (np.random.default_rng(0).standard_normal(48_000) * 0.1).astype(np.float32)
TRANSCRIPT = "Some call me nature."
SHORT, LONG = "Hello there.", "And a much longer text than this one was, with many more words in it."
DRAWING = Drawing(0.9, 50, 1.0)
FRAMES = 12
WIDTH = 4


def model_in(folder: Path, kind: str) -> Model:
    folder.mkdir()
    tiny_qwen3.make(folder, kind)
    environ = {"QWEN3_MODEL": f"{kind.replace('_', '-')}-1.7b", "QWEN3_DIR": str(folder)}
    return loading.load(Settings.read(environ), "cpu")


def clone(model: Model, *, transcript: bool = True) -> Request:
    voice = loading.clone(model, loading.conditionals(model, CLIP), transcript=transcript)
    return Request(SHORT, "english", clone=voice, transcript=TRANSCRIPT)


def spoken(model: Model, items: list[Item]) -> list[Samples]:
    return [result.samples for result in results(model, items)]


def results(model: Model, items: list[Item]) -> list[Spoken]:
    """The speech of a batch, each row taken as soon as it is ready, as the scheduler does."""
    return in_batch(Sampling(model, items), len(items))


GREEDY: dict[str, Any] = {"do_sample": False, "subtalker_dosample": False, "max_new_tokens": FRAMES + 1}


def _cases(kind: str, model: Model, own: Any) -> list[tuple[Samples, Request]]:
    """Upstream's speech, and the request that is to give the same."""
    if kind == "base":
        cases = []
        for transcript in (True, False):
            voice = own.create_voice_clone_prompt((CLIP, 24_000), TRANSCRIPT, x_vector_only_mode=not transcript)
            for text in (SHORT, LONG):
                speech = own.generate_voice_clone(text, language="english", voice_clone_prompt=voice, **GREEDY)
                cases.append((speech[0][0], replace(clone(model, transcript=transcript), text=text)))
        return cases
    if kind == "custom_voice":
        asked = [Request(SHORT, "english", "ryan"), Request(LONG, "auto", "dylan", "Very happy.")]
        asked.append(Request(SHORT, "chinese", "dylan"))
        of = own.generate_custom_voice
    else:
        asked = [Request(SHORT, "auto", None, "An old man."), Request(LONG, "german", None, "A child.")]
        of = own.generate_voice_design
    speakers = [{"speaker": each.speaker} if each.speaker else {} for each in asked]
    return [
        (of(each.text, language=each.language, instruct=each.instruct, **speaker, **GREEDY)[0][0], each)
        for each, speaker in zip(asked, speakers, strict=True)
    ]


@pytest.mark.parametrize("kind", ["base", "custom_voice", "voice_design"])
def test_likeliest_codes_are_those_of_upstream(kind: str, tmp_path: Path) -> None:
    """Prompt, positions, penalties and decoding are upstream's: without chance both speak the same samples."""
    model = model_in(tmp_path / kind, kind)
    own = upstream().Qwen3TTSModel.from_pretrained(
        str(tmp_path / kind), dtype=torch.float32, attn_implementation="sdpa"
    )
    cases = _cases(kind, model, own)
    model = replace(model, width=WIDTH, defaults=model.defaults | {"subtalker_top_k": 1})
    for expected, request in cases:
        (speech,) = spoken(model, [Item(request, Drawing(0.9, 1, 1.0), 0, FRAMES)])
        np.testing.assert_allclose(speech, expected, atol=1e-6)


def test_speech_that_goes_on_is_that_of_the_whole_text(tmp_path: Path) -> None:
    """After the codes of a text's beginning the rest has the codes and sound that it has in the text as a whole."""
    model = model_in(tmp_path / "design", "voice_design")
    model = replace(model, width=WIDTH, defaults=model.defaults | {"subtalker_top_k": 1, "repetition_penalty": 1.0})
    likeliest, asked = Drawing(0.9, 1, 1.0), Request(f"{SHORT} {LONG}", "english", None, "A child.")
    (whole,) = results(model, [Item(asked, likeliest, 0, FRAMES)])
    begun = replace(asked, text=LONG, said=Said(SHORT, whole.codes[:5]))
    (rest,) = results(model, [Item(begun, likeliest, 0, FRAMES - 5)])
    assert torch.equal(rest.codes, whole.codes[5:])
    np.testing.assert_allclose(rest.samples, whole.samples[5 * model.samples_per_frame :], atol=1e-6)


class Followed:
    """Draws that are recorded in upstream, and followed in ours, where each has to be as likely as there."""

    def __init__(self) -> None:
        self._generator = torch.Generator().manual_seed(0)
        self._made: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.compared = 0

    def record(self, probabilities: torch.Tensor, num_samples: int) -> torch.Tensor:
        assert num_samples == 1
        code = REAL_MULTINOMIAL(probabilities, 1, generator=self._generator)
        self._made.append((probabilities[0].clone(), code[0, 0]))
        return code

    def follow(self, scores: torch.Tensor, drawings: Drawings, _: torch.Tensor) -> torch.Tensor:
        expected, code = self._made[self.compared]
        shares, codes = drawing.shares(scores, drawings)
        found = torch.zeros_like(expected).scatter(0, codes[0], (shares[0] / shares[0].sum()).float())
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
        self.compared += 1
        return code.repeat(len(scores))


REAL_MULTINOMIAL = torch.multinomial


@pytest.mark.parametrize("own", [Drawing(0.9, 50, 1.0), Drawing(0.6, 7, 0.8), Drawing(2.0, 1000, 0.5)])
def test_codes_are_as_likely_as_in_upstream(own: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Along the codes that upstream drew, each code of a frame has its probability there, in all code groups."""
    model = model_in(tmp_path / "design", "voice_design")
    other = upstream().Qwen3TTSModel.from_pretrained(str(tmp_path / "design"), attn_implementation="sdpa")
    draws = Followed()
    with monkeypatch.context() as patched:
        patched.setattr(torch, "multinomial", draws.record)
        given = own._asdict() | {"repetition_penalty": 1.5, "max_new_tokens": FRAMES + 1}
        (expected,), _ = other.generate_voice_design(LONG, language="english", instruct="A child.", **given)
    monkeypatch.setattr(drawing, "draw", draws.follow)
    model = replace(model, width=WIDTH, defaults=model.defaults | {"repetition_penalty": 1.5})
    (speech,) = spoken(model, [Item(Request(LONG, "english", None, "A child."), own, 0, FRAMES)])
    assert draws.compared >= tiny_qwen3.TINY.groups * 2
    np.testing.assert_allclose(speech, expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_row_is_exact_in_any_company(dtype: torch.dtype, tmp_path: Path) -> None:
    """A row has the same samples alone and beside rows of other lengths, voices, options and ends, to the bit."""
    model = model_in(tmp_path / "base", "base")
    model.network.to(dtype)
    model = replace(model, width=WIDTH)
    requests = [clone(model), replace(clone(model), text=LONG), clone(model, transcript=False), clone(model)]
    drawings = [DRAWING, Drawing(0.5, 10, 0.9), DRAWING, Drawing(2.0, 50, 1.0)]
    items = [
        Item(request, drawing, seed, frames)
        for seed, (request, drawing, frames) in enumerate(zip(requests, drawings, (FRAMES, 4, 20, 9), strict=True))
    ]
    alone = [spoken(model, [item])[0] for item in items]
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0]):
        together = spoken(model, [items[index] for index in order])
        assert all(np.array_equal(one, alone[index]) for one, index in zip(together, order, strict=True))


def test_dropped_row_leaves_the_others_alone(tmp_path: Path) -> None:
    """A row that is cancelled, before or after its prompt is read, changes nothing in the others."""
    model = replace(model_in(tmp_path / "design", "voice_design"), width=WIDTH)
    request = Request(SHORT, "english", None, "An old man.")
    items = [Item(request, DRAWING, seed, FRAMES) for seed in range(3)]
    (expected,) = spoken(model, items[2:])
    for steps in (1, 5):
        batch = Sampling(model, items)
        for _ in range(steps):
            batch.step()
        index = next(index for index, row in enumerate(batch._rows) if row.item is items[2])
        batch.drop([each for each in range(len(batch._rows)) if each != index])
        while not batch.finished:
            batch.step()
        assert np.array_equal(batch.result(0).samples, expected)
