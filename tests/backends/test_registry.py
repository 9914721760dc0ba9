"""A backend is created once, checked before, and skipped with a reason; test_adding.py adds one of each kind."""

from __future__ import annotations

from typing import Any

import pytest

from handler.backends import Backend, Registry
from handler.errors import Cancelled, ConfigError, OutOfMemory
from handler.settings import Settings


class RulerAligner:
    """As much of an aligner as a registry asks for."""

    def __init__(self, _: Settings) -> None:
        pass

    def speaks(self, language: str) -> bool:
        return language == "en"


def registry(**backends: Backend[Any]) -> Registry[Any]:
    return Registry("aligner", backends, Settings.read({}))


def refuse(_: Settings) -> Any:
    raise ConfigError("no weights")


def crash(_: Settings) -> Any:
    raise OSError("the disk is gone")


def test_backend_is_created_once_when_first_used() -> None:
    """`get` creates the backend once; `loaded` and `problem` create nothing."""
    created: list[Settings] = []

    def create(settings: Settings) -> RulerAligner:
        created.append(settings)
        return RulerAligner(settings)

    aligners = registry(ruler=Backend(create))
    assert (aligners.problem("ruler"), aligners.missing_files("ruler"), aligners.loaded("ruler")) == (None, None, None)
    assert not created
    assert aligners.get("ruler") is aligners.get("ruler") is aligners.loaded("ruler")
    assert len(created) == 1


def test_problem_names_the_remedy() -> None:
    """An unknown name gets a suggestion; a missing library is named with the usable backends."""
    aligners = registry(absent=Backend(refuse, requires=("a_library_nobody_has",)), ruler=Backend(RulerAligner))
    assert aligners.problem("rule") == "there is no aligner rule in this version; did you mean ruler?"
    problem = aligners.problem("absent") or ""
    assert problem.startswith("the aligner absent needs a_library_nobody_has, not installed here; ")
    assert problem.endswith(", or use ruler")
    with pytest.raises(ConfigError, match="a_library_nobody_has"):
        aligners.get("absent")


def test_usable_skips_unusable_backends_with_reasons(caplog: pytest.LogCaptureFixture) -> None:
    """Unknown, missing or failing backends and those without the language are skipped, each with a reason."""
    aligners = registry(
        absent=Backend(refuse, requires=("a_library_nobody_has",)),
        refused=Backend(refuse),
        crashed=Backend(crash),
        ruler=Backend(RulerAligner),
    )
    names = ["unknown", "absent", "refused", "crashed", "ruler"]
    usable = aligners.usable(names, "en")
    assert [name for name, _ in usable] == ["ruler"]
    assert list(usable.skipped) == names[:-1]
    assert "cannot be started (OSError)" in str(usable.skipped["crashed"])
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 4
    assert list(aligners.usable(["ruler"], "fr")) == []


def test_cancellation_ends_the_search_for_a_backend() -> None:
    """A cancellation is raised and does not skip to the next backend."""
    usable = registry(ruler=Backend(RulerAligner)).usable()
    with pytest.raises(Cancelled):
        usable.skip("ruler", Cancelled("the job was cancelled"))
    assert not usable.skipped


def exhaust(_: Settings) -> Any:
    raise MemoryError


def test_shortage_of_memory_is_no_wrong_setting() -> None:
    """A backend that does not fit now may fit later: the error says so, and may be tried again."""
    with pytest.raises(OutOfMemory, match="too little memory for the aligner big now"):
        registry(big=Backend(exhaust)).get("big")


def test_files_of_a_wrong_setting_are_described() -> None:
    """A setting that names no files is what is missing, for `status` and the start alike."""
    assert registry(wrong=Backend(crash, missing_files=refuse)).missing_files("wrong") == "no weights"
