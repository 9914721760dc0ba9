"""The engine espeak: chunks in, audio with true word times out, at any speed, and clear refusals."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from handler.engines import espeak, espeak_library
from handler.engines.espeak import EspeakEngine
from handler.errors import BadRequest, ConfigError
from handler.protocols import Engine
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, SpeechOptions, SpeechRequest, Token, Voice, WordTime
from tests.support.speech_requests import requests_for

RATE = espeak_library.SAMPLE_RATE
TEXT = (
    "We saw the quick brown fox in the garden behind the old house, and it was happy. "
    "Then it went to sleep for a while, because it was tired of the game."
)


@pytest.fixture
def engine() -> Engine:
    return EspeakEngine(Settings.read({}))


def chunk(text: str, index: int = 0) -> Chunk:
    """A chunk of one-word tokens; a token with "/" in it is spoken as several words."""
    tokens, start = [], 0
    for piece in text.split():
        bare = piece.rstrip(",;:.!?…")
        tokens.append(Token(piece, tuple(bare.split("/")), start, start + len(piece), piece[len(bare) :]))
        start += len(piece) + 1
    return Chunk(index, tuple(tokens))


def say(engine: Engine, text: str, speed: float = 1.0, language: str | None = None) -> ChunkAudio:
    (audio,) = engine.speak(requests_for([chunk(text)]), engine.default_voice(language), SpeechOptions(speed=speed))
    return audio


def known(audio: ChunkAudio) -> list[WordTime]:
    """The times of a chunk in which no word was lost."""
    assert audio.words is not None
    words = [word for word in audio.words if word is not None]
    assert len(words) == len(audio.words)
    return words


def test_engine_describes_itself(engine: Engine) -> None:
    """Name, model, licence and abilities are those of espeak-ng, and a chunk holds a few hundred characters."""
    assert (engine.name, engine.sample_rate, engine.supports_cloning) == ("espeak", 22_050, False)
    assert engine.model.startswith("espeak-ng 1.")
    assert engine.model_license == "GPL-3.0-or-later"
    assert engine.supports_speed
    assert not engine.supports_seeds
    budget = engine.budget(engine.default_voice(None), SpeechOptions())
    assert 200 <= budget.limit <= 500
    assert budget.cost("four") == 4


def test_missing_package_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing wheel is a ConfigError that names it, when the engine is built."""
    monkeypatch.setattr(espeak_library, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="espeakng-loader"):
        EspeakEngine(Settings.read({}))


@pytest.mark.parametrize(
    ("language", "name"),
    [(None, "espeak-en-US"), ("en-GB", "espeak-en"), ("pt-BR", "espeak-pt-BR"), ("zh", "espeak-cmn")],
)
def test_each_language_has_a_voice(engine: Engine, language: str | None, name: str) -> None:
    """The default voice is espeak's own for the language, English when none is asked for, and has no clip."""
    assert engine.default_voice(language) == Voice(name=name, language=language or "en")


@pytest.mark.parametrize(
    ("language", "guess"), [("german", "de (German)"), ("eng", "en (English"), ("Frnch", "fr (French"), ("xx", None)]
)
def test_unknown_language_is_refused_with_a_guess(engine: Engine, language: str, guess: str | None) -> None:
    """The error names the field, the language, the nearest known one if any is near, and some that are known."""
    with pytest.raises(BadRequest) as refused:
        engine.default_voice(language)
    message = refused.value.message
    assert [issue.field for issue in refused.value.issues] == ["language"]
    assert repr(language) in message
    assert "pt-br" in message
    assert (f"Did you mean {guess}" in message) if guess else ("Did you mean" not in message)


def test_cloned_voice_is_refused(engine: Engine) -> None:
    """A voice with a clip is a BadRequest that names the way out, before anything is spoken."""
    with pytest.raises(BadRequest, match="leave voice out, or send another engine"):
        engine.speak(requests_for([chunk("hello")]), Voice("anna", "en", clip=Path("anna.wav")), SpeechOptions())


