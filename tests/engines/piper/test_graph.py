"""The edit of a model's bytes, on the real voice of the wheel."""

from __future__ import annotations

import pytest

from handler.engines.piper import files, graph
from handler.errors import ConfigError
from handler.settings import Settings


@pytest.fixture(scope="module")
def model() -> bytes:
    return files.find(Settings.read({}), files.WHEEL_VOICE).model.read_bytes()


def test_nothing_but_the_edit_changes(model: bytes) -> None:
    """The file grows by a few fields only, and its weights stay as they are."""
    edited = graph.edited(model)
    assert abs(len(edited) - len(model)) < 2000
    assert model[len(model) // 2 : len(model) // 2 + 100_000] in edited


@pytest.mark.parametrize("size", [0, 1, 1000, -1])
def test_a_cut_off_file_is_refused(model: bytes, size: int) -> None:
    """A file of which a part is missing is a ConfigError, as is one that was edited already."""
    with pytest.raises(ConfigError, match="no whole Piper voice"):
        graph.edited(model[:size])


def test_an_edited_file_is_refused(model: bytes) -> None:
    """A graph without random nodes is not edited again."""
    with pytest.raises(ConfigError, match="no whole Piper voice"):
        graph.edited(graph.edited(model))
