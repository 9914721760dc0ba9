"""The transformer speaks on every processor, whichever of torch's private operators it has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from handler.engines.f5 import flow
from handler.engines.f5.loading import has_native_bfloat16, load
from handler.settings import Settings
from tests.support.sampling import sample

ROOT = Path(__file__).parents[3]
TEXT = list("spoken with another operator")

SPEAK = """
import json, sys, torch
from handler.engines.f5.flow import has_fused_linear
from handler.engines.f5.loading import has_native_bfloat16, load
from handler.settings import Settings
from tests.support.sampling import sample

half = load(Settings.read(json.loads(sys.argv[1])), "cpu")
mel = sample(half, torch.zeros(60, 100), list("spoken"), 200, steps=4)
print(json.dumps([has_fused_linear(torch.bfloat16), has_native_bfloat16(), bool(mel.isfinite().all())]))
"""


@pytest.fixture
def _fresh_probe() -> Iterator[None]:
    flow.has_fused_linear.cache_clear()
    yield
    flow.has_fused_linear.cache_clear()


@pytest.mark.parametrize("isa", ["AVX2", "SSE41"])
def test_bfloat16_speaks_without_instructions_for_it(tiny_environ: dict[str, str], isa: str) -> None:
    """Where oneDNN has no bfloat16, as on processors without AVX-512 and AMX, torch's usual operator does the work."""
    environ = os.environ | {"ONEDNN_MAX_CPU_ISA": isa, "PYTHONPATH": str(ROOT)}
    settings = json.dumps({**tiny_environ, "F5_DTYPE": "bfloat16"})
    told = subprocess.run([sys.executable, "-c", SPEAK, settings], env=environ, stdout=subprocess.PIPE, check=True)
    assert json.loads(told.stdout.splitlines()[-1]) == [False, False, True]


@pytest.mark.parametrize("error", [RuntimeError("could not create a primitive descriptor"), AttributeError("no such")])
@pytest.mark.usefixtures("_fresh_probe")
def test_missing_operator_is_replaced(
    tiny_environ: dict[str, str], reference: torch.Tensor, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The operator is tried once, at the load; without it the same is spoken."""
    settings = Settings.read({**tiny_environ, "F5_DTYPE": "float32"})
    expected = sample(load(settings, "cpu"), reference, TEXT, 300, steps=4)
    tried = []

    def missing(*_: Any, **__: Any) -> torch.Tensor:
        tried.append(True)
        raise error

    flow.has_fused_linear.cache_clear()
    monkeypatch.setattr(flow, "_fused_linear", missing)
    model = load(settings, "cpu")
    assert len(tried) == 1
    assert (sample(model, reference, TEXT, 300, steps=4) - expected).abs().max() < 1e-4
    assert len(tried) == 1
    assert not has_native_bfloat16()


def test_float16_speaks_on_a_processor(tiny_environ: dict[str, str], reference: torch.Tensor) -> None:
    """F5_DTYPE=float16 without a GPU gives the same speech within a hundredth of its spread."""
    half, full = (load(Settings.read({**tiny_environ, "F5_DTYPE": dtype}), "cpu") for dtype in ("float16", "float32"))
    found, exact = (sample(each, reference, TEXT, 300, steps=4) for each in (half, full))
    assert (found - exact).pow(2).mean().sqrt() < 0.01 * exact.std()
