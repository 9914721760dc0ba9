"""What `doctor --speak` finds: true measures, honest judgements, and a sentence where there is nothing to measure.

No model of Whisper can be had here: a stand-in hears what a test wants it to. The engines are real, F5-TTS with a tiny
random checkpoint, and so are the road from text to samples and the loader of the speaker model.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as some

from handler.__main__ import main
from handler.app import make_services
from handler.backends import Backend, Pool
from handler.cancellation import NEVER, Cancellation
from handler.doctor import FAILURE, OK, WARNING, Check, speech
from handler.doctor.speech import distance, spoken_words
from handler.engines import ENGINES
from handler.engines.espeak import EspeakEngine
from handler.engines.f5.options import STEPS, F5Options
from handler.errors import BadReference, BadRequest, EngineError
from handler.media.recording import Recording
from handler.protocols import Services
from handler.requests import GenerateInput
from handler.settings import Settings
from handler.speakers import SPEAKERS
from handler.text.languages import LANGUAGES
from handler.transcribers import TRANSCRIBERS
from handler.types import ChunkAudio, Samples, SpeechOptions, SpeechRequest, Transcript, Voice
from tests.engines.f5.conftest import _no_trainer, tiny_environ
from tests.speakers.conftest import tiny_speaker
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT

__all__ = ["_no_trainer", "tiny_environ", "tiny_speaker"]

SENTENCES = {code: language.proof_sentences for code, language in LANGUAGES.items() if language.proof_sentences}


def nothing(_: Settings) -> Any:
    raise AssertionError("a backend whose library is not installed was created")


ABSENT: Backend[Any] = Backend(nothing, requires=("a_library_nobody_has",))


class Ear:
    """A transcriber that hears what ``hears`` says; the calls it got."""

    name = "ear"
    hears: Callable[[], str] = staticmethod(lambda: " ".join(SENTENCES["en"]))
    calls: list[tuple[int, int, str | None]]

    def __init__(self, _: Settings) -> None:
        pass

    def transcribe(
        self,
        recording: Recording,
        language: str | None,
        *,
        prompt: str | None = None,
        progress: Callable[[float], None] = lambda _: None,
        cancellation: Cancellation = NEVER,
    ) -> Transcript:
        self.calls.append((recording.length, recording.sample_rate, language))
        return Transcript(self.hears(), language or "en")


class Cloner(EspeakEngine):
    """An engine that says it clones, with a human clip for a voice; what is heard is espeak."""

    name = "cloner"
    supports_cloning = True

    def default_voice(self, language: str | None) -> Voice:
        return Voice("human", language or "en", HUMAN_CLIP, HUMAN_TEXT)

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        return super().speak(requests, dataclasses.replace(voice, clip=None), options, cancellation)


class Likeness:
    """A speaker model for which the clip, of 24 kHz, and espeak's speech are as like as ``cosine``."""

    name = "likeness"
    cosine = 1.0

    def __init__(self, _: Settings) -> None:
        pass

    def embed(self, samples: Samples, sample_rate: int) -> Samples:
        angle = 0.0 if sample_rate == 24_000 else np.arccos(self.cosine)
        return np.array([np.cos(angle), np.sin(angle)], np.float32)


@pytest.fixture(autouse=True)
def ear(monkeypatch: pytest.MonkeyPatch) -> type[Ear]:
    stand_in = type("StandIn", (Ear,), {"calls": []})
    monkeypatch.setitem(TRANSCRIBERS, "faster_whisper", Backend(stand_in))
    return stand_in


def hears(ear: type[Ear], monkeypatch: pytest.MonkeyPatch, hear: Callable[[], str]) -> None:
    monkeypatch.setattr(ear, "hears", staticmethod(hear))


def engine(monkeypatch: pytest.MonkeyPatch, kind: type[EspeakEngine]) -> None:
    """Have the worker speak with ``kind``."""
    monkeypatch.setitem(ENGINES, "espeak", Backend(kind))


