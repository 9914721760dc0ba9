"""What the worker replaces and uses of the pinned SDK is still there, as it expects it."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
import runpod

from handler.sdk.patches import PATCHES, USED, Patch


def find(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_replaced_names_are_as_expected(patch: Patch) -> None:
    """Each replaced name exists with its signature, and ours takes the same arguments."""
    original = find(patch.module, patch.name)
    assert str(inspect.signature(original)) == patch.signature
    ours = find(*patch.replacement)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(original).parameters)
    assert all(fault and sign for fault, sign in patch.faults)


@pytest.mark.parametrize("name", USED, ids=".".join)
def test_used_names_are_as_expected(name: tuple[str, str]) -> None:
    """Each function of the SDK that ours call or override exists with its signature."""
    assert str(inspect.signature(find(*name))) == USED[name]


def test_sdk_looks_up_what_is_replaced() -> None:
    """The SDK's start makes its loop by the name that is replaced, when it is called."""
    from runpod.serverless import worker

    assert "rp_scale.JobScaler(config)" in inspect.getsource(worker.run_worker)
    assert runpod.__version__.startswith("1.")
