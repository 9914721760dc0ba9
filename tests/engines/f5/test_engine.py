"""The engine on a tiny model with random weights: it speaks noise, but of the right length, in order, and its own."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import tempfile
import threading
import urllib.request
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from handler import text
from handler.app import make_services
from handler.dispatch import dispatch
from handler.engines.f5 import durations, sampler
from handler.engines.f5.engine import F5Engine
from handler.engines.f5.flow import Flow
from handler.engines.f5.options import F5Options
from handler.engines.f5.sampler import Sampling
from handler.errors import BadReference, BadRequest, Cancelled, ConfigError, EngineError
from handler.media import audio
from handler.pipeline import dubbing
from handler.protocols import Engine, Services
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, Samples, SpeechOptions, SpeechRequest, Voice, WordTime
from tests.support.cancellations import Checked
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.speech_requests import requests_for
from tests.support.stub_backends import registry

RATE = 24_000
HOP_S = 256 / RATE
QUICK: dict[str, Any] = {"nfe_step": 4, "cfg_strength": 0.0, "seed": 5}
OWN = F5Options(nfe_step=4, cfg_strength=0.0)
SEED = 5
OPTIONS = SpeechOptions(own=OWN)


def with_own(**fields: Any) -> SpeechOptions:
    """The options with some of F5's own changed."""
    return dataclasses.replace(OPTIONS, own=OWN.model_copy(update=fields))


class EvenAligner:
    """An aligner that spreads the words evenly: there are no words in noise to be found."""

    name = "even"

    def speaks(self, language: str) -> bool:
        return True

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        step = len(samples) / sample_rate / len(words)
        return [WordTime(index * step, (index + 1) * step) for index in range(len(words))]


