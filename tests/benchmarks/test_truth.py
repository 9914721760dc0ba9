"""The truth set stays true in every condition, is as noisy as it says, and judges aligners rightly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.alignment import read_textgrid
from benchmarks.recordings import Interval
from benchmarks.truth import forced, spoken, textgrid
from benchmarks.truth_set import acoustics
from benchmarks.truth_set.conditions import CONDITIONS, Crowd, problem
from benchmarks.truth_set.figures import Tally, worst
from benchmarks.truth_set.speech import Clip, settled, speakers
from handler.errors import AlignmentError
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, Token, WordTime

REACH_S, TOLERANCE_S = 0.05, 0.004
"""A word is looked for so far around its place. The direct sound in the living room takes 4.4 ms."""
LONG_S = 0.2
"""A word of so much sound is found by it."""


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    """The voices of espeak."""
    return Crowd(list(speakers(Settings.read({}), ("espeak",))))


@pytest.fixture(scope="module")
def clip(crowd: Crowd) -> Clip:
    """Three sentences."""
    return settled(spoken(crowd.voices, 3)[0])


def _at_line_rate(samples: Samples, rate: int) -> Samples:
    return audio.resample(samples, rate, acoustics.TELEPHONE_RATE)


def _offset(word: Samples, sound: Samples) -> int:
    """Where the word stands in the sound, by their cross-correlation with all frequencies equally loud."""
    size = 1 << (len(word) + len(sound)).bit_length()
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(word, size))
    likeness = np.fft.irfft(product / np.sqrt(np.abs(product) + 1e-9), size)
    return int(np.argmax(likeness[: len(sound) - len(word) + 1]))


@pytest.mark.parametrize("name", [name for name, each in CONDITIONS.items() if each.speed == 1.0 and name != "creaky"])
def test_the_words_are_where_the_truth_says(name: str, clip: Clip, crowd: Crowd) -> None:
    """Each long word of the clip is found in the changed sound at its changed time."""
    changed = CONDITIONS[name].apply(clip, name, 0, crowd)
    rate = acoustics.TELEPHONE_RATE
    before, after = _at_line_rate(clip.samples, clip.rate), _at_line_rate(changed.samples, changed.rate)
    after = np.pad(after, rate)  # a word may be at the very edge
    found = 0
    for old, new in zip(clip.times, changed.times, strict=True):
        assert old
        assert new
        seconds = min(old.end - old.start, new.end - new.start)
        if seconds < LONG_S:
            continue
        # A cut start leaves the end of a word, a cut end its beginning; silence before a word may change its start.
        begin = old.start if name == "cut-end" else old.end - seconds
        word = before[round(begin * rate) : round((begin + seconds) * rate)]
        place = (new.start if name == "cut-end" else new.end - seconds) + 1.0
        first = round((place - REACH_S) * rate)
        region = after[first : round((place + seconds + REACH_S) * rate)]
        assert (first + _offset(word, region)) / rate == pytest.approx(place, abs=TOLERANCE_S)
        found += 1
    assert found > 10


def test_a_creaky_voice_sounds_where_the_truth_says(clip: Clip, crowd: Crowd) -> None:
    """Its pulses are others, so it is the loudness in steps of 10 ms that stays within one step of where it was."""
    changed = CONDITIONS["creaky"].apply(clip, "creaky", 0, crowd)
    assert changed.times == clip.times
    size, steps = clip.rate // 100, 3
    before, after = (
        np.log(1e-3 + np.sqrt(np.square(each[: len(each) // size * size].reshape(-1, size)).mean(axis=1)))
        for each in (clip.samples, changed.samples)
    )
    alike = [np.corrcoef(before[steps:-steps], np.roll(after, -at)[steps:-steps])[0, 1] for at in range(-steps, steps)]
    assert abs(int(np.argmax(alike)) - steps) <= 1
    assert max(alike) > 0.8


@pytest.mark.parametrize("name", ["silences-short", "silences-long", "babble-10", "cut-start", "creaky"])
def test_two_runs_have_the_same_clips(name: str, clip: Clip, crowd: Crowd) -> None:
    """All draws are repeated by the name and the number, and differ by number."""
    one, two, other = (CONDITIONS[name].apply(clip, name, number, crowd) for number in (3, 3, 4))
    assert one.times == two.times
    assert np.array_equal(one.samples, two.samples)
    assert not np.array_equal(one.samples, other.samples)


def test_the_words_after_a_silence_begin_with_their_sound(clip: Clip, crowd: Crowd) -> None:
    """The silences are as long as asked, and between them and the word is nothing that is heard."""
    changed = CONDITIONS["silences-long"].apply(clip, "silences-long", 0, crowd)
    late = [
        time
        for number, time in enumerate(changed.times)
        if number and time and changed.pause_before(number) >= 1.2 - TOLERANCE_S
    ]
    assert len(late) > 4
    loud = acoustics.active_level(changed.samples, changed.rate)
    for time in late:
        at, reach = round(time.start * changed.rate), round(0.02 * changed.rate)
        assert audio.rms(changed.samples[at - 20 * reach : at - reach]) < 0.02 * loud
        assert np.abs(changed.samples[at - reach : at + 2 * reach]).max() > 0.02 * loud


@pytest.mark.parametrize("name", ["babble-20", "babble-10", "babble-5", "music-20", "music-10", "music-5"])
def test_other_sound_is_as_loud_as_asked(name: str, clip: Clip, crowd: Crowd) -> None:
    """The other sound is so many decibels below the speech where it sounds, to half a decibel."""
    mixed = CONDITIONS[name].apply(clip, name, 0, crowd).samples
    scale = np.dot(mixed, clip.samples) / np.dot(clip.samples, clip.samples)
    noise = mixed / scale - clip.samples
    snr_db = 20 * np.log10(acoustics.active_level(clip.samples, clip.rate) / audio.rms(noise))
    assert snr_db == pytest.approx(float(name.partition("-")[2]), abs=0.5)


def test_pauses_do_not_count_for_the_level() -> None:
    """A second of a tone has the same level with three seconds of silence."""
    tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000).astype(np.float32) * 0.2
    assert acoustics.active_level(np.pad(tone, 24_000), 16_000) == pytest.approx(0.2 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("room", [acoustics.LIVING_ROOM, acoustics.HALL], ids=["living room", "hall"])
def test_a_room_reverberates_as_long_as_it_says(room: acoustics.Room) -> None:
    """The direct sound comes first; the energy decays from −5 to −25 dB in about a third of T60 (ISO 3382)."""
    rate = 16_000
    response = acoustics.room_response(room, rate)
    assert response[0] == pytest.approx(1.0, abs=0.1)
    assert np.abs(response[1:]).max() < 0.9
    left = np.cumsum(np.square(response[::-1], dtype=np.float64))[::-1]
    decay = 10 * np.log10(left[left > 0] / left[0])
    seconds = (int(np.argmax(decay < -25)) - int(np.argmax(decay < -5))) / rate
    assert 3 * seconds == pytest.approx(room.seconds, rel=0.1)


def test_a_telephone_has_its_band(clip: Clip) -> None:
    """What is below 300 Hz or above 3,400 Hz is gone, down to the noise of eight bits."""
    line, rate = acoustics.telephone(clip.samples, clip.rate)
    power = np.square(np.abs(np.fft.rfft(line)))
    hertz = np.fft.rfftfreq(len(line), 1 / rate)
    outside = power[(hertz < 200) | (hertz > 3_500)].sum() / power.sum()
    assert outside < 1e-3


class MadeUp:
    """An aligner that gives what it was told to."""

    name = "made up"

    def __init__(self, times: Sequence[WordTime | None] | None) -> None:
        self._times = times

    def speaks(self, language: str) -> bool:
        return True

    def align(self, samples: Samples, sample_rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
        if self._times is None:
            raise AlignmentError("it refuses")
        return list(self._times)


def _said(times: Sequence[WordTime | None]) -> Clip:
    tokens = tuple(Token(f"w{number}", (f"w{number}",), 0, 2) for number in range(len(times)))
    return Clip("made", "nobody", tokens, np.zeros(48_000, np.float32), 16_000, tuple(times))


def test_figures_are_those_of_the_errors() -> None:
    """Median, mean and p90 of the words that are found; lost ones are far; a word after a pause is near or not."""
    true = [WordTime(at, at + 0.2) for at in (0.05, 0.25, 0.6, 1.0, 1.2, 1.4)]
    clip = _said([*true, None])
    off = (0.01, -0.02, 0.039, -0.041, 0.25)
    found = [replace(time, start=time.start + by) for time, by in zip(true, off, strict=False)]
    tally = Tally()
    tally.add(clip, *forced(MadeUp([*found, None, WordTime(2.0, 2.1)]), clip))
    figures = tally.figures()
    assert (figures["words"], figures["lost"], figures["paused"]) == (6, 1, 2)
    assert figures["median_ms"] == pytest.approx(39)
    assert figures["mean_ms"] == pytest.approx(72)
    assert figures["p90_ms"] == pytest.approx(41 + 0.6 * (250 - 41))
    assert figures["far_percent"] == pytest.approx(100 * 2 / 6)
    assert figures["paused_near_percent"] == pytest.approx(50)


def test_a_refused_clip_is_lost() -> None:
    """All its words count as lost and far off, and the condition is the worst."""
    clip = _said([WordTime(0.1, 0.3), WordTime(0.3, 0.5)])
    good, bad = Tally(), Tally()
    good.add(clip, *forced(MadeUp(clip.times), clip))
    bad.add(clip, *forced(MadeUp(None), clip))
    assert bad.figures()["lost"] == 2
    assert bad.figures()["far_percent"] == 100
    found = worst({"good": good.figures(), "bad": bad.figures()})
    assert (found["worst_far_percent"], found["worst_far_percent_in"]) == (100, "bad")
    assert found["worst_paused_near_percent_in"] == "bad"


def test_a_saved_truth_is_read_again(clip: Clip) -> None:
    """The TextGrid of a clip has its words and times."""
    words = [Interval(word, time.start, time.end) for word, time in zip(clip.words, clip.times, strict=True) if time]
    assert read_textgrid(textgrid(clip)) == words


@pytest.mark.parametrize("name", [name for name in CONDITIONS if not problem([name], recorded=True)])
def test_a_recording_can_be_had_in_what_needs_no_engine(name: str, clip: Clip, crowd: Crowd) -> None:
    """Its speaker is none of the crowd; `clean` apart, something of it changes."""
    person = replace(clip, speaker="talk")
    made = CONDITIONS[name].apply(person, name, 0, crowd)
    assert (name == "clean") == (len(made.samples) == len(clip.samples) and bool((made.samples == clip.samples).all()))


def test_what_is_wrong_with_conditions_is_said() -> None:
    """Nothing, an unknown name, and what only an engine can speak are refused, each with the names that can be had."""
    assert problem(list(CONDITIONS)) is None
    assert str(problem([])).startswith("name some conditions: clean, ")
    assert "no condition loud; take some of clean, " in str(problem(["clean", "loud"]))
    needing = [name for name in CONDITIONS if problem([name], recorded=True)]
    assert needing == [
        "speed-0.7", "speed-1.25", "speed-1.5", "hurried", "small", "large", "fillers",
        "retakes", "readings", "reduced", "skipped",
    ]  # fmt: skip
