"""espeak's C API: every word has its true time, whatever the words, the language and the number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.engines import espeak_library
from handler.errors import ConfigError
from handler.requests import MAX_LANGUAGE_CHARS
from handler.types import Samples, WordTime

ROOT = Path(__file__).parents[2]
FUNCTION_WORDS = [
    "of",
    "the",
    "in",
    "to",
    "a",
    "an",
    "and",
    "that",
    "it",
    "is",
    "was",
    "for",
    "on",
    "at",
    "by",
    "with",
    "as",
    "I",
    "you",
    "have",
    "been",
    "not",
    "are",
    "from",
    "one",
]
CONTRACTIONS = ["don't", "can't", "I'm", "you're", "it's", "we'll", "they've", "wouldn't", "o'clock", "rock'n'roll"]
HYPHENATED = ["mother-in-law", "well-known", "twenty-one", "state-of-the-art", "e-mail", "x-ray"]
CAPITALS = ["NASA", "USA", "FBI", "Paris", "London", "OK", "TV", "iPhone", "McDonald", "O'Neil"]
NUMBERS = ["one", "two", "hundred", "thousand", "thirty", "four", "point", "five", "million", "seventy"]
NOUNS = [
    "fox",
    "garden",
    "shop",
    "question",
    "thing",
    "window",
    "church",
    "measure",
    "people",
    "city",
    "dog",
    "toast",
    "apple",
]
WORDS = st.one_of(
    st.sampled_from(FUNCTION_WORDS),  # Twice, since these are what espeak fuses.
    st.sampled_from(FUNCTION_WORDS),
    *map(st.sampled_from, (CONTRACTIONS, HYPHENATED, CAPITALS, NUMBERS, NOUNS)),
)
MARKS = st.sampled_from(["", "", "", "", "", ",", ";", ":", ".", "!", "?", "…"])
SENTENCES = st.lists(st.tuples(WORDS, MARKS), min_size=1, max_size=25)


def spoken(text: str, language: str = "en", rate: int = 175) -> tuple[Samples, list[WordTime]]:
    """Speak a text whose words carry their marks at their ends; every word must have a time."""
    bare = [piece.rstrip(",;:.!?…") for piece in text.split()]
    marks = [piece[len(word) :] for piece, word in zip(text.split(), bare, strict=True)]
    utterance = espeak_library.speak(bare, marks, language, rate)
    words = [word for word in utterance.words if word is not None]
    assert len(words) == len(bare)
    return utterance.samples, words


def at(seconds: float) -> int:
    return round(seconds * espeak_library.SAMPLE_RATE)


@given(SENTENCES)
@settings(max_examples=300)
def test_every_word_of_a_sentence_has_a_time_of_its_own(sentence: list[tuple[str, str]]) -> None:
    """No word is lost or fused with the next; starts rise, words do not overlap and lie inside of the audio."""
    samples, words = spoken(" ".join(word + mark for word, mark in sentence))
    assert all(before.end <= after.start for before, after in pairwise(words))
    assert all(0 <= word.start < word.end <= len(samples) / espeak_library.SAMPLE_RATE for word in words)


def test_every_event_belongs_to_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the words apart makes no word event of its own, and neither do the marks."""
    stray: list[int] = []
    inner = espeak_library._word_times

    def watch(samples: Samples, events: list[Any], spans: list[range]) -> tuple[WordTime | None, ...]:
        inside = {position for span in spans for position in span}
        stray.extend(event.position for event in events if event.type == 1 and event.position not in inside)
        return inner(samples, events, spans)

    monkeypatch.setattr(espeak_library, "_word_times", watch)
    every = FUNCTION_WORDS + CONTRACTIONS + HYPHENATED + CAPITALS + NUMBERS + NOUNS
    for shift, mark in enumerate(["", ",", ";", ":", ".", "!", "?", "…"]):
        spoken(" ".join(word + mark for word in every[shift:]))
    assert stray == []


@pytest.mark.parametrize("mark", [",", ";", ":", ".", "!", "?", "…"])
def test_pause_belongs_to_no_word(mark: str) -> None:
    """The word before a pause ends with its sound, the one after starts with its own, and between them is silence."""
    pauses = []
    for first, second in [
        ("garden", "people"),
        ("fox", "apple"),
        ("toast", "dog"),
        ("see", "thing"),
        ("hello", "toast"),
    ]:
        samples, (before, after) = spoken(f"{first}{mark} {second}")
        loud = np.flatnonzero(np.abs(samples) > 0.003)
        sound_end = loud[loud < at((before.end + after.start) / 2)][-1]
        sound_start = loud[loud > at((before.end + after.start) / 2)][0]
        assert abs(at(before.end) - sound_end) <= at(0.005)
        assert abs(at(after.start) - sound_start) <= at(0.001)
        pauses.append(after.start - before.end)
    assert min(pauses) > 0.1


