"""Word times are whole: every word, in order, inside its chunk, by the first method that can."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.alignment.word_times import MAX_BORROWED_S, MAX_GUESSED_WORD_S, MIN_WORD_S, WordTimer, fill_gaps
from handler.errors import AlignmentError
from handler.media import joining
from handler.types import Chunk, ChunkAudio, Samples, Span, Speech, WordTime
from tests.support.stub_backends import registry
from tests.support.timed_chunks import CHUNKS, KNOWN, RATE, Fixed, speech, timed, token


def test_the_engines_own_times_are_shifted_to_their_chunk() -> None:
    """Times inside a chunk become times in the whole, and a shown word spans all that is spoken for it."""
    timing, warnings = timed(["engine"], registry(), known=KNOWN)
    assert [(word.shown, word.start, word.end) for word in timing.words] == [
        ("$5", 0.5, 1.0), ("now", 1.1, 1.4), ("or", 2.1, 2.2), ("never", 2.3, 2.8),
    ]  # fmt: skip
    assert not warnings


def test_wrong_number_of_times_skips_the_method() -> None:
    """An aligner that gives more or fewer times than there are words is passed over: no word gets another's time."""

    class Short(Fixed):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return super().align(samples, rate, words, language)[1:]

    timing, warnings = timed(["whisperx", "sphinx"], registry(whisperx=Short("whisperx"), sphinx=Fixed("sphinx")))
    assert timing.method == "sphinx"
    assert "2 times for 3 words" in warnings[0]


def test_given_results_are_not_computed_again() -> None:
    """Times that came with a chunk count as those of their aligner, which then need not even be there."""
    once = [WordTime(0.0, 0.1, 0.9)]
    timer = WordTimer(RATE, (None, ["sphinx"]), registry())
    for chunk, span in zip(CHUNKS, speech().spans, strict=True):
        sound = ChunkAudio(speech().samples[span.start : span.end])
        timer.add_chunk(chunk, sound, {"sphinx": once * len(chunk.words)})
    timing = timer.timing(speech())
    assert not timer.skipped
    assert timing.method == "sphinx"
    assert timing.confidence == pytest.approx(0.9)


def test_given_error_skips_the_method() -> None:
    """An error that came with a chunk passes its aligner over, as if it had been asked."""
    aligners = registry(whisperx=Fixed("whisperx"), sphinx=Fixed("sphinx"))
    timer = WordTimer(RATE, (None, ["whisperx", "sphinx"]), aligners)
    for chunk, span in zip(CHUNKS, speech().spans, strict=True):
        sound = ChunkAudio(speech().samples[span.start : span.end])
        timer.add_chunk(chunk, sound, {"whisperx": AlignmentError("the audio is too noisy")})
    assert timer.timing(speech()).method == "sphinx"
    assert [warning.message.split()[0] for warning in timer.skipped] == ["whisperx"]
    assert aligners.get("whisperx").calls == 0


def test_words_of_overlapping_chunks_do_not_overlap() -> None:
    """Where two chunks share their edges, words are parted in the middle of what they share."""

    class Lost(Fixed):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return [None] * len(words)

    shared = replace(speech(), spans=(Span(0, 1000), Span(850, 2000)))
    timing, _ = timed(["sphinx"], registry(sphinx=Lost("sphinx")), shared)
    assert all(one.end <= other.start for one, other in itertools.pairwise(timing.words))
    assert timing.words[1].end == pytest.approx(0.925)


def test_gap_is_shared_by_word_length() -> None:
    """Two lost words split the gap between their neighbours as their letters and one each, marked by confidence 0."""
    times = fill_gaps([WordTime(0, 1), None, None, WordTime(2, 3)], ["a", "on", "china's", "d"], 0, 4)
    spans = [(time.start, round(time.end, 6)) for time in times]
    assert spans == [(0, 1), (1, 1.3), (pytest.approx(1.3), 2), (2, 3)]
    assert [time.confidence for time in times] == [1, 0, 0, 1]


def test_guessed_words_are_short() -> None:
    """Words without a time are short; before the first time and after the last they stand close to it."""
    lost = [None, None]
    times = fill_gaps([*lost, WordTime(10, 11), *lost, WordTime(20, 21), *lost], ["word"] * 8, 0, 40)
    spans = [(time.start, time.end) for time in times]
    assert spans[:2] == [(8, 9), (9, 10)]
    assert spans[3:5] == [(11, 11 + MAX_GUESSED_WORD_S), (15.5, 15.5 + MAX_GUESSED_WORD_S)]
    assert spans[6:] == [(21, 22), (22, 23)]
    nothing = fill_gaps(lost, ["word"] * 2, 0, 40)
    assert [(time.start, time.end) for time in nothing] == [(0, 1), (20, 21)]


