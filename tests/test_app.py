"""Settings become services: the store that they name, and no name that no table has."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from handler.app import make_services, needed_models
from handler.engines import ENGINES
from handler.errors import ConfigError
from handler.settings import Settings
from handler.speakers import SPEAKERS
from handler.storage.local_store import LocalStore
from s3_utils import S3Store


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"ALIGNERS": "engine,wisperx"}, "ALIGNERS has 'wisperx'; did you mean whisperx?"),
        ({"TTS_ENGINE": "espeek"}, "ENGINES has 'espeek'; did you mean espeak?"),
        ({"ENGINES": "f5,none"}, f"ENGINES has 'none'; known are {', '.join(ENGINES)}"),
    ],
)
def test_unknown_backend_in_the_settings_is_refused(environ: dict[str, str], message: str) -> None:
    """A misspelled engine or aligner is a config error that names the variable and a known name."""
    with pytest.raises(ConfigError) as caught:
        make_services(Settings.read(environ))
    assert caught.value.message.startswith(message)


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAVISIBLE", "AWS_SECRET_ACCESS_KEY": "do-not-show-me"}


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_one_key_of_the_pair_is_a_config_error(missing: str) -> None:
    """One of the two keys alone is a config error that names the other."""
    environ = {"S3_BUCKET": "bucket", "TTS_ENGINE": "espeak", **KEYS}
    del environ[missing]
    with pytest.raises(ConfigError, match=f"^{missing} is not set"):
        make_services(Settings.read(environ))


def test_settings_choose_the_store(tmp_path: Path) -> None:
    """A bucket is used where one is named, also beside a folder; without one the folder is."""
    environ = {"TTS_ENGINE": "espeak", "LOCAL_STORE": str(tmp_path)}
    assert isinstance(make_services(Settings.read(environ)).store, LocalStore)
    assert isinstance(make_services(Settings.read(environ | {"S3_BUCKET": "bucket"} | KEYS)).store, S3Store)


def test_no_temporary_folder_names_the_variable(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder for temporary files can be written to, the worker does not start, and names TMPDIR."""

    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    with pytest.raises(ConfigError, match="TMPDIR: no folder"):
        make_services(Settings.read(environ))


@pytest.mark.parametrize("home", ["/nonexistent", "~nobody-of-that-name"])
def test_user_without_a_home_gets_one(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    """Where the home folder is missing, libraries get another one for their caches."""
    monkeypatch.setenv("HOME", home)
    make_services(Settings.read(environ))
    assert os.environ["HOME"] == tempfile.gettempdir()


def test_home_of_the_user_stays(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home folder that can be written to stays the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    make_services(Settings.read(environ))
    assert os.environ["HOME"] == str(tmp_path)


def test_models_are_those_of_what_is_asked_for(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """ENGINES and ALIGNERS choose; a speaker model whose package is not installed is of no use."""

    def parts(**settings: str) -> set[str]:
        return {part for part, _, _ in needed_models(Settings.read(environ | settings))}

    assert parts(ENGINES="f5,qwen3") == {"f5", "qwen3", "whisperx", "faster_whisper", "wavlm"}
    monkeypatch.setitem(SPEAKERS, "wavlm", replace(SPEAKERS["wavlm"], requires=("a_library_nobody_has",)))
    assert parts(ENGINES="espeak", ALIGNERS="engine,sphinx") == {"faster_whisper"}