def test_word_times_match_the_sound() -> None:
    """Inside a phrase, the hiss of an s lies within its word's times, not in the words next to it."""
    samples, words = spoken("hello sea low say")

    def hiss(start: float, end: float) -> float:
        spectrum = np.abs(np.fft.rfft(samples[at(start) : at(end)])) ** 2
        high = np.fft.rfftfreq(at(end) - at(start), 1 / espeak_library.SAMPLE_RATE) > 4000
        return float(spectrum[high].sum() / spectrum.sum())

    for before, hissing in ((words[0], words[1]), (words[2], words[3])):
        assert hiss(before.end - 0.04, before.end) < 0.1
        assert hiss(hissing.start + 0.01, hissing.start + 0.05) > 0.5


def test_question_rises() -> None:
    """The mark of a word still shapes the melody: the end of a question is higher than that of a statement."""

    def pitch_at_the_end(mark: str) -> float:
        samples, words = spoken(f"you are going there now{mark}")
        voiced = samples[at(words[-1].end) - at(0.06) : at(words[-1].end)]
        likeness = np.correlate(voiced, voiced, "full")[len(voiced) :]
        low, high = at(1 / 250), at(1 / 60)
        return espeak_library.SAMPLE_RATE / (low + 1 + int(np.argmax(likeness[low:high])))

    assert pitch_at_the_end("?") > 1.15 * pitch_at_the_end(".")


def test_rate_sets_the_pace() -> None:
    """Words last as long as the rate says, from the slowest to the fastest."""
    text = "we saw it yesterday in the garden behind the old house and it was happy"

    def seconds(rate: int) -> float:
        return sum(word.end - word.start for word in spoken(text, rate=rate)[1])

    for rate, tolerance in ((espeak_library.MIN_WPM, 0.05), (120, 0.05), (300, 0.05), (espeak_library.MAX_WPM, 0.15)):
        assert seconds(rate) * rate == pytest.approx(seconds(175) * 175, rel=tolerance)


def test_same_text_gives_the_same_samples() -> None:
    """Earlier speech, at another rate or in another language, does not change the samples."""
    first = spoken("so, this is fish and chips.")[0]
    spoken("etwas ganz anderes", "de", 250)
    again = spoken("so, this is fish and chips.")[0]
    assert first.dtype == np.float32
    assert np.abs(first).max() <= 1
    assert first.tobytes() == again.tobytes()


def test_threads_do_not_disturb_each_other() -> None:
    """Several threads at once get the bytes and times that they would have got one after another."""
    texts = [f"the {word} of the {word}, and then some more of it" for word in NOUNS]
    alone = [spoken(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(spoken, texts))
    for (samples, words), (samples_together, words_together) in zip(alone, together, strict=True):
        assert samples.tobytes() == samples_together.tobytes()
        assert words == words_together


def test_every_language_speaks_and_reads_no_separator_out() -> None:
    """In each language words have sound and times, and take no longer apart than as one text."""
    for language in espeak_library.languages():
        apart = espeak_library.speak(["ma", "ta", "na", "ka"], [""] * 4, language)
        together = espeak_library.speak(["ma ta na ka"], [""], language)
        assert None not in apart.words, language
        assert np.abs(apart.samples).max() > 0.05, language
        assert len(apart.samples) < 1.15 * len(together.samples), language


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("zh", "人人 生 而 自由，", 4),
        ("ru", "Все люди рождаются свободными, и равными.", 6),
        ("hi", "सभी मनुष्यों को गौरव", 4),
        ("ar", "يولد جميع الناس أحرارا", 4),
        ("fr", "il n'y a pas d'autre chose, qu'on l'a dit", 9),
        ("pl", "rodzą się wolni i równi w swojej godności", 8),
    ],
)
def test_positions_count_characters_in_every_script(language: str, text: str, count: int) -> None:
    """Words of several bytes a character, and of several syllables a word, are found by their characters."""
    assert len(spoken(text, language)[1]) == count


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("en", "gmw/en-US"),
        ("EN-us", "gmw/en-US"),
        ("en_GB", "gmw/en"),
        ("en-AU", "gmw/en-US"),
        ("pt-BR", "roa/pt-BR"),
        ("pt-AO", "roa/pt"),
        ("zh", "sit/cmn"),
        ("zh-Hans-CN", "sit/cmn"),
        ("iw", "sem/he"),
        ("fo", None),
        ("xx", None),
        ("", None),
    ],
)
def test_voice_lookup_by_language(language: str, voice: str | None) -> None:
    """Tags of any case and length find the nearest voice; a language without one, or without its data, none."""
    assert espeak_library.voice_for(language) == voice


