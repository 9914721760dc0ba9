"""CTC alignment: spelling, the likeliest path, the length of a prefix, and where a word's sound ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.aligners import ctc, viterbi, viterbi_torch
from handler.aligners.ctc_target import Alphabet, Target, Unspelled
from handler.aligners.ctc_times import MAX_ENDING_S, Frames, WordFrames, word_times
from handler.cancellation import Cancellation, working_for
from handler.errors import AlignmentError, Cancelled
from handler.types import Samples

RATE = 16_000
LATIN = {"-": 0, "|": 1, "a": 2, "b": 3, "c": 4, "'": 5, "é": 6, "e": 7, "s": 8}
FRAMES = Frames()


def emissions(labels: str, sure: float = 10.0) -> Samples:
    """A frame for each label of LATIN, written ``-`` for the blank."""
    scores = np.zeros((len(labels), len(LATIN)), np.float32)
    scores[np.arange(len(labels)), [LATIN[label] for label in labels]] = sure
    log_probs: Samples = torch.log_softmax(torch.from_numpy(scores), dim=-1).numpy()
    return log_probs


def spelled(word: str, alphabet: Alphabet) -> str:
    """The word's letters, and a star for each of its characters that has none."""
    letters = {number: letter for letter, number in LATIN.items()}
    pieces = alphabet.pieces(word)
    return "".join(
        "*" * piece if isinstance(piece, int) else "".join(letters[number] for number in piece) for piece in pieces
    )


def word_frames(labels: str, words: list[str]) -> list[WordFrames | None]:
    alphabet = Alphabet(LATIN)
    return ctc.align(emissions(labels), Target.from_words(words, alphabet), alphabet)


def prefix_length(labels: str, words: list[str]) -> int:
    alphabet = Alphabet(LATIN)
    return ctc.prefix_length(emissions(labels), Target.from_words(words, alphabet), alphabet.blank)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("ABC", "abc"),
        ("a-b", "ab"),
        ("a|b", "a*b"),
        ("abc.", "abc"),
        ("“a,”", "a"),
        ("a1b2", "a*b*"),
        ("a’s", "a's"),
        ("é", "é"),
        ("É", "é"),
        ("e\u0301", "é"),
        ("à", "a"),
        ("ß", "ss"),
        ("ａ", "a"),
        ("42", "**"),
        ("...", ""),
        ("-", ""),
        ("Жш", "**"),
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
    assert alphabet.pieces("a-b") == [[0, 2, 1]]


def test_separators_stand_between_words_that_have_characters() -> None:
    """No separator next to a word without characters, at the ends, or in a language without spaces."""
    words = ["42", "ab", "...", "c", "7"]
    target = Target.from_words(words, Alphabet(LATIN))
    assert (target.tokens, target.spans) == ((2, 3, 1, 4), (None, (0, 2), None, (3, 4), None))
    assert target.unspelled == (Unspelled(0, 0, 2), Unspelled(4, 4, 1))
    assert target.stars == {0, 4}
    assert Target.from_words(["a", "42", "b"], Alphabet(LATIN)).stars == {1, 2}
    assert Target.from_words(words, Alphabet(LATIN, spaces=False)).tokens == (2, 3, 4)
    first = target.first(3)
    assert first == Target((2, 3), (None, (0, 2), None), (Unspelled(0, 0, 2),), frozenset({0}))


def test_align_gives_the_frames_of_each_words_characters() -> None:
    """From the first frame of the first character to the last of the last; the limit is where the next thing starts."""
    placed = word_frames("--aa-b---|--c-cc--", ["ab", "42", "cc"])
    assert [run and run[:4] for run in placed] == [(2, 5, 6, 9), None, (12, 14, 16, 18)]
    assert all(run.confidence > 0.99 for run in placed if run)


def test_missing_characters_lower_the_confidence() -> None:
    """Confidence is about a half if one of two characters was recognised, and near 0 if none was."""
    half, none = word_frames("--a--s---|--b--b--", ["ac", "ee"])
    assert half
    assert none
    assert half.confidence == pytest.approx(0.5, abs=0.01)
    assert none.confidence < 0.01


