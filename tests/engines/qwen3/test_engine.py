"""The engine `qwen3` with tiny random weights, by upstream's own loaders."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from safetensors.torch import load_file, save_file

from handler.engines.qwen3 import sampler
from handler.engines.qwen3.engine import Qwen3Engine
from handler.errors import BadReference, BadRequest, ConfigError
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Token, Voice
from tests.engines.qwen3.conftest import RATE, Engines, engine_of, request_for, spoken, voice_of
from tests.support import tiny_qwen3

ENCODER_WEIGHT = "speaker_encoder.fc.weight"
KINDS = ("base", "custom-voice", "voice-design")


def ignored(audio: ChunkAudio) -> list[str]:
    """What the audio's warnings of ignored options say."""
    return [warning.message for warning in audio.warnings if warning.code == "option_ignored"]


def own_voice(engine: Qwen3Engine, folder: Path) -> Voice:
    return voice_of(folder) if engine.supports_cloning else engine.default_voice("en")


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_gives_the_same_speech(kind: str, engines: Engines, tmp_path: Path) -> None:
    """The same request gives the same samples, another seed others, and torch's global generator is left alone."""
    import torch

    engine = engines(kind)
    voice = own_voice(engine, tmp_path)
    before = torch.random.get_rng_state()
    first = spoken(engine, voice).samples
    assert np.array_equal(first, spoken(engine, voice).samples)
    assert not np.array_equal(first, spoken(engine, voice, seed=2).samples)
    assert torch.equal(before, torch.random.get_rng_state())


def test_other_process_gives_the_same_speech(engines: Engines, tmp_path: Path) -> None:
    """A new process speaks the same bytes in the voice of a clip."""
    import torch

    tiny_qwen3.make(tmp_path, "base")
    engine = engine_of(tmp_path, "base")
    expected = hashlib.sha256(spoken(engine, voice_of(tmp_path)).samples.tobytes()).hexdigest()
    engine.close()
    code = (
        "import hashlib, sys, torch; from pathlib import Path; torch.set_num_threads(int(sys.argv[2]))\n"
        "from tests.engines.qwen3.conftest import engine_of, spoken, voice_of\n"
        "folder = Path(sys.argv[1]); speech = spoken(engine_of(folder, 'base'), voice_of(folder)).samples\n"
        "print('sha', hashlib.sha256(speech.tobytes()).hexdigest())"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(torch.get_num_threads())]
    reply = subprocess.run(command, capture_output=True, text=True, check=True, timeout=200)
    assert f"sha {expected}" in reply.stdout


@pytest.mark.parametrize("kind", ["base", "custom-voice"])
def test_chunks_of_a_job_are_as_each_alone(kind: str, engines: Engines, tmp_path: Path) -> None:
    """Chunks in one job give what each gives in a job of its own."""
    engine = engines(kind)
    voice = own_voice(engine, tmp_path)
    requests = [request_for("hello there", 0, 1), request_for("and a longer text than this", 1, 2)]
    together = [each.samples for each in engine.speak(requests, voice, SpeechOptions())]
    alone: list[Samples] = [next(engine.speak([each], voice, SpeechOptions())).samples for each in requests]
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


def test_chunks_of_a_design_go_on_from_the_first(engines: Engines) -> None:
    """A described voice is another each time, so each later chunk goes on from the first, and from no other."""
    engine = engines("voice-design")
    voice = engine.default_voice("en")
    first, second, third = (request_for(text, index, index) for index, text in enumerate(("one", "two", "three")))

    def speech(*requests: SpeechRequest) -> list[Samples]:
        return [each.samples for each in engine.speak(requests, voice, SpeechOptions())]

    whole = speech(first, second, third)
    assert np.array_equal(whole[0], speech(first)[0])
    assert np.array_equal(whole[1], speech(first, second)[1])
    assert np.array_equal(whole[2], speech(first, third)[1])
    assert not np.array_equal(whole[1], speech(second)[0])
    assert not np.array_equal(whole[1], speech(replace(first, seed=9), second)[1])