def test_voice_in_an_unknown_language_is_refused(engine: Engine) -> None:
    """The language of a voice that came from elsewhere is checked too, before anything is spoken."""
    with pytest.raises(BadRequest, match="'xx'"):
        engine.speak(requests_for([chunk("hello")]), Voice("somebody", "xx"), SpeechOptions())


def test_chunks_come_in_order_with_their_words(engine: Engine) -> None:
    """Each chunk gives its own audio and one time for each of its spoken words, also where a token has several."""
    chunks = [chunk("It costs one/thousand/two/hundred/dollars, today."), chunk("Of the world…", 1)]
    audios = list(engine.speak(requests_for(chunks), engine.default_voice(None), SpeechOptions()))
    assert [len(known(audio)) for audio in audios] == [8, 3]
    for audio in audios:
        assert audio.samples.dtype == np.float32
        assert audio.samples.ndim == 1
        assert 0.3 < np.abs(audio.samples).max() <= 1
    pauses = [after.start - before.end for before, after in pairwise(known(audios[0]))]
    assert pauses[6] > 0.1
    assert max(pauses[:6]) < 0.02


def test_silent_word_keeps_its_entry(engine: Engine) -> None:
    """Every spoken word keeps its entry, even one without a sound, and a chunk of such words is no error."""
    words = say(engine, "hello ʘ - world").words
    assert words is not None
    assert len(words) == 4
    assert words[0] is not None
    assert words[3] is not None
    assert len(say(engine, "- -").words or ()) == 2


