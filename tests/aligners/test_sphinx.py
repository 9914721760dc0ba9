"""Known words are found in English speech, with times that are right and a confidence that means something."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from handler.aligners import sphinx_open
from handler.aligners.pronunciation import Part
from handler.aligners.sphinx import SphinxAligner
from handler.aligners.sphinx_confidence import calibrated, evidence
from handler.aligners.sphinx_decoding import Segment
from handler.engines import espeak_library
from handler.errors import AlignmentError
from handler.media import audio
from handler.settings import Settings
from handler.types import Samples, WordTime
from tests.support.human_clip import HUMAN_CLIP

needs_espeak = pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")

FIRST_TEXT = "please remember to bring your umbrella because the forecast says that it will rain"
SECOND_TEXT = "he bought three apples and a loaf of bread from the little shop on the corner"
HUMAN_TEXT = "some call me nature others call me mother nature"
NEW_TEXT = "yesterday zorblatt met the mother-in-law of quintavia's blorfing snarkel at o'clock'd RTX"
OTHER = ["the", "committee", "met", "in", "the", "old", "town", "hall", "and", "nobody", "agreed", "on", "anything"]
FIRST, SECOND, HUMAN, NEW = (text.split() for text in (FIRST_TEXT, SECOND_TEXT, HUMAN_TEXT, NEW_TEXT))


@pytest.fixture(scope="module")
def aligner() -> SphinxAligner:
    return SphinxAligner(Settings.read({}))


@pytest.fixture(scope="module")
def human() -> tuple[Samples, int]:
    """A person's voice, 5.3 s at 24 kHz: the example that comes with F5-TTS."""
    import soundfile

    samples, rate = soundfile.read(HUMAN_CLIP, dtype="float32")
    return samples, rate


def placed(times: Sequence[WordTime | None]) -> list[WordTime]:
    found = [time for time in times if time is not None]
    assert len(found) == len(times)
    return found


def confidence(times: Sequence[WordTime | None]) -> float:
    return float(np.mean([time.confidence for time in placed(times)]))


def score(aligner: SphinxAligner, samples: Samples, rate: int, words: Sequence[str]) -> float:
    """Mean confidence, 0 where the words are refused."""
    try:
        return confidence(aligner.align(samples, rate, words, "en"))
    except AlignmentError:
        return 0.0


def errors(times: Sequence[WordTime | None], truth: Sequence[WordTime | None], edge: str) -> list[float]:
    pairs = zip(placed(times), placed(truth), strict=True)
    return [1000 * abs(getattr(time, edge) - getattr(true, edge)) for time, true in pairs]


def noise(seconds: float, rate: int = 16_000) -> Samples:
    return (0.1 * np.random.default_rng(1).standard_normal(int(seconds * rate))).astype(np.float32)


@needs_espeak
@pytest.mark.parametrize(("language", "rate"), [("en-us", 160), ("en-us", 200), ("en-gb", 175)])
def test_word_times_are_those_of_the_speech(aligner: SphinxAligner, language: str, rate: int) -> None:
    """Against espeak's own word times, half of the starts and ends are within 15 ms, and no start is far off."""
    words = FIRST + SECOND
    speech = espeak_library.speak(words, [""] * len(words), language, rate)
    times = aligner.align(speech.samples, speech.sample_rate, words, language)
    starts = errors(times, speech.words, "start")
    assert np.median(starts) <= 15
    assert np.mean(starts) <= 30
    assert np.median(errors(times, speech.words, "end")) <= 15


@needs_espeak
@pytest.mark.parametrize("language", ["en-us", "en-gb"])
def test_short_pause_belongs_to_no_word(aligner: SphinxAligner, language: str) -> None:
    """Every word after 0.2 s of quiet begins where it is said, and not with the pause."""
    words = FIRST + SECOND
    speech = espeak_library.speak(words, [""] * len(words), language, 170)
    rate = speech.sample_rate
    cuts = [round(time.start * rate) for time in placed(speech.words)]
    paused = range(1, len(words), 3)
    pieces = np.split(speech.samples, [cuts[number] for number in paused])
    quiet = noise(0.2, rate) / 1000
    samples = np.concatenate([pieces[0], *(sound for piece in pieces[1:] for sound in (quiet, piece))])
    times = placed(aligner.align(samples, rate, words, language))
    late = [
        times[number].start - (cuts[number] + count * len(quiet)) / rate for count, number in enumerate(paused, start=1)
    ]
    assert max(map(abs, late)) < 0.06


