"""Whole jobs with chatterbox: captions without its sounds, clones, conversion; on a queue, and by the doctor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handler.app import make_services
from handler.backends import Registry
from handler.dispatch import dispatch
from handler.doctor import OK, WARNING, parts, speech
from handler.protocols import Services, Transcriber
from handler.settings import Settings
from tests.engines.chatterbox.conftest import Checkpoint
from tests.support import tiny_chatterbox
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.runpod_queue import Queue, WorkerProcess
from tests.support.stub_backends import Even, codes, read, run, sound, with_backends

SCRIPT = "[sigh] Well [laugh], hello there [chuckle]."
SHOWN = ["Well,", "hello", "there."]


class Listener(Even):
    """An aligner that keeps the words that it was asked for."""

    def __init__(self) -> None:
        super().__init__("listener")
        self.words: list[str] = []

    def align(self, samples: Any, rate: int, words: Any, language: str) -> Any:
        self.words += words
        return super().align(samples, rate, words, language)


def environ_of(checkpoint: Checkpoint, variant: str, tmp_path: Path) -> dict[str, str]:
    return {
        "ENGINES": "chatterbox",
        "CHATTERBOX_MODEL": variant,
        "CHATTERBOX_DIR": str(checkpoint(variant).chatterbox_dir),
        "LOCAL_STORE": str(tmp_path / "store"),
        "ALIGNERS": "engine",
    }


@pytest.fixture
def worker(request: pytest.FixtureRequest, checkpoint: Checkpoint, tmp_path: Path) -> Iterator[Services]:
    tiny_chatterbox.shrink()
    environ = environ_of(checkpoint, request.param, tmp_path) | {"ALIGNERS": "engine,sphinx"}
    services = make_services(Settings.read(environ))
    services.store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    services.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    yield services
    if (engine := services.engines.loaded("chatterbox")) is not None:
        getattr(engine, "close")()  # noqa: B009 - the protocol has none


@pytest.mark.parametrize("worker", ["original", "turbo"], indirect=True)
def test_sounds_are_kept_out_of_captions(worker: Services) -> None:
    """A sound of the script is no word for captions and aligners; an engine without sounds says so, once each."""
    listener = Listener()
    reply = run(with_backends(worker, listener=listener), SCRIPT, timing_format="json", seed=1)
    words = json.loads(read(reply["timing_files"]["json"]))["words"]
    assert [word["word"] for word in words] == SHOWN
    assert listener.words == ["Well", "hello", "there"]
    assert (reply["text"], reply["model_license"], reply["engine"]) == (SCRIPT, "MIT", "chatterbox")
    ignored = [each["message"] for each in reply["warnings"] if each["code"] == "sounds_ignored"]
    if worker.settings.chatterbox_model == "turbo":
        assert not ignored
    else:
        assert "chatterbox-original makes no sound for [sigh], [laugh], [chuckle]; leave" in ignored[0]


@pytest.mark.parametrize("worker", ["turbo"], indirect=True)
def test_sounds_change_turbos_speech_alone(worker: Services) -> None:
    """Turbo says a sound; another engine speaks the script as if it were not there."""
    spoken = [read(run(worker, script, seed=1)["audio_url"]) for script in ("Well [laugh] hello.", "Well hello.")]
    assert spoken[0] != spoken[1]
    espeak = make_services(Settings.read({"ENGINES": "espeak", "LOCAL_STORE": str(worker.settings.local_store)}))
    replies = [run(espeak, script) for script in ("Well [laugh] hello.", "Well hello.")]
    assert [codes(reply) for reply in replies] == [["sounds_ignored"], []]
    assert read(replies[0]["audio_url"]) == read(replies[1]["audio_url"])


@pytest.mark.parametrize("worker", ["original", "multilingual"], indirect=True)
def test_voice_of_a_clip_is_spoken(worker: Services) -> None:
    """A voice of the bucket is cloned, at the speed asked for; what was computed of it is kept in the bucket."""
    own, cloned, fast = (
        run(worker, "Hello there.", seed=1, **fields)
        for fields in ({}, {"voice": "anna"}, {"voice": "anna", "speed": 2})
    )
    assert read(own["audio_url"]) != read(cloned["audio_url"])
    assert cloned["voice"] == "anna"
    assert fast["duration"] < cloned["duration"]
    assert "option_ignored" not in codes(fast)
    kept = [each.key for each in worker.store.list("prepared/", 100).objects]
    assert any(f"chatterbox-{worker.settings.chatterbox_model}" in key for key in kept), kept


@pytest.mark.parametrize("worker", ["original"], indirect=True)
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cfg_weight": 2}, "cfg_weight"),
        ({"exaggeration": -1}, "exaggeration"),
        ({"temperature": 0}, "temperature"),
        ({"language": "fr"}, "chatterbox-original does not speak 'fr', only en"),
    ],
)
def test_wrong_options_are_refused(worker: Services, fields: dict[str, Any], message: str) -> None:
    """What is out of range, or not in the weights, is refused before anything is spoken."""
    reply = dispatch({"input": {"text": "Hello.", **fields}}, worker)
    assert reply["error_code"] == "bad_request"
    assert message in reply["error"]


@pytest.mark.parametrize("worker", ["original"], indirect=True)
def test_doctor_finds_the_engine_and_speaks(worker: Services) -> None:
    """`doctor` has no complaint about the engine; `doctor --speak` measures what it says in its own voice."""
    assert [check.state for check in parts.engines(worker)] == [OK]
    none: Registry[Transcriber] = Registry("transcriber", {}, worker.settings)
    found = {check.name: check for check in speech.prove(replace(worker, transcribers=none), ["chatterbox"])}
    assert "chatterbox-original on cpu said" in found["speech, chatterbox"].finding
    assert found["speech, chatterbox"].state == OK
    assert found["word error rate, chatterbox"].state == WARNING


def test_jobs_come_from_a_queue(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """A worker under the real SDK starts with the engine, speaks a job, and converts its speech."""
    environ = environ_of(checkpoint, "turbo", tmp_path) | {"ALLOW_LOCAL_STORE": "true"}
    store = make_services(Settings.read(environ)).store
    store.put("voices/anna.wav", HUMAN_CLIP.read_bytes(), "audio/wav")
    store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    start = (
        "from tests.support import tiny_chatterbox; tiny_chatterbox.shrink()\n"
        "import sys; from handler.__main__ import main; sys.exit(main(['worker']))"
    )
    with Queue() as queue, WorkerProcess(queue, "w1", environ, tmp_path / "w1.log", ("-c", start)):
        queue.submit("spoken", text=SCRIPT, seed=1)
        made = queue.result("spoken")["output"]
        assert (made["status"], made["engine"], made["model_license"]) == ("completed", "chatterbox", "MIT")
        queue.submit("converted", endpoint="convert", job_id="spoken", voice="anna", seed=1)
        other = queue.result("converted")["output"]
    assert (other["engine"], other["voice"], other["text"]) == ("chatterbox", "anna", SCRIPT)
    assert other["duration"] == pytest.approx(made["duration"], abs=0.04)
    assert read(other["audio_url"]) != read(made["audio_url"])
    assert len(sound(made["audio_url"])[0]) == round(made["duration"] * 24_000)
