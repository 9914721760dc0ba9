"""Other voices than the first: fetched from a hub of the test, or in the worker's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handler import models
from handler.engines.piper import collection, files
from handler.engines.piper.engine import PiperEngine
from handler.engines.piper.options import PiperOptions
from handler.errors import BadRequest, ConfigError
from handler.models import download, fetching
from handler.settings import Settings
from handler.types import LINKED, Chunk, ChunkAudio, SpeechOptions, SpeechRequest, Token, Voice
from tests.engines.test_espeak import chunk, known
from tests.support import hf_hub
from tests.support.hf_hub import Hub
from tests.support.piper_voices import publish, put

NAME = "xx_XX-test-medium"

served = hf_hub.hub


@pytest.fixture
def hub(served: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(download, "RETRY_DELAYS_S", ())
    return served


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read({"MODELS_DIR": str(tmp_path)})


def say(engine: PiperEngine, spoken: str | Chunk = "Das ist gut.", **own: str | float) -> ChunkAudio:
    """Speak in the voice `mine`."""
    options = SpeechOptions(own=PiperOptions.model_validate(own))
    request = SpeechRequest(chunk(spoken) if isinstance(spoken, str) else spoken, 1)
    (audio,) = engine.speak([request], Voice("piper:mine", "de", builtin="mine"), options)
    return audio


def own(settings: Settings, **changes: Any) -> PiperEngine:
    """An engine whose owner has the voice `mine`, with these changes of its description."""
    put(settings, "mine", **changes)
    return PiperEngine(settings)


def test_a_language_is_spoken_by_a_fetched_voice(hub: Hub, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The voice is fetched once, and then listed and needed as one on the disk."""
    publish(hub, NAME, monkeypatch)
    engine = PiperEngine(settings)
    voice = engine.default_voice("xx")
    assert voice == Voice(f"piper:{NAME}", "xx", builtin=NAME, license="CC0")
    (audio,) = engine.speak([SpeechRequest(chunk("Das ist gut."), 1)], voice, SpeechOptions())
    assert len(known(audio)) == 3
    found = files.find(settings, NAME)
    assert hub.asked[collection.model_path(NAME)] == 1
    assert found.model.name == f"{NAME}.onnx"
    assert found.license == "CC0"
    assert next(voice for voice in files.voices(settings) if voice.name == NAME).on_disk
    assert models.inspect(settings, files.needed(settings)[f"voice {NAME}"], deep=True).state == models.READY


def test_a_voice_that_cannot_be_fetched_is_a_config_error(hub: Hub, settings: Settings) -> None:
    """Where the hub does not answer, the message tells the folder for the files."""
    hub.repositories[collection.REPOSITORY] = {}
    with pytest.raises(ConfigError, match=r"piper/de_DE-thorsten-medium of MODELS_DIR"):
        files.find(settings, "de_DE-thorsten-medium")


def test_a_language_that_cannot_be_fetched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be fetched, a language's voice is one on the disk; without one the message names it and why."""
    monkeypatch.setattr(fetching, "find_spec", lambda _: None)
    engine = PiperEngine(settings)
    with pytest.raises(
        BadRequest, match=r"language: piper has no voice for 'de', only for en; .* espeak; de_DE-"
    ) as no:
        engine.default_voice("de")
    assert "fetching it takes huggingface_hub, which is not installed; in a clone, `make worker`" in no.value.message
    assert engine.default_voice("en-GB").builtin == files.WHEEL_VOICE
    with pytest.raises(BadRequest, match=r"did you mean en_US-joe-medium\?|known are en_US-joe-medium, or"):
        files.find(settings, "de_DE-thorsten-mediun")
    put(settings, "mine")
    assert engine.default_voice("de").builtin == "mine"


