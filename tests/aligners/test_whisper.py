"""The aligner whisper on the real Whisper base: times, confidence, texts that differ, and what it refuses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from handler.aligners import ALIGNERS
from handler.aligners.whisper import WhisperAligner
from handler.alignment.fallback import make_ready
from handler.app import make_services
from handler.cancellation import NEVER, Cancellation, working_for
from handler.errors import AlignerFailed, AlignmentError, Cancelled, ConfigError
from handler.protocols import PrefixAligner, WarmAligner
from handler.settings import Settings
from handler.types import WordTime
from handler.whisper.process import WhisperProcess
from tests.support.human_clip import HUMAN_TEXT
from tests.support.human_samples import RATE, human_samples, noise
from tests.support.spoken_clips import SpokenClip, joined, speaker, spoken
from tests.support.whisper_base import whisper_models

__all__ = ["whisper_models"]

HUMAN_WORDS = HUMAN_TEXT.lower().replace(",", "").rstrip(".").split()
SCRIPTS = (
    "The old captain found a letter from home before the winter came.",
    "My younger sister painted seven yellow flowers, because nobody else would.",
    "A tired teacher described the road to the river after a long and quiet walk.",
)


@pytest.fixture(scope="module")
def aligner(whisper_models: Path) -> Iterator[WhisperAligner]:
    process = WhisperProcess()
    yield WhisperAligner(Settings.read({"MODELS_DIR": str(whisper_models)}), process)
    process.end()


@pytest.fixture(scope="module")
def talk() -> SpokenClip:
    """Three sentences of piper, 14 seconds."""
    piper = speaker("piper")
    return joined([spoken(piper, script, "en", pause_s=0.4) for script in SCRIPTS])


def mean_confidence(times: list[WordTime | None]) -> float:
    return float(np.mean([time.confidence if time else 0.0 for time in times]))


def test_words_are_where_they_are_spoken(aligner: WhisperAligner, talk: SpokenClip) -> None:
    """Starts are close to piper's own, in order, without much of a bias; no word has a pause in it."""
    assert isinstance(aligner, PrefixAligner)
    times = aligner.align(talk.samples, talk.rate, talk.words, "en-GB")
    errors = talk.start_errors_ms(times)
    assert len(errors) == len(talk.words)
    assert np.median(np.abs(errors)) < 50
    assert abs(np.median(errors)) < 45
    assert np.percentile(np.abs(errors), 90) < 130
    edges = [edge for time in times if time for edge in (time.start, time.end)]
    assert edges == sorted(edges)
    seam = talk.words.index("My")
    before, after = times[seam - 1], times[seam]
    assert before
    assert after
    assert after.start - before.end > 0.35


@pytest.mark.parametrize(
    ("language", "script"),
    [
        ("es", "El viejo capitán encontró una carta de su hermana antes del invierno."),
        ("pl", "Stary kapitan znalazł list od siostry przed nadejściem zimy."),
        ("zh", "老船长在冬天之前找到了妹妹的一封信。"),
    ],
)
def test_other_languages(aligner: WhisperAligner, language: str, script: str) -> None:
    """Words, and the characters of a script without blanks, are found in languages that sphinx does not know."""
    clip = spoken(speaker("espeak"), script, language)
    times = aligner.align(clip.samples, clip.rate, clip.words, language)
    assert np.median(np.abs(clip.start_errors_ms(times))) < 60
    assert mean_confidence(times) > 0.6


def test_confidence_tells_right_words_from_wrong_ones(aligner: WhisperAligner, talk: SpokenClip) -> None:
    """A person's right text in noise is above the shuffled one and another text; so is piper's."""
    others = "seven committees will publish reports about fisheries on Wednesday".split()
    for samples, rate, words in (
        (noise(human_samples(), 10), RATE, HUMAN_WORDS),
        (talk.samples, talk.rate, list(talk.words)),
    ):
        right = mean_confidence(aligner.align(samples, rate, words, "en"))
        assert right > 0.75
        for wrong in (random.Random(1).sample(words, len(words)), others):
            assert mean_confidence(aligner.align(samples, rate, wrong, "en")) < min(0.55, right - 0.3)


def test_words_that_are_not_said(aligner: WhisperAligner) -> None:
    """`find` gives them no length and no confidence, and the others their times; `align` a low confidence."""
    wrong = "fisheries on Wednesday".split()
    words = [*HUMAN_WORDS[:4], *wrong, *HUMAN_WORDS[4:]]
    right = aligner.align(human_samples(), RATE, HUMAN_WORDS, "en")
    found = aligner.find(human_samples(), RATE, words, "en")
    assert [time.confidence if time else None for time in found[4:7]] == [0.0, 0.0, 0.0]
    assert all(time and time.start == time.end for time in found[4:7])
    for one, other in zip([*found[:4], *found[7:]], right, strict=True):
        assert one
        assert other
        assert one.start == pytest.approx(other.start, abs=0.1)
    forced = aligner.align(human_samples(), RATE, words, "en")
    assert all(time and time.confidence < 0.5 for time in forced[4:7])
    with pytest.raises(AlignmentError, match="could not be found"):
        aligner.find(human_samples(), RATE, "seven committees publish reports about fisheries".split(), "en")


