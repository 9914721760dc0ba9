"""The engine `pocket` with tiny random weights, by upstream's own loader."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from handler.cancellation import NEVER, Cancellation
from handler.engines.pocket import loading, sampler
from handler.engines.pocket.engine import PocketEngine
from handler.engines.pocket.options import PocketOptions
from handler.errors import BadReference, BadRequest, Cancelled, ConfigError, EngineError, OutOfMemory
from handler.settings import Settings
from handler.types import Chunk, KeepConditionals, Samples, SpeechOptions, SpeechRequest, Token, Voice
from tests.support import tiny_pocket

RATE = 24_000
WIDTH = 4
HELLO, LONGER = "hello there", "and a longer text than this one"


def engine_of(folder: Path, **environ: str) -> PocketEngine:
    return PocketEngine(Settings.read({"POCKET_DIR": str(folder)} | environ))


def wide_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> PocketEngine:
    """An engine with batches of WIDTH chunks, as on a GPU."""
    load = loading.load
    monkeypatch.setattr(loading, "load", lambda found, device: replace(load(found, device), width=WIDTH))
    return engine_of(folder)


def request_for(text: str = HELLO, seed: int = 1, rate: float = 1.0) -> SpeechRequest:
    return SpeechRequest(Chunk(0, tuple(Token(word, (word,), 0, 0, rate=rate) for word in text.split())), seed)


def voice_of(folder: Path, keep: KeepConditionals | None = None, seed: int = 0) -> Voice:
    """The voice of a clip without a transcript."""
    clip = folder / f"clip-{seed}.wav"
    if not clip.exists():
        soundfile.write(clip, np.random.default_rng(seed).standard_normal(2 * RATE) * 0.1, RATE)
    return Voice("nature", "en", clip) if keep is None else Voice("nature", "en", clip, conditionals=keep)


def spoken(engine: PocketEngine, voice: Voice, text: str = HELLO, seed: int = 1, **own: Any) -> Samples:
    (audio,) = engine.speak([request_for(text, seed)], voice, SpeechOptions(own=PocketOptions.model_construct(**own)))
    return audio.samples


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Iterator[PocketEngine]:
    engine = engine_of(tiny)
    yield engine
    engine.close()


def test_same_seed_gives_the_same_speech(engine: PocketEngine, tmp_path: Path) -> None:
    """The same request gives the same samples, another seed others, and torch's global generator is left alone."""
    before = torch.random.get_rng_state()
    for voice in (voice_of(tmp_path), engine.default_voice("en")):
        first = spoken(engine, voice)
        assert np.array_equal(first, spoken(engine, voice))
        assert not np.array_equal(first, spoken(engine, voice, seed=2))
    assert torch.equal(before, torch.random.get_rng_state())


OTHER_PROCESS = """
import hashlib, logging, socket, sys
from pathlib import Path
import torch
torch.set_num_threads(2)
def refuse(*_): raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
from handler.engines.pocket.engine import PocketEngine
from tests.engines.pocket.test_engine import engine_of, spoken, voice_of
state = torch.random.get_rng_state()
engine = engine_of(Path(sys.argv[1]))
print("threads", torch.get_num_threads(), "handlers", len(logging.getLogger().handlers),
      "same", torch.equal(state, torch.random.get_rng_state()))
torch.set_num_threads(1)
print("sha", hashlib.sha256(spoken(engine, voice_of(Path(sys.argv[2]))).tobytes()).hexdigest())
"""


def test_other_process_gives_the_same_speech(engine: PocketEngine, tiny: Path, tmp_path: Path) -> None:
    """A new process speaks the same bytes in the voice of a clip.

    Loading there asks no network, and leaves the process's threads, log and global generator as they were.
    """
    expected = hashlib.sha256(spoken(engine, voice_of(tmp_path)).tobytes()).hexdigest()
    command = [sys.executable, "-c", OTHER_PROCESS, str(tiny), str(tmp_path)]
    reply = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert reply.returncode == 0, reply.stderr
    assert "threads 2 handlers 0 same True" in reply.stdout
    assert f"sha {expected}" in reply.stdout


def test_chunks_of_a_job_are_as_each_alone(engine: PocketEngine) -> None:
    """Chunks in one job give what each gives in a job of its own."""
    voice = engine.default_voice("en")
    requests = [request_for(HELLO, 1), request_for(LONGER, 2)]
    together = [each.samples for each in engine.speak(requests, voice, SpeechOptions())]
    alone = [next(engine.speak([each], voice, SpeechOptions())).samples for each in requests]
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


