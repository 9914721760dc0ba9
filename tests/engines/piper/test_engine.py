"""The engine piper, with the real voice of the wheel: seeds, exact times, options, and refusals with a way out."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np
import pytest

from handler.cancellation import Cancellation
from handler.engines.piper import files
from handler.engines.piper.engine import PiperEngine
from handler.engines.piper.model import PiperModel, Spoken
from handler.engines.piper.options import PiperOptions
from handler.errors import BadRequest, Cancelled
from handler.models import fetching
from handler.settings import Settings
from handler.types import LINKED, Chunk, ChunkAudio, SpeechOptions, SpeechRequest, Token, Voice
from tests.engines.test_espeak import chunk, known
from tests.support.cancellations import Stop

TEXT = "We saw the quick brown fox, and it was happy. Then it went to sleep!"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> PiperEngine:
    return PiperEngine(Settings.read({"MODELS_DIR": str(tmp_path_factory.mktemp("models"))}))


@pytest.fixture
def _fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has what fetching a voice takes."""
    monkeypatch.setattr(fetching, "find_spec", lambda name: name)


def say(
    engine: PiperEngine, text: str | Chunk = TEXT, seed: int = 7, speed: float = 1.0, **own: float | str
) -> ChunkAudio:
    options = SpeechOptions(speed, PiperOptions.model_validate(own))
    spoken = chunk(text) if isinstance(text, str) else text
    (audio,) = engine.speak([SpeechRequest(spoken, seed)], engine.default_voice(None), options)
    return audio


def sha256(audio: ChunkAudio) -> str:
    return hashlib.sha256(audio.samples.tobytes() + repr(audio.words).encode()).hexdigest()


def test_engine_describes_itself(engine: PiperEngine) -> None:
    """It runs on the CPU, takes seeds, speed and phonemes, and its licence tells where the voice comes from."""
    assert (engine.name, engine.device, engine.sample_rate) == ("piper", "cpu", 22_050)
    assert engine.supports_seeds
    assert engine.supports_speed
    assert engine.supports_phonemes
    assert not engine.supports_cloning
    assert engine.model_license.startswith("CC0; tuned from the voice lessac")
    voice = Voice("piper:en_US-joe-medium", "en", builtin="en_US-joe-medium", license=engine.model_license)
    assert engine.default_voice(None) == voice


def test_the_same_seed_gives_the_same_bytes_in_another_process(engine: PiperEngine) -> None:
    """Two processes give the same samples and times for a seed, after other speech too; another seed gives others."""
    say(engine, "Something else before.", seed=3)
    code = "from tests.engines.piper.test_engine import *; print(sha256(say(PiperEngine(Settings.read({})))))"
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == sha256(say(engine))
    assert sha256(say(engine, seed=8)) != sha256(say(engine))


def test_every_word_has_its_time(engine: PiperEngine) -> None:
    """Times follow each other within the samples, and a comma and a full stop leave a pause."""
    audio = say(engine)
    words = known(audio)
    assert len(words) == len(TEXT.split())
    assert words[0].start >= 0
    assert words[-1].end <= len(audio.samples) / engine.sample_rate
    assert all(word.start < word.end for word in words)
    gaps = [after.start - before.end for before, after in pairwise(words)]
    assert min(gaps) >= 0
    pauses = {5: 0.1, 9: 0.2}  # after "fox," and "happy."
    assert all(gaps[index] > least for index, least in pauses.items())
    assert max(gap for index, gap in enumerate(gaps) if index not in pauses) < 0.1


def test_words_sound_where_their_times_are(engine: PiperEngine) -> None:
    """The sound within the words is far louder than that between the sentences."""
    audio = say(engine)
    words, rate = known(audio), engine.sample_rate

    def rms(start: float, end: float) -> float:
        return float(np.sqrt(np.mean(audio.samples[round(start * rate) : round(end * rate)] ** 2)))

    assert min(rms(word.start, word.end) for word in words) > 5 * rms(words[9].end + 0.1, words[10].start - 0.05)


