"""A voice's clip: bad recordings are named, transcripts that do not belong are named, both are cut at one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from handler.aligners.sphinx import SphinxAligner
from handler.engines import espeak_library
from handler.errors import AlignmentError, BadReference
from handler.media import audio
from handler.media.decode import Sound
from handler.settings import Settings
from handler.types import Samples, WordTime
from handler.voices import transcript
from handler.voices.reference import SAMPLE_RATE, Prepared, _Cut, _holds, prepare, prepare_untranscribed
from handler.voices.transcript import MAX_CLIP_S
from tests.support.human_clip import HUMAN_TEXT
from tests.support.human_samples import RATE, human_samples, noise, silence

SAID = HUMAN_TEXT
APPLES = (
    "He bought three apples and a loaf of bread from the little shop on the corner, because the forecast says that it "
    "will rain."
)
RIVER = "In the afternoon we walked along the river, and nobody said a word about the weather."
BROTHER = "Later that evening she called her brother, who had been waiting for the news all day."
UMBRELLA = "Please remember to bring your umbrella, because the clouds look dark."

needs_espeak = pytest.mark.skipif(espeak_library.available() is not None, reason="espeakng-loader is not installed")


@pytest.fixture(scope="module")
def aligner() -> SphinxAligner:
    return SphinxAligner(Settings.read({}))


@pytest.fixture(scope="module")
def human() -> Samples:
    return human_samples()


@pytest.fixture(scope="module")
def loop(human: Samples) -> Samples:
    """Some 30 s: the person, three sentences of espeak, the person again."""
    pause = silence(0.3)
    spoken = [piece for text in (APPLES, RIVER, BROTHER) for piece in (espeak(text), pause)]
    return np.concatenate([human, pause, *spoken, human])


LOOP = f"{SAID} {APPLES} {RIVER} {BROTHER} {SAID}"


def espeak(text: str) -> Samples:
    words = text.split()
    marks = [word[-1] if word[-1] in ",." else "" for word in words]
    said = espeak_library.speak([word.strip(",.") for word in words], marks, "en-us", 170)
    samples: Samples = audio.resample(said.samples, said.sample_rate, RATE)
    return samples


def refused(samples: Samples, text: str, aligner: SphinxAligner | None, language: str = "en") -> str:
    with pytest.raises(BadReference) as caught:
        prepare(Sound(samples, RATE), text, language, aligner)
    return caught.value.message


def bare(text: str) -> list[str]:
    return [word.strip(",.").lower() for word in text.split()]


def aligned_in(clip: Prepared, aligner: SphinxAligner, words: Sequence[str]) -> list[WordTime]:
    times = aligner.align(noise(clip.samples, 30), clip.sample_rate, words, "en")
    return [time for time in times if time is not None]


# ---- the clip that engines hear


def test_short_clip_is_kept_whole(human: Samples, aligner: SphinxAligner) -> None:
    """A clip of 5 s keeps its words and is trimmed, levelled, at 24 kHz, with quiet at its end."""
    clip = prepare(Sound(np.concatenate([silence(1), human, silence(3)]), RATE), SAID, "en", aligner)
    assert clip.text == SAID
    assert clip.sample_rate == SAMPLE_RATE
    assert clip.samples.dtype == np.float32
    assert clip.duration == len(clip.samples) / SAMPLE_RATE
    assert 4.6 < clip.duration < 5.3
    assert np.abs(clip.samples[-round(0.1 * SAMPLE_RATE) :]).max() < 0.01
    assert clip.warnings == ()


@pytest.mark.parametrize("gain", [0.02, 1.0])
def test_clips_have_one_level(human: Samples, aligner: SphinxAligner, gain: float) -> None:
    """However loud it was recorded, the clip has one level and does not clip."""
    clip = prepare(Sound(human * np.float32(gain), RATE), SAID, "en", aligner)
    assert np.sqrt(np.mean(clip.samples**2)) == pytest.approx(0.085, abs=0.01)
    assert np.abs(clip.samples).max() <= 0.951


def test_peaks_are_not_clipped(human: Samples) -> None:
    """A click far above the speech lowers the whole clip rather than being cut off."""
    spiky = human.copy()
    spiky[40_000] = 9.0
    clip = prepare(Sound(spiky, RATE), SAID, "en", None)
    assert np.abs(clip.samples).max() == pytest.approx(0.95, abs=0.01)


def test_other_rates_are_resampled(human: Samples, aligner: SphinxAligner) -> None:
    """A clip at 44.1 kHz is the same clip at 24 kHz."""
    clip = prepare(Sound(audio.resample(human, RATE, 44_100), 44_100), SAID, "en", aligner)
    assert clip.duration == pytest.approx(prepare(Sound(human, RATE), SAID, "en", aligner).duration, abs=0.05)
    assert clip.text == SAID


@needs_espeak
@pytest.mark.parametrize("spoil", [lambda samples: samples, lambda samples: noise(samples, 20)], ids=["clean", "noisy"])
def test_long_clip_is_cut_with_its_words(loop: Samples, aligner: SphinxAligner, spoil) -> None:  # type: ignore[no-untyped-def]
    """Of 30 s at most 12 stay, and the text is exactly what is said in them: the last word whole, the next absent."""
    clip = prepare(Sound(spoil(loop), RATE), LOOP, "en", aligner)
    assert 4 < clip.duration <= MAX_CLIP_S
    words, whole = bare(clip.text), bare(LOOP)
    assert words == whole[: len(words)]
    assert [warning.code for warning in clip.warnings] == ["clip_cut"]
    times = aligned_in(clip, aligner, words)
    assert float(np.mean([time.confidence for time in times])) > 0.6
    assert times[-1].confidence > 0.3
    assert clip.duration - times[-1].end == pytest.approx(0.2, abs=0.12)
    # What follows finds no room: it is refused, or squeezed in where nothing of it is heard, but for a word by chance.
    try:
        more = aligned_in(clip, aligner, whole[: len(words) + 3])
    except AlignmentError:
        return
    assert np.median([time.confidence for time in more[-3:]]) < 0.3


@needs_espeak
def test_cut_prefers_sentence_end(human: Samples, aligner: SphinxAligner) -> None:
    """The end of a sentence before a pause is a better place than a later, short pause between two words."""
    samples = np.concatenate([human, silence(0.7), espeak(APPLES), espeak(RIVER)])
    clip = prepare(Sound(samples, RATE), f"{SAID} {APPLES.replace(',', '')} {RIVER}", "en", aligner)
    assert clip.text == SAID


def test_cut_with_wrong_end_does_not_hold(human: Samples, aligner: SphinxAligner) -> None:
    """A finished clip whose last word was cut off, or stands elsewhere than thought, does not hold."""
    clip = prepare(Sound(human, RATE), SAID, "en", aligner)
    script = transcript.read(f"{SAID} {UMBRELLA}", "en")
    end = aligned_in(clip, aligner, bare(SAID))[-1].end
    assert _holds(clip, script, _Cut(9, 0.0, clip.duration, end), "en", aligner)
    assert not _holds(clip, script, _Cut(9, 0.0, clip.duration, end - 0.5), "en", aligner)
    assert not _holds(clip, script, _Cut(12, 0.0, clip.duration, end), "en", aligner)


@needs_espeak
def test_transcript_without_punctuation_is_cut(loop: Samples, aligner: SphinxAligner) -> None:
    """A transcript without marks is cut at a pause as well, and gets its full stop."""
    clip = prepare(Sound(loop, RATE), " ".join(bare(LOOP)), "en", aligner)
    words = bare(clip.text)
    assert words == bare(LOOP)[: len(words)]
    assert len(words) > 9
    assert clip.text.endswith(".")


@needs_espeak
def test_long_clip_is_not_aligned_whole(loop: Samples) -> None:
    """However long clip and transcript are, the aligner hears little more than what can stay."""

    class Counting(SphinxAligner):
        seconds = 0.0

        def align(
            self, samples: Samples, sample_rate: int, words: Sequence[str], language: str
        ) -> list[WordTime | None]:
            self.seconds += len(samples) / sample_rate
            return super().align(samples, sample_rate, words, language)

        def prefix(
            self, samples: Samples, sample_rate: int, words: Sequence[str], language: str
        ) -> list[WordTime | None]:
            self.seconds += len(samples) / sample_rate
            return super().prefix(samples, sample_rate, words, language)

    counting = Counting(Settings.read({}))
    clip = prepare(Sound(np.tile(loop, 20), RATE), " ".join([LOOP] * 20), "en", counting)
    assert clip.text.startswith(SAID)
    assert counting.seconds < 60


@needs_espeak
def test_recogniser_cuts_long_clip_with_its_words(loop: Samples, aligner: SphinxAligner) -> None:
    """An aligner without prefixes, which leaves words without a time, cuts at a word too, and refuses a wrong text."""

    class Recogniser:
        name = "recogniser"

        def speaks(self, language: str) -> bool:
            return True

        def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[WordTime | None]:
            times = aligner.prefix(samples, rate, words, language)
            sure: list[WordTime | None] = [time if time and time.confidence > 0.3 else None for time in times]
            return sure + [None] * (len(words) - len(times))

    clip = prepare(Sound(loop, RATE), LOOP, "en", Recogniser())
    words = bare(clip.text)
    assert 9 <= len(words) < len(bare(LOOP))
    assert words == bare(LOOP)[: len(words)]
    with pytest.raises(BadReference, match="does not fit the clip"):
        prepare(Sound(loop, RATE), f"{UMBRELLA} {BROTHER} {UMBRELLA} {BROTHER}", "en", Recogniser())


# ---- text and clip that do not belong together


def test_wrong_text_is_refused(human: Samples, aligner: SphinxAligner) -> None:
    """A text that is not said at all is refused from its first words on."""
    assert refused(human, UMBRELLA, aligner) == (
        "ref_text does not fit the clip from “Please remember to bring your” on; send the words that the clip really "
        "says"
    )


def test_mismatch_names_first_wrong_words(human: Samples, aligner: SphinxAligner) -> None:
    """A text that starts right and then says something else is refused near the place where it does."""
    message = refused(human, "Some call me nature, please bring your umbrella tomorrow.", aligner)
    assert "from “please bring your umbrella tomorrow.” on" in message


@needs_espeak
def test_mismatch_in_long_clip_names_first_wrong_words(loop: Samples, aligner: SphinxAligner) -> None:
    """In a long clip, too, the words that are not said are named, not the right ones before them."""
    wrong = f"{SAID} He bought three apples, and the clocks were striking thirteen while Winston slipped through doors."
    message = refused(loop, f"{wrong} {RIVER} {BROTHER}", aligner)
    assert "does not fit the clip from" in message or "leaves out what the clip says before" in message
    named = bare(message.split("“")[1].split("”")[0])
    assert bare(wrong).index(named[1]) - 1 in range(10, 17)


@needs_espeak
def test_wrong_text_of_long_clip_is_refused(loop: Samples, aligner: SphinxAligner) -> None:
    """A long clip with somebody else's words is refused from the first on."""
    text = "It was a bright cold day in April, and the clocks were striking thirteen. " * 6
    assert "from “It was a bright cold” on" in refused(loop, text, aligner)


