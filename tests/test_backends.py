"""A backend is one module and one row of a table: it is found, checked, created once, and skipped with a reason."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pydantic import Field

from handler.aligners import ALIGNERS
from handler.app import make_services
from handler.backends import Backend, Registry
from handler.cancellation import NEVER, Cancellation
from handler.dispatch import dispatch
from handler.engines import ENGINES
from handler.errors import Cancelled, ConfigError
from handler.requests import EngineOptions
from handler.settings import Settings
from handler.transcribers import TRANSCRIBERS
from handler.types import Budget, Chunk, ChunkAudio, Samples, SpeechOptions, Transcript, Voice, WordTime
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.stub_backends import run, sound

ROOT = Path(__file__).parent.parent


class HumOptions(EngineOptions):
    """How the hum sounds."""

    pitch: float = Field(default=220.0, ge=50, le=1000, description="Hertz.")


class HumEngine:
    """Hums a tone for each chunk."""

    name = "hum"
    sample_rate = 16_000
    model = "a sine"
    model_license = "none"
    device = "cpu"
    supports_cloning = False
    warmup = None
    supports_speed = False
    supports_seeds = False

    def __init__(self, _: Settings) -> None:
        pass

    def default_voice(self, language: str | None) -> Voice:
        return Voice("hum", language or "en")

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        return Budget(200)

    def cross_fade_s(self, options: SpeechOptions) -> float:
        return 0.0

    def speak(
        self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions, cancellation: Cancellation = NEVER
    ) -> Iterator[ChunkAudio]:
        assert isinstance(options.own, HumOptions)
        seconds = np.arange(self.sample_rate) / self.sample_rate
        for _ in chunks:
            yield ChunkAudio(np.sin(2 * np.pi * options.own.pitch * seconds).astype(np.float32))


class RulerAligner:
    """Gives each word a tenth of a second."""

    name = "ruler"

    def __init__(self, _: Settings) -> None:
        pass

    def speaks(self, language: str) -> bool:
        return language == "en"

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        return [WordTime(index / 10, (index + 1) / 10) for index in range(len(words))]


class Scribe:
    """Writes what the human clip says."""

    name = "scribe"

    def __init__(self, _: Settings) -> None:
        pass

    def transcribe(
        self, samples: Samples, sample_rate: int, language: str | None, cancellation: Cancellation = NEVER
    ) -> Transcript:
        return Transcript(HUMAN_TEXT, language or "en")


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row more in the table of each kind."""
    monkeypatch.setitem(ENGINES, "hum", Backend(HumEngine, options=HumOptions))
    monkeypatch.setitem(ALIGNERS, "ruler", Backend(RulerAligner))
    monkeypatch.setitem(TRANSCRIBERS, "scribe", Backend(Scribe))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.usefixtures("added")
def test_engine_and_aligner_are_each_a_row(settings: Settings) -> None:
    """A new engine speaks with its own option, a new aligner times its words, and a misspelled name is guessed."""
    services = make_services(settings)
    reply = run(services, text="Hello there.", engine="hum", pitch=440.0, timing_method="ruler", timing_format="json")
    assert (reply["engine"], reply["timing_method"], reply["warnings"]) == ("hum", "ruler", [])
    samples, rate = sound(reply["audio_url"])
    assert np.argmax(np.abs(np.fft.rfft(samples[:rate]))) == 440
    (warning,) = run(services, text="Hi.", engine="hum", speed=2.0, cfg_strength=1.0)["warnings"]
    assert warning["code"] == "option_ignored"
    assert "ignores cfg_strength, speed" in warning["message"]
    for fields, issue in (
        ({"engine": "hun"}, "did you mean hum?"),
        ({"timing_method": "rule"}, "did you mean ruler?"),
        ({"engine": "hum", "pitsh": 440.0}, "did you mean pitch?"),
        ({"engine": "hum", "pitch": 1.0}, "must be at least 50"),
        ({"pitch": 440.0}, "is an option of the engine hum"),
    ):
        (found,) = dispatch({"input": {"text": "Hi."} | fields}, services)["issues"]
        assert issue in found["message"]


@pytest.mark.usefixtures("added")
def test_transcriber_is_a_row(settings: Settings) -> None:
    """A voice without a transcript is written down by a new transcriber where the others are not installed."""
    services = make_services(settings.model_copy(update={"aligners": ("engine",)}))
    services.store.put(f"uploads/{'A' * 32}", HUMAN_CLIP.read_bytes(), "audio/wav")
    event = {"input": {"endpoint": "upload", "voice_name": "anna", "upload_token": "A" * 32}}
    assert dispatch(event, services)["voice"]["text"] == HUMAN_TEXT


@pytest.mark.usefixtures("added")
def test_new_rows_are_documented() -> None:
    """The generated documents name the new engine, its option and the new aligner."""
    documents = generator()
    api = documents.generated("API.md")
    assert "| `engine` | `f5` · `espeak` · `hum` |" in api
    assert "Options of the engine `hum`:" in api
    assert "| `pitch` | number, ≥ 50, ≤ 1000 | `220.0` | Hertz. |" in api
    assert "| `timing_method` | `whisperx` · `google` · `sphinx` · `ruler` |" in api
    assert "array of `engine` · `whisperx` · `google` · `sphinx` · `ruler` |" in documents.generated("CONFIG.md")


def registry(**backends: Backend[Any]) -> Registry[Any]:
    return Registry("aligner", backends, Settings.read({}))


def refuse(_: Settings) -> Any:
    raise ConfigError("no weights")


def crash(_: Settings) -> Any:
    raise OSError("the disk is gone")


def test_backend_is_created_once_when_first_used() -> None:
    """Looking creates nothing; `get` creates once and `loaded` knows."""
    created: list[Settings] = []

    def create(settings: Settings) -> RulerAligner:
        created.append(settings)
        return RulerAligner(settings)

    aligners = registry(ruler=Backend(create))
    assert (aligners.problem("ruler"), aligners.missing_files("ruler"), aligners.loaded("ruler")) == (None, None, None)
    assert not created
    assert aligners.get("ruler") is aligners.get("ruler") is aligners.loaded("ruler")
    assert len(created) == 1


def test_problem_names_the_way_out() -> None:
    """An unknown name is guessed; a backend whose library is missing names it, and those that can be used."""
    aligners = registry(absent=Backend(refuse, requires=("a_library_nobody_has",)), ruler=Backend(RulerAligner))
    assert aligners.problem("rule") == "there is no aligner rule in this version; did you mean ruler?"
    problem = aligners.problem("absent") or ""
    assert problem.startswith("the aligner absent needs a_library_nobody_has, not installed here; ")
    assert problem.endswith(", or use ruler")
    with pytest.raises(ConfigError, match="a_library_nobody_has"):
        aligners.get("absent")


def test_usable_skips_what_cannot_be_used_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    """Not known, not installed, refused, crashed, or without the language: the next is taken, every reason is kept."""
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


def test_cancelled_job_does_not_go_on_with_the_next() -> None:
    """What ends the job is no reason to skip a backend."""
    usable = registry(ruler=Backend(RulerAligner)).usable()
    with pytest.raises(Cancelled):
        usable.skip("ruler", Cancelled("the job was cancelled"))
    assert not usable.skipped