def test_speed_changes_the_pace(engine: PiperEngine) -> None:
    """Twice the speed takes about half the time, and a pace of the script counts like a speed."""
    usual, fast = say(engine, sentence_silence=0), say(engine, sentence_silence=0, speed=2)
    assert 0.4 < len(fast.samples) / len(usual.samples) < 0.65
    paced = chunk(TEXT)
    tokens = tuple(replace(token, rate=2.0) for token in paced.tokens)
    np.testing.assert_array_equal(say(engine, replace(paced, tokens=tokens), sentence_silence=0).samples, fast.samples)


def test_slow_speech_has_noise_enough(engine: PiperEngine) -> None:
    """Speech at a quarter of the speed with a very varied pace comes whole."""
    words = known(say(engine, "All of it is said.", speed=0.25, noise_w=2))
    assert len(words) == 5


def test_sentence_silence_follows_each_sentence(engine: PiperEngine) -> None:
    """One more second of it for two sentences makes two more seconds, and moves the second sentence by one."""
    usual, longer = say(engine, sentence_silence=0), say(engine, sentence_silence=1)
    assert len(longer.samples) - len(usual.samples) == 2 * engine.sample_rate
    assert known(longer)[10].start - known(usual)[10].start == pytest.approx(1)
    np.testing.assert_array_equal(longer.samples[-engine.sample_rate :], 0)


def test_a_pause_of_the_script_replaces_the_silence(engine: PiperEngine) -> None:
    """Where a pause was asked for, no silence of the sentence comes on top."""
    plain = chunk("It was happy.")
    paused = replace(plain, tokens=(*plain.tokens[:-1], replace(plain.tokens[-1], pause_after=1.0)))
    assert len(say(engine, plain).samples) - len(say(engine, paused).samples) == round(0.2 * engine.sample_rate)


def test_noise_options_are_heard(engine: PiperEngine) -> None:
    """Without noise the seed does not matter; either noise changes the speech, noise_w its length."""
    still = say(engine, noise_scale=0, noise_w=0)
    np.testing.assert_array_equal(still.samples, say(engine, seed=8, noise_scale=0, noise_w=0).samples)
    hoarse = say(engine, noise_scale=1, noise_w=0)
    assert len(hoarse.samples) == len(still.samples)
    assert not np.array_equal(hoarse.samples, still.samples)
    assert len(say(engine, noise_scale=0, noise_w=1).samples) != len(still.samples)


def test_phonemes_of_the_script_are_said(engine: PiperEngine) -> None:
    """Phonemes decide the sound, linked words share it, and ones without a sound are read with a warning."""

    def token(*phonemes: str) -> Chunk:
        return Chunk(0, (Token("an apple", ("an", "apple"), 0, 8, ".", phonemes=phonemes),))

    plain = say(engine, token())
    assert not np.array_equal(say(engine, token("ən", "ˈɔpəl")).samples, plain.samples)
    first, second = known(say(engine, token("ənˈæpəl", LINKED)))
    assert first.end == second.start
    # As espeak says it, whose phonemes the voice was trained on: stress stands before the vowel, and one is needed.
    usual = say(engine, token("ən", "ˈspɹɪŋ"))
    for same in ("sprɪŋ", "spˈɹɪŋ"):
        np.testing.assert_array_equal(say(engine, token("ən", same)).samples, usual.samples)
    unknown = say(engine, token("ꙮ", "ˈæpəl"))
    np.testing.assert_array_equal(unknown.samples, plain.samples)
    assert [warning.code for warning in unknown.warnings] == ["phonemes_ignored"]


def test_a_word_of_several_parts_keeps_one_time(engine: PiperEngine) -> None:
    """Words that espeak takes apart, or that have no sound, do not shift the times of others."""
    audio = say(engine, "They ate twenty-one good 3D apples.")
    assert len(known(audio)) == 6
    audio = say(engine, "They ‿ ate.")
    assert audio.words is not None
    assert [word is None for word in audio.words] == [False, True, False]