@pytest.fixture(scope="module")
def worker(tiny_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Services:
    environ = tiny_environ | {
        "TTS_ENGINE": "f5",
        "ALIGNERS": "engine,sphinx",
        "LOCAL_STORE": str(tmp_path_factory.mktemp("store")),
        "MAX_TEXT_CHARS": "100000",
    }
    services = dataclasses.replace(make_services(Settings.read(environ)), aligners=registry(sphinx=EvenAligner()))
    # The first words of a model are judged: they must be its own, whichever test changes its sound first.
    assert "error" not in generate(services, "Good morning.")
    return services


@pytest.fixture(scope="module")
def engine(worker: Services) -> F5Engine:
    built = worker.engines.get("f5")
    assert isinstance(built, F5Engine)
    as_port: Engine = built
    assert as_port.supports_cloning
    return built


@pytest.fixture(autouse=True)
def _own_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def read(url: str) -> bytes:
    body: bytes = urllib.request.urlopen(url).read()
    return body


def generate(worker: Services, script: str, **fields: Any) -> dict[str, Any]:
    reply = dispatch({"input": {"text": script, **QUICK, **fields}}, worker)
    assert "error" not in reply, reply
    return reply


def chunks_of(engine: F5Engine, script: str, options: SpeechOptions = OPTIONS) -> tuple[Chunk, ...]:
    return text.chunk(text.tokenize(script, "en"), "en", engine.budget(engine.default_voice("en"), options))


def speak(engine: F5Engine, script: str, options: SpeechOptions = OPTIONS, seed: int = SEED) -> list[Samples]:
    requests = requests_for(chunks_of(engine, script, options), seed)
    spoken = engine.speak(requests, engine.default_voice("en"), options)
    return [piece.samples for piece in spoken]


def flat(value: float) -> Callable[[Any, Any], Samples]:
    """A vocoder that gives the same value all the time."""
    return lambda _, mel: np.full(256 * (len(mel) - 1), value, np.float32)


def islands(model: Any, mel: Any) -> Samples:
    """A vocoder that gives a quarter of a second of sound amid quiet, all of it off centre."""
    sound = np.zeros(256 * (len(mel) - 1), np.float32)
    middle = sound[len(sound) // 2 - 3000 : len(sound) // 2 + 3000]
    middle += 0.1 * np.sin(np.arange(6000) / 5).astype(np.float32)
    return sound + np.float32(0.05)


def noise(sampling: Sampling, index: int) -> Any:
    """A stand-in for a batch's result: a mel of the same length."""
    item = sampling._items[index]
    return torch.randn(item.frames - len(item.reference) + item.lead, 100)


SCRIPTS = {
    "ten thousand words": "a " * 10_000,
    "one word": "Hello",
    "one letter": "I",
    "400 words without punctuation": "word " * 400,
    "one endless word": "b" * 900,
    "Chinese": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。",
    "mixed scripts": "Hello 世界, this is Москва, naïve café and 東京 こんにちは 안녕!",
    "capitals": "STOP SHOUTING AT ME. NASA IS AN ACRONYM!",
    "emoji": "Great 🎉 news 👩‍👩‍👧 for all! 🚀🚀",
    "a number": "It cost $1,234,567,890.12 in 1999.",
}


@pytest.mark.parametrize("case", SCRIPTS)
def test_any_script_is_spoken_whole(
    worker: Services, engine: F5Engine, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Whatever the script, the sound is finite, about as long as its letters ask for, and every word has a caption."""
    script = SCRIPTS[case]
    speed = 3.0 if case == "ten thousand words" else 1.0
    if case == "ten thousand words":
        # Seven minutes of speech: the model would take ten seconds, for noise that random numbers are as well.
        monkeypatch.setattr(Sampling, "step", lambda sampling: setattr(sampling, "_number", len(sampling._steps)))
        monkeypatch.setattr(Sampling, "mel", noise)
    language = "zh" if case == "Chinese" else "en"
    reply = generate(worker, script, language=language, timing_format="json", speed=speed)
    samples, rate = soundfile.read(io.BytesIO(read(reply["audio_url"])), dtype="float32")
    assert rate == RATE
    assert len(samples) / rate == pytest.approx(reply["duration"], abs=0.001)
    assert np.sqrt(np.mean(samples**2)) > 0.01
    data = json.loads(read(reply["timing_files"]["json"]))
    tokens = text.tokenize(script, language)
    assert [word["word"] for word in data["words"]] == [token.shown for token in tokens]
    assert all(0 <= word["start"] < word["end"] <= reply["duration"] + 0.001 for word in data["words"])
    voice = engine.default_voice(language)
    budget = engine.budget(voice, dataclasses.replace(OPTIONS, speed=speed))
    expected = sum(budget.cost(" ".join(token.spoken) + token.mark) for token in tokens)
    chunks = len(text.chunk(tokens, language, budget))
    assert 0.8 * expected <= reply["duration"] <= 1.1 * expected + 1.6 * chunks


def test_script_without_words_is_refused(worker: Services) -> None:
    """A question mark alone is no speech."""
    reply = dispatch({"input": {"text": "?", **QUICK}}, worker)
    assert reply["error_code"] == "bad_request"


def test_same_job_gives_the_same_bytes(worker: Services) -> None:
    """Seed and text decide the audio to the bit; another seed gives another."""
    script = "Hello there, this is a test. [pause:0.5s] " + "Here comes a longer sentence for the second chunk. " * 6
    first, again, other = (read(generate(worker, script, seed=seed)["audio_url"]) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_reference_and_speech_stay_within_trained_length(engine: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call of the model is longer than 30 s with the clip, at any speed and for any word; usual ones 22 s."""
    lengths: list[float] = []
    real = sampler.item

    def spy(model: Any, mel: Any, symbols: Any, frames: int, **options: Any) -> Any:
        lengths.append(frames * 256 / RATE)
        return real(model, mel, symbols[:40], len(mel) + 40, **options)

    monkeypatch.setattr(sampler, "item", spy)
    for speed in (0.3, 1.0, 3.0):
        speak(engine, "a sentence of some words goes on and on " * 40, dataclasses.replace(OPTIONS, speed=speed))
    assert max(lengths) <= durations.PLANNED_S + 0.5
    speak(engine, "b" * 600 + " and so on", dataclasses.replace(OPTIONS, speed=0.3))
    speak(engine, "nine " * 60, with_own(target_duration=80.0))
    assert max(lengths) <= durations.MAX_TOTAL_S


@pytest.mark.parametrize("wanted", [4.0, 16.0])
@pytest.mark.parametrize("quiet_edges", [False, True])
def test_target_duration_is_exact_to_the_sample(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch, wanted: float, quiet_edges: bool
) -> None:
    """The chunks and the pauses between them, set end to end, have exactly as many samples as asked for."""
    if quiet_edges:
        monkeypatch.setattr(sampler, "vocode", islands)
    script = "Good morning. [pause:1s] It is a fine day, is it not?\n\nGood bye then!"
    options = with_own(target_duration=wanted)
    requests = requests_for(chunks_of(engine, script, options), SEED)
    spoken = list(engine.speak(requests, engine.default_voice("en"), options))
    assert len(spoken) == 3
    assert sum(len(piece.samples) for piece in spoken) + RATE == round(wanted * RATE)
    assert not any(piece.warnings for piece in spoken)


def test_natural_seconds_are_those_of_the_speech(engine: F5Engine) -> None:
    """How long a chunk will be is known beforehand: spoken at a rate, it is shorter by that share of it."""
    voice, chunks = (
        engine.default_voice("en"),
        chunks_of(engine, "Good morning, and a fine day to you all."),
    )
    (seconds,) = engine.natural_seconds(chunks, voice, OPTIONS)
    faster = [dubbing.at_rate(chunk, 1.25) for chunk in chunks]
    lengths = [
        len(next(engine.speak(requests_for(spoken, SEED), voice, OPTIONS)).samples) / RATE
        for spoken in (chunks, faster)
    ]
    assert lengths[0] - lengths[1] == pytest.approx(seconds - seconds / 1.25, abs=2 * HOP_S)
    assert seconds <= lengths[0] <= seconds + 0.6


def test_target_duration_is_exact_over_several_portions(engine: F5Engine) -> None:
    """A chunk that is drawn out beyond what the model can say in one go has its length all the same."""
    options = with_own(target_duration=31.0)
    chunks = chunks_of(engine, "nine " * 30, options)
    (piece,) = engine.speak(requests_for(chunks, SEED), engine.default_voice("en"), options)
    assert durations.MAX_TOTAL_S < 31.0
    assert len(piece.samples) == 31 * RATE
    before, after = audio.quiet_edges(piece.samples, RATE)
    assert max(before, after) < 0.1 * RATE, "it is filled with speech, not with silence"


def test_whole_job_has_the_target_duration(worker: Services) -> None:
    """Through the whole worker, too, with its default cross-fade."""
    reply = generate(worker, "Good morning. [pause:1s] It is a fine day, is it not?\n\nGood bye!", target_duration=8.0)
    assert reply["duration"] == 8.0
    assert not reply["warnings"]


def test_unreachable_target_duration_names_the_range(worker: Services) -> None:
    """A length out of reach is a bad request before anything is spoken."""
    reply = dispatch({"input": {"text": "Good morning.", "target_duration": 600, **QUICK}}, worker)
    assert reply["error_code"] == "bad_request"
    assert reply["issues"][0]["field"] == "target_duration"


def test_options_change_the_sound(engine: F5Engine) -> None:
    """Speed shortens, target_rms sets the loudness, and steps, guidance and sway reach the sampler."""
    script = "Good morning to you and to all the others."
    (plain,) = speak(engine, script)
    (fast,) = speak(engine, script, dataclasses.replace(OPTIONS, speed=2.0))
    assert 0.4 < len(fast) / len(plain) < 0.7
    paced, _ = speak(engine, f"<speak><prosody rate='200%'>{script}</prosody> Yes, indeed.</speak>")
    assert abs(len(paced) - len(fast)) < 0.1 * len(fast)
    (loud,) = speak(engine, script, with_own(target_rms=0.2))
    assert np.std(loud) / np.std(plain) == pytest.approx(2.0, rel=0.1)
    for options in (with_own(nfe_step=5), with_own(cfg_strength=3.0), with_own(sway_sampling_coef=0.0)):
        (other,) = speak(engine, script, options)
        assert len(other) != len(plain) or not np.allclose(other, plain, atol=1e-3)


def test_remove_silence_keeps_requested_pauses(worker: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long silence within a chunk is cut to a natural length; a pause that the script asks for stays."""

    def halting(model: Any, mel: Any) -> Samples:
        sound = np.random.default_rng(0).standard_normal(256 * (len(mel) - 1)).astype(np.float32) * np.float32(0.1)
        sound[RATE // 2 : RATE // 2 + RATE] = 0
        return sound

    monkeypatch.setattr(sampler, "vocode", halting)
    script = "Good morning to all of you here today. [pause:2s] Good bye to all of you here today."
    whole, cut = (generate(worker, script, remove_silence=wanted)["duration"] for wanted in (False, True))
    assert whole - cut == pytest.approx(2 * (1.0 - 0.35), abs=0.2)
    assert cut > 2.0
    both = generate(worker, script, remove_silence=True, target_duration=12.0)
    assert both["duration"] == pytest.approx(12.0, rel=0.005)
    assert "target_duration" in both["warnings"][0]["message"]


def test_unconsumed_iterator_computes_nothing(engine: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is computed before the first chunk is asked for or after closing; returned audio is not held."""
    started: list[int] = []
    real = Sampling.__init__
    on_second = threading.Event()

    def counted(sampling: Sampling, model: Any, items: Sequence[sampler.Item], **options: Any) -> None:
        started.extend(item.seed for item in items)
        real(sampling, model, items, **options)
        if len(started) > 1:
            assert on_second.wait(30)

    monkeypatch.setattr(Sampling, "__init__", counted)
    chunks = chunks_of(engine, "Here is a sentence with a few words in it. " * 20)
    spoken = iter(engine.speak(requests_for(chunks, SEED), engine.default_voice("en"), OPTIONS))
    assert len(chunks) >= 4
    assert not started
    first = weakref.ref(next(spoken).samples)
    assert first() is None
    spoken.close()
    on_second.set()
    speak(engine, "Hello.")
    assert started == [SEED, SEED + 1, SEED]


def test_dropped_iterator_cancels_its_job(engine: F5Engine) -> None:
    """An iterator that is dropped in the middle leaves nothing in the queue."""
    requests = requests_for(chunks_of(engine, "Here is a sentence of words. " * 30))
    spoken = engine.speak(requests, engine.default_voice("en"), OPTIONS)
    next(spoken)
    assert engine._scheduler._jobs
    del spoken
    assert not engine._scheduler._jobs


def test_failed_job_leaves_no_state(engine: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error in the middle of a chunk, a job of equal length has its own sound; so it has after a cancel."""
    mine, theirs = "Good morning to all of you.", "Bad evenings to all of us."
    expected = speak(engine, mine)
    real, steps = Flow.velocity, iter(range(100))

    def fail_later(*given: Any) -> torch.Tensor:
        if next(steps) == 2:
            raise RuntimeError("CUDA error")
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(Flow, "velocity", fail_later)
        with pytest.raises(EngineError, match="send the job again") as caught:
            speak(engine, theirs)
    assert "CUDA" not in caught.value.message
    assert all(np.array_equal(*pair) for pair in zip(speak(engine, mine), expected, strict=True))

    def cancel() -> None:
        raise Cancelled("the job was cancelled")

    requests = requests_for(chunks_of(engine, theirs))
    with pytest.raises(Cancelled):
        list(engine.speak(requests, engine.default_voice("en"), OPTIONS, Checked(cancel)))
    assert all(np.array_equal(*pair) for pair in zip(speak(engine, mine), expected, strict=True))


def test_seed_decides_the_sound_of_a_chunk(engine: F5Engine) -> None:
    """A chunk requested several times sounds otherwise with each seed, and alike with the same, alone or not."""
    chunks, voice = chunks_of(engine, "Good morning.\n\nGood bye to all of you."), engine.default_voice("en")
    assert len(chunks) > 1
    alone = list(engine.speak(requests_for(chunks, 2**32 - 1), voice, OPTIONS))
    requests = requests_for(chunks, 2**32 - 1, takes=3)
    pieces = list(engine.speak(requests, voice, OPTIONS))
    assert len(pieces) == 3 * len(chunks)
    for index, plain in enumerate(alone):
        assert np.array_equal(pieces[3 * index].samples, plain.samples)
    for one, other in pairwise(pieces[:3]):
        shortest = min(len(one.samples), len(other.samples))
        assert np.abs(one.samples[:shortest] - other.samples[:shortest]).max() > 0.01
    last = SpeechRequest(dataclasses.replace(chunks[-1], index=0), requests[-1].seed)
    (again,) = engine.speak([last], voice, OPTIONS)
    assert np.array_equal(again.samples, pieces[-1].samples)


@pytest.mark.parametrize("sound", [math.nan, 0.0])
def test_silent_or_nan_speech_is_an_error(engine: F5Engine, monkeypatch: pytest.MonkeyPatch, sound: float) -> None:
    """NaN and silence from the model are engine errors, never files that somebody pays for."""
    monkeypatch.setattr(sampler, "vocode", flat(sound))
    with pytest.raises(EngineError):
        speak(engine, "Good morning.")


def test_chunks_begin_and_end_quietly(engine: F5Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet at the ends of a chunk is bounded, a sentence's end has some, sound is not cut and carries no offset."""
    monkeypatch.setattr(sampler, "vocode", islands)
    (samples,) = speak(engine, "Good morning to all of you who have come here today.")
    before, after = audio.quiet_edges(samples, RATE)
    assert before <= 0.12 * RATE
    assert (0.25 - audio.MARGIN_S - audio.BLOCK_S) * RATE <= after <= 0.41 * RATE
    assert len(samples) - before - after >= 6000
    assert abs(float(samples.mean())) < 0.002


def test_cross_fade_shortens_only_quiet(worker: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a cross-fade chunks run into each other's quiet; their sound stays whole, and so do pauses asked for."""
    monkeypatch.setattr(sampler, "vocode", islands)
    found = {}
    for fade in (0.0, 0.15):
        reply = generate(worker, "Good morning.\n\nGood bye. [pause:1s] Good night.", cross_fade_duration=fade)
        samples, _ = soundfile.read(io.BytesIO(read(reply["audio_url"])), dtype="float32")
        edges = np.flatnonzero(np.diff((np.abs(audio.without_offset(samples, RATE)) > 0.02).astype(int)))
        starts = [edges[0], *(after for before, after in pairwise(edges) if after - before > 0.1 * RATE)]
        found[fade] = [round(start / RATE, 2) for start in starts]
    plain, faded = found[0.0], found[0.15]
    assert len(plain) == len(faded) == 3
    assert plain[1] - faded[1] == pytest.approx(0.1, abs=0.03)
    assert plain[2] - plain[1] == pytest.approx(faded[2] - faded[1], abs=0.01)


def test_uploaded_voice_is_cloned(worker: Services, engine: F5Engine) -> None:
    """A clip with its words becomes a voice, a job speaks in it, and it sounds other than the default."""
    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    body = io.BytesIO()
    soundfile.write(body, samples * np.float32(0.3), rate, format="WAV")
    worker.store.put("voices/anna.wav", body.getvalue(), "audio/wav")
    worker.store.put("voices/anna.txt", HUMAN_TEXT.encode(), "text/plain")
    reply = generate(worker, "Good morning to you.", voice="anna")
    assert reply["voice"] == "anna"
    default = generate(worker, "Good morning to you.")
    assert default["voice"] == "f5-en"
    assert read(reply["audio_url"]) != read(default["audio_url"])


def test_default_voices_by_language(engine: F5Engine) -> None:
    """Without a voice it speaks in the clips that f5-tts ships, by language; a language it does not know is refused."""
    assert engine.default_voice(None).name == "f5-en"
    assert engine.default_voice("en-GB").text == HUMAN_TEXT
    chinese = engine.default_voice("zh-TW")
    assert chinese.clip is not None
    assert (chinese.name, chinese.clip.name) == ("f5-zh", "basic_ref_zh.wav")
    with pytest.raises(BadRequest, match=r"'de'.*en, zh") as caught:
        engine.default_voice("de")
    assert caught.value.issues[0].field == "language"
    with pytest.raises(BadRequest, match="'de'"):
        engine.speak(requests_for(chunks_of(engine, "Hallo.")), Voice("hans", "de", HUMAN_CLIP, HUMAN_TEXT), OPTIONS)


def test_broken_clip_is_refused_before_speaking(engine: F5Engine, tmp_path: Path) -> None:
    """A silent clip is a bad reference at once, never NaN in the speech."""
    soundfile.write(tmp_path / "silent.wav", np.zeros(72_000), RATE)
    voice = Voice("mute", "en", tmp_path / "silent.wav", "Hello there.")
    with pytest.raises(BadReference, match="silent"):
        engine.budget(voice, OPTIONS)
    with pytest.raises(BadReference, match="silent"):
        engine.speak(requests_for(chunks_of(engine, "Hello.")), voice, OPTIONS)


@pytest.mark.parametrize("language", ["en_US", "EN-gb", "cmn"])
def test_region_is_ignored(engine: F5Engine, language: str) -> None:
    """A tag with a region, however it is written, is the language that the weights know."""
    assert engine.default_voice(language).language == language


def test_unknown_characters_are_reported(engine: F5Engine) -> None:
    """A character that the model has no way to say costs a warning; a chunk of nothing else is refused."""

    def pieces_of(script: str) -> list[ChunkAudio]:
        chunk = Chunk(0, text.tokenize(script, "en"))
        return list(engine.speak(requests_for([chunk]), engine.default_voice("en"), OPTIONS))

    (piece,) = pieces_of("Hello 𒀀𒀀 there.")
    assert [warning.code for warning in piece.warnings] == ["unknown_characters"]
    assert "𒀀" in piece.warnings[0].message
    with pytest.raises(BadRequest, match="script"):
        pieces_of("𒀀𒀀")


def test_start_verifies_that_the_model_speaks(tiny_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is built has spoken, and knows what each phase took; one whose model is mute is no engine."""
    settings = Settings.read(tiny_environ)
    built = F5Engine(settings)
    assert list(built.start_seconds) == ["imports", "weights", "reference", "warm_utterance"]
    assert built._scheduler.budget == 1, "on a CPU one at a time"
    assert (built.device, built.model_license) == ("cpu", "unknown (set F5_MODEL_LICENSE)")
    for mute in (0.0, math.nan):
        monkeypatch.setattr(sampler, "vocode", flat(mute))
        with pytest.raises(ConfigError, match="F5_CKPT_FILE"):
            F5Engine(settings)
    monkeypatch.setattr(
        sampler, "vocode", lambda _, mel: flat(0.0)(None, mel) + np.float32(np.arange(256 * (len(mel) - 1)) == 5000)
    )
    with pytest.raises(ConfigError, match="first words"):
        F5Engine(settings)


def test_concurrent_jobs_do_not_mix(engine: F5Engine) -> None:
    """Jobs in two threads that take turns at the model give what each gives alone."""
    scripts = ("Good morning to all of you. " * 6, "Bad evenings to none of us. " * 6)
    alone = [speak(engine, script) for script in scripts]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda script: speak(engine, script), scripts))
    for found, expected in zip(together, alone, strict=True):
        assert len(found) > 1
        assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
