"""One upload serves every engine that clones: by the real endpoints, with real engines on tiny random weights."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import soundfile

from handler.app import make_services
from handler.dispatch import dispatch
from handler.protocols import Services
from handler.settings import Settings
from handler.voices import conditionals, registry
from tests.engines.f5.conftest import _no_trainer, write_model
from tests.support import tiny_chatterbox, tiny_pocket, tiny_qwen3
from tests.support.human_clip import HUMAN_TEXT
from tests.support.stub_backends import read
from tests.support.voice_recordings import human

__all__ = ["_no_trainer"]

TOKEN = "A" * 32


@dataclass(frozen=True)
class Cloner:
    """How an engine gets tiny weights, and ends its speech soon: random weights may not end it themselves."""

    environ: Callable[[Path], dict[str, str]]
    """Writes a checkpoint into a folder and returns the settings that name it."""
    limits: dict[str, int] = field(default_factory=dict)
    """Attributes or methods of the engine that make its speech short, and what they are instead."""
    options: dict[str, Any] = field(default_factory=dict)
    """Fields of the request that make it quick."""
    conditionals: int = 1
    """Files that it keeps of a voice."""


def qwen3(folder: Path) -> dict[str, str]:
    return {"QWEN3_MODEL": "base-1.7b", "QWEN3_DIR": str(tiny_qwen3.make(folder, "base"))}


def chatterbox(folder: Path) -> dict[str, str]:
    return {"CHATTERBOX_MODEL": "original", "CHATTERBOX_DIR": str(tiny_chatterbox.make(folder, "original"))}


def pocket(folder: Path) -> dict[str, str]:
    return {"POCKET_DIR": str(tiny_pocket.make(folder))}


class Limit(int):
    """A number that may be called, for an engine that computes its limit."""

    def __call__(self, *_: object) -> int:
        return self


CLONERS = {
    "f5": Cloner(write_model, options={"nfe_step": 4}, conditionals=0),
    "qwen3": Cloner(qwen3, {"_max_frames": 12}),
    "chatterbox": Cloner(chatterbox, {"_max_tokens": 25}),
    "pocket": Cloner(pocket),
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a worker that has every engine."""
    environ = {"ENGINES": ",".join(CLONERS)}
    for name, cloner in CLONERS.items():
        environ |= cloner.environ(tmp_path_factory.mktemp(name))
    return environ


class Workers:
    """Workers with one bucket, each on a machine of its own."""

    def __init__(self, environ: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._environ = environ | {"LOCAL_STORE": str(folder / "store"), "ALIGNERS": "engine,sphinx"}
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._started: list[Services] = []

    def start(self, name: str) -> Services:
        disk = self._folder / name
        disk.mkdir()
        self._monkeypatch.setattr(tempfile, "tempdir", str(disk))
        self._started.append(make_services(Settings.read(self._environ)))
        return self._started[-1]

    def close(self) -> None:
        for worker in self._started:
            for name in CLONERS:
                engine: Any = worker.engines.loaded(name)
                if engine is not None:
                    engine.close()


@pytest.fixture
def workers(weights: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    made = Workers(weights, tmp_path, monkeypatch)
    yield made
    made.close()


def call(worker: Services, **fields: Any) -> dict[str, Any]:
    reply = dispatch({"input": fields}, worker)
    assert "error" not in reply, reply
    return reply


def speak(worker: Services, engine: str) -> bytes:
    """A sentence in the uploaded voice, as a wav."""
    cloner = CLONERS[engine]
    with worker.engines.lease(engine) as loaded:
        for name, limit in cloner.limits.items():
            assert hasattr(loaded, name)
            setattr(loaded, name, Limit(limit))
    reply = call(worker, text="Hello there.", voice="anna", engine=engine, seed=7, **cloner.options)
    assert (reply["engine"], reply["voice"], reply["seed"]) == (engine, "anna", 7)
    wav = read(reply["audio_url"])
    samples, _ = soundfile.read(io.BytesIO(wav))
    assert abs(samples).max() > 1e-3
    return wav


def test_one_upload_is_spoken_by_every_cloner(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each engine computes what it needs of the clip once; a worker elsewhere takes that and says the same bytes."""
    first = workers.start("first")
    first.store.put(f"uploads/{TOKEN}", human(), "audio/wav")
    call(first, endpoint="upload", voice_name="anna", upload_token=TOKEN, ref_text=HUMAN_TEXT)
    said = {engine: speak(first, engine) for engine in CLONERS}
    assert len(set(said.values())) == len(CLONERS)
    record = registry.read_record(first.store, "anna")
    assert record
    kept = first.store.list(registry.conditionals_key(record.prepared), 100).objects
    names = [info.key.rpartition("/")[2] for info in kept]
    for engine, cloner in CLONERS.items():
        assert len([name for name in names if name.startswith(f"{engine}-")]) == cloner.conditionals
    assert len(names) == sum(cloner.conditionals for cloner in CLONERS.values())

    def again(*_: object) -> None:
        raise AssertionError("conditionals that the bucket has were computed again")

    monkeypatch.setattr(conditionals, "_write", again)
    second = workers.start("second")
    assert {engine: speak(second, engine) for engine in CLONERS} == said


def test_deleted_voice_leaves_nothing_of_any_engine(workers: Workers) -> None:
    """The clip and every engine's conditionals go with the voice."""
    worker = workers.start("only")
    worker.store.put(f"uploads/{TOKEN}", human(), "audio/wav")
    call(worker, endpoint="upload", voice_name="anna", upload_token=TOKEN, ref_text=HUMAN_TEXT)
    engine = next(name for name, cloner in CLONERS.items() if cloner.conditionals)
    speak(worker, engine)
    call(worker, endpoint="delete_voice", voice_name="anna")
    assert not worker.store.list("prepared/", 10).objects
    assert not worker.store.list("voices/", 10).objects