def test_real_speech_gives_ordered_confident_words(aligner: SphinxAligner, human: tuple[Samples, int]) -> None:
    """Real speech: words follow one another inside the recording, its long pause is in none, all are likely."""
    samples, rate = human
    times = placed(aligner.align(samples, rate, HUMAN, "en"))
    for time, following in pairwise(times):
        assert time.start < time.end <= following.start + 1e-9
    assert times[-1].end <= len(samples) / rate
    assert times[4].start - times[3].end > 0.2
    assert min(time.confidence for time in times) > 0.5


def test_wrong_texts_have_lower_confidence(aligner: SphinxAligner, human: tuple[Samples, int]) -> None:
    """A person's words score high; the same words shuffled, or others, score below, under a half on average."""
    samples, rate = human
    right = score(aligner, samples, rate, HUMAN)
    draw = random.Random(3)
    wrong = [draw.sample(HUMAN, len(HUMAN)) for _ in range(6)]
    wrong += [draw.sample(SECOND, len(HUMAN)) for _ in range(6)]
    scores = [score(aligner, samples, rate, words) for words in wrong]
    assert right > 0.8
    assert max(scores) < right - 0.2
    assert np.mean(scores) < 0.5


@pytest.mark.parametrize("pitch", [0.85, 1.25])
def test_wrong_texts_have_low_confidence_in_hard_voices(
    aligner: SphinxAligner, human: tuple[Samples, int], pitch: float
) -> None:
    """In a voice far lower and slower, or higher and faster, than most, right words score far above all wrong texts."""
    samples, rate = human[0], round(human[1] * pitch)
    draw = random.Random(3)
    wrong = [draw.sample(words, len(HUMAN)) for words in (HUMAN, SECOND) for _ in range(2)]
    scores = [score(aligner, samples, rate, words) for words in wrong]
    assert score(aligner, samples, rate, HUMAN) > max(scores) + 0.1
    assert np.mean(scores) < 0.3


def test_neighbours_lower_a_confidence_and_never_lift_it() -> None:
    """A word that fits is doubted among ones that do not; one that does not fit gains nothing from its neighbours."""
    sound = (1000 * noise(1.2)).astype("<i2").tobytes()
    phones = [["S", "EH", "D"]] * 3

    def sure(*ratios: float) -> float:
        found = [[Segment(40 * at, 40 * at + 40, 40 * ratio)] for at, ratio in enumerate(ratios)]
        return calibrated(list(evidence(np.zeros(121), sound, phones, found)))[1]

    assert sure(-6, 0, -6) < sure(0, 0, 0) - 0.2
    assert sure(0, -6, 0) == sure(-6, -6, -6) < 0.1


@needs_espeak
def test_confidence_compares_between_recordings(aligner: SphinxAligner, human: tuple[Samples, int]) -> None:
    """Right texts of a person, the same in noise, and a machine's voice all score above wrong texts of each other."""
    samples, rate = human
    loud = samples + 0.3 * float(np.sqrt(np.mean(samples**2))) * noise(len(samples) / rate, rate)[: len(samples)] / 0.1
    machine = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    cases = [(samples, rate, HUMAN), (loud, rate, HUMAN), (machine.samples, machine.sample_rate, FIRST)]
    right = [score(aligner, *case) for case in cases]
    draw = random.Random(4)
    wrong = [score(aligner, sound, at, draw.sample(words, len(words))) for sound, at, words in cases for _ in range(3)]
    wrong += [score(aligner, sound, at, SECOND[: len(words)]) for sound, at, words in cases]
    assert min(right) > max(wrong)


@needs_espeak
def test_a_wrong_word_has_low_confidence(aligner: SphinxAligner) -> None:
    """One wrong word in a right text stands out from its neighbours."""
    speech = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    words = [*FIRST]
    words[5] = "potato"
    times = placed(aligner.align(speech.samples, speech.sample_rate, words, "en"))
    others = [time.confidence for at, time in enumerate(times) if at not in {4, 5, 6}]
    assert times[5].confidence < 0.3
    assert times[5].confidence < min(others)


