"""The engine espeak: chunks in, audio with true word times out, at any speed, and clear refusals."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from handler.engines import espeak, espeak_library
from handler.engines.espeak import EspeakEngine, stretch
from handler.errors import BadRequest, ConfigError
from handler.protocols import Engine
from handler.settings import Settings
from handler.types import Chunk, ChunkAudio, SpeechOptions, Token, Voice, WordTime

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
    tokens, place = [], 0
    for piece in text.split():
        bare = piece.rstrip(",;:.!?…")
        tokens.append(Token(piece, tuple(bare.split("/")), place, place + len(piece), piece[len(bare) :]))
        place += len(piece) + 1
    return Chunk(index, tuple(tokens))


def say(engine: Engine, text: str, speed: float = 1.0, language: str | None = None) -> ChunkAudio:
    (audio,) = engine.speak([chunk(text)], engine.default_voice(language), SpeechOptions(speed=speed))
    return audio


def known(audio: ChunkAudio) -> list[WordTime]:
    """The times of a chunk in which no word was lost."""
    assert audio.words is not None
    words = [word for word in audio.words if word is not None]
    assert len(words) == len(audio.words)
    return words


def test_it_says_what_it_is(engine: Engine) -> None:
    """Name, model, licence and abilities are those of espeak-ng, and a chunk holds a few hundred characters."""
    assert (engine.name, engine.sample_rate, engine.supports_cloning) == ("espeak", 22_050, False)
    assert engine.model.startswith("espeak-ng 1.")
    assert engine.model_license == "GPL-3.0-or-later"
    assert engine.options == {"speed"}
    budget = engine.budget(engine.default_voice(None), SpeechOptions())
    assert 200 <= budget.limit <= 500
    assert budget.cost("four") == 4


def test_without_its_package_it_cannot_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_unknown_language_is_refused_by_name(engine: Engine, language: str, guess: str | None) -> None:
    """The error names the field, the language, the nearest known one if any is near, and some that are known."""
    with pytest.raises(BadRequest) as refused:
        engine.default_voice(language)
    message = refused.value.message
    assert [issue.field for issue in refused.value.issues] == ["language"]
    assert repr(language) in message
    assert "pt-br" in message
    assert (f"Did you mean {guess}" in message) if guess else ("Did you mean" not in message)


def test_a_cloned_voice_is_refused(engine: Engine) -> None:
    """A voice with a clip is a BadRequest that names the way out, before anything is spoken."""
    with pytest.raises(BadRequest, match="set engine to f5"):
        engine.speak([chunk("hello")], Voice("anna", "en", clip=Path("anna.wav")), SpeechOptions())


def test_a_voice_in_an_unknown_language_is_refused(engine: Engine) -> None:
    """The language of a voice that came from elsewhere is checked too, before anything is spoken."""
    with pytest.raises(BadRequest, match="'xx'"):
        engine.speak([chunk("hello")], Voice("somebody", "xx"), SpeechOptions())


def test_chunks_come_in_order_with_their_words(engine: Engine) -> None:
    """Each chunk gives its own audio and one time for each of its spoken words, also where a token has several."""
    chunks = [chunk("It costs one/thousand/two/hundred/dollars, today."), chunk("Of the world…", 1)]
    audios = list(engine.speak(chunks, engine.default_voice(None), SpeechOptions()))
    assert [len(known(audio)) for audio in audios] == [8, 3]
    for audio in audios:
        assert audio.samples.dtype == np.float32
        assert audio.samples.ndim == 1
        assert 0.3 < np.abs(audio.samples).max() <= 1
    pauses = [after.start - before.end for before, after in pairwise(known(audios[0]))]
    assert pauses[6] > 0.1
    assert max(pauses[:6]) < 0.02


def test_a_word_without_a_sound_is_not_lost(engine: Engine) -> None:
    """Every spoken word keeps its entry, even one that cannot be said, and a chunk of nothing else is no error."""
    words = say(engine, "hello ʘ - world").words
    assert words is not None
    assert len(words) == 4
    assert words[0] is not None
    assert words[3] is not None
    assert len(say(engine, "- -").words or ()) == 2


def test_closing_stops_early(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks are spoken one by one as they are asked for, and not after the iterator was closed."""
    spoken = []
    inner = espeak_library.speak

    def count(*arguments: object) -> espeak_library.Utterance:
        spoken.append(arguments)
        return inner(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(espeak_library, "speak", count)
    stream = engine.speak([chunk("one"), chunk("two"), chunk("three")], engine.default_voice(None), SpeechOptions())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(spoken) == 1


@pytest.mark.parametrize("speed", [0.3, 0.5, 0.75, 1.25, 2.0, 3.0])
def test_the_speed_sets_the_duration(engine: Engine, speed: float) -> None:
    """Inside of espeak's own range and beyond it, speech lasts as long as the speed says."""
    usual, audio = say(engine, TEXT), say(engine, TEXT, speed)
    assert len(audio.samples) * speed == pytest.approx(len(usual.samples), rel=0.06)
    for word, usual_word in zip(known(audio), known(usual), strict=True):
        assert word.start * speed == pytest.approx(usual_word.start, abs=0.1 + 0.06 * usual_word.start)


@pytest.mark.parametrize("speed", [0.3, 0.45, 1.0, 2.0, 3.0])
def test_times_stay_true_at_every_speed(engine: Engine, speed: float) -> None:
    """Next to every pause the sounds end and begin where the times say, also in speech that was stretched."""
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
@pytest.mark.parametrize("speed", [0.3, 1.0, 3.0])
def test_a_chunk_ends_with_a_short_pause(engine: Engine, text: str, speed: float) -> None:
    """What follows the last sound is between a tenth and a fifth of a second long, at speed 1."""
    samples = say(engine, text, speed).samples
    tail = len(samples) - np.flatnonzero(np.abs(samples) > 0.001)[-1]
    assert 0.05 < tail / RATE * speed < 0.22


def test_the_same_chunk_gives_the_same_bytes(engine: Engine) -> None:
    """What was said before leaves no trace, stretched or not."""
    for speed in (0.3, 1.0):
        first = say(engine, TEXT, speed)
        say(engine, "quelque chose d'autre", 2.0, "fr")
        again = say(engine, TEXT, speed)
        assert first.samples.tobytes() == again.samples.tobytes()
        assert first.words == again.words


@pytest.mark.parametrize("factor", [0.48, 0.7, 1.3, 1.71])
def test_stretching_keeps_pitch_and_loudness(factor: float) -> None:
    """A tone comes out at its own frequency and amplitude, and exactly as long as asked."""
    tone = (0.5 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE)).astype(np.float32)
    out, moved = stretch(tone, factor, RATE)
    assert len(out) == round(len(tone) * factor)
    spectrum = np.abs(np.fft.rfft(out))
    assert np.argmax(spectrum) * RATE / len(out) == pytest.approx(220, abs=2)
    middle = out[RATE // 4 : -RATE // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.03)
    assert moved(1.0) == pytest.approx(factor, abs=0.015)
    assert 0 <= moved(0.0) <= moved(2.0) <= 2 * factor


def test_stretching_moves_an_instant_where_it_says() -> None:
    """A click among silence is found where `stretch` says that its time has moved to."""
    for factor in (0.48, 1.71):
        for instant in (0.2, 0.5, 0.731):
            click = np.zeros(RATE, dtype=np.float32)
            click[round(instant * RATE) :][:40] = 0.8
            out, moved = stretch(click, factor, RATE)
            assert moved(instant) == pytest.approx(int(np.argmax(np.abs(out))) / RATE, abs=0.015)


def test_nothing_can_be_stretched() -> None:
    """No samples stay no samples."""
    assert len(stretch(np.zeros(0, dtype=np.float32), 1.5, RATE)[0]) == 0


def test_chunk_size_keeps_to_one_clause_buffer(engine: Engine) -> None:
    """A chunk as full of short words as the budget allows, without a mark, still has every word's time."""
    limit = int(engine.budget(engine.default_voice(None), SpeechOptions()).limit)
    assert limit == espeak._CHUNK_CHARACTERS
    known(say(engine, " ".join(["a", "I"] * (limit // 4))))