def test_extra_characters_inside_a_word_lower_its_confidence() -> None:
    """Other characters between those of a word lower its confidence."""
    (skipping,) = word_frames("--a-c-c-c-b--", ["ab"])
    (plain,) = word_frames("--a-------b--", ["ab"])
    assert skipping
    assert plain
    assert skipping.confidence < 0.7 < plain.confidence


def test_too_few_frames_raise() -> None:
    """Each character needs a frame, and a blank is needed between two that are the same."""
    assert word_frames("a-a", ["aa"])
    for labels, words in (("aa", ["aa"]), ("ab", ["abc"]), ("aab", ["a", "bc"])):
        with pytest.raises(AlignmentError, match="too short for"):
            word_frames(labels, words)


def test_words_without_characters_need_no_frames() -> None:
    """Words without characters are None, whatever the audio."""
    assert word_frames("", ["42", "..."]) == [None, None]
    assert word_frames("--", []) == []


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
def test_prefix_ends_where_the_audio_does(labels: str, expected: int) -> None:
    """A prefix of a longer text ends where the audio does; a word without characters is skipped."""
    assert prefix_length(labels, ["ab", "42", "c", "ae", "7"]) == expected


def random_emissions(seed: int, frames: int) -> Samples:
    noise = np.random.default_rng(seed).normal(0, 2, (frames, len(LATIN))).astype(np.float32)
    log_probs: Samples = torch.log_softmax(torch.from_numpy(noise), dim=-1).numpy()
    return log_probs


def likeliest(scores: Samples, tokens: Sequence[int], blank: int) -> float:
    """The log probability of the likeliest path through all tokens, token by token instead of frame by frame.

    ``ends[t]`` is the best score of ``t`` frames that end in the tokens so far and blanks after them.
    """
    sums = np.concatenate([np.zeros((1, scores.shape[1])), np.cumsum(scores, axis=0, dtype=np.float64)])
    frames = len(scores)
    ends, named = sums[:, blank], np.full(frames + 1, -np.inf)
    for number, token in enumerate(tokens):
        repeated = number > 0 and tokens[number - 1] == token
        # A token starts after a blank, or after the last frame of another token.
        starts = named if repeated else ends
        best = [max(starts[since] + sums[upto, token] - sums[since, token] for since in range(upto))
                for upto in range(1, frames + 1)]  # fmt: skip
        last = np.array([-np.inf, *best])
        named = np.array([max((last[since] + sums[upto, blank] - sums[since, blank] for since in range(upto)),
                              default=-np.inf) for upto in range(frames + 1)])  # fmt: skip
        ends = np.maximum(last, named)
    return float(ends[-1])


words_to_align = st.lists(st.text("abces", min_size=1, max_size=3), min_size=1, max_size=5)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), words_to_align)
def test_the_path_is_the_likeliest_that_spells_the_words(seed: int, words: list[str]) -> None:
    """Collapsed, the path is the text; and no path of a search token by token is likelier."""
    alphabet = Alphabet(LATIN)
    scores, target = random_emissions(seed, 40), Target.from_words(words, alphabet)
    tokens, states = target.tokens, viterbi.search(target.lattice(alphabet.blank), scores).path()
    path = np.where(states % 2, np.array([*tokens, 0])[states // 2], alphabet.blank)
    changes = [label for at, label in enumerate(path) if at == 0 or path[at - 1] != label]
    assert [label for label in changes if label != alphabet.blank] == list(tokens)
    likelihood = scores[np.arange(len(path)), path].sum(dtype=np.float64)
    assert likelihood == pytest.approx(likeliest(scores, tokens, alphabet.blank), abs=1e-6)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.lists(st.text("abces", min_size=1, max_size=3), min_size=1, max_size=4))
def test_an_open_path_is_the_likeliest(seed: int, words: list[str]) -> None:
    """No choice of words to leave out, each scored by a search that may leave out none, is likelier than the path."""
    alphabet = Alphabet(LATIN, spaces=False)
    emissions = random_emissions(seed, 30)

    def score(words: Sequence[str]) -> float:
        return float(
            viterbi.search(Target.from_words(words, alphabet).lattice(0, open_=True), emissions).scores[-2:].max()
        )

    cost = viterbi.SKIP_COST
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(viterbi, "SKIP_COST", 1e9)
        choices = [some for count in range(1, len(words) + 1) for some in combinations(words, count)]
        best = max(score(some) - cost * (len(words) - len(some)) for some in choices)
    assert score(words) == pytest.approx(best, abs=1e-4)


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(10, 150),
    st.booleans(),
    st.booleans(),
    st.lists(st.text("abces7", min_size=1, max_size=3), min_size=1, max_size=9),
)
def test_torch_finds_the_same_path(seed: int, frames: int, tied: bool, open_: bool, words: list[str]) -> None:
    """On a device the scores, the packed way back and the path are those of the CPU to the bit, with ties as well."""
    alphabet = Alphabet(LATIN)
    scores = random_emissions(seed, frames)
    scores = scores.round() if tied else scores
    lattice = Target.from_words(words, alphabet).lattice(alphabet.blank, open_=open_)
    if len(lattice.tokens) == 0:
        return
    ours, theirs = viterbi.search(lattice, scores), viterbi_torch.search(lattice, scores, "cpu")
    assert np.array_equal(ours.scores, theirs.scores)
    assert np.array_equal(ours.path(), theirs.path())
    for one, other in zip(ours.blocks, theirs.blocks, strict=True):
        assert all(map(np.array_equal, one, other))