@needs_espeak
@pytest.mark.parametrize("espeak", [True, False])
def test_words_outside_the_dictionary_have_times(
    aligner: SphinxAligner, monkeypatch: pytest.MonkeyPatch, espeak: bool
) -> None:
    """Names and new words get their times through espeak's phonemes, and without espeak through their letters."""
    speech = espeak_library.speak(NEW, [""] * len(NEW), "en-us")
    if not espeak:
        monkeypatch.setattr(espeak_library, "available", lambda: "hidden")
        aligner = SphinxAligner(Settings.read({}))
    times = aligner.align(speech.samples, speech.sample_rate, NEW, "en")
    assert np.median(errors(times, speech.words, "start")) <= 15
    assert confidence(times) > 0.5


@needs_espeak
def test_words_without_letters_have_no_time(aligner: SphinxAligner) -> None:
    """Digits and emoji, which nothing here can pronounce, are None; the words around them keep their times."""
    speech = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    plain = aligner.align(speech.samples, speech.sample_rate, FIRST, "en")
    mixed = aligner.align(speech.samples, speech.sample_rate, ["42", *FIRST[:3], "🎉", *FIRST[3:]], "en")
    assert mixed == [None, *plain[:3], None, *plain[3:]]


def test_no_words_need_no_audio(aligner: SphinxAligner) -> None:
    """An empty list has no times; words that cannot be spoken have none either, whatever the audio."""
    assert aligner.align(np.zeros(0, np.float32), 24_000, [], "en") == []
    assert aligner.align(noise(1.0), 16_000, ["42", "..."], "en") == [None, None]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(0, np.float32), "silent"),
        (np.zeros(48_000, np.float32), "silent"),
        (np.full(48_000, np.nan, np.float32), "not numbers"),
        (noise(0.1), "too short"),
        (noise(0.02), "too short"),
        (noise(2.5), "could not be found"),
    ],
    ids=["nothing", "silence", "nan", "a tenth of a second", "less than a frame", "noise"],
)
def test_audio_without_the_words_raises(aligner: SphinxAligner, samples: Samples, message: str) -> None:
    """Audio that cannot hold the words is refused with a reason, and the aligner works on afterwards."""
    with pytest.raises(AlignmentError, match=message):
        aligner.align(samples, 16_000, FIRST, "en")


@pytest.mark.parametrize("seconds", [6.0, 12.0])
def test_noise_and_music_have_low_confidence(aligner: SphinxAligner, seconds: float) -> None:
    """In noise, a chord or a hum that is long enough for the words, they have a low confidence or are not found."""
    time = np.arange(int(seconds * 16_000)) / 16_000
    chord = sum(np.sin(2 * np.pi * pitch * part * time) / part for pitch in (220, 277.2, 329.6) for part in (1, 2, 3))
    for sound in (noise(seconds), 0.1 * np.asarray(chord, np.float32), 0.2 * np.sin(2 * np.pi * 50 * time)):
        assert score(aligner, sound.astype(np.float32), 16_000, FIRST) < 0.45


@needs_espeak
def test_rates_and_loudness_do_not_matter(aligner: SphinxAligner) -> None:
    """The same speech at 16, 24 and 44.1 kHz, and very quiet, has the same times to a frame and confidences alike."""
    speech = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    first = placed(aligner.align(speech.samples, speech.sample_rate, FIRST, "en"))
    others = [(audio.resample(speech.samples, speech.sample_rate, rate), rate) for rate in (16_000, 24_000, 44_100)]
    for samples, rate in [*others, (speech.samples * np.float32(0.01), speech.sample_rate)]:
        times = placed(aligner.align(samples, rate, FIRST, "en"))
        assert np.median(errors(times, first, "start")) <= 0.1
        assert max(errors(times, first, "start")) <= 20.1
        assert abs(confidence(times) - confidence(first)) < 0.05


@needs_espeak
def test_threads_share_one_aligner(aligner: SphinxAligner) -> None:
    """Two threads at once get the same results as each alone, whatever ran before."""
    speech = [espeak_library.speak(words, [""] * len(words), "en-us") for words in (FIRST, SECOND)]
    jobs = list(zip(speech, (FIRST, SECOND), strict=True)) * 2

    def align(job: tuple[espeak_library.Utterance, list[str]]) -> list[WordTime | None]:
        return aligner.align(job[0].samples, job[0].sample_rate, job[1], "en")

    alone = [align(job) for job in jobs]
    assert alone[:2] == alone[2:]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(align, jobs)) == alone