class _Counted(dict[str, tuple[str, str]]):
    """Voices that count the look-ups."""

    asked = 0

    def __contains__(self, tag: object) -> bool:
        self.asked += 1
        return super().__contains__(tag)


@pytest.mark.parametrize("tag", ["x-" * 100_000, "en" * 100_000, "_" * 100_000, "en-" + "a" * 100_000])
def test_voice_lookup_of_a_huge_tag_takes_few_steps(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of look-ups has a bound, whatever a bucket's record gives as its language."""
    voices = _Counted(espeak_library._voices())
    monkeypatch.setattr(espeak_library, "_voices", lambda: voices)
    assert espeak_library.voice_for(tag) == ("gmw/en-US" if tag.startswith("en-") else None)
    assert voices.asked <= 2 * MAX_LANGUAGE_CHARS


def test_language_without_a_voice_is_refused() -> None:
    """Speaking and pronouncing in an unknown language is a ValueError that names it."""
    with pytest.raises(ValueError, match="'xx'"):
        espeak_library.speak(["word"], [""], "xx")
    with pytest.raises(ValueError, match="'xx'"):
        espeak_library.phonemes(["word"], "xx")


@pytest.mark.parametrize(
    "word", ["…", "-", '"', "ʘ", "😀", "\x01", "a\x00b", "\ud800", "|", "[[h@]]", "<b>", "x" * 900]
)
def test_odd_words_do_not_change_other_times(word: str) -> None:
    """A word without a sound, or one like a command of the library, is None or has a time; no other word is lost."""
    words = espeak_library.speak(["hello", word, "world"], ["", "", ""], "en").words
    assert len(words) == 3
    assert words[0] is not None
    assert words[2] is not None
    assert words[0].end <= words[2].start


def test_no_words_give_no_times() -> None:
    """No words give no times and no sound."""
    utterance = espeak_library.speak([], [], "en")
    assert utterance.words == ()
    assert not utterance.samples.any()


def test_words_and_marks_must_match() -> None:
    """A mark too few is a ValueError, not a word lost."""
    with pytest.raises(ValueError, match="shorter"):
        espeak_library.speak(["one", "two"], [""], "en")


def test_phonemes_are_ipa_symbols_without_stress() -> None:
    """Each word has its own list of symbols; several words in one, and unknown names, are pronounced too."""
    assert espeak_library.phonemes(["hello", "church", "New York", "Kubernetes", "…"], "en") == [
        ["h", "ə", "l", "oʊ"],
        ["tʃ", "ɜː", "tʃ"],
        ["n", "uː", "j", "ɔːɹ", "k"],
        ["k", "uː", "b", "ɚ", "n", "ɛ", "ɾ", "iː", "z"],
        [],
    ]
    assert espeak_library.phonemes(["hello你好"], "zh")[0][:3] == ["h", "ə", "l"]


def test_missing_package_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wheel is missing, `available` names it and speaking is a ConfigError."""
    assert espeak_library.available() is None
    monkeypatch.setattr(espeak_library, "find_spec", lambda _name: None)
    assert "espeakng-loader" in str(espeak_library.available())
    monkeypatch.setattr(espeak_library, "voice_for", lambda _language: "gmw/en-US")
    with pytest.raises(ConfigError, match="espeakng-loader"):
        espeak_library.speak(["word"], [""], "en")


def test_damaged_data_raises_instead_of_exiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Data that cannot be loaded raise a ConfigError, the process lives on, and espeak can speak again after it."""
    with monkeypatch.context() as patched:
        patched.setattr(espeak_library, "data_path", lambda: os.fsencode(tmp_path))
        with pytest.raises(ConfigError, match="data"):
            espeak_library.speak(["word"], [""], "en")
    assert spoken("word")[1]


FAR_AWAY = """
from handler.engines import espeak_library
import espeakng_loader
assert len(espeakng_loader.get_data_path()) > 200, espeakng_loader.get_data_path()
print(espeak_library.speak(["far", "away"], [",", "."], "en").samples.tobytes().hex())
print(espeak_library.data_path().decode())
"""


def test_long_data_path_works(tmp_path: Path) -> None:
    """Installed more than 200 characters deep, espeak gives the same samples, and its short link is gone afterwards."""
    import espeakng_loader

    deep = tmp_path / ("deep" * 30) / ("down" * 30)
    deep.mkdir(parents=True)
    (deep / "espeakng_loader").symlink_to(Path(espeakng_loader.__file__).parent)
    ran = subprocess.run(
        [sys.executable, "-c", FAR_AWAY],
        env={**os.environ, "PYTHONPATH": f"{deep}{os.pathsep}{ROOT}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    speech, link = ran.stdout.split()
    assert bytes.fromhex(speech) == spoken("far, away.")[0].tobytes()
    assert len(link) < 130
    assert not Path(link).parent.exists()