@pytest.mark.parametrize("more", ["Umbrella.", "Please bring umbrellas.", f"{UMBRELLA}"])
def test_words_after_the_clips_end_are_refused(human: Samples, aligner: SphinxAligner, more: str) -> None:
    """A text that goes on where the clip has ended is refused, by one word or by many."""
    message = refused(human, f"{SAID} {more}", aligner)
    assert "does not fit the clip from" in message
    # A first short word may happen to fit the last sound.
    assert any(word in message for word in more.split()[:2])


def test_impossible_speaking_rate_is_refused(human: Samples) -> None:
    """A page of text for 5 seconds, or one word for 20, is refused even where nobody can align it."""
    assert "is too long for the clip: nobody says" in refused(human, f"{LOOP} {LOOP}", None, "de")
    assert "is too short for the clip" in refused(human, "So.", None, "de")


@needs_espeak
def test_short_clip_with_much_more_speech_is_refused(human: Samples, aligner: SphinxAligner) -> None:
    """Five seconds of speech after the text's end are too many to be left out in silence."""
    samples = np.concatenate([human, silence(0.2), espeak(RIVER), silence(0.1), human[: 2 * RATE]])[: 11 * RATE]
    message = refused(samples, SAID, aligner)
    assert "the clip goes on for" in message
    assert "“others call me mother nature.”" in message