def test_prefix_ends_where_the_sound_ends(aligner: WhisperAligner, talk: SpokenClip) -> None:
    """Words that the sound no longer has are no part of it; there are none in silence."""
    words = [*HUMAN_WORDS, *talk.words]
    assert len(aligner.prefix(human_samples(), RATE, words, "en")) == len(HUMAN_WORDS)
    assert aligner.prefix(np.zeros(RATE, np.float32), RATE, words, "en") == []


def test_more_than_a_window(aligner: WhisperAligner, talk: SpokenClip) -> None:
    """Sound of 42 seconds is aligned window by window, every word once."""
    long = joined([talk, talk, talk])
    times = aligner.align(long.samples, long.rate, long.words, "en")
    errors = np.abs(long.start_errors_ms(times))
    assert len(errors) == len(long.words)
    assert np.median(errors) < 50
    assert np.percentile(errors, 95) < 300


def test_what_cannot_be_aligned(aligner: WhisperAligner, talk: SpokenClip) -> None:
    """Silence, too little sound, and a language that Whisper lacks each have their sentence; a mark has no time."""
    with pytest.raises(AlignmentError, match="it is silent"):
        aligner.align(np.zeros(16_000, np.float32), 16_000, ["hello"], "en")
    with pytest.raises(AlignmentError, match=r"0\.50 seconds are too short for 38 words"):
        aligner.align(talk.samples[: talk.rate // 2], talk.rate, talk.words, "en")
    assert not aligner.speaks("eo")
    with pytest.raises(AlignmentError, match="whisper does not know eo; use another timing_method"):
        aligner.align(talk.samples, talk.rate, ["hello"], "eo")
    assert aligner.align(talk.samples, talk.rate, ["—"], "en") == [None]


def test_a_process_that_always_crashes_leaves_it_to_the_next(
    whisper_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is that of an aligner, so the next method is tried."""
    process = WhisperProcess()
    monkeypatch.setattr(process._process, "command", ["true", "", "", "whisper"])
    aligner = WhisperAligner(Settings.read({"MODELS_DIR": str(whisper_models)}), process)
    with pytest.raises(AlignerFailed, match="use another timing_method"):
        aligner.align(human_samples(), RATE, HUMAN_WORDS, "en")


def test_the_model_is_that_of_the_transcriber(whisper_models: Path, tmp_path: Path) -> None:
    """With one on the disk it is ready for LANGUAGES; without it says so, and without a folder it is refused."""
    settings = Settings.read({"MODELS_DIR": str(whisper_models), "LANGUAGES": "en,eo,sw", "LOCAL_STORE": str(tmp_path)})
    aligner = make_services(settings).aligners.get("whisper", "sw")
    assert isinstance(aligner, WarmAligner)
    make_ready(aligner, "sw", NEVER)
    assert aligner.warm("sw")
    assert ALIGNERS["whisper"].languages(settings) == ("en", "sw")
    assert ALIGNERS["whisper"].missing_files(settings) is None
    empty = Settings.read({"MODELS_DIR": str(tmp_path), "HF_HOME": str(tmp_path)})
    assert "not on this disk" in (ALIGNERS["whisper"].missing_files(empty) or "")
    assert ALIGNERS["whisper"].languages(empty) == ()
    with pytest.raises(ConfigError, match="no MODELS_DIR"):
        WhisperAligner(Settings.read({"MODELS_DIR": str(tmp_path / "none"), "HF_HOME": str(tmp_path)}))


def test_error_without_a_model_is_about_alignment(tmp_path: Path) -> None:
    """Where no model can be fetched, the way out is another method: there is no text to send."""
    settings = Settings.read({"MODELS_DIR": str(tmp_path), "HF_HUB_OFFLINE": "1"})
    with pytest.raises(ConfigError, match=r"not on this disk.*use another timing_method"):
        WhisperAligner(settings).ready("en", NEVER)
    with pytest.raises(ConfigError, match=r"no MODELS_DIR.*use another timing_method"):
        WhisperAligner(Settings.read({"MODELS_DIR": str(tmp_path / "none")}))


def test_a_cancelled_job_stops_its_question(whisper_models: Path) -> None:
    """The process is asked on behalf of the job: what nobody waits for is not aligned to its end."""
    aligner = WhisperAligner(Settings.read({"MODELS_DIR": str(whisper_models)}), WhisperProcess())
    cancellation = Cancellation()
    cancellation.cancel()
    with working_for(cancellation), pytest.raises(Cancelled):
        aligner.align(human_samples(), RATE, HUMAN_TEXT.split(), "en")