def test_other_languages_raise(aligner: SphinxAligner) -> None:
    """All regions of English are supported; the error for another language names it and a remedy."""
    assert all(aligner.speaks(language) for language in ("en", "en-GB", "EN_us"))
    assert not any(aligner.speaks(language) for language in ("de", "zh", "enm", ""))
    with pytest.raises(AlignmentError, match="not de; use another timing_method"):
        aligner.align(noise(1.0), 16_000, ["hallo"], "de")


@needs_espeak
@pytest.mark.parametrize("held", [3, 9, len(FIRST)])
def test_a_prefix_ends_where_the_audio_does(aligner: SphinxAligner, held: int) -> None:
    """Audio that is cut after some word holds the words up to there, at their times, and none of those that follow."""
    words = FIRST + SECOND
    speech = espeak_library.speak(words, [""] * len(words), "en-us")
    following = speech.words[held]
    assert following
    samples = speech.samples[: round(following.start * speech.sample_rate)]
    found = aligner.prefix(samples, speech.sample_rate, words, "en")
    assert len(found) == held
    assert np.median(errors(found, speech.words[:held], "start")) <= 15


@needs_espeak
def test_a_prefix_is_as_confident_as_an_alignment(aligner: SphinxAligner) -> None:
    """The words that the audio holds are as sure as when they are aligned alone; words that it does not are not."""
    speech = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    alone = aligner.align(speech.samples, speech.sample_rate, FIRST, "en")
    found = aligner.prefix(speech.samples, speech.sample_rate, FIRST + SECOND, "en")
    assert errors(found, alone, "start") == pytest.approx([0] * len(FIRST), abs=10.1)
    assert confidence(found) == pytest.approx(confidence(alone), abs=0.02)
    wrong = placed(aligner.prefix(speech.samples, speech.sample_rate, SECOND + FIRST, "en"))
    sure = sum((time.end - time.start) * time.confidence for time in wrong)
    assert sure < 0.3 * sum((time.end - time.start) * time.confidence for time in found if time)


@needs_espeak
def test_a_prefix_includes_words_without_letters(aligner: SphinxAligner) -> None:
    """A number that cannot be pronounced has no time, stands before words that have one, and never ends a prefix."""
    speech = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    found = aligner.prefix(speech.samples, speech.sample_rate, ["42", *FIRST, "43", *SECOND], "en")
    assert found[0] is None
    assert len(placed(found[1:])) == len(FIRST)


@pytest.mark.parametrize(
    "samples", [np.zeros(0, np.float32), np.zeros(48_000, np.float32), noise(0.02), noise(3.0)],
    ids=["nothing", "silence", "less than a frame", "noise"],
)  # fmt: skip
def test_silence_and_noise_have_an_empty_prefix(aligner: SphinxAligner, samples: Samples) -> None:
    """A stretch without speech is no error when the text goes on after it; nor is a text without a letter."""
    assert aligner.prefix(samples, 16_000, FIRST, "en") == []
    assert aligner.prefix(samples, 16_000, ["42"], "en") == []


def test_prefix_raises_as_align_does(aligner: SphinxAligner) -> None:
    """Another language and samples that are no numbers are refused as they are by `align`."""
    with pytest.raises(AlignmentError, match="not de"):
        aligner.prefix(noise(1.0), 16_000, ["hallo"], "de")
    with pytest.raises(AlignmentError, match="not numbers"):
        aligner.prefix(np.full(16_000, np.nan, np.float32), 16_000, FIRST, "en")


def music(seconds: float, rate: int) -> Samples:
    """A chord of three notes with overtones that is struck every second."""
    time = np.arange(round(seconds * rate)) / rate
    notes = sum(np.sin(2 * np.pi * hertz * (time % 1)) for hertz in (220, 277, 330, 440, 554, 660))
    return np.asarray(0.05 * notes * np.exp(-1.5 * (time % 1)), np.float32)