def test_an_own_voice_speaks(settings: Settings) -> None:
    """A voice of the owner's folder speaks its language, and no other."""
    engine = own(settings)
    assert len(known(say(engine))) == 3
    with pytest.raises(BadRequest, match="send language 'de-DE'"):
        engine.speak([], Voice("piper:mine", "fr", builtin="mine"), SpeechOptions())


def test_the_voices_of_two_requests_differ(settings: Settings) -> None:
    """A voice that needs another pronunciation says the same words differently."""
    engine = own(settings)
    english = Voice("", "en")
    (other,) = engine.speak([SpeechRequest(chunk("Das ist gut."), 1)], english, SpeechOptions())
    assert not np.array_equal(other.samples, say(engine).samples)


def test_another_rate_is_resampled(settings: Settings) -> None:
    """A voice of another rate speaks at the engine's: sound and word times are stretched alike."""
    usual = say(own(settings), sentence_silence=0)
    put(settings, "slow", audio={"sample_rate": 16_000})
    engine = PiperEngine(settings)
    request = SpeechRequest(chunk("Das ist gut."), 1)
    voice = Voice("piper:slow", "de", builtin="slow")
    (slow,) = engine.speak([request], voice, SpeechOptions(own=PiperOptions(sentence_silence=0)))
    stretch = engine.sample_rate / 16_000
    assert len(slow.samples) == pytest.approx(stretch * len(usual.samples), abs=1)
    assert known(slow)[2].end == pytest.approx(stretch * known(usual)[2].end)


def test_speakers_are_asked_for_by_name_or_number(settings: Settings) -> None:
    """A voice with several speakers takes either, and names some of them where it has no such speaker."""
    engine = own(settings, num_speakers=2, speaker_id_map={"anna": 0, "otto": 1})
    say(engine, speaker="otto")
    say(engine, speaker="1")
    with pytest.raises(BadRequest, match="a number from 0 to 1, or a name such as anna, otto"):
        say(engine, speaker="2")


def test_a_voice_that_reads_letters_gets_them(settings: Settings) -> None:
    """Words are given by their letters, in lower case, and phonemes of the script are ignored with a warning."""
    engine = own(settings, phoneme_type="text")
    np.testing.assert_array_equal(say(engine, "Das ist GUT.").samples, say(engine, "das ist gut.").samples)
    tokens = (Token("guter Tag", ("guter", "tag"), 0, 9, ".", phonemes=("ɡuːtɐ", LINKED)),)
    audio = say(engine, Chunk(0, tokens))
    assert [warning.code for warning in audio.warnings] == ["phonemes_ignored"]
    assert "reads letters" in audio.warnings[0].message
    assert len(known(audio)) == 2


def test_english_of_a_description_is_british(settings: Settings) -> None:
    """A voice whose description says `en` was trained on the phonemes of espeak-ng's voice `en`, which is British."""
    spoken = {}
    for tag in ("en", "en-gb", "en-us"):
        put(settings, tag, espeak={"voice": tag}, language={"code": tag})
        voice = Voice("", tag, builtin=tag)
        (audio,) = PiperEngine(settings).speak([SpeechRequest(chunk("Bath."), 1)], voice, SpeechOptions())
        spoken[tag] = audio.samples
    np.testing.assert_array_equal(spoken["en"], spoken["en-gb"])
    assert not np.array_equal(spoken["en"], spoken["en-us"])


@pytest.mark.parametrize("phoneme_type", ["PhonemeType.ESPEAK", None])
def test_phonemes_are_espeaks_unless_the_description_says_otherwise(settings: Settings, phoneme_type: object) -> None:
    """Descriptions by other programs name the type otherwise, or not at all."""
    assert known(say(own(settings, phoneme_type=phoneme_type)))


def test_a_voice_that_reads_pinyin_is_refused(settings: Settings) -> None:
    """The message says what the voice reads, and the way out."""
    with pytest.raises(BadRequest, match="'pinyin', which this worker cannot make of a script; take another voice"):
        say(own(settings, phoneme_type="pinyin"))
