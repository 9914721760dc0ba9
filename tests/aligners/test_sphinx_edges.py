"""The second pass of `sphinx` finds the edges of words near to where the first pass put them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from handler.aligners import sphinx_edges
from handler.aligners.reduced_forms import REDUCED, reduced
from handler.aligners.sphinx_decoding import FRAME_BYTES, Segment, load, prepared
from handler.aligners.sphinx_edges import edges
from handler.aligners.sphinx_features import features, filter_energies
from handler.aligners.sphinx_model import AcousticModel, read
from handler.engines import espeak_library
from handler.media import audio

needs_espeak = pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")

WORDS = "bring your umbrella because it will rain".split()


@pytest.fixture(scope="module")
def model() -> AcousticModel:
    return read()


@pytest.fixture(scope="module")
def spoken(model: AcousticModel) -> tuple[bytes, list[list[tuple[int, ...]]], list[Segment]]:
    """Sound between silences, the pronunciations of its words, and where they are by espeak's own times."""
    speech = espeak_library.speak(WORDS, [""] * len(WORDS), "en-us")
    rate = speech.sample_rate
    quiet = np.zeros(rate // 2, np.float32)
    decoder = load()
    forms = [(decoder.lookup_word(word) or "").split() for word in WORDS]
    near = [Segment(50 + round(100 * word.start), 50 + round(100 * word.end), 0.0) for word in speech.words if word]
    pronunciations = [[tuple(model.phones[phone] for phone in form)] for form in forms]
    return prepared(np.concatenate([quiet, speech.samples, quiet]), rate), pronunciations, near


def test_model_is_that_of_the_wheel(model: AcousticModel) -> None:
    """Every triphone has senones of its own phone, and the likelihood of sound is a number."""
    assert {"SIL", "AA", "ZH"} < set(model.phones)
    phones = range(len(model.phones))
    assert [int(model.owners[model.senones[phone, 0]]) for phone in phones] == list(phones)
    sound = np.random.default_rng(1).integers(-3000, 3000, 16_000).astype("<i2").tobytes()
    heard = features(filter_energies(sound))
    assert heard.shape == (99, 3, 13)
    assert np.isfinite(model.scores(heard, np.arange(len(model.owners)))).all()


@needs_espeak
def test_first_pass_that_is_off_is_put_right(
    model: AcousticModel, spoken: tuple[bytes, list[list[tuple[int, ...]]], list[Segment]]
) -> None:
    """Words that the first pass put 0.3 s late are found where they are said, in order, with the silence in none."""
    sound, forms, true = spoken
    late = [one._replace(start=one.start + 30, end=one.end + 30) for one in true]
    found = edges(model, forms, late, sound)
    assert found
    assert np.median([abs(start - one.start) for (start, _), one in zip(found, true, strict=True)]) <= 2
    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    assert all(start < end <= len(sound) // FRAME_BYTES for start, end in found)


@needs_espeak
def test_silence_becomes_that_of_the_recording(
    model: AcousticModel, spoken: tuple[bytes, list[list[tuple[int, ...]]], list[Segment]]
) -> None:
    """Hiss becomes a likelier silence than it was, and no other phone changes; without quiet nothing does."""
    sound, _, true = spoken
    samples = np.frombuffer(sound, "<i2")
    hiss = np.random.default_rng(2).normal(0, 0.1 * float(np.std(samples)), len(samples))
    heard = features(filter_energies((samples + hiss).clip(-32768, 32767).astype("<i2").tobytes()))
    adapted = sphinx_edges._adapted(model, heard, true)
    silence = model.senones[model.silence]
    before, after = (each.scores(heard[:40], silence).max(1).mean() for each in (model, adapted))
    assert after > before + 1
    speech = model.senones[model.phones["AA"]]
    assert np.array_equal(model.scores(heard, speech), adapted.scores(heard, speech))
    assert adapted.forms[model.phones["AA"]] is model.forms[model.phones["AA"]]
    assert sphinx_edges._adapted(model, heard, [Segment(0, len(heard), 0.0)]) is model


@needs_espeak
def test_other_voices_between_words_are_not_taken_for_the_speaker(model: AcousticModel) -> None:
    """Among others who talk 8 dB below, words that the first pass stretched begin and end near to where they do."""
    speech = espeak_library.speak(WORDS, [""] * len(WORDS), "en-us")
    quiet = np.zeros(speech.sample_rate // 2, np.float32)
    alone = np.concatenate([quiet, speech.samples, quiet])
    others = "the old captain carried seven heavy boxes to the northern harbour and forgot the letters".split()
    babble = np.zeros_like(alone)
    for number, voice in enumerate(("en-gb", "en-gb-scotland", "en-029")):
        talk = espeak_library.speak(others, [""] * len(others), voice).samples
        babble += np.resize(np.roll(talk, 3000 * number), len(alone))
    mixed = alone + babble * np.float32(audio.rms(speech.samples) / audio.rms(babble) / 10 ** (8 / 20))
    sound = prepared(np.float32(0.8) * mixed / np.abs(mixed).max(), speech.sample_rate)
    true = [Segment(50 + round(100 * word.start), 50 + round(100 * word.end), 0.0) for word in speech.words if word]
    near = [true[0]._replace(start=true[0].start - 30), *true[1:-1], true[-1]._replace(end=true[-1].end + 30)]
    decoder = load()
    forms = [[tuple(model.phones[phone] for phone in (decoder.lookup_word(word) or "").split())] for word in WORDS]
    found = edges(model, forms, near, sound)
    assert found
    assert all(abs(start - one.start) <= 5 for (start, _), one in zip(found, true, strict=True))


@needs_espeak
@pytest.mark.parametrize(("hesitation", "at"), [("uh", 3), ("um", 5)])
def test_hesitation_belongs_to_no_word(model: AcousticModel, hesitation: str, at: int) -> None:
    """An "um" that the text lacks, and that the first pass gave to the word after it, is taken from that again."""
    said = [*WORDS[:at], hesitation, *WORDS[at:]]
    speech = espeak_library.speak(said, ["," if number in {at - 1, at} else "" for number in range(len(said))], "en-us")
    quiet = np.zeros(speech.sample_rate // 2, np.float32)
    sound = prepared(np.concatenate([quiet, speech.samples, quiet]), speech.sample_rate)
    true = [Segment(50 + round(100 * word.start), 50 + round(100 * word.end), 0.0) for word in speech.words if word]
    begin = true.pop(at).start
    near = [*true[:at], true[at]._replace(start=begin), *true[at + 1 :]]
    decoder = load()
    forms = [[tuple(model.phones[phone] for phone in (decoder.lookup_word(word) or "").split())] for word in WORDS]
    found = edges(model, forms, near, sound)
    assert found
    assert abs(found[at][0] - true[at].start) <= 5
    assert abs(found[at - 1][1] - true[at - 1].end) <= 5


@needs_espeak
def test_words_that_the_sound_is_too_short_for_have_no_edges(
    model: AcousticModel, spoken: tuple[bytes, list[list[tuple[int, ...]]], list[Segment]]
) -> None:
    """Where no path holds all words there are none, and the first pass's edges stay."""
    sound, forms, true = spoken
    assert edges(model, forms, true, sound[: 20 * FRAME_BYTES]) is None


def test_reduced_forms_are_shorter_than_the_full_ones() -> None:
    """No reduced form but a hesitation's is longer than the dictionary's, and all have phones that the model knows."""
    decoder = load()
    known = read().phones
    for word, forms in REDUCED.items():
        full = (decoder.lookup_word(word) or "").split()
        assert full
        assert all(set(form) <= set(known) for form in forms)
        assert word in {"um", "uh"} or all(len(form) <= len(full) for form in forms)
    assert reduced("going", ("G", "OW", "IH", "NG"))[-1] == ("G", "OW", "IH", "N")
    assert reduced("ring", ("R", "IH", "NG")) == ()
    assert reduced("umbrella", ("AH", "M")) == ()


@needs_espeak
def test_slow_speech_keeps_the_first_passs_edges(
    model: AcousticModel, spoken: tuple[bytes, list[list[tuple[int, ...]]], list[Segment]]
) -> None:
    """Sounds that are stretched have parts as quiet as a silence, by which a second pass would go wrong.

    The pace of few words says nothing: a wrong reading stretches those around it.
    """
    sound, forms, once = spoken
    frames = len(sound) // FRAME_BYTES
    twice = [*once, *(one._replace(start=one.start + frames, end=one.end + frames) for one in once)]
    slow = [one._replace(start=2 * one.start, end=2 * one.end) for one in twice]
    assert edges(model, 2 * forms, twice, 2 * sound) is not None
    assert edges(model, 2 * forms, slow, 4 * sound) is None
    assert edges(model, forms, slow[: len(once)], 2 * sound) is not None
