"""No half word stays in a clip: neither at its beginning nor at its end, in the sound or in the text."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from handler.aligners.sphinx import SphinxAligner
from handler.app import make_services
from handler.engines import espeak_library
from handler.errors import BadReference
from handler.media.decode import Sound
from handler.protocols import Services
from handler.settings import Settings
from handler.types import Samples
from handler.voices.half_words import whole_phrases
from handler.voices.library import prepare_voice
from handler.voices.reference import Prepared, prepare
from tests.support.fake_transcriber import Writer, with_writer
from tests.support.human_samples import RATE, human_samples, noise, silence

needs_espeak = pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")

WORDS = ("Some", "call", "me", "nature,", "others", "call", "me", "mother", "nature.")
# Seconds inside the vowel of a word of the person, and the word's number.
IN_CALL, IN_NATURE, IN_OTHERS_CALL, IN_MOTHER = (1.12, 1), (1.58, 3), (3.68, 5), (4.3, 7)


@pytest.fixture(scope="module")
def aligner() -> SphinxAligner:
    return SphinxAligner(Settings.read({}))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return make_services(Settings.read({"LOCAL_STORE": str(tmp_path), "ALIGNERS": "sphinx", "TTS_ENGINE": "espeak"}))


def clip(samples: Samples, words: Sequence[str], aligner: SphinxAligner | None, rate: int = RATE) -> Prepared:
    return prepare(Sound(samples, rate), " ".join(words), "en", aligner)


def said(text: str) -> list[str]:
    return re.sub(r"[.,]", "", text).split()


def taken_from(made: Prepared, samples: Samples) -> tuple[float, float]:
    """Seconds of the recording at which the clip begins and ends, by cross-correlation."""
    size = len(samples) + len(made.samples)
    alike = np.fft.irfft(np.fft.rfft(samples, size) * np.conj(np.fft.rfft(made.samples, size)), size)
    start = int(alike.argmax()) / RATE
    return start, start + len(np.trim_zeros(made.samples, "b")) / RATE


@pytest.mark.parametrize(("time", "word"), [IN_OTHERS_CALL, IN_MOTHER])
@pytest.mark.parametrize("written", [True, False], ids=["in the text", "not in the text"])
def test_half_word_at_the_end_is_cut_off(aligner: SphinxAligner, time: float, word: int, written: bool) -> None:
    """A clip cut off in a vowel loses that word, in sound and text, whether the text has it or not."""
    cut = human_samples()[: round(time * RATE)]
    made = clip(cut, WORDS[: word + written], aligner)
    assert said(made.text) == said(" ".join(WORDS[:word]))
    assert taken_from(made, cut)[1] < time - 0.08
    assert [warning.code for warning in made.warnings] == ["clip_cut"]
    assert "ends inside a word" in made.warnings[0].message


@pytest.mark.parametrize(("time", "word"), [IN_CALL, IN_NATURE])
@pytest.mark.parametrize("written", [True, False], ids=["in the text", "not in the text"])
def test_half_word_at_the_start_is_cut_off(aligner: SphinxAligner, time: float, word: int, written: bool) -> None:
    """A clip that begins in a vowel loses that word, and at most the short one after it."""
    rest = human_samples()[round(time * RATE) :]
    made = clip(rest, WORDS[word + 1 - written :], aligner)
    words = said(" ".join(WORDS))
    assert said(made.text) in (words[word + 1 :], words[word + 2 :])
    assert taken_from(made, rest)[0] > 0.08
    assert [warning.code for warning in made.warnings] == ["clip_cut"]
    assert "begins inside a word" in made.warnings[0].message


def test_half_words_at_both_ends_are_cut_off(aligner: SphinxAligner) -> None:
    """Of a clip out of the middle of a sentence the whole words stay."""
    piece = human_samples()[round(IN_CALL[0] * RATE) : round(IN_MOTHER[0] * RATE)]
    made = clip(piece, WORDS[1:8], aligner)
    assert said(made.text) in (said(" ".join(WORDS[2:7])), said(" ".join(WORDS[3:7])))
    assert len(made.warnings) == 2


def test_clip_with_too_few_whole_words_is_refused(aligner: SphinxAligner) -> None:
    """Where too little is left without the half word, the sentence says that the clip ends inside a word."""
    with pytest.raises(BadReference, match="the clip ends inside a word"):
        clip(human_samples()[: round(IN_CALL[0] * RATE)], WORDS[:2], aligner)


def test_torn_clip_needs_an_aligner() -> None:
    """Where no aligner knows the language, nobody can tell which words to cut off: the clip is refused."""
    human = human_samples()
    with pytest.raises(BadReference, match="the clip ends inside a word, and no aligner here knows the language en"):
        clip(human[: round(IN_MOTHER[0] * RATE)], WORDS[:8], None)
    with pytest.raises(BadReference, match="the clip begins inside a word, and no aligner"):
        clip(human[round(IN_NATURE[0] * RATE) :], WORDS[4:], None)


@pytest.mark.parametrize(
    "ended",
    [
        lambda human: human,
        lambda human: human[: round(5.0 * RATE)],
        lambda human: noise(human[round(0.36 * RATE) : round(5.0 * RATE)], 25),
        lambda human: np.concatenate([silence(0.01), human[round(0.36 * RATE) : round(5.0 * RATE)], silence(0.01)]),
    ],
    ids=["room", "after the release", "noise", "padding"],
)
def test_whole_clip_loses_no_word(aligner: SphinxAligner, ended) -> None:  # type: ignore[no-untyped-def]
    """A clip that ends with its last word's release, room or noise keeps all words, without a warning."""
    made = clip(ended(human_samples()), WORDS, aligner)
    assert said(made.text) == said(" ".join(WORDS))
    assert made.warnings == ()