@needs_espeak
@pytest.mark.parametrize("kind", ["music", "room", "speech"])
def test_find_passes_over_other_sound(aligner: SphinxAligner, kind: str) -> None:
    """Words are where they are said, though other sound stands before, between and after them."""
    first, second = (espeak_library.speak(words, [""] * len(words), "en-us") for words in (FIRST, SECOND))
    rate = first.sample_rate
    other = {
        "music": music(4.0, rate),
        "room": 0.002 * np.random.default_rng(1).standard_normal(4 * rate).astype(np.float32),
        "speech": espeak_library.speak(OTHER, [""] * len(OTHER), "en-us").samples,
    }[kind]
    samples = np.concatenate([other, first.samples, other, second.samples, other])
    begins = [len(other) / rate, (2 * len(other) + len(first.samples)) / rate]
    truth = [
        word.start + begin for said, begin in zip((first, second), begins, strict=True) for word in said.words if word
    ]
    found = placed(aligner.find(samples, rate, FIRST + SECOND, "en"))
    off = [abs(time.start - start) for time, start in zip(found, truth, strict=True)]
    assert np.median(off) <= 0.02
    assert max(off) < 0.25
    assert confidence(found) > 0.7


@needs_espeak
def test_find_leaves_out_words_that_are_not_said(aligner: SphinxAligner) -> None:
    """A word that is not said has no length and no confidence, and moves none of the others."""
    said = espeak_library.speak(FIRST, [""] * len(FIRST), "en-us")
    alone = aligner.align(said.samples, said.sample_rate, FIRST, "en")
    words = ["applause", *FIRST[:4], "chrysanthemum", *FIRST[4:]]
    found = placed(aligner.find(said.samples, said.sample_rate, words, "en"))
    unsaid = [found.pop(5), found.pop(0)]
    assert [(time.end - time.start, time.confidence) for time in unsaid] == [(0.0, 0.0)] * 2
    assert errors(found, alone, "start") == pytest.approx([0] * len(FIRST), abs=10.1)


@needs_espeak
@pytest.mark.parametrize("first", [0, len(FIRST)])
def test_spot_hears_a_passage_wherever_it_is_in_text_and_sound(aligner: SphinxAligner, first: int) -> None:
    """Of a text of which other speech says a passage, its words are where they are said, and the others nowhere."""
    passage = (FIRST + SECOND)[first:][:12]
    other, said = (espeak_library.speak(words, [""] * len(words), "en-us") for words in (OTHER, passage))
    samples = np.concatenate([other.samples, said.samples, other.samples])
    starts = [0, 7, len(FIRST), len(FIRST) + 8]
    found = aligner.spot(samples, said.sample_rate, FIRST + SECOND, starts, "en")
    assert found[:first] == [None] * first
    assert len(found) == first + len(passage)
    moved = [time and time.moved(len(other.samples) / other.sample_rate) for time in said.words]
    assert np.median(errors(found[first:], moved, "start")) <= 20
    assert confidence(found[first:]) > 0.7


@needs_espeak
def test_spot_ends_with_a_whole_word(aligner: SphinxAligner) -> None:
    """A word that sounds as the beginning of an earlier one is itself, not a piece of that."""
    said = espeak_library.speak(["well"], [""], "en-us")
    words = ["well-intentioned", "people", "agreed", "well", "harbour"]
    found = aligner.spot(said.samples, said.sample_rate, words, [0, 3], "en")
    assert [bool(time) for time in found] == [False, False, False, True]


@needs_espeak
def test_spot_hears_next_to_nothing_of_another_text(aligner: SphinxAligner) -> None:
    """Speech of other words has one that fits by chance, if any; silence and words without a letter have none."""
    speech = espeak_library.speak(OTHER, [""] * len(OTHER), "en-us")
    found = aligner.spot(speech.samples, speech.sample_rate, FIRST + SECOND, [0, 7, len(FIRST)], "en")
    assert sum(time.confidence for time in found if time) < 2
    assert aligner.spot(np.zeros(48_000, np.float32), 16_000, FIRST, [0], "en") == []
    assert aligner.spot(speech.samples, speech.sample_rate, ["42"], [0], "en") == []
    with pytest.raises(AlignmentError, match="not de"):
        aligner.spot(noise(1.0), 16_000, ["hallo"], [0], "de")


def test_parts_are_assigned_to_whole_words() -> None:
    """Where words begin alike, the decoded parts go to words that they spell as a whole."""
    parts = [[Part("w")], [Part("w"), Part("w"), Part("w")], [Part("dot")]]
    decoded = [(name, Segment(at, at + 1, 0.0)) for at, name in enumerate(("w", "w", "w", "dot"))]
    assert [len(segments) for segments in sphinx_open._assigned(parts, decoded)] == [0, 3, 1]
    assert [len(segments) for segments in sphinx_open._assigned(parts, decoded[3:])] == [0, 0, 1]