def findings(services: Services, keep: Path | None = None) -> dict[str, Check]:
    return {check.name.removesuffix(", espeak"): check for check in speech.prove(services, ("espeak",), keep)}


def refuse() -> str:
    raise BadReference("no speech was heard")


def test_right_words_pass(services: Services, ear: type[Ear]) -> None:
    """Correctly recognized sentences give an error rate of 0, from one recording in the voice's language."""
    found = findings(services)
    assert {name: check.state for name, check in found.items()} == {"speech": OK, "RTF": OK, "word error rate": OK}
    assert found["word error rate"].finding.startswith("0.000 (0 errors, ")
    ((length, rate, language),) = ear.calls
    assert language == "en"
    assert 15 < length / rate < 60
    assert 0 < float(found["RTF"].finding.split()[0]) < speech.REAL_TIME


def test_few_wrong_words_are_no_failure(services: Services, ear: type[Ear], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another spelling is no error; a missing, an added and a changed word are three errors."""
    text = " ".join(SENTENCES["en"]).replace("twenty five dollars", "$25").replace("fifteen", "15").upper()
    hears(ear, monkeypatch, lambda: text)
    assert findings(services)["word error rate"].finding.startswith("0.000")
    text = text.replace("QUIET ", "").replace("RIVER", "LIVER").replace("THE SEA", "THE OLD SEA")
    found = findings(services)["word error rate"]
    assert found.state == OK
    assert "(3 errors, " in found.finding


@pytest.mark.parametrize(
    ("hear", "rate"), [(lambda: "Something else was said.", "0.9"), (lambda: "", "1.0"), (refuse, "1.0")]
)
def test_wrong_words_fail(
    services: Services, ear: type[Ear], monkeypatch: pytest.MonkeyPatch, hear: Callable[[], str], rate: str
) -> None:
    """Speech recognized as other words, no words or no speech is a failure that quotes them."""
    hears(ear, monkeypatch, hear)
    found = findings(services)["word error rate"]
    assert found.state == FAILURE
    assert found.finding.startswith(rate)
    assert "--keep" in found.remedy
    assert ("no speech was heard" if hear is refuse else repr(hear())) in found.remedy


def test_missing_models_are_warnings(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without transcriber and speaker model, warnings say what to do, and the rest is measured."""
    engine(monkeypatch, Cloner)
    monkeypatch.setitem(TRANSCRIBERS, "faster_whisper", ABSENT)
    monkeypatch.setitem(SPEAKERS, "wavlm", ABSENT)
    found = findings(services)
    assert (found["speech"].state, found["RTF"].state) == (OK, OK)
    for measure in ("word error rate", "speaker similarity"):
        assert found[measure].state == WARNING
        assert "a_library_nobody_has" in found[measure].finding
        assert "make worker" in found[measure].remedy


@pytest.mark.parametrize(("cosine", "state"), [(0.95, OK), (0.7, WARNING), (0.3, FAILURE), (-0.5, FAILURE)])
def test_cloned_voice_is_compared_with_its_clip(
    services: Services, monkeypatch: pytest.MonkeyPatch, cosine: float, state: str
) -> None:
    """The similarity is the cosine between the clip and each sentence: one speaker, doubtful, or another."""
    engine(monkeypatch, Cloner)
    monkeypatch.setattr(Likeness, "cosine", cosine)
    monkeypatch.setitem(SPEAKERS, "wavlm", Backend(Likeness))
    found = findings(services)["speaker similarity"]
    assert found.state == state
    assert found.finding.startswith(f"{cosine:.3f} ")
    assert bool(found.remedy) == (state != OK)


def test_failing_engine_is_one_failure(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that cannot start, breaks or gives no sound is the last finding."""
    monkeypatch.setitem(ENGINES, "espeak", ABSENT)
    (found,) = speech.prove(services, ("espeak",))
    assert (found.name, found.state) == ("speech, espeak", FAILURE)
    assert "a_library_nobody_has" in found.finding

    class Broken(EspeakEngine):
        def speak(self, *_: Any, **__: Any) -> Generator[ChunkAudio]:
            raise EngineError("the model failed while speaking")

    engine(monkeypatch, Broken)
    (found,) = speech.prove(make_services(services.settings), ("espeak",))
    assert (found.state, found.finding) == (FAILURE, "the model failed while speaking")

    class Numb(EspeakEngine):
        def speak(self, requests: Sequence[SpeechRequest], *_: Any, **__: Any) -> Generator[ChunkAudio]:
            return (ChunkAudio(np.full(1000, np.nan, np.float32)) for _ in requests)

    engine(monkeypatch, Numb)
    (found,) = speech.prove(make_services(services.settings), ("espeak",))
    assert found.state == FAILURE
    assert "no usable sound" in found.finding


def test_language_without_sentences_is_a_warning(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine is not measured in a language other than its voice's."""

    class Turkish(EspeakEngine):
        def default_voice(self, language: str | None) -> Voice:
            return super().default_voice("tr")

    engine(monkeypatch, Turkish)
    (found,) = speech.prove(services, ("espeak",))
    assert (found.name, found.state) == ("speech, espeak", WARNING)
    assert " tr" in found.finding


def test_slow_engine_is_a_warning(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock starts after a warm-up sentence; an engine slower than real time is a warning."""
    texts: list[str] = []

    class Slow(EspeakEngine):
        def speak(self, requests: Sequence[SpeechRequest], *rest: Any) -> Generator[ChunkAudio]:
            texts.append(requests[0].chunk.words[-1])
            return super().speak(requests, *rest)

    began: list[int] = []

    def clock() -> float:
        began.append(len(texts))
        return 100.0 * len(began)

    engine(monkeypatch, Slow)
    monkeypatch.setattr(speech, "time", SimpleNamespace(perf_counter=clock))
    found = findings(services)["RTF"]
    assert found.state == WARNING
    assert "100.0 s of work" in found.finding
    assert began == [1, 1 + len(SENTENCES["en"])]
    assert texts[0] == texts[1]


def test_each_engine_is_measured(services: Services, tmp_path: Path) -> None:
    """One that cannot speak does not end the others; one without a voice of its own is a warning."""

    class Voiceless(Cloner):
        def default_voice(self, language: str | None) -> Voice:
            raise BadRequest.of("voice", "send the voice of an upload")

    table: Any = {
        "absent": ABSENT,
        "voiceless": Backend(Voiceless),
        "espeak": ENGINES["espeak"],
    }
    services = dataclasses.replace(services, engines=Pool("engine", table, services.settings))
    found = {check.name: check for check in speech.prove(services, tuple(table), tmp_path)}
    assert {name: check.state for name, check in found.items()} == {
        "speech, absent": FAILURE, "speech, voiceless": WARNING,
        "speech, espeak": OK, "kept, espeak": OK, "RTF, espeak": OK, "word error rate, espeak": OK,
    }  # fmt: skip
    assert "send the voice of an upload" in found["speech, voiceless"].finding


def test_keep_writes_the_sentences(services: Services, tmp_path: Path) -> None:
    """Each sentence is a wav in the folder, which is created; an unwritable folder is a failure of its own."""
    found = findings(services, tmp_path / "new" / "folder")
    assert found["kept"].state == OK
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.name for file in files] == [f"espeak-{n}.wav" for n in range(1, len(SENTENCES["en"]) + 1)]
    seconds = sum(soundfile.info(str(file)).duration for file in files)
    assert f" {seconds:.1f} s" in found["speech"].finding
    (tmp_path / "file").write_text("")
    found = findings(services, tmp_path / "file" / "folder")
    assert (found["kept"].state, found["word error rate"].state) == (FAILURE, OK)


@pytest.mark.parametrize("language", SENTENCES)
def test_sentences_of_every_language_are_spoken(services: Services, language: str) -> None:
    """The sentences of each language have enough words and can be spoken and recognized."""
    engine = services.engines.get("espeak")
    spoken = speech.speak(SENTENCES[language], engine.default_voice(language), engine)
    assert len(spoken.sounds) == len(SENTENCES[language])
    assert 8 < spoken.duration < 60
    words = [word for sentence in SENTENCES[language] for word in spoken_words(sentence, language)]
    assert len(words) > 25
    assert words == spoken_words(" ".join(SENTENCES[language]).upper(), language)


WORDS = some.lists(some.sampled_from("abc"), max_size=6)


@how(max_examples=100)
@given(WORDS, WORDS)
def test_distance_is_levenshteins(one: list[str], other: list[str]) -> None:
    """The distance equals that of Levenshtein's recursive definition."""

    def least(i: int, j: int) -> int:
        if min(i, j) == 0:
            return max(i, j)
        if one[i - 1] == other[j - 1]:
            return least(i - 1, j - 1)
        return 1 + min(least(i - 1, j - 1), least(i - 1, j), least(i, j - 1))

    assert distance(one, other) == least(len(one), len(other))


def test_error_rate_may_exceed_one() -> None:
    """Added words count as errors, and hyphens do not change words."""
    assert spoken_words("A well-known voice", "en") == spoken_words("a WELL KNOWN voice", "en")
    assert distance(["yes"], spoken_words("No, no, never!", "en")) == 3
    assert spoken_words(" … ", "en") == []


def test_default_options_are_measured() -> None:
    """The doctor measures speech with the default options of a job."""
    assert F5Options.of(speech.OPTIONS) == F5Options()
    assert F5Options().steps == STEPS["best"]
    assert speech.OPTIONS.speed == GenerateInput.model_fields["speed"].default


def report(capsys: pytest.CaptureFixture[str], environ: dict[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", "--speak", "--json", *arguments], environ)
    return code, {check["name"].removesuffix(", f5"): check for check in json.loads(capsys.readouterr().out)}


@pytest.fixture
def f5_environ(tiny_environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a worker with the tiny F5-TTS, for which few steps are as good as many."""
    monkeypatch.setattr(speech, "OPTIONS", dataclasses.replace(speech.OPTIONS, own=F5Options(nfe_step=4)))
    return tiny_environ | {"TTS_ENGINE": "f5", "LOCAL_STORE": str(tmp_path / "store"), "MODELS_DIR": str(tmp_path)}


def test_random_weights_fail(
    f5_environ: dict[str, str],
    ear: type[Ear],
    tiny_speaker: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F5-TTS with random weights fails the whole command and keeps its noise as files."""
    shutil.copytree(tiny_speaker, tmp_path / "speaker")
    hears(ear, monkeypatch, refuse)
    code, found = report(capsys, f5_environ, "--keep", str(tmp_path / "keep"))
    assert code == 1
    assert found["settings"]["state"] == OK
    assert found["speech"]["state"] == OK
    assert "f5-en" in found["speech"]["finding"]
    assert (found["word error rate"]["state"], found["word error rate"]["finding"][:5]) == (FAILURE, "1.000")
    assert -1 <= float(found["speaker similarity"]["finding"].split()[0]) <= 1
    assert len(list((tmp_path / "keep").glob("*.wav"))) == len(SENTENCES["en"])


def test_chinese_weights_speak_chinese(
    f5_environ: dict[str, str],
    ear: type[Ear],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Chinese weights speak Chinese sentences, counted by character; missing models do not fail the command."""
    hears(ear, monkeypatch, lambda: "".join(SENTENCES["zh"]))
    monkeypatch.setitem(SPEAKERS, "wavlm", ABSENT)
    code, found = report(capsys, f5_environ | {"LANGUAGES": "zh"})
    assert code == 0
    assert "f5-zh" in found["speech"]["finding"]
    assert ear.calls[0][2] == "zh"
    assert found["word error rate"]["finding"].startswith("0.000")
    assert found["speaker similarity"]["state"] == WARNING