SENTENCES = (
    "he bought three apples and a loaf of bread from the little shop on the corner",
    "nothing is as easy as it seems when you look at it from far away",
    "every morning the children play football behind the old church",
    "later that evening she called her brother who had been waiting for the news all day",
)


@needs_espeak
@pytest.mark.parametrize("sentence", SENTENCES)
def test_speech_trimmed_to_the_sample_loses_no_word(aligner: SphinxAligner, sentence: str) -> None:
    """A machine's speech without any quiet around it keeps its first and its last word."""
    words = sentence.split()
    spoken = espeak_library.speak(words, [""] * len(words), "en-us", 170)
    heard = np.flatnonzero(np.abs(spoken.samples) > 1e-4)
    made = clip(spoken.samples[heard[0] : heard[-1] + 1], words, aligner, spoken.sample_rate)
    assert said(made.text) == words
    assert made.warnings == ()


@needs_espeak
@pytest.mark.parametrize(("sentence", "word"), [(0, 6), (3, 9)])
@pytest.mark.parametrize("written", [True, False], ids=["in the text", "not in the text"])
def test_machine_cut_inside_a_word_loses_it(aligner: SphinxAligner, sentence: int, word: int, written: bool) -> None:
    """Speech of a machine cut at half of a word keeps the words before it, but for two that run into it."""
    words = SENTENCES[sentence].split()
    spoken = espeak_library.speak(words, [""] * len(words), "en-us", 170)
    time = spoken.words[word]
    assert time is not None
    made = clip(
        spoken.samples[: round((time.start + time.end) / 2 * spoken.sample_rate)],
        words[: word + written],
        aligner,
        spoken.sample_rate,
    )
    assert said(made.text) in (words[:word], words[: word - 1], words[: word - 2])
    assert [warning.code for warning in made.warnings] == ["clip_cut"]


@pytest.mark.parametrize(("start", "end", "kept"), [(0.0, 3.68, (0.0, 3.5)), (1.58, 5.33, (2.1, 5.33))])
def test_clip_without_a_transcript_is_cut_at_a_pause(start: float, end: float, kept: tuple[float, float]) -> None:
    """Where a transcriber has to write the words, it hears none of the half word, but what is before its pause."""
    human = human_samples()
    part, warnings = whole_phrases(Sound(human[round(start * RATE) : round(end * RATE)], RATE))
    assert part.duration == pytest.approx(kept[1] - kept[0], abs=0.1)
    found = taken_from(Prepared(part.samples, RATE, "", part.duration, ()), human)
    assert found == pytest.approx(kept, abs=0.1)
    assert [warning.code for warning in warnings] == ["clip_cut"]


def test_whole_clip_without_a_transcript_stays() -> None:
    """A clip that ends with its words is transcribed whole, and so is one without a pause to cut it at."""
    human = human_samples()
    for samples in (human, human[round(0.4 * RATE) : round(1.58 * RATE)]):
        assert whole_phrases(Sound(samples, RATE)) == (Sound(samples, RATE), ())


def test_transcript_of_a_torn_clip_is_written_of_its_whole_words(services: Services) -> None:
    """In a language that no aligner knows, too, a clip without a transcript loses its half word."""
    sound = Sound(human_samples()[: round(IN_OTHERS_CALL[0] * RATE)], RATE)
    voice = prepare_voice(sound, None, None, with_writer(services, Writer("Certains m'appellent la nature", "fr")))
    samples, _ = soundfile.read(io.BytesIO(voice.prepared))
    assert len(np.trim_zeros(samples, "b")) / RATE < IN_OTHERS_CALL[0] - 0.1
    found = [warning.code for warning in voice.warnings if warning.code != "clip_short"]
    assert found == ["clip_cut", "clip_not_compared"]
