"""From emissions to word times: spelling, the likeliest path, how far a text goes, and where sound ends."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchaudio.functional import forced_align  # type: ignore[import-untyped]

from handler.aligners import ctc
from handler.aligners.ctc import Alphabet, Frames, Run, Target
from handler.errors import AlignmentError
from handler.types import Samples

RATE = 16_000
LATIN = {"-": 0, "|": 1, "a": 2, "b": 3, "c": 4, "'": 5, "é": 6, "e": 7, "s": 8}
FRAMES = Frames()


def emissions(labels: str, sure: float = 10.0) -> Samples:
    """A frame for each label of LATIN, written ``-`` for the blank."""
    scores = np.zeros((len(labels), len(LATIN)), np.float32)
    scores[np.arange(len(labels)), [LATIN[label] for label in labels]] = sure
    heard: Samples = torch.log_softmax(torch.from_numpy(scores), dim=-1).numpy()
    return heard


def spelled(word: str, alphabet: Alphabet) -> str:
    letters = {number: letter for letter, number in LATIN.items()}
    return "".join(letters[number] for number in alphabet.spell(word))


def runs(labels: str, words: list[str]) -> list[Run | None]:
    alphabet = Alphabet(LATIN)
    return ctc.place(emissions(labels), Target.of(words, alphabet), alphabet.blank)


def count(labels: str, words: list[str]) -> int:
    alphabet = Alphabet(LATIN)
    return ctc.count(emissions(labels), Target.of(words, alphabet), alphabet.blank)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("ABC", "abc"),
        ("a-b", "ab"),
        ("a|b", "ab"),
        ("abc.", "abc"),
        ("“a,”", "a"),
        ("a1b2", "ab"),
        ("a’s", "a's"),
        ("é", "é"),
        ("É", "é"),
        ("e\u0301", "é"),
        ("à", "a"),
        ("ß", "ss"),
        ("ａ", "a"),
        ("42", ""),
        ("...", ""),
        ("-", ""),
        ("Жш", ""),
        ("a b", "ab"),
        ("", ""),
    ],
)
def test_words_are_spelled_in_the_models_characters(word: str, letters: str) -> None:
    """Case, quotes and forms are the model's; accents go only where it lacks them; the blank is never sent."""
    assert spelled(word, Alphabet(LATIN)) == letters


def test_capitals_and_named_blanks_of_other_models() -> None:
    """A dictionary of capitals is spelled in capitals, [PAD] in lower case is the blank wherever it stands."""
    alphabet = Alphabet({"A": 0, "B": 1, "-": 2, "|": 3, "[pad]": 4})
    assert alphabet.blank == 4
    assert alphabet.spell("a-b") == [0, 2, 1]


def test_separators_stand_between_words_that_have_characters() -> None:
    """None beside a word without characters, none at the ends, and none at all in a language without spaces."""
    words = ["42", "ab", "...", "c", "7"]
    assert Target.of(words, Alphabet(LATIN)) == Target((2, 3, 1, 4), (None, (0, 2), None, (3, 4), None))
    assert Target.of(words, Alphabet(LATIN, spaces=False)).tokens == (2, 3, 4)
    assert Target.of(words, Alphabet(LATIN)).first(3) == Target((2, 3), (None, (0, 2), None))


def test_runs_are_the_frames_of_the_characters() -> None:
    """From the first frame of the first character to the last of the last; the limit is where the next thing starts."""
    placed = runs("--aa-b---|--c-cc--", ["ab", "42", "cc"])
    assert [run and run[:4] for run in placed] == [(2, 5, 6, 9), None, (12, 14, 16, 18)]
    assert all(run.confidence > 0.99 for run in placed if run)


def test_a_character_that_was_not_heard_is_unlikely() -> None:
    """A word of which one of two characters was heard is half sure, one of which none was heard not at all."""
    half, none = runs("--a--s---|--b--b--", ["ac", "ee"])
    assert half
    assert none
    assert half.confidence == pytest.approx(0.5, abs=0.01)
    assert none.confidence < 0.01


def test_sound_that_a_word_leaves_out_makes_it_unlikely() -> None:
    """Its characters were heard, but others between them, too: shown less sure than the word by itself."""
    (skipping,) = runs("--a-c-c-c-b--", ["ab"])
    (plain,) = runs("--a-------b--", ["ab"])
    assert skipping
    assert plain
    assert skipping.confidence < 0.7 < plain.confidence


def test_too_few_frames_are_an_error() -> None:
    """Each character needs a frame, and a blank is needed between two that are the same."""
    assert runs("a-a", ["aa"])
    for labels, words in (("aa", ["aa"]), ("ab", ["abc"]), ("aab", ["a", "bc"])):
        with pytest.raises(AlignmentError, match="too short for"):
            runs(labels, words)


