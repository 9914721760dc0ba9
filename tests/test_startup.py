"""A worker does not start where its jobs would fail: no store, no installed engine, no intelligible speech."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from handler import startup
from handler.aligners.sphinx import SphinxAligner
from handler.app import make_services
from handler.backends import Backend, Pool
from handler.errors import AlignerFailed, ConfigError, StorageError, StoreUnavailable
from handler.protocols import Services, Store
from handler.startup import _check_engines, _check_store, _verify_intelligible, prepare
from handler.types import Chunk, SpeechOptions, SpeechRequest, Token, WarmupSpeech, WordTime
from tests.engines.f5.conftest import write_model

ROOT = Path(__file__).parent.parent


def test_unwritable_store_stops_the_start(environ: dict[str, str], tmp_path: Path) -> None:
    """A bucket that nobody listens for is found before the first job is taken, in one sentence."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        bucket = {
            "S3_BUCKET": "b", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s3cret",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "handler", "worker"],
            cwd=ROOT, env=inherited | environ | bucket, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("config_error: the store cannot be used: ")
    assert "AWS_ENDPOINT_URL" in last
    assert "s3cret" not in done.stderr


def test_full_disk_stops_the_start(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no job's temporary files have room, the worker says so, and takes none."""
    monkeypatch.setattr(startup, "MIN_FREE_BYTES", 10**18)
    with pytest.raises(ConfigError, match=r"TMPDIR: the folder for temporary files has [0-9]+ MB free"):
        prepare(services)


def test_mark_that_cannot_be_made_stops_the_start(services: Services) -> None:
    """No worker takes jobs without the marks that AI_MARK asks for."""
    with pytest.raises(ConfigError, match="C2PA_CERT is not set"):
        prepare(make_services(services.settings.model_copy(update={"ai_mark": ("c2pa",)})))


@pytest.mark.parametrize(
    ("spoken", "recognized", "aligners", "starts"),
    [
        ("the voice is ready", "the voice is ready", ("engine", "sphinx"), True),
        ("all human beings are", "the voice is ready", ("engine", "sphinx"), False),
        ("", "the voice is ready", ("engine", "sphinx"), False),
        ("", "the voice is ready", ("engine",), True),
    ],
)
def test_unintelligible_engine_stops_the_start(
    services: Services, spoken: str, recognized: str, aligners: Any, starts: bool
) -> None:
    """First words in which sphinx finds others, or none, stop the start and name the way out; without it they pass."""
    engine = services.engines.get("espeak")
    samples = np.zeros(engine.sample_rate, np.float32)
    if spoken:
        chunk = Chunk(0, tuple(Token(word, (word,), 0, 0) for word in spoken.split()))
        samples = next(engine.speak([SpeechRequest(chunk, 0)], engine.default_voice("en"), SpeechOptions())).samples
    first = WarmupSpeech(samples, tuple(recognized.split()), "en", "take other weights")
    services = replace(services, settings=services.settings.model_copy(update={"aligners": aligners}))
    if starts:
        _verify_intelligible(_WithWarmup(engine, first), services)
        return
    with pytest.raises(ConfigError, match=r"take other weights.*leave sphinx out of ALIGNERS"):
        _verify_intelligible(_WithWarmup(engine, first), services)


class _WithWarmup:
    """An engine that has said something at its start."""

    def __init__(self, engine: Any, warmup: WarmupSpeech) -> None:
        self._engine = engine
        self.warmup: WarmupSpeech | None = warmup

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_weights_that_make_noise_stop_the_start(environ: dict[str, str], tmp_path: Path) -> None:
    """A real worker with an F5-TTS of random weights, whose sound is finite and loud, exits before it takes a job."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    done = subprocess.run(
        [sys.executable, "-m", "handler", "worker"],
        cwd=ROOT, env=inherited | environ | write_model(tmp_path) | {"TTS_ENGINE": "f5"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("config_error: f5 makes sound, but sphinx cannot find the words")
    assert "take the F5_CKPT_FILE" in last


def test_engines_that_lack_something_are_named(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    """A first engine that is not installed stops the start; another one, or its missing files, is a warning."""
    table: Any = {
        "espeak": Backend(lambda _: None),
        "absent": Backend(lambda _: None, requires=("a_library_nobody_has",)),
        "missing": Backend(lambda _: None, missing_files=lambda _: "no weights"),
    }

    def check(*engines: str) -> list[str]:
        caplog.clear()
        settings = services.settings.model_copy(update={"engines": engines})
        _check_engines(replace(services, settings=settings, engines=Pool("engine", table, settings)))
        return caplog.messages

    with pytest.raises(ConfigError, match="ENGINES: the engine absent needs a_library_nobody_has"):
        check("absent", "espeak")
    absent, missing = check("espeak", "absent", "missing")
    assert absent.startswith("requests for the engine absent will be refused: ")
    assert missing.endswith("of the engine missing has to fetch its files, or fails: no weights")
    assert check("missing", "espeak") == []


@pytest.mark.parametrize(
    "fault", [AlignerFailed("no memory"), ConfigError("its model is damaged"), RuntimeError("cuda")]
)
def test_broken_aligner_does_not_stop_the_start(
    services: Services, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The start goes on with the next that can listen, or without one: the weights are not blamed."""
    asked = []

    class Broken(SphinxAligner):
        def align(self, *_: object) -> list[WordTime | None]:
            asked.append(1)
            raise fault

    engine = services.engines.get("espeak")
    first = WarmupSpeech(np.zeros(engine.sample_rate, np.float32), ("ready",), "en")
    monkeypatch.setattr(services.aligners, "get", lambda *_: Broken(services.settings))
    _verify_intelligible(_WithWarmup(engine, first), services)
    assert asked


@pytest.mark.parametrize(
    ("error", "again"), [(StoreUnavailable("no answer"), True), (StorageError("no such bucket"), False)]
)
def test_jobs_may_be_sent_again_while_the_bucket_is_away(services: Services, error: StorageError, again: bool) -> None:
    """A start that fails for a bucket that does not answer is no reason to give the waiting jobs up; one for a wrong
    setting is."""

    class Refusing:
        def put(self, *_: object, **__: object) -> str:
            raise error

    with pytest.raises(ConfigError, match="the store cannot be used") as raised:
        _check_store(replace(services, store=cast(Store, Refusing())))
    assert raised.value.retryable == again