def test_missing_words_do_not_move_the_others() -> None:
    """A passage that was not said, however long, hardly moves the words after it, and is there in order."""
    found = [WordTime(0, 1), *[None] * 200, WordTime(1, 2), WordTime(2, 3)]
    times = fill_gaps(found, ["word"] * 203, 0, 3)
    assert times[201].start == pytest.approx(1 + MAX_BORROWED_S)
    assert times[202].start == pytest.approx(2)
    assert all(one.end <= other.start + 1e-9 and one.start < one.end for one, other in itertools.pairwise(times))
    few = fill_gaps([WordTime(0, 1), None, WordTime(1, 2)], ["word"] * 3, 0, 3)
    assert few[1].end - few[1].start == pytest.approx(MIN_WORD_S)


def test_paragraphs_are_kept() -> None:
    """The word before a blank line says so, for captions end there."""
    chunk = Chunk(0, (replace(token("one"), paragraph=True), token("two", at=5)))
    timer = WordTimer(RATE, (None, ["sphinx"]), registry(sphinx=Fixed("sphinx")))
    timer.add_chunk(chunk, ChunkAudio(np.zeros(1000, np.float32)))
    whole = Speech(np.zeros(1000, np.float32), RATE, (Span(0, 1000),))
    assert [word.paragraph for word in timer.timing(whole).words] == [True, False]


def test_token_with_a_lost_edge_is_interpolated() -> None:
    """A word is interpolated when its start or its end was inferred, and only then."""

    class Loses(Fixed):
        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            return [None, *super().align(samples, rate, words, language)[1:]]

    timing, _ = timed(["sphinx"], registry(sphinx=Loses("sphinx")))
    assert [word.interpolated for word in timing.words] == [True, False, True, False]


TIME = st.builds(
    lambda start, length, confidence: WordTime(start, start + length, confidence),
    st.floats(-2, 12), st.floats(-1, 3), st.floats(0, 1),
)  # fmt: skip


@given(st.lists(st.none() | TIME, min_size=1, max_size=30), st.floats(0, 2), st.floats(0.001, 10))
def test_filled_times_are_whole(times: list[WordTime | None], start: float, length: float) -> None:
    """For any answer: as many times as words, inside the chunk, in order, no overlap, none shorter than allowed."""
    whole = fill_gaps(times, ["word"] * len(times), start, start + length)
    shortest = min(MIN_WORD_S, length / len(times))
    assert len(whole) == len(times)
    edge = start
    for time, given_ in zip(whole, times, strict=True):
        least = shortest if given_ else min(shortest, MAX_BORROWED_S / times.count(None))
        assert time.start >= edge - 1e-9
        assert time.end - time.start >= least - 1e-9
        edge = time.end
    assert edge <= start + length + 1e-9


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=12), st.data())
def test_right_times_stay(lengths: list[float], data: st.DataObject) -> None:
    """Times that are whole already come out as they went in, whichever of their neighbours are lost."""
    ends = list(itertools.accumulate(lengths))
    times = [WordTime(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    lost = data.draw(st.sets(st.integers(0, len(times) - 1), max_size=len(times) - 1))
    known = [None if index in lost else time for index, time in enumerate(times)]
    whole = fill_gaps(known, ["word"] * len(times), 0.0, ends[-1])
    for time, before in zip(whole, known, strict=True):
        if before is not None:
            assert (time.start, time.end) == pytest.approx((before.start, before.end))


CUTS = st.lists(st.tuples(st.floats(0.1, 1.0), st.floats(0.0, 1.5)), min_size=1, max_size=4)


@settings(max_examples=25)
@given(st.lists(CUTS, min_size=1, max_size=4), st.floats(0, 0.15), st.data())
def test_words_stay_with_their_sound_through_silences_joins_and_pauses(
    chunks: list[list[tuple[float, float]]], cross_fade: float, data: st.DataObject
) -> None:
    """Chunks of tones and gaps, joined with pauses and fades: every tone is in the finished audio where its word is."""
    rate = 8000
    joiner = joining.Joiner(rate, cross_fade)
    timer = WordTimer(rate, (None, ["engine"]), registry())
    for index, parts in enumerate(chunks):
        pieces, times, at = [np.zeros(800, np.float32)], [], 0.1
        for tone, gap in parts:
            wave = 0.5 * np.sin(np.arange(round(tone * rate)) * 0.6)
            pieces += [wave.astype(np.float32), np.zeros(round(gap * rate), np.float32)]
            times.append((at, at + len(wave) / rate))
            at = sum(map(len, pieces)) / rate
        samples = np.concatenate(pieces)
        words = tuple(WordTime(start, end) for start, end in times)
        pauses = data.draw(st.tuples(st.sampled_from((0.0, 0.7)), st.sampled_from((0.0, 0.3))))
        joiner.add(samples, *pauses)
        timer.add_chunk(Chunk(index, tuple(token("la") for _ in parts)), ChunkAudio(samples, words))
    whole, spans = joiner.joined()
    timing = timer.timing(Speech(whole, rate, spans))
    sound = np.abs(whole) > 0.02
    for word in timing.words:
        begin, end = round(word.start * rate), round(word.end * rate)
        assert sound[begin + 80 : end - 80].mean() > 0.9
    covered = np.zeros(len(whole), np.bool_)
    for word in timing.words:
        covered[max(0, round(word.start * rate) - 40) : round(word.end * rate) + 40] = True
    assert not (sound & ~covered).any()
