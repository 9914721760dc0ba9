"""The engine `chatterbox` with tiny random weights, by upstream's own loaders."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from handler.cancellation import Cancellation
from handler.engines.chatterbox import files, loading
from handler.engines.chatterbox.engine import WARMUP_WORDS, ChatterboxEngine
from handler.engines.chatterbox.options import ChatterboxOptions
from handler.engines.clips import Recent
from handler.errors import BadReference, BadRequest, Cancelled, ConfigError, EngineError, OutOfMemory
from handler.media import audio
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Token, Voice
from tests.engines.chatterbox.conftest import Checkpoint
from tests.support import tiny_chatterbox
from tests.support.stub_backends import PATIENCE

VARIANTS = ("original", "multilingual", "turbo")
RATE = 24_000


def engine_of(settings: Settings) -> ChatterboxEngine:
    tiny_chatterbox.shrink()
    return ChatterboxEngine(settings)


def chunk_of(text: str = "hello there", index: int = 0, **fields: Any) -> Chunk:
    return Chunk(index, tuple(Token(word, (word,), 0, 0, **fields) for word in text.split()))


def speech(
    engine: ChatterboxEngine,
    own: ChatterboxOptions | None = None,
    *,
    seed: int = 1,
    voice: Voice | None = None,
    chunk: Chunk | None = None,
    speed: float = 1.0,
) -> ChunkAudio:
    request = SpeechRequest(chunk or chunk_of(), seed)
    (made,) = engine.speak([request], voice or engine.default_voice(None), SpeechOptions(speed, own))
    return made


def spoken(engine: ChatterboxEngine, own: ChatterboxOptions | None = None, **how: Any) -> Samples:
    return speech(engine, own, **how).samples


@pytest.fixture(scope="module", params=VARIANTS)
def engine(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> Iterator[ChatterboxEngine]:
    made = engine_of(checkpoint(request.param))
    yield made
    made.close()


def unmarked(engine: ChatterboxEngine, own: ChatterboxOptions, seed: int) -> Samples:
    """The model's sound as it comes from the scheduler."""
    encoded = engine._script.encode(chunk_of(), "en")
    assert engine._own_voice is not None
    item = engine._sampler.Item(
        engine._variant, encoded.tokens, engine._own_voice, own, seed, tiny_chatterbox.MAX_TOKENS
    )
    job = engine._scheduler.submit([item])
    samples: Samples = job.next(Cancellation()).samples
    engine._scheduler.cancel(job)
    return samples