@pytest.mark.parametrize("own", [{"temperature": 0.3}, {"top_p": 0.2}, {"top_k": 1}, {"auto_language": True}])
def test_option_changes_the_speech(own: dict[str, Any], engines: Engines) -> None:
    """Each option of the drawing, and the language left to the model, gives other speech, and no warning."""
    engine = engines("voice-design")
    voice = engine.default_voice("en")
    changed = spoken(engine, voice, **own)
    assert not np.array_equal(changed.samples, spoken(engine, voice).samples)
    assert not ignored(changed)


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("custom-voice", {"speaker": "Vivian"}),
        ("custom-voice", {"instruct": "Very happy."}),
        ("voice-design", {"instruct": "An old man."}),
    ],
)
def test_speaker_and_instruct_change_the_speech(kind: str, own: dict[str, Any], engines: Engines) -> None:
    """A speaker by any spelling, and an instruction, give other speech, and no warning."""
    engine = engines(kind)
    voice = engine.default_voice("en")
    changed = spoken(engine, voice, **own)
    assert not np.array_equal(changed.samples, spoken(engine, voice).samples)
    assert not ignored(changed)


@pytest.mark.parametrize(
    ("kind", "size", "own"),
    [
        ("base", "1.7b", {"speaker": "ryan"}),
        ("base", "1.7b", {"instruct": "Very happy."}),
        ("custom-voice", "0.6b", {"instruct": "Very happy."}),
        ("voice-design", "1.7b", {"speaker": "ryan"}),
    ],
)
def test_ignored_option_warns(kind: str, size: str, own: dict[str, Any], engines: Engines, tmp_path: Path) -> None:
    """An option that the model ignores changes nothing, and its warning names it."""
    engine = engines(kind, size)
    voice = own_voice(engine, tmp_path)
    audio = spoken(engine, voice, **own)
    (message,) = ignored(audio)
    assert next(iter(own)) in message
    assert np.array_equal(audio.samples, spoken(engine, voice).samples)


def test_native_speaker_is_the_default(engines: Engines) -> None:
    """Chinese is spoken by a Chinese speaker unless the request names one."""
    engine = engines("custom-voice")
    voice = engine.default_voice("zh")
    assert np.array_equal(spoken(engine, voice).samples, spoken(engine, voice, speaker="vivian").samples)
    assert not np.array_equal(spoken(engine, voice).samples, spoken(engine, voice, speaker="ryan").samples)


def test_builtin_voice_is_the_speaker(engines: Engines) -> None:
    """A voice that names a speaker speaks as the option does, which may say the same, and no other."""
    engine = engines("custom-voice")
    voice = replace(engine.default_voice("en"), builtin="Vivian")
    expected = spoken(engine, engine.default_voice("en"), speaker="vivian").samples
    assert np.array_equal(spoken(engine, voice).samples, expected)
    assert np.array_equal(spoken(engine, voice, speaker="VIVIAN").samples, expected)
    with pytest.raises(BadRequest, match=r"^speaker: the voice is the speaker vivian; leave out"):
        spoken(engine, voice, speaker="ryan")
    with pytest.raises(BadRequest, match=r"^voice: .*'vivien'; did you mean vivian"):
        spoken(engine, replace(voice, builtin="vivien"))
    with pytest.raises(BadRequest, match=r"^voice: qwen3-base-1.7b has no speaker 'ryan'; set QWEN3_MODEL"):
        spoken(engines("base"), replace(voice, builtin="ryan"))


def test_clone_with_and_without_transcript(engines: Engines, tmp_path: Path) -> None:
    """A transcript changes the speech, and a clip without one speaks as well."""
    engine = engines("base")
    with_text, without = (spoken(engine, voice_of(tmp_path, text)).samples for text in ("Some call me nature.", ""))
    assert not np.array_equal(with_text, without)


