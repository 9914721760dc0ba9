"""The transcriber with the real Whisper base, on a person's clip, on piper, and on sounds in which nobody speaks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from handler.app import make_services
from handler.cancellation import Cancellation
from handler.engines.piper.engine import PiperEngine
from handler.engines.piper.options import PiperOptions
from handler.errors import BadReference, BadRequest, Cancelled, ConfigError, NoSpeech
from handler.media import audio
from handler.media.decode import decode
from handler.media.recording import Recording
from handler.settings import Settings
from handler.transcribers import faster_whisper
from handler.transcribers.faster_whisper import FasterWhisper
from handler.types import Samples, SpeechOptions, SpeechRequest, WordTime
from handler.voices import library
from handler.whisper import process, windows
from handler.whisper.process import ON_CPU, WhisperProcess
from handler.whisper.windows import Piece, Window
from tests.engines.test_espeak import chunk
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.human_samples import RATE, human_samples
from tests.support.no_speech import NO_SPEECH
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

HZ = 16_000


@pytest.fixture(scope="module")
def clip() -> Samples:
    return audio.resample(human_samples(), RATE, HZ)


@pytest.fixture
def whisper_settings(environ: dict[str, str], whisper_models: Path) -> Settings:
    return Settings.read(environ | {"MODELS_DIR": str(whisper_models)})


@pytest.fixture
def transcriber(whisper_settings: Settings) -> FasterWhisper:
    return FasterWhisper(whisper_settings)


@pytest.fixture(params=["tests.support.failing_whisper"])
def other_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[WhisperProcess]:
    made = WhisperProcess(request.param)
    monkeypatch.setattr(process, "shared", lambda: made)
    yield made
    made.end()


def recording(samples: Samples) -> Recording:
    return Recording.from_samples(samples, HZ)


def bare(text: str) -> list[str]:
    return [word.strip(" ,.;!?").lower() for word in text.split()]


def test_a_clip_is_written_down_with_the_times_of_its_words(transcriber: FasterWhisper, clip: Samples) -> None:
    """The words, the language that is heard, and for each word its place in the text and in the sound."""
    heard = transcriber.transcribe(recording(clip), None)
    assert (bare(heard.text), heard.language, heard.warnings) == (bare(HUMAN_TEXT), "en", ())
    assert [heard.text[word.start_char : word.end_char] for word in heard.words] == heard.text.split()
    assert heard.words[3].start == pytest.approx(1.42, abs=0.25)
    assert heard.words[-1].end == pytest.approx(4.9, abs=0.3)
    assert all(first.end <= second.start + 0.01 for first, second in pairwise(heard.words))
    assert transcriber.transcribe(recording(clip), "en-GB").language == "en-GB"


@pytest.mark.parametrize("name", NO_SPEECH)
def test_nothing_is_written_where_nobody_speaks(transcriber: FasterWhisper, name: str) -> None:
    """Whisper alone writes "You" or "I'm sorry." for some of these."""
    with pytest.raises(NoSpeech):
        transcriber.transcribe(recording(NO_SPEECH[name]), None)


def test_sound_between_speech_adds_no_words(transcriber: FasterWhisper, clip: Samples) -> None:
    """Speech among music and noise keeps its place in time, and nothing is written for the rest."""
    parts = [NO_SPEECH["melody"], clip, NO_SPEECH["pink noise"], clip, NO_SPEECH["silence"]]
    heard = transcriber.transcribe(recording(np.concatenate(parts)), "en")
    assert bare(heard.text) == bare(HUMAN_TEXT) * 2
    second = 2 * 6.0 + len(clip) / HZ
    assert heard.words[3].start == pytest.approx(6.0 + 1.42, abs=0.25)
    assert heard.words[9 + 3].start == pytest.approx(second + 1.42, abs=0.25)


def test_a_refrain_is_no_loop(transcriber: FasterWhisper, clip: Samples) -> None:
    """What somebody says again and again is written each time."""
    words = bare(transcriber.transcribe(recording(np.tile(clip, 4)), "en").text)
    # The model may hear a few words more or less; dropped as a loop, all would be gone.
    assert words.count("mother") >= 3
    assert abs(len(words) - 4 * len(bare(HUMAN_TEXT))) <= len(bare(HUMAN_TEXT))


def test_a_prompt_brings_a_spelling(transcriber: FasterWhisper, settings: Settings) -> None:
    """A name that Whisper does not write by itself."""
    engine = PiperEngine(settings)
    words = chunk("Doctor Nguyen deploys Kubernetes on Friday.")
    options = SpeechOptions(1.0, PiperOptions())
    (speech,) = engine.speak([SpeechRequest(words, 7)], engine.default_voice(None), options)
    spoken = audio.resample(speech.samples, engine.sample_rate, HZ)
    assert "Kubernetes" not in transcriber.transcribe(recording(spoken), "en").text
    assert "deploys Kubernetes" in transcriber.transcribe(recording(spoken), "en", prompt="Nguyen, Kubernetes").text


def test_a_long_recording_is_read_piece_by_piece(
    transcriber: FasterWhisper, clip: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than a block is in memory, windows are cut at pauses, and progress is in seconds of the recording."""
    monkeypatch.setattr(windows, "BLOCK_S", 8.0)
    monkeypatch.setattr(windows, "MAX_WINDOW_S", 9.0)
    samples = np.tile(clip, 4)
    read: list[float] = []

    def part(start: int, end: int) -> Samples:
        read.append((end - start) / HZ)
        return samples[start:end]

    progress: list[float] = []
    whole = Recording(len(samples), HZ, part)
    heard = transcriber.transcribe(whole, "en", progress=progress.append)
    assert bare(heard.text) == bare(HUMAN_TEXT) * 4
    assert max(read) <= 8.0
    assert len(progress) > 1
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(whole.duration, abs=1.0)
    starts = [heard.words[9 * number].start - number * len(clip) / HZ for number in range(4)]
    assert starts == pytest.approx([0.4] * 4, abs=0.3)