@needs_espeak
@pytest.mark.parametrize("seconds", [1.5, 20.0])
def test_speech_after_the_text_is_cut_off(
    human: Samples, loop: Samples, aligner: SphinxAligner, seconds: float
) -> None:
    """A few words more, or a long rest, are cut off after the text's last word, and a warning says so."""
    samples = np.concatenate([human, silence(0.2), loop[len(human) + RATE // 3 :]])[: len(human) + int(seconds * RATE)]
    clip = prepare(Sound(samples, RATE), SAID, "en", aligner)
    assert clip.text == SAID
    assert 4.6 < clip.duration < 5.4
    assert [warning.code for warning in clip.warnings] == ["clip_cut"]


@dataclass(frozen=True)
class Talk:
    """The person, then espeak; ``starts`` and ``ends`` of every word in seconds, the person's only as a whole."""

    samples: Samples
    words: list[str]
    starts: list[float]
    ends: list[float]

    def unsaid(self, clip: Prepared) -> float:
        """Seconds in the clip of words that its text has not."""
        start = found_at(clip, self.samples)
        end = start + len(np.trim_zeros(clip.samples, "b")) / SAMPLE_RATE
        later = slice(len(bare(clip.text)), None)
        spans = zip(self.starts[later], self.ends[later], strict=True)
        return sum(max(0.0, min(end, to) - max(start, since)) for since, to in spans)


def found_at(clip: Prepared, samples: Samples) -> float:
    """Where a piece of a recording was taken from: the shift at which they are most alike."""
    size = len(samples) + len(clip.samples)
    alike = np.fft.irfft(np.fft.rfft(samples, size) * np.conj(np.fft.rfft(clip.samples, size)))
    return int(alike.argmax()) / RATE


@pytest.fixture(scope="module")
def talk(human: Samples) -> Talk:
    pieces, words, starts, ends = [human], bare(SAID), [0.0] * 9, [5.0] * 9
    for text in (APPLES, RIVER, BROTHER):
        at = sum(map(len, pieces)) / RATE + 0.1
        said = espeak_library.speak(bare(text), [""] * len(bare(text)), "en-us", 190)
        pieces += [silence(0.1), audio.resample(said.samples, said.sample_rate, RATE)]
        words += bare(text)
        starts += [at + time.start for time in said.words if time]
        ends += [at + time.end for time in said.words if time]
    return Talk(np.concatenate(pieces), words, starts, ends)


@needs_espeak
@pytest.mark.parametrize("count", [9, 12, 18, 26])
def test_clip_holds_only_its_text_where_text_ends_early(talk: Talk, aligner: SphinxAligner, count: int) -> None:
    """Of a long recording with only its first words as text, in the middle of flowing speech or before a pause, the
    clip says its own text and nothing that comes after it; a right text is not refused, and at most two words go."""
    clip = prepare(Sound(talk.samples, RATE), " ".join(talk.words[:count]), "en", aligner)
    words = bare(clip.text)
    assert words == talk.words[: len(words)]
    assert talk.unsaid(clip) < 0.1
    assert len(words) >= 7
    assert [warning.code for warning in clip.warnings] == ["clip_cut"]


@needs_espeak
def test_few_words_of_long_recording_are_refused(talk: Talk, aligner: SphinxAligner) -> None:
    """Where so little of a recording has text that nothing of it can be used, all its words are asked for."""
    assert refused(talk.samples, " ".join(talk.words[:3]), aligner) == (
        "the clip goes on where ref_text ends, and there is no place before that where it can surely be cut; send all "
        "the words that the clip says"
    )


@pytest.mark.parametrize(("times", "said"), [(3, 1), (4, 2)])
def test_repeated_sentence_is_cut_after_a_whole_one(
    human: Samples, aligner: SphinxAligner, times: int, said: int
) -> None:
    """Where the speech that follows is the text's own over again, the clip ends with the text's last word."""
    clip = prepare(Sound(np.tile(human, times), RATE), " ".join([SAID] * said), "en", aligner)
    whole = (said - 1) * len(human) / RATE + 5.0
    if clip.text == " ".join([SAID] * said):
        assert clip.duration == pytest.approx(whole, abs=0.4)
    else:
        assert clip.text in f"{SAID} Some call me nature."
        assert aligned_in(clip, aligner, bare(clip.text))[-1].end == pytest.approx(clip.duration - 0.2, abs=0.15)


@needs_espeak
def test_clip_with_extra_speech_does_not_hold(human: Samples, aligner: SphinxAligner) -> None:
    """A finished clip with a word between those of its text, or after them, is not taken."""
    script = transcript.read(f"{SAID} {SAID}", "en")
    said = prepare(Sound(human, RATE), SAID, "en", aligner)
    spare = espeak("umbrella")
    for pieces, holds in (((), True), ((spare,), False)):
        samples = np.concatenate([said.samples, *pieces, said.samples])
        clip = Prepared(samples, RATE, script.text, len(samples) / RATE, ())
        spoken = aligned_in(clip, aligner, bare(script.text))[-1].end
        assert _holds(clip, script, _Cut(18, 0.0, clip.duration, spoken), "en", aligner) is holds
    samples = np.concatenate([said.samples, spare])
    clip = Prepared(samples, RATE, SAID, len(samples) / RATE, ())
    spoken = aligned_in(clip, aligner, bare(SAID))[-1].end
    assert not _holds(clip, script, _Cut(9, 0.0, clip.duration, spoken), "en", aligner)


@needs_espeak
def test_transcript_that_lacks_a_sentence_is_refused(human: Samples, aligner: SphinxAligner) -> None:
    """A transcript that lacks a whole sentence in the middle, or at the start, does not pass."""
    middle = np.concatenate([human, silence(0.2), espeak(RIVER), silence(0.2), human])
    assert "leaves out what the clip says before “Some call me" in refused(middle, f"{SAID} {SAID}", aligner)
    assert "ref_text" in refused(np.concatenate([espeak(RIVER), silence(0.2), human]), SAID, aligner)


# ---- languages that no aligner knows


def test_short_clip_needs_no_aligner(human: Samples, aligner: SphinxAligner) -> None:
    """Where no aligner knows the language, a clip of up to 12 s is taken as it is."""
    for known in (None, aligner):
        clip = prepare(Sound(human, RATE), "Manche nennen mich Natur, andere nennen mich Mutter Natur", "de", known)
        assert clip.text == "Manche nennen mich Natur, andere nennen mich Mutter Natur."
        assert 4.6 < clip.duration < 5.4


def test_long_clip_needs_an_aligner(human: Samples, aligner: SphinxAligner) -> None:
    """Where no aligner knows the language, a longer clip is refused with the length that would do."""
    message = refused(np.tile(human, 4), "Manche nennen mich Natur. " * 8, aligner, "de")
    assert "no aligner here knows the language de" in message
    assert "at most 12 seconds" in message


# ---- texts


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "has no words"), ("?! …", "has no words"), ("[pause:long] hello", "ref_text cannot be read aloud: ")],
)
def test_text_without_words_is_refused(human: Samples, text: str, message: str) -> None:
    """A transcript with nothing to say, or with a torn mark, is the transcript's own fault."""
    assert message in refused(human, text, None)