@pytest.mark.parametrize(
    ("cells", "device", "asked"), [(10, "cuda:0", True), (10, "cpu", False), (10**9, "cuda:0", False)]
)
def test_long_searches_use_the_device(monkeypatch: pytest.MonkeyPatch, cells: int, device: str, asked: bool) -> None:
    """Only where there is much to search, and a device other than the CPU."""
    seen: list[str] = []

    def note(lattice: viterbi.Lattice, scores: Samples, where: str) -> viterbi.Search:
        seen.append(where)
        return viterbi.search(lattice, scores)

    monkeypatch.setattr(ctc, "LONG_CELLS", cells)
    monkeypatch.setattr(viterbi_torch, "search", note)
    alphabet = Alphabet(LATIN)
    ctc.align(emissions("--a-b--"), Target.from_words(["ab"], alphabet), alphabet, device=device)
    assert seen == ([device] if asked else [])


@pytest.mark.parametrize(
    "search", [viterbi.search, lambda lattice, scores: viterbi_torch.search(lattice, scores, "cpu")]
)
def test_a_cancelled_search_ends(search: Callable[[viterbi.Lattice, Samples], viterbi.Search]) -> None:
    """A search asks whether its job goes on in every block of frames."""
    cancellation = Cancellation()
    lattice = Target.from_words(["ab"], Alphabet(LATIN)).lattice(0)
    cancellation.cancel()
    with working_for(cancellation), pytest.raises(Cancelled):
        search(lattice, emissions("--a-b--"))


@pytest.mark.parametrize("open_", [False, True])
def test_words_without_characters_take_the_sound_between(open_: bool) -> None:
    """Neighbours do not swallow it; they share it by length and are half as sure; None where nothing is heard."""
    alphabet = Alphabet(LATIN)

    def found(labels: str, *words: str) -> list[tuple[int, int, float] | None]:
        placed = ctc.align(emissions(labels), Target.from_words(words, alphabet), alphabet, open_=open_)
        return [word and (word.start, word.end, round(word.confidence, 1)) for word in placed]

    labels = "--a-b-|-s-e-ee-|-c--"
    assert found(labels, "ab", "42", "c") == [(2, 5, 1.0), (8, 14, 0.5), (17, 18, 1.0)]
    assert found(labels, "ab", "4", "...", "2", "c") == [(2, 5, 1.0), (8, 11, 0.5), None, (11, 14, 0.5), (17, 18, 1.0)]
    assert found("--a-b-|--c--", "ab", "42", "c") == [(2, 5, 1.0), None, (9, 10, 1.0)]
    assert found("-s-s-|-a-b--", "77", "ab") == [(1, 4, 0.2), (7, 10, 1.0)]
    assert found("-a-b-|-s-s--", "ab", "77") == [(1, 4, 1.0), (7, 10, 0.2)]


def test_parts_of_words_without_characters_are_heard_too() -> None:
    """At either end of a word they belong to it, and inside they do not make it less sure."""
    placed = word_frames("--s-s-a-|-b-e-e-c-|-a-s-s--", ["3a", "b3c", "a3"])
    assert [word and (word.start, word.end) for word in placed] == [(2, 7), (10, 17), (20, 25)]
    assert all(word.confidence > 0.99 for word in placed if word)