def test_a_cancelled_job_stops_between_windows(
    transcriber: FasterWhisper, clip: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No window is written after the one in which it was cancelled."""
    monkeypatch.setattr(windows, "MAX_WINDOW_S", 6.0)
    cancellation, done = Cancellation(), []

    def stop(seconds: float) -> None:
        done.append(seconds)
        cancellation.cancel()

    with pytest.raises(Cancelled):
        transcriber.transcribe(recording(np.tile(clip, 3)), "en", progress=stop, cancellation=cancellation)
    assert len(done) == 1


@pytest.mark.parametrize(
    ("tag", "code"),
    [("jv", "jw"), ("nb-NO", "no"), ("pt-BR", "pt"), ("cmn_TW", "zh"), ("iw", "he"), ("fil", "tl"), ("en", "en")],
)
def test_a_language_gets_whispers_own_code(whisper_models: Path, tag: str, code: str) -> None:
    """Among those that the real model knows."""
    known = process.shared().ask("languages", whisper_models / "whisper", seconds=0.0)
    assert faster_whisper._known_code(tag, known) == code


def test_an_unknown_language_is_refused(transcriber: FasterWhisper, clip: Samples) -> None:
    """By its field: a transcript in another language would be wrong without a word of warning."""
    with pytest.raises(BadRequest, match=r"^language: the transcriber does not know tlh; leave it out"):
        transcriber.transcribe(recording(clip), "tlh")


def window(seconds: float) -> Window:
    return Window((Piece(0.0, 0.0, seconds, np.zeros(round(seconds * HZ), np.float32)),))


@pytest.mark.parametrize(
    ("votes", "code", "asked"),
    [
        ([(12.0, {"en": 0.9, "fr": 0.1})], "en", 1),
        ([(2.0, {"en": 0.9, "fr": 0.1}), (20.0, {"en": 0.1, "fr": 0.9})], "fr", 2),
        ([*[(20.0, {"en": 0.6, "fr": 0.4})] * 2, *[(20.0, {"fr": 1.0})] * 4], "fr", 4),
        ([], None, 0),
    ],
    ids=["sure at once", "the first is short", "unsure", "nobody speaks"],
)
def test_windows_vote_for_the_language(
    votes: list[tuple[float, dict[str, float]]], code: str | None, asked: int
) -> None:
    """By their length, until one has most of the votes; all windows are kept for the transcript."""
    made = [window(seconds) for seconds, _ in votes]
    answers = iter(answer for _, answer in votes)
    calls: list[float] = []

    def detect(samples: Samples, *, seconds: float) -> dict[str, float]:
        calls.append(seconds)
        return next(answers)

    found, kept = faster_whisper._detect(iter(made), detect)
    assert (found, len(calls)) == (code, asked)
    assert list(kept) == made


def test_sound_descriptions_are_left_out() -> None:
    """And the words keep their times and their places in the text."""
    pieces = [" [Music]", " ♪", " Hello", " (applause)", " >>", " so-called", " world.", " [", "laughs", "]"]
    text, words = faster_whisper._without_sounds([(piece, WordTime(at, at + 1)) for at, piece in enumerate(pieces)])
    assert text == "Hello so-called world."
    assert [(text[word.start_char : word.end_char], word.start) for word in words] == [
        ("Hello", 2), ("so-called", 5), ("world.", 6),
    ]  # fmt: skip


def test_languages_without_blanks_get_none() -> None:
    """The pieces of a Chinese text are joined as they are."""
    text, words = faster_whisper._without_sounds([("你", WordTime(0, 1)), ("好。", WordTime(1, 2))])
    assert (text, [word.start_char for word in words]) == ("你好。", [0, 1])


def test_an_invented_last_word_is_left_out() -> None:
    """One that is hardly probable and after the speech, or shorter than any word; a probable one stays."""
    said = (" nature.", WordTime(4.4, 4.9, 0.8))
    after, short = (" You", WordTime(4.9, 5.3, 0.02)), (" here.", WordTime(4.8, 4.88, 0.01))
    probable, within = (" You", WordTime(4.9, 5.3, 0.5)), (" Naychur", WordTime(4.4, 4.9, 0.02))
    for words, left in (
        ([said, after], [said]), ([said, short, after], [said]), ([said, probable], [said, probable]),
        ([within], [within]), ([after], []),
    ):  # fmt: skip
        assert faster_whisper._without_invented_end(words, 4.96) == left


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_failing_model_is_a_bad_reference(
    other_process: WhisperProcess, transcriber: FasterWhisper, clip: Samples, language: str
) -> None:
    """An error of the library's, or the end of its process, asks for the words."""
    with pytest.raises(BadReference, match="could not be transcribed; send ref_text"):
        transcriber.transcribe(recording(clip), language)


@pytest.mark.parametrize("other_process", ["tests.support.dying_whisper"], indirect=True)
def test_the_cpu_takes_over_with_a_warning(
    other_process: WhisperProcess, transcriber: FasterWhisper, clip: Samples
) -> None:
    """A GPU that ends the process costs the transcript nothing but time."""
    heard = transcriber.transcribe(recording(clip), "en")
    assert (bare(heard.text), heard.warnings) == (bare(HUMAN_TEXT), (ON_CPU,))


def test_no_model_and_no_place_for_one_is_a_config_error(settings: Settings) -> None:
    """Each worker would fetch it, for one transcript."""
    with pytest.raises(ConfigError, match="MODELS_DIR"):
        FasterWhisper(settings)


def test_upload_without_a_transcript_is_transcribed(whisper_settings: Settings) -> None:
    """The voice has the words and the language that were heard."""
    made = library.prepare_voice(decode(HUMAN_CLIP), None, None, make_services(whisper_settings))
    assert (bare(made.text), made.language) == (bare(HUMAN_TEXT), "en")


def test_upload_with_a_damaged_model_asks_for_the_text(settings: Settings, whisper_models: Path) -> None:
    """The error names the field; so it does without a model."""
    sound = decode(HUMAN_CLIP)
    with pytest.raises(BadRequest, match="ref_text"):
        library.prepare_voice(sound, None, None, make_services(settings))
    folder = settings.models_dir / "whisper"
    folder.mkdir(parents=True)
    for file in (whisper_models / "whisper").iterdir():
        (folder / file.name).write_bytes(file.read_bytes() if file.name != "model.bin" else b"broken")
    with pytest.raises(BadRequest, match="ref_text"):
        library.prepare_voice(sound, None, None, make_services(settings))