def test_nothing_to_place_needs_no_frames() -> None:
    """Words without characters are None, whatever the audio."""
    assert runs("", ["42", "..."]) == [None, None]
    assert runs("--", []) == []


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("-----", 0),
        ("", 0),
        ("-ab--", 1),
        ("-ab-|--", 1),
        ("-ab-|-c--", 3),
        ("-ab-|-c-|-", 3),
        ("-ab-|-c-|-ae-", 4),
        ("-ab-|-c-|-ae-|-s-b-", 4),
    ],
)
def test_as_many_words_are_counted_as_were_heard(labels: str, expected: int) -> None:
    """A text that goes on longer than the audio ends where the audio does; a word without characters is passed over."""
    assert count(labels, ["ab", "42", "c", "ae", "7"]) == expected


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.text("abces", min_size=1, max_size=3), min_size=1, max_size=5))
def test_the_count_is_that_of_the_likeliest_prefix(seed: int, words: list[str]) -> None:
    """Scored one prefix after another by torchaudio's own alignment, none is likelier than the one chosen."""
    alphabet = Alphabet(LATIN, spaces=False)
    noise = np.random.default_rng(seed).normal(0, 2, (40, len(LATIN))).astype(np.float32)
    heard = torch.log_softmax(torch.from_numpy(noise), dim=-1).numpy()
    target = Target.of(words, alphabet)
    scores = [float(heard[:, alphabet.blank].sum())]
    for number in range(1, len(words) + 1):
        tokens = torch.tensor([target.first(number).tokens])
        _, chosen = forced_align(torch.from_numpy(heard)[None], tokens, blank=alphabet.blank)
        scores.append(float(chosen.sum()))
    assert scores[ctc.count(heard, target, alphabet.blank)] == pytest.approx(max(scores), abs=1e-3)


def test_frames_lie_in_the_middle_of_what_they_hear() -> None:
    """Wav2vec 2.0's seven convolutions make frames of 320 samples that hear 400; a chain of others, others."""
    assert Frames.of([(10, 5), *[(3, 2)] * 4, *[(2, 2)] * 2]) == Frames(320, 400)
    assert Frames.of([(4, 2), (3, 3)]) == Frames(6, 8)
    assert Frames.of([]) == Frames(320, 400)
    assert [Frames(320, 400).at(frame) for frame in (0, 1, 50)] == [40, 360, 16_040]
    assert [Frames(320, 400).count(samples) for samples in (0, 399, 400, 719, 720)] == [0, 0, 1, 1, 2]


@settings(max_examples=60, deadline=None)
@given(st.integers(400, 200_000), st.integers(0, 20))
def test_pieces_hold_every_frame_once(samples: int, context: int) -> None:
    """Whatever the length, all frames are kept, in order, no piece is longer than allowed or beyond the samples."""
    longest = 20_000
    kept: list[int] = []
    for begin, end, dropped, count_ in FRAMES.pieces(samples, longest, context):
        assert 0 <= begin < end <= samples
        assert end - begin <= longest
        assert FRAMES.count(end - begin) >= dropped + count_
        kept += range(begin // FRAMES.hop + dropped, begin // FRAMES.hop + dropped + count_)
        assert dropped in {0, context} or begin == 0
    assert kept == list(range(FRAMES.count(samples)))


def sound(*parts: tuple[float, bool]) -> Samples:
    """Seconds of tone or of silence."""
    wave = [0.3 * on * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE)) / RATE) for seconds, on in parts]
    return np.concatenate(wave).astype(np.float32)


def end_of(run: Run, samples: Samples) -> float:
    (time,) = ctc.word_times([run], FRAMES, samples, RATE, len(samples) / RATE)
    assert time
    return time.end


@pytest.mark.parametrize(
    ("run", "end"),
    [
        (Run(10, 15, 16, 100, 1.0), 0.5),
        (Run(10, 15, 16, 20, 1.0), FRAMES.at(20) / RATE),
        (Run(10, 15, 60, 100, 1.0), 0.5),
        (Run(10, 24, 25, 100, 1.0), 0.5),
        (Run(10, 30, 60, 100, 1.0), FRAMES.at(31) / RATE),
    ],
    ids=["goes on to the end of the sound", "ends before what follows", "a run over a pause is cut back",
         "in the last frame of the sound", "a character in silence has one frame"],
)  # fmt: skip
def test_a_word_ends_where_its_sound_does(run: Run, end: float) -> None:
    """A pause never belongs to the word before it, and a word named in one frame lasts as long as it sounds."""
    assert end_of(run, sound((0.2, False), (0.3, True), (2.0, False))) == pytest.approx(end, abs=0.011)


def test_sound_that_goes_on_is_not_all_the_words() -> None:
    """Music or noise after the last word lengthens it by no more than the longest ending."""
    run = Run(10, 15, 16, 148, 1.0)
    assert end_of(run, sound((3.0, True))) == pytest.approx(FRAMES.at(16) / RATE + ctc.LONGEST_ENDING)


def test_no_time_is_past_the_audio() -> None:
    """A word in the last frame ends with the audio, one whose run goes past it, too."""
    samples = sound((1.0, True))
    assert end_of(Run(40, 48, 49, 49, 1.0), samples) == 1.0
    assert end_of(Run(40, 48, 60, 60, 1.0), samples) == 1.0
    (past,) = ctc.word_times([Run(55, 58, 60, 60, 1.0)], FRAMES, samples, RATE, 1.0)
    assert past
    assert past.start == past.end == 1.0