def test_speed_changes_the_length(engines: Engines) -> None:
    """Twice the speed of the job, or of the script at this place, takes about half the time."""
    engine = engines("voice-design")
    voice = engine.default_voice("en")
    length = len(spoken(engine, voice).samples)
    (fast,) = engine.speak([request_for()], voice, SpeechOptions(speed=2.0))
    token = Token("hello there", ("hello", "there"), 0, 0, rate=2.0)
    (marked,) = engine.speak([SpeechRequest(Chunk(0, (token,)), 1)], voice, SpeechOptions())
    assert np.array_equal(fast.samples, marked.samples)
    assert len(fast.samples) == pytest.approx(length / 2, rel=0.1)


def test_length_is_planned_by_letters(engines: Engines) -> None:
    """Letters of every alphabet take the same time, and a Chinese character that of three."""
    engine = engines("voice-design")
    cost = engine.budget(engine.default_voice("en"), SpeechOptions()).cost
    assert cost("hello") == cost("вечер") == pytest.approx(5 / 12)
    assert cost("你好") == pytest.approx(6 / 12)


def test_warm_up_speaks_unless_a_clip_is_needed(engines: Engines) -> None:
    """Models with voices of their own have said a few words; Base has none to say them in."""
    for kind in ("custom-voice", "voice-design"):
        warmup = engines(kind).warmup
        assert warmup
        assert len(warmup.samples) > RATE / 4
    assert engines("base").warmup is None


def test_weights_that_are_silent_do_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose sound is silence is a ConfigError, and its thread ends."""
    tiny_qwen3.make(tmp_path, "voice_design")
    monkeypatch.setattr(sampler, "decode", lambda *_: np.zeros(RATE, np.float32))
    with pytest.raises(ConfigError, match="does not speak on cpu: take the files of QWEN3_MODEL"):
        engine_of(tmp_path, "voice-design")


def test_conditionals_are_kept(tmp_path: Path) -> None:
    """What is computed of a clip is kept by the weights that did; a new engine with them speaks the same from it."""
    tiny_qwen3.make(tmp_path, "base")
    other = shutil.copytree(tmp_path, tmp_path / "other")
    weights = load_file(other / "model.safetensors")
    save_file(weights | {ENCODER_WEIGHT: weights[ENCODER_WEIGHT] + 1}, other / "model.safetensors", {"format": "pt"})
    kept: dict[str, bytes] = {}

    def keep(name: str, compute: Callable[[], bytes]) -> bytes:
        return kept[name] if name in kept else kept.setdefault(name, compute())

    speech = []
    for folder in (tmp_path, tmp_path, other):
        engine = engine_of(folder, "base")
        speech.append(spoken(engine, replace(voice_of(tmp_path), conditionals=keep)).samples)
        engine.close()
    assert np.array_equal(speech[0], speech[1])
    assert len(kept) == 2
    assert all(re.fullmatch(r"qwen3-base-1\.7b-[0-9a-f]{12}\.safetensors", name) for name in kept)


def test_refusals_name_the_way_out(engines: Engines, tmp_path: Path) -> None:
    """Unknown speakers and languages, and Base without a voice, are refused by the field."""
    custom = engines("custom-voice")
    with pytest.raises(BadRequest, match=r"^speaker: .*ryan"):
        spoken(custom, custom.default_voice("en"), speaker="nobody")
    with pytest.raises(BadRequest, match=r"^language: .*zh, en"):
        spoken(custom, custom.default_voice("sv"))
    assert len(spoken(custom, custom.default_voice("sv"), auto_language=True).samples)
    with pytest.raises(BadRequest, match=r"^voice: "):
        engines("base").default_voice("en")
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(RATE), RATE)
    with pytest.raises(BadReference, match="no sound"):
        spoken(engines("base"), Voice("silent", "en", silent, "Some call me nature."))


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    """A folder whose model is not of QWEN3_MODEL's kind, and one without files, are errors of the settings."""
    tiny_qwen3.make(tmp_path, "voice_design")
    with pytest.raises(ConfigError, match="QWEN3_MODEL"):
        engine_of(tmp_path, "custom-voice")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ConfigError, match="QWEN3_DIR"):
        engine_of(empty, "base")