# ---- without a transcript


def test_untranscribed_clip_is_trimmed_and_levelled(human: Samples) -> None:
    """Silence around it goes but for a breath; it has the level of other clips, and no text."""
    lead, tail = silence(2.0), silence(3.0)
    made = prepare_untranscribed(Sound(np.concatenate([lead, human * np.float32(0.3), tail]), RATE))
    assert (made.text, made.warnings, made.sample_rate) == ("", (), SAMPLE_RATE)
    assert made.duration == len(made.samples) / SAMPLE_RATE == pytest.approx(len(human) / RATE, abs=0.5)
    before, after = audio.quiet_edges(made.samples, SAMPLE_RATE)
    assert before / SAMPLE_RATE < 0.25
    assert 0.15 < after / SAMPLE_RATE < 0.45
    assert audio.rms(made.samples) == pytest.approx(
        audio.rms(prepare(Sound(human, RATE), SAID, "xx", None).samples), rel=0.1
    )


def test_long_untranscribed_clip_is_cut_at_a_pause(loop: Samples) -> None:
    """The clip ends in quiet, and is as long as pauses allow."""
    made = prepare_untranscribed(Sound(loop, RATE))
    assert 8 < made.duration <= MAX_CLIP_S
    (warning,) = made.warnings
    assert (warning.code, "was cut after" in warning.message) == ("clip_cut", True)
    _, after = audio.quiet_edges(made.samples, SAMPLE_RATE)
    assert 0.15 < after / SAMPLE_RATE < 0.45


def test_untranscribed_clip_without_a_pause_is_cut_where_it_is_quietest(human: Samples) -> None:
    """A monotone of 20 s with one soft place is cut there."""
    times = np.arange(20 * RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 150 * times) * (1 + 0.3 * np.sin(2 * np.pi * 4 * times))).astype(np.float32)
    soft = (times > 10.5) & (times < 10.6)
    made = prepare_untranscribed(Sound(np.where(soft, tone * np.float32(0.3), tone), RATE))
    assert made.duration == pytest.approx(10.55 + 0.2, abs=0.1)