def test_closed_iterator_stops_speaking(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks are spoken one by one as they are asked for, and not after the iterator was closed."""
    spoken = []
    inner = espeak_library.speak

    def count(*arguments: object) -> espeak_library.Utterance:
        spoken.append(arguments)
        return inner(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(espeak_library, "speak", count)
    requests = requests_for([chunk("one"), chunk("two"), chunk("three")])
    stream = engine.speak(requests, engine.default_voice(None), SpeechOptions())
    next(stream)
    stream.close()
    assert len(spoken) == 1


@pytest.mark.parametrize("speed", [0.49, 0.75, 1.25, 2.0, 2.5])
def test_speed_sets_the_duration(engine: Engine, speed: float) -> None:
    """Within espeak's range speech lasts as long as the speed says."""
    usual, audio = say(engine, TEXT), say(engine, TEXT, speed)
    assert not audio.warnings
    assert len(audio.samples) * speed == pytest.approx(len(usual.samples), rel=0.06)
    for word, usual_word in zip(known(audio), known(usual), strict=True):
        assert word.start * speed == pytest.approx(usual_word.start, abs=0.1 + 0.06 * usual_word.start)


def test_chunk_has_a_pace_of_its_own(engine: Engine) -> None:
    """The script's pace and the job's multiply."""
    slow = Chunk(0, tuple(replace(token, rate=0.5) for token in chunk(TEXT).tokens))
    (audio,) = engine.speak(requests_for([slow]), engine.default_voice(None), SpeechOptions(speed=2.0))
    assert len(audio.samples) == pytest.approx(len(say(engine, TEXT).samples), rel=0.06)


@pytest.mark.parametrize(("speed", "wpm"), [(0.3, espeak_library.MIN_WPM), (3.0, espeak_library.MAX_WPM)])
def test_speed_out_of_range_is_clamped_with_a_warning(engine: Engine, speed: float, wpm: int) -> None:
    """Beyond espeak's range speech is as slow or fast as it can be, and the warning names the speed it has."""
    audio = say(engine, TEXT, speed)
    assert audio.samples.tobytes() == say(engine, TEXT, wpm / espeak.WORDS_PER_MINUTE).samples.tobytes()
    assert [warning.code for warning in audio.warnings] == ["option_ignored"]
    assert f"{wpm / espeak.WORDS_PER_MINUTE:.2f} was taken" in audio.warnings[0].message


@pytest.mark.parametrize("speed", [0.3, 1.0, 2.0, 3.0])
def test_times_stay_true_at_every_speed(engine: Engine, speed: float) -> None:
    """Next to every pause the sounds end and begin where the times say."""
    audio = say(engine, "garden, people. fox; apple! see: toast? dog, made, hello.", speed)
    words = known(audio)
    assert words[-1].end <= len(audio.samples) / RATE
    loud = np.flatnonzero(np.abs(audio.samples) > 0.003) / RATE
    errors = []
    for before, after in pairwise(words):
        assert before.start < before.end < after.start
        middle = (before.end + after.start) / 2
        errors += [before.end - loud[loud < middle][-1], after.start - loud[loud > middle][0]]
    assert np.median(np.abs(errors)) < 0.005
    assert np.abs(errors).max() < 0.02


@pytest.mark.parametrize("text", ["hello world.", "hello world", "hello world,"])
@pytest.mark.parametrize("speed", [0.5, 1.0, 2.5])
def test_chunk_ends_with_a_short_pause(engine: Engine, text: str, speed: float) -> None:
    """What follows the last sound is between a tenth and a fifth of a second long, at speed 1."""
    samples = say(engine, text, speed).samples
    tail = len(samples) - np.flatnonzero(np.abs(samples) > 0.001)[-1]
    assert 0.05 < tail / RATE * speed < 0.22


def test_same_chunk_gives_the_same_bytes(engine: Engine) -> None:
    """Earlier speech does not change a chunk's bytes."""
    for speed in (0.3, 1.0):
        first = say(engine, TEXT, speed)
        say(engine, "quelque chose d'autre", 2.0, "fr")
        again = say(engine, TEXT, speed)
        assert first.samples.tobytes() == again.samples.tobytes()
        assert first.words == again.words


def test_chunk_size_keeps_to_one_clause_buffer(engine: Engine) -> None:
    """A chunk as full of short words as the budget allows, without a mark, still has every word's time."""
    limit = int(engine.budget(engine.default_voice(None), SpeechOptions()).limit)
    assert limit == espeak._CHUNK_CHARS
    known(say(engine, " ".join(["a", "I"] * (limit // 4))))


def _token(shown: str, phonemes: tuple[str, ...] = (), mark: str = "") -> Token:
    return Token(shown, tuple(shown.split()), 0, len(shown), mark, phonemes=phonemes)


def _said(engine: EspeakEngine, *tokens: Token) -> ChunkAudio:
    voice = engine.default_voice("en")
    (audio,) = engine.speak([SpeechRequest(Chunk(0, tokens), 0)], voice, SpeechOptions())
    assert audio.words is not None
    assert len(audio.words) == sum(len(token.spoken) for token in tokens)
    return audio


def test_phonemes_are_spoken(engine: EspeakEngine) -> None:
    """A word with phonemes sounds like a word that has them by itself, and is one word in time."""
    other = _said(engine, _token("the"), _token("Lechester", ("lˈɛstɚ",)), _token("ends", mark="."))
    same = _said(engine, _token("the"), _token("Lester"), _token("ends", mark="."))
    read = _said(engine, _token("the"), _token("Lechester"), _token("ends", mark="."))
    assert other.samples.tobytes() == same.samples.tobytes() != read.samples.tobytes()
    assert (other.words, other.warnings) == (same.words, ())


def test_words_said_at_once_share_the_time(engine: EspeakEngine) -> None:
    """A linked word has half of the time of the word that says both."""
    audio = _said(engine, _token("Saint John", ("ˈsɪndʒən", "‿")), _token("left"))
    first, second, third = audio.words or ()
    assert first
    assert second
    assert third
    assert first.end == second.start
    assert first.end - first.start == pytest.approx(second.end - second.start)
    assert second.end <= third.start


def test_phonemes_that_espeak_does_not_have_are_read(engine: EspeakEngine) -> None:
    """A token with an unknown symbol is read as it is written, all of it, and the warning names both."""
    audio = _said(engine, _token("New York", ("nuː", "ʘɔːk")), _token("ends"))
    plain = _said(engine, _token("New York"), _token("ends"))
    assert audio.samples.tobytes() == plain.samples.tobytes()
    (warning,) = audio.warnings
    assert warning.code == "phonemes_ignored"
    assert "ʘ" in warning.message
    assert "New York" in warning.message