def test_open_search_passes_over_other_sound_and_unsaid_words() -> None:
    """Words are where they are said, though others are said before, between and after them, and one is not said."""
    alphabet = Alphabet(LATIN)
    said = {10: "a", 20: "b", 40: "c", 45: "e", 70: "s", 71: "b"}
    emissions = np.full((80, len(LATIN)), -12.0, np.float32)
    emissions[:, 0] = 0.0
    for frame, letter in said.items():
        emissions[frame] = -12.0
        emissions[frame, LATIN[letter]] = 0.0
    for frame in (15, 30, 65, 75):
        emissions[frame, [0, LATIN["|"]]] = -12.0, 0.0
    found = ctc.align(emissions, Target.from_words(["b", "sea", "ce"], alphabet), alphabet, open_=True)
    assert [word and (word.start, word.end) for word in found] == [(20, 21), (40, 40), (40, 46)]
    assert [word and word.confidence for word in found] == [pytest.approx(1.0), 0.0, pytest.approx(1.0)]
    target = Target.from_words(["b", "ce", "abase"], alphabet)
    assert ctc.prefix_length(emissions, target, 0) == 2


def test_frames_lie_in_the_middle_of_their_field() -> None:
    """Wav2vec 2.0's seven convolutions make frames of 320 samples that hear 400; a chain of others, others."""
    assert Frames.from_convolutions([(10, 5), *[(3, 2)] * 4, *[(2, 2)] * 2]) == Frames(320, 400)
    assert Frames.from_convolutions([(4, 2), (3, 3)]) == Frames(6, 8)
    assert Frames.from_convolutions([]) == Frames(320, 400)
    assert [Frames(320, 400).at(frame) for frame in (0, 1, 50)] == [40, 360, 16_040]
    assert [Frames(320, 400).count(samples) for samples in (0, 399, 400, 719, 720)] == [0, 0, 1, 1, 2]


@settings(max_examples=60)
@given(st.integers(400, 200_000), st.integers(0, 20))
def test_pieces_hold_every_frame_once(samples: int, context: int) -> None:
    """For any length all frames are kept in order, and no piece is too long or beyond the samples."""
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


def end_of(word: WordFrames, samples: Samples) -> float:
    (time,) = word_times([word], FRAMES, samples, RATE, len(samples) / RATE)
    assert time
    return time.end


@pytest.mark.parametrize(
    ("word", "end"),
    [
        (WordFrames(10, 15, 16, 100, 1.0), 0.5),
        (WordFrames(10, 15, 16, 20, 1.0), FRAMES.at(20) / RATE),
        (WordFrames(10, 15, 60, 100, 1.0), 0.5),
        (WordFrames(10, 24, 25, 100, 1.0), 0.5),
        (WordFrames(10, 30, 60, 100, 1.0), FRAMES.at(31) / RATE),
    ],
    ids=["goes on to the end of the sound", "ends before what follows", "a run over a pause is cut back",
         "in the last frame of the sound", "a character in silence has one frame"],
)  # fmt: skip
def test_a_word_ends_where_its_sound_does(word: WordFrames, end: float) -> None:
    """A pause never belongs to the word before it, and a word named in one frame lasts as long as it sounds."""
    assert end_of(word, sound((0.2, False), (0.3, True), (2.0, False))) == pytest.approx(end, abs=0.011)


def test_continuous_sound_lengthens_a_word_by_the_limit_only() -> None:
    """Music or noise after the last word lengthens it by no more than the longest ending."""
    word = WordFrames(10, 15, 16, 148, 1.0)
    assert end_of(word, sound((3.0, True))) == pytest.approx(FRAMES.at(16) / RATE + MAX_ENDING_S)


def test_no_time_is_past_the_audio() -> None:
    """A word in the last frame ends with the audio, one whose run goes past it, too."""
    samples = sound((1.0, True))
    assert end_of(WordFrames(40, 48, 49, 49, 1.0), samples) == 1.0
    assert end_of(WordFrames(40, 48, 60, 60, 1.0), samples) == 1.0
    (past,) = word_times([WordFrames(55, 58, 60, 60, 1.0)], FRAMES, samples, RATE, 1.0)
    assert past
    assert past.start == past.end == 1.0