@pytest.mark.usefixtures("_fetching")
@pytest.mark.parametrize("language", ["sw", "tlh", "x" * 200])
def test_other_languages_are_refused_with_the_way_out(engine: PiperEngine, language: str) -> None:
    """A language without a voice is refused with those that have one, and the engine that has more."""
    with pytest.raises(BadRequest, match="engine espeak") as error:
        engine.default_voice(language)
    assert "de" in error.value.message


@pytest.mark.usefixtures("_fetching")
@pytest.mark.parametrize(
    ("language", "name"),
    [("en-US", files.WHEEL_VOICE), ("en-AU", files.WHEEL_VOICE), ("en_gb", "en_GB-cori-medium"),
     ("de-AT", "de_DE-thorsten-medium")],
)  # fmt: skip
def test_a_language_has_its_best_known_voice(engine: PiperEngine, language: str, name: str) -> None:
    """The voice is that of the region if there is one, else that of the language."""
    voice = engine.default_voice(language)
    assert (voice.name, voice.language, voice.builtin) == (f"piper:{name}", language, name)


def test_requests_that_the_voice_cannot_meet_are_refused(engine: PiperEngine, tmp_path: Path) -> None:
    """A clip, a voice of another language and a speaker of a single voice are refused before anything is spoken."""
    requests = [SpeechRequest(chunk("Hello."), 1)]
    with pytest.raises(BadRequest, match="cannot clone"):
        engine.speak(requests, Voice("mine", "en", clip=tmp_path), SpeechOptions())
    with pytest.raises(BadRequest, match="does not speak"):
        engine.speak(requests, Voice("", "de", builtin=files.WHEEL_VOICE), SpeechOptions())
    with pytest.raises(BadRequest, match="send language 'de-DE'"):  # and is not fetched before
        engine.speak(requests, Voice("", "en", builtin="de_DE-thorsten-medium"), SpeechOptions())
    with pytest.raises(BadRequest, match="one speaker"):
        say(engine, speaker="3")


def test_a_cancelled_job_ends_before_the_next_sentence(engine: PiperEngine) -> None:
    """Cancelling raises instead of the next chunk."""
    cancellation = Cancellation()
    requests = [SpeechRequest(chunk("Hello."), seed) for seed in (1, 2)]
    spoken = engine.speak(requests, engine.default_voice(None), SpeechOptions(), cancellation)
    next(spoken)
    cancellation.cancel()
    with pytest.raises(Cancelled):
        next(spoken)


def test_a_job_cancelled_within_a_chunk_ends_before_its_next_sentence(
    engine: PiperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three sentences in one chunk, none is spoken after the one in which the job is cancelled."""
    cancellation = Cancellation()
    spoken = []
    speak = PiperModel.speak

    def speak_and_cancel(*arguments: Any) -> Spoken:
        spoken.append(arguments)
        cancellation.cancel()
        return speak(*arguments)

    monkeypatch.setattr(PiperModel, "speak", speak_and_cancel)
    requests = [SpeechRequest(chunk("One. Two. Three."), 1)]
    with pytest.raises(Cancelled):
        next(engine.speak(requests, engine.default_voice(None), SpeechOptions(), cancellation))
    assert len(spoken) == 1


@pytest.mark.parametrize("kind", Stop.KINDS)
def test_a_sentence_ends_with_its_job(engine: PiperEngine, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The network is left within a long sentence when the job is cancelled or out of time; the next job speaks."""
    stop, entered, raised = Stop(kind), threading.Event(), Queue[type[BaseException]]()
    speak = PiperModel.speak

    def watched(*arguments: Any) -> Spoken:
        entered.set()
        threading.Timer(0.1, stop.now).start()
        try:
            return speak(*arguments)
        except BaseException as error:
            raised.put(type(error))
            raise

    monkeypatch.setattr(PiperModel, "speak", watched)
    requests = [SpeechRequest(chunk("and so on " * 300), 1)]
    with pytest.raises(stop.error):
        next(engine.speak(requests, engine.default_voice(None), SpeechOptions(), stop.cancellation))
    # On a busy machine the time may be over before the sentence begins.
    assert not entered.is_set() or raised.get(timeout=60) is stop.error
    monkeypatch.undo()
    assert len(say(engine).samples)
