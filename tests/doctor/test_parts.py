"""Checks of the engine, the aligners and the fonts."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.app import make_services
from handler.doctor import FAILURE, OK, WARNING, parts
from handler.protocols import Services
from tests.doctor.conftest import states
from tests.support.stub_backends import with_settings


def test_unusable_engine_is_a_failure(f5: Services) -> None:
    """A setting without a model and a missing configuration are failures."""
    assert states(parts.engines(f5)) == {"engine f5": OK}
    for changes in ({"f5_ckpt_file": "hf://nobody"}, {"f5_model": "F5TTS_v9"}):
        services = make_services(f5.settings.model_copy(update=changes))
        assert states(parts.engines(services)) == {"engine f5": OK, "engine f5 files": FAILURE}
        assert states(parts.engines(with_settings(services, engines=("espeak", "f5")))) == {
            "engine espeak": OK, "engine f5": OK, "engine f5 files": WARNING,
        }  # fmt: skip
    assert states(parts.model_files(with_settings(f5, f5_ckpt_file="hf://nobody"))) == {}


def test_aligners_are_checked_with_their_languages(
    f5: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing files or credentials are warnings; a deep check starts the aligners for each of LANGUAGES."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where gcloud leaves credentials
    assert states(parts.aligners(f5)) == {"aligner sphinx": OK}
    (check,) = parts.aligners(f5, deep=True)
    assert check.finding == "ready, for en of LANGUAGES"
    (check,) = parts.aligners(with_settings(f5, languages=("zh",)), deep=True)
    assert check.state == WARNING
    found = states(parts.aligners(with_settings(f5, aligners=("google",), google_credentials_json=None)))
    assert found == {"aligner google": WARNING, "aligners": WARNING}
    *_, check = parts.aligners(with_settings(f5, aligners=("best", "sphinx")))
    assert (check.name, check.state) == ("aligner best", WARNING)
    assert check.finding == "it needs two aligners that are ready, and only sphinx is"


def test_shipped_font_is_ok(services: Services) -> None:
    """The shipped font exists and can be read."""
    assert states(parts.fonts(services)) == {"fonts": OK}


def test_marks_are_checked(services: Services) -> None:
    """A mark that cannot be made is a failure, with what is missing; none at all is said."""
    assert states(parts.marks(services)) == {"mark metadata": OK}
    (check,) = parts.marks(with_settings(services, ai_mark=()))
    assert check.finding.startswith("AI_MARK is none")
    lacking = make_services(services.settings.model_copy(update={"ai_mark": ("metadata", "c2pa")}))
    found = {check.name: check for check in parts.marks(lacking)}
    assert (found["mark metadata"].state, found["mark c2pa"].state) == (OK, FAILURE)
    assert "C2PA_CERT is not set" in found["mark c2pa"].finding