@pytest.mark.parametrize(
    "own",
    [
        {"temperature": 1.0},
        {"noise_clamp": 0.1},
        {"decode_steps": 4},
        {"eos_threshold": 20.0},
        {"frames_after_eos": 12},
    ],
)
def test_option_changes_the_speech(own: dict[str, Any], engine: PocketEngine) -> None:
    """Each option gives other speech."""
    voice = engine.default_voice("en")
    assert not np.array_equal(spoken(engine, voice, **own), spoken(engine, voice))


def test_zero_temperature_needs_no_seed(engine: PocketEngine) -> None:
    """Without any noise the seed changes nothing."""
    voice = engine.default_voice("en")
    one, other = (spoken(engine, voice, seed=seed, temperature=0.0, noise_clamp=1.0) for seed in (1, 2))
    assert np.array_equal(one, other)


def test_speed_changes_the_length_alone(engine: PocketEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job's speed and the script's own rate shorten the model's speech exactly, which is the same otherwise."""
    monkeypatch.setattr("handler.engines.finishing.with_natural_quiet", lambda samples, *_: samples)
    voice = engine.default_voice("en")
    (natural,) = engine.speak([request_for()], voice, SpeechOptions())
    for speed, rate in ((2.0, 1.0), (1.0, 0.5), (1.5, 2.0)):
        (audio,) = engine.speak([request_for(rate=rate)], voice, SpeechOptions(speed=speed))
        assert len(audio.samples) == round(len(natural.samples) / (speed * rate))


def test_budget_counts_the_tokens_of_the_model(engine: PocketEngine) -> None:
    """A chunk holds fewer tokens than the model can say, with room for what is added to its text."""
    budget = engine.budget(engine.default_voice("en"), SpeechOptions())
    tokens = engine._model.prepare("ten of them").tokens
    assert budget.cost("ten of them") == len("▁ten▁of▁them") == len(tokens) - 1
    assert budget.limit < 50


def test_voices_of_its_own(engine: PocketEngine, tiny: Path, tmp_path: Path) -> None:
    """The default voice is named and spoken, one by name as well, and an unknown one is refused with those known."""
    default = engine.default_voice(None)
    assert (default.name, default.builtin, default.language, default.clip) == ("pocket:alba", "alba", "en", None)
    assert np.array_equal(spoken(engine, default), spoken(engine, Voice("x", "en", builtin="alba")))
    assert not np.array_equal(spoken(engine, default), spoken(engine, voice_of(tmp_path)))
    with pytest.raises(BadRequest, match=r"^voice: .*'albert', only alba;"):
        spoken(engine, Voice("x", "en", builtin="albert"))
    none = engine_of(tiny_pocket.make(tmp_path / "none"))
    with pytest.raises(BadRequest, match=r"^voice: .*send the voice of an upload$"):
        none.default_voice("en")
    none.close()


def test_voice_of_other_weights_is_an_error_of_the_settings(tmp_path: Path) -> None:
    """A voice whose shape is not that of the model, and a file that is none, name the setting to mend."""
    folder = tiny_pocket.make(tmp_path / "one", voice="alba")
    wider = tiny_pocket.make(tmp_path / "other", {"num_heads": 4}, voice="alba")
    voice = folder / "embeddings" / "alba.safetensors"
    engine = engine_of(folder)
    for content in ((wider / "embeddings" / "alba.safetensors").read_bytes(), b"no voice"):
        voice.write_bytes(content)
        with pytest.raises(ConfigError, match=r"the voice alba does not belong .*mend POCKET_DIR"):
            spoken(engine, engine.default_voice("en"))
    engine.close()


def test_prepared_voice_is_computed_once(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the model reads of a clip is kept as upstream exports it, under the version of the weights.

    Neither a second job nor a new engine computes it again; another clip, and other weights, are computed.
    """
    kept: dict[str, bytes] = {}
    encoded: list[Samples] = []
    compute = loading.conditionals

    def counted(model: loading.Model, clip: Samples) -> bytes:
        encoded.append(clip)
        return compute(model, clip)

    monkeypatch.setattr(loading, "conditionals", counted)

    def keep(name: str, compute: Callable[[], bytes]) -> bytes:
        return kept[name] if name in kept else kept.setdefault(name, compute())

    speech = []
    for _ in range(2):
        engine = engine_of(tiny)
        speech += [spoken(engine, voice_of(tmp_path, keep)) for _ in range(2)]
        engine.close()
    version = hashlib.sha256((tiny / "model.safetensors").read_bytes()).hexdigest()[:8]
    assert list(kept) == [f"pocket-english-{version}.safetensors"]
    assert len(encoded) == 1
    assert all(np.array_equal(speech[0], other) for other in speech[1:])
    engine = engine_of(tiny_pocket.make(tmp_path / "other", {"num_layers": 1}))
    spoken(engine, voice_of(tmp_path, keep))
    assert len(kept) == len(encoded) == 2
    engine.close()


def test_upstream_reads_the_prepared_voice(engine: PocketEngine, tmp_path: Path) -> None:
    """Upstream's own loop speaks the engine's samples from the voice that the engine has kept."""
    clip = voice_of(tmp_path).clip
    assert clip is not None
    samples, _ = soundfile.read(clip, dtype="float32")
    (tmp_path / "voice.safetensors").write_bytes(loading.conditionals(engine._model, samples))
    network = engine._model.network
    state = network.get_state_for_audio_prompt(tmp_path / "voice.safetensors")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        expected = network.generate_audio(state, HELLO).numpy()
    item = engine._item(request_for(), engine._state(voice_of(tmp_path), NEVER), PocketOptions())
    job = engine._scheduler.submit([item])
    np.testing.assert_allclose(job.next(NEVER), expected, atol=1e-6)


def test_clip_needs_no_transcript_but_sound(engine: PocketEngine, tmp_path: Path) -> None:
    """Clips that are silent, short, broken or gone are refused by name."""
    silent, broken = tmp_path / "silent.wav", tmp_path / "broken.wav"
    soundfile.write(silent, np.zeros(RATE), RATE)
    broken.write_bytes(b"no sound")
    with pytest.raises(BadReference, match="no sound"):
        spoken(engine, Voice("quiet", "en", silent))
    with pytest.raises(BadReference, match="the clip of bad cannot be read"):
        spoken(engine, Voice("bad", "en", broken))
    with pytest.raises(BadReference, match="cannot be read"):
        spoken(engine, Voice("gone", "en", tmp_path / "gone.wav"))


def test_other_languages_and_scripts_are_refused(engine: PocketEngine, tmp_path: Path) -> None:
    """One model speaks one language: others are refused by name, as are letters that its vocabulary lacks."""
    with pytest.raises(BadRequest, match=r"^language: pocket-english does not speak 'de', only en;.*POCKET_MODEL"):
        engine.default_voice("de")
    with pytest.raises(BadRequest, match=r"^language: "):
        spoken(engine, Voice("x", "fr-FR", builtin="alba"))
    with pytest.raises(BadRequest, match=r"^text: '你好' is in a script"):
        spoken(engine, engine.default_voice("en-GB"), "你好")
    french = engine_of(tiny_pocket.make(tmp_path, voice="alba"), POCKET_MODEL="french_24l")
    assert french.default_voice(None).language == "fr"
    french.close()


def test_unknown_characters_warn(engine: PocketEngine) -> None:
    """Characters without a token are left out of the speech, and a warning names each of them once."""
    voice = engine.default_voice("en")
    (plain,) = engine.speak([request_for("it s so")], voice, SpeechOptions())
    (odd,) = engine.speak([request_for("it ~s s~o\u2116")], voice, SpeechOptions())
    assert plain.warnings == ()
    (warning,) = odd.warnings
    assert (warning.code, "~ \u2116;" in warning.message) == ("unknown_characters", True)
    (same,) = engine.speak([request_for("it s~ so")], voice, SpeechOptions())
    assert np.array_equal(same.samples, plain.samples)


def test_open_weights_clone_nothing(tiny: Path, tmp_path: Path) -> None:
    """With POCKET_CLONING=false the engine does not clone, and says which setting lets it."""
    engine = engine_of(tiny, POCKET_CLONING="false")
    assert not engine.supports_cloning
    assert len(spoken(engine, engine.default_voice("en")))
    with pytest.raises(BadRequest, match=r"^voice: .*POCKET_CLONING=true"):
        spoken(engine, voice_of(tmp_path))
    engine.close()


def test_license_is_that_of_the_weights(engine: PocketEngine, tiny: Path) -> None:
    """A model that is none of upstream's has no licence that is known."""
    assert engine.model_license.startswith("unknown")
    assert engine.model == "pocket-english"


def test_files_that_do_not_fit_are_errors_of_the_settings(tiny: Path, tmp_path: Path) -> None:
    """Folders without files, with broken weights and with those of another shape name the setting to mend."""
    with pytest.raises(ConfigError, match=r"POCKET_DIR has no model\.safetensors"):
        engine_of(tmp_path)
    folder = tmp_path / "broken"
    shutil.copytree(tiny, folder)
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ConfigError, match="mend POCKET_DIR"):
        engine_of(folder)
    tiny_pocket.make(folder, {"num_layers": 3})
    shutil.copy(tiny / "model.safetensors", folder)
    with pytest.raises(ConfigError, match="mend POCKET_DIR"):
        engine_of(folder)


class _Steps:
    """Counts the steps of all batches, and lets a test act before one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, before: Callable[[int], object]) -> None:
        self.count = 0
        real = sampler.Sampling.step

        def step(batch: sampler.Sampling) -> None:
            self.count += 1
            before(self.count)
            real(batch)

        monkeypatch.setattr(sampler.Sampling, "step", step)


@pytest.mark.parametrize("last", [1, 4, 10, 11])
def test_cancelled_job_ends_within_a_step(last: int, engine: PocketEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled during a step, of reading, speaking or decoding, costs no further step."""
    cancellation, cancelled = Cancellation(), threading.Event()

    def before(count: int) -> None:
        if count == last:
            cancellation.cancel()
            assert cancelled.wait(30)

    steps = _Steps(monkeypatch, before)

    def speak() -> None:
        try:
            list(engine.speak([request_for(LONGER)], engine.default_voice("en"), SpeechOptions(), cancellation))
        finally:
            cancelled.set()

    with pytest.raises(Cancelled):
        speak()
    assert len(engine._scheduler.run(lambda: "idle")) == 4  # the step is over
    assert steps.count == last


def test_other_jobs_go_on_beside_a_cancelled_one(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs in the batches of a cancelled one say what they say alone."""
    engine = wide_engine(tiny, monkeypatch)
    voice = engine.default_voice("en")
    requests = [[request_for(LONGER, 10 * job + chunk) for chunk in range(3)] for job in range(3)]
    alone = [[audio.samples for audio in engine.speak(each, voice, SpeechOptions())] for each in requests]
    stopped = Cancellation()

    def speak(number: int) -> list[Samples]:
        cancellation = stopped if number == 1 else NEVER
        return [audio.samples for audio in engine.speak(requests[number], voice, SpeechOptions(), cancellation)]

    def before(count: int) -> None:
        if count == 12:
            stopped.cancel()

    steps = _Steps(monkeypatch, before)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(speak, number) for number in range(3)]
        with pytest.raises(Cancelled):
            jobs[1].result(60)
        for number in (0, 2):
            found = jobs[number].result(60)
            assert all(np.array_equal(*pair) for pair in zip(found, alone[number], strict=True))
    assert steps.count > 12
    engine.close()


def test_memory_that_holds_fewer_chunks(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that does not fit is spoken in smaller ones, with the same samples; one chunk that does not is told."""
    engine = wide_engine(tiny, monkeypatch)
    real, room = sampler.Sampling._speak, WIDTH

    def cramped(batch: sampler.Sampling) -> None:
        if len(batch._rows) > room:
            raise torch.OutOfMemoryError
        real(batch)

    monkeypatch.setattr(sampler.Sampling, "_speak", cramped)
    voice = engine.default_voice("en")
    requests = [request_for(LONGER, seed) for seed in range(5)]

    def speak() -> list[Samples]:
        return [audio.samples for audio in engine.speak(requests, voice, SpeechOptions())]

    expected = speak()
    room = 2
    assert all(np.array_equal(*pair) for pair in zip(speak(), expected, strict=True))
    assert engine._scheduler.budget == 2
    room = 0
    with pytest.raises(OutOfMemory, match="send the job again"):
        speak()
    engine.close()


def test_failing_model_is_an_error_of_the_engine(
    engine: PocketEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch's errors and silence become sentences of ours."""

    def fail(*_: Any) -> None:
        raise RuntimeError("CUDA error")

    with monkeypatch.context() as patch:
        patch.setattr(sampler.Sampling, "_speak", fail)
        with pytest.raises(EngineError, match="send the job again") as caught:
            spoken(engine, engine.default_voice("en"))
    assert "CUDA" not in caught.value.message
    with monkeypatch.context() as patch:
        patch.setattr(loading, "conditionals", fail)
        with pytest.raises(EngineError, match="send the job again"):
            spoken(engine, voice_of(tmp_path, seed=7))
    monkeypatch.setattr(sampler.Sampling, "result", lambda *_: np.zeros(RATE, np.float32))
    with pytest.raises(EngineError, match="silent"):
        spoken(engine, engine.default_voice("en"))