@pytest.mark.parametrize("own", [{}, {"temperature": 1.3, "exaggeration": 1.2, "cfg_weight": 0.9}])
def test_speech_is_upstreams(engine: ChatterboxEngine, own: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed gives upstream's very shares of each token, and its samples before the watermark."""
    model, variant, limit = engine._model, engine._variant, tiny_chatterbox.MAX_TOKENS
    own = {name: value for name, value in own.items() if variant != "turbo" or name == "temperature"}
    shares: list[torch.Tensor] = []
    real = torch.multinomial

    def drawn(given: torch.Tensor, num_samples: int, **how: Any) -> torch.Tensor:
        shares.append(given.clone())
        return real(given, num_samples, **how)

    monkeypatch.setattr(torch, "multinomial", drawn)
    found = unmarked(engine, ChatterboxOptions(**own), seed=4)
    ours = shares[:]
    shares.clear()
    module = sys.modules[type(model).__module__]
    monkeypatch.setattr(module, "drop_invalid_tokens", lambda tokens: tokens[tokens < 6561], raising=False)
    monkeypatch.setattr(model.watermarker, "apply_watermark", lambda samples, **_: samples)
    name = "inference_turbo" if variant == "turbo" else "inference"
    upstream = getattr(model.t3, name)
    # Turbo draws one token more than its limit says.
    most = {"max_gen_len": limit - 1} if variant == "turbo" else {"max_new_tokens": limit}
    monkeypatch.setattr(model.t3, name, lambda **given: upstream(**{**given, **most}))
    language = {"language_id": "en"} if variant == "multilingual" else {}
    with torch.random.fork_rng():
        torch.manual_seed(4)
        expected = model.generate("hello there", **language, **own)[0].numpy()
    assert len(ours) > 3
    assert len(ours) == len(shares)
    for one, other in zip(ours, shares, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-7)
    np.testing.assert_array_equal(found, expected)


def test_same_seed_gives_the_same_speech(engine: ChatterboxEngine) -> None:
    """The same request gives the same samples, another seed others, and torch's global generator is left alone."""
    before = torch.random.get_rng_state()
    first = spoken(engine)
    assert np.array_equal(first, spoken(engine))
    assert not np.array_equal(first, spoken(engine, seed=2))
    assert torch.equal(before, torch.random.get_rng_state())


def test_chunks_of_a_job_are_as_each_alone(engine: ChatterboxEngine) -> None:
    """Chunks in one job, beside other jobs, give what each gives in a job of its own."""
    requests = [SpeechRequest(chunk_of("hello there", 0), 1), SpeechRequest(chunk_of("and some more words", 1), 2)]
    alone = [spoken(engine, chunk=request.chunk, seed=request.seed) for request in requests]
    found: list[list[Samples]] = []

    def speak() -> None:
        made = engine.speak(requests, engine.default_voice("en"), SpeechOptions())
        found.append([each.samples for each in made])

    threads = [threading.Thread(target=speak) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    for each in found:
        assert all(np.array_equal(one, other) for one, other in zip(each, alone, strict=True))


@pytest.mark.parametrize("own", [{"exaggeration": 1.5}, {"cfg_weight": 0.0}, {"cfg_weight": 1.0}, {"temperature": 1.5}])
def test_option_changes_the_speech(engine: ChatterboxEngine, own: dict[str, float]) -> None:
    """Every option is heard; turbo refuses those that it does not have."""
    if engine._variant == "turbo" and "temperature" not in own:
        with pytest.raises(BadRequest, match=next(iter(own))):
            spoken(engine, ChatterboxOptions(**own))
        return
    seeds = range(1, 4)  # a tiny model does not hear all of it in each token
    assert any(
        not np.array_equal(spoken(engine, seed=seed), spoken(engine, ChatterboxOptions(**own), seed=seed))
        for seed in seeds
    )


def test_watermark_is_in_the_speech(engine: ChatterboxEngine) -> None:
    """Perth finds its watermark in what the engine says, at any tempo, and not in the same speech without it."""
    find = engine._watermarker.get_watermark
    assert np.mean(find(spoken(engine), sample_rate=RATE)) > 0.9
    assert np.mean(find(spoken(engine, speed=1.3), sample_rate=RATE)) > 0.9
    assert np.mean(find(unmarked(engine, ChatterboxOptions(), 1), sample_rate=RATE)) < 0.6


def test_speed_changes_the_tempo(engine: ChatterboxEngine) -> None:
    """Speech at the speed of the job times the rate of the chunk is so much shorter."""
    plain = len(spoken(engine))
    assert len(spoken(engine, speed=2.0)) == pytest.approx(plain / 2, abs=0.1 * RATE)
    assert len(spoken(engine, speed=2.0, chunk=chunk_of(rate=0.5))) == pytest.approx(plain, abs=0.01 * RATE)


def test_conditionals_are_computed_once(
    engine: ChatterboxEngine, clip: Path, monkeypatch: pytest.MonkeyPatch, checkpoint: Checkpoint
) -> None:
    """A clip's conditionals are kept under the model's name and version, and speak as computed anew."""
    kept: dict[str, bytes] = {}

    def keep(name: str, compute: Callable[[], bytes]) -> bytes:
        if name not in kept:
            kept[name] = compute()
        return kept[name]

    voice = Voice("mine", "en", clip, conditionals=keep)
    first = spoken(engine, voice=voice)
    assert list(kept) == [f"chatterbox-{files.version(checkpoint(engine._variant))}.safetensors"]
    engine._voices._kept = Recent(1)
    monkeypatch.setattr(engine._voices, "_compute", pytest.fail)
    assert np.array_equal(first, spoken(engine, voice=voice))
    kept.clear()  # it is not asked for again
    assert np.array_equal(first, spoken(engine, voice=voice))
    assert not kept
    assert not np.array_equal(first, spoken(engine))


def test_clip_that_cannot_be_used_is_refused(engine: ChatterboxEngine, tmp_path: Path) -> None:
    """A clip of half a second, and one that is no audio, are the client's to mend."""
    short = tiny_chatterbox.clip(tmp_path / "short.wav", 4.9 if engine._variant == "turbo" else 0.5)
    with pytest.raises(BadReference, match="upload a longer one"):
        spoken(engine, voice=Voice("short", "en", short))
    (tmp_path / "text.wav").write_text("no audio")
    with pytest.raises(BadReference, match="upload it again"):
        spoken(engine, voice=Voice("text", "en", tmp_path / "text.wav"))


def test_model_has_one_voice_of_its_own(engine: ChatterboxEngine, checkpoint: Checkpoint) -> None:
    """The voice of the weights is listed, is spoken by its name, and no other is."""
    (listed,) = files.voices(checkpoint(engine._variant))
    assert listed.on_disk
    assert listed.language == (None if engine._variant == "multilingual" else "en")
    named = replace(engine.default_voice("en"), builtin=listed.name)
    assert np.array_equal(spoken(engine, voice=named), spoken(engine))
    with pytest.raises(BadRequest, match="only default"):
        spoken(engine, voice=replace(named, builtin="other"))


def test_speech_that_does_not_end_is_told(engine: ChatterboxEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk that reaches the last token has a warning, which names its words; one that ends by itself has none."""
    monkeypatch.setattr(engine._model.t3.hp, "stop_speech_token", -1)
    (warning,) = speech(engine).warnings
    assert warning.code == "chunk_cut"
    assert "'hello there' had not ended after 1 s" in warning.message
    # Every token ends it: the first one is drawn, then no more.
    drawn = iter([5, 6, -1])
    monkeypatch.setattr(torch, "multinomial", lambda *_, **__: torch.tensor([[next(drawn)]]))
    monkeypatch.setattr("handler.engines.finishing.validated", lambda samples, _: samples)
    assert speech(engine).warnings == ()


def test_planned_chunks_are_within_the_models_limits(engine: ChatterboxEngine) -> None:
    """A chunk of the budget has half of the tokens of text and of speech that the model has room for."""
    budget = engine.budget(engine.default_voice("en"), SpeechOptions())
    text = "word " * 60
    assert budget.cost(text) == budget.limit
    chunk = chunk_of(text)
    assert engine._script.encode(chunk, "en").tokens.shape[1] < engine._sampler.MAX_TEXT_TOKENS / 2
    assert budget.limit * engine._sampler.TOKENS_PER_S < 1000


def test_cancelled_job_ends_within_a_step(engine: ChatterboxEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled during a step takes no further one, and the next job is spoken."""
    steps, cancellation, ended = 0, Cancellation(), threading.Event()
    sampling, scheduler = engine._sampler.Sampling, engine._scheduler
    step, cancel = sampling.step, scheduler.cancel

    def stepped(self: Any) -> None:
        nonlocal steps
        steps += 1
        step(self)
        if steps == 4:  # the tokens take three
            cancellation.cancel()
            assert ended.wait(PATIENCE)

    def cancelled(*given: Any) -> None:
        cancel(*given)
        ended.set()

    with monkeypatch.context() as patch:
        patch.setattr(sampling, "step", stepped)
        patch.setattr(scheduler, "cancel", cancelled)
        requests = [SpeechRequest(chunk_of(), 1)] * 2
        with pytest.raises(Cancelled):
            next(engine.speak(requests, engine.default_voice("en"), SpeechOptions(), cancellation))
        assert scheduler.run(lambda: steps) == 4
    assert len(spoken(engine))


def test_lack_of_memory_is_told(engine: ChatterboxEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device without memory fails the job with OutOfMemory; other failures of the model with EngineError."""
    errors: list[RuntimeError] = [torch.OutOfMemoryError(), RuntimeError("illegal memory access")]

    def fail(*_: Any, **__: Any) -> None:
        raise errors.pop(0)

    monkeypatch.setattr(engine._model.t3.tfmr, "forward", fail)
    with pytest.raises(OutOfMemory, match="send the job again, or a shorter text"):
        spoken(engine)
    with pytest.raises(EngineError, match="the model failed while speaking"):
        spoken(engine)


def test_engine_warms_up(engine: ChatterboxEngine) -> None:
    """The engine has spoken a few words when it is ready, for an aligner to find."""
    assert engine.warmup is not None
    assert (engine.warmup.words, engine.warmup.language) == (WARMUP_WORDS, "en")
    assert audio.sounding(engine.warmup.samples, RATE).any()
    assert {"imports", "weights", "warm_utterance"} <= engine.start_seconds.keys()


def test_other_process_gives_the_same_speech(checkpoint: Checkpoint) -> None:
    """A new process speaks the same bytes, in every variant."""
    found = []
    for variant in VARIANTS:
        engine = engine_of(checkpoint(variant))
        found.append(hashlib.sha256(spoken(engine).tobytes()).hexdigest())
        engine.close()
    code = (
        "import hashlib, sys, torch; from pathlib import Path; torch.set_num_threads(int(sys.argv[1]))\n"
        "from tests.engines.chatterbox.test_engine import *\n"
        "for variant, folder in zip(VARIANTS, sys.argv[2:]):\n"
        "    engine = engine_of(tiny_chatterbox.settings(Path(folder), variant))\n"
        "    print(hashlib.sha256(spoken(engine).tobytes()).hexdigest())"
    )
    folders = [str(checkpoint(variant).chatterbox_dir) for variant in VARIANTS]
    command = [sys.executable, "-c", code, str(torch.get_num_threads()), *folders]
    # The reply of a job stands alone in the output: upstream's messages do not.
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == found


def test_engine_without_its_own_voice_speaks_in_clips(checkpoint: Checkpoint, clip: Path, tmp_path: Path) -> None:
    """A folder without conds.pt is enough to clone; only the model's own voice is missed, with what to do."""
    folder = tmp_path / "without"
    folder.mkdir()
    for path in Path(str(checkpoint("original").chatterbox_dir)).glob("*"):
        if path.name != "conds.pt":
            (folder / path.name).symlink_to(path)
    engine = engine_of(tiny_chatterbox.settings(folder, "original"))
    assert engine.warmup is None
    assert len(spoken(engine, voice=Voice("mine", "en", clip)))
    with pytest.raises(ConfigError, match=r"no conds\.pt"):
        spoken(engine)
    engine.close()


def test_model_that_does_not_speak_is_no_start(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that give silence are found at the start, and so is a device without memory."""
    silent = monkeypatch.context()
    with silent as patch:
        patch.setattr("handler.engines.chatterbox.codec.Codec.speech", _silence)
        with pytest.raises(ConfigError, match="does not speak"):
            engine_of(checkpoint("original"))
    real = loading.load

    def load(settings: Settings, device: str) -> Any:
        model, codec = real(settings, device)
        monkeypatch.setattr(model.t3.tfmr, "forward", _no_memory)
        return model, codec

    monkeypatch.setattr(loading, "load", load)
    with pytest.raises(ConfigError, match="too little memory"):
        engine_of(checkpoint("original"))


def _silence(*_: Any) -> Iterator[None]:
    yield
    return np.zeros(RATE, np.float32)  # type: ignore[return-value]


def _no_memory(*_: Any, **__: Any) -> None:
    raise torch.OutOfMemoryError
