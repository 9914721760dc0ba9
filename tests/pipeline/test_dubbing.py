"""The speech of captions at their times: starts, lengths and warnings, measured on the samples."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

import numpy as np
import pytest

from handler import jobs, text
from handler.cancellation import NEVER, Cancellation
from handler.jobs import Job
from handler.media import audio
from handler.pipeline.dub_script import DubScript, dub_script
from handler.pipeline.dubbing import FITS, DubAssembly, arranged, wanted_length
from handler.pipeline.lines import EngineVoice, Line
from handler.pipeline.takes import Take
from handler.pipeline.turns import VoiceRequest
from handler.protocols import PacedEngine
from handler.requests import GenerateInput
from handler.storage.local_store import LocalStore
from handler.types import (
    Budget,
    Chunk,
    ChunkAudio,
    JobRecord,
    Samples,
    Span,
    SpeechOptions,
    SpeechRequest,
    TimedText,
    Voice,
    WarmupSpeech,
    WordTime,
)

RATE = 16_000
FRAME_S = 1 / 30
QUIET_S = 0.25  # before and after the sound of a chunk


@pytest.fixture
def job(store: LocalStore) -> Job:
    return Job(JobRecord("j1", "generate", jobs.IN_PROGRESS, 0.0), store, timeout=60.0)


def sounding(seconds: float, words: int = 1) -> ChunkAudio:
    """A tone between quiet edges, as an engine speaks, with the times of its words."""
    tone = np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE).astype(np.float32) * np.float32(0.3)
    edges = np.linspace(QUIET_S, QUIET_S + seconds, words + 1)
    times = tuple(WordTime(float(edges[i]), float(edges[i + 1])) for i in range(words))
    return ChunkAudio(np.pad(tone, round(QUIET_S * RATE)), times)


class Tones:
    """An engine that speaks tones of so many seconds at the rate of a chunk; ``planned`` is what it says beforehand."""

    name = model = "tones"
    model_license = "MIT"
    device = "cpu"
    warmup: WarmupSpeech | None = None
    sample_rate = RATE
    supports_cloning = supports_seeds = supports_phonemes = False
    supports_speed = True

    def __init__(self, seconds: float = 0.0, planned: Sequence[float] | None = ()) -> None:
        self.seconds, self.planned = seconds, planned
        self.asked: list[SpeechRequest] = []
        self.spoken: list[ChunkAudio] = []

    def default_voice(self, language: str | None) -> Voice:
        return Voice("tones", language or "en")

    def budget(self, voice: Voice, options: SpeechOptions) -> Budget:
        return Budget(100, by_sentence=True)

    def cross_fade_s(self, options: SpeechOptions) -> float:
        return 0.0

    def natural_seconds(self, chunks: Sequence[Chunk], voice: Voice, options: SpeechOptions) -> Sequence[float] | None:
        return self.planned

    def speak(
        self,
        requests: Sequence[SpeechRequest],
        voice: Voice,
        options: SpeechOptions,
        cancellation: Cancellation = NEVER,
    ) -> Generator[ChunkAudio]:
        for request in requests:
            self.asked.append(request)
            self.spoken.append(sounding(self.seconds / request.chunk.rate, len(request.chunk.words)))
            yield self.spoken[-1]


def script_of(
    *captions: tuple[float, float, str], engine: PacedEngine | None = None
) -> tuple[DubScript, Sequence[Line]]:
    cues = [TimedText(*one, number=number) for number, one in enumerate(captions, 1)]
    script = dub_script(cues, "captions", 1000.0, 1000)
    engine = engine or Tones()
    request = GenerateInput.model_construct(text=script.text)
    voice = EngineVoice(
        engine, engine.default_voice("en"), SpeechOptions(), VoiceRequest(request, "tones", script.text)
    )
    chunks = text.chunk(text.tokenize(script.text, "en"), "en", Budget(100, by_sentence=True))
    return script, [Line(chunk, voice) for chunk in chunks]


def spoken(assembly: DubAssembly, lines: Sequence[Line], seconds: Sequence[float]) -> list[tuple[Chunk, Take, Span]]:
    """The captions that come out of an assembly when each chunk sounds for so many seconds."""
    chunks = [line.chunk for line in lines]
    sounds = [sounding(each, len(chunk.words)) for chunk, each in zip(chunks, seconds, strict=True)]
    return [done for chunk, one in zip(chunks, sounds, strict=True) if (done := assembly.add(chunk, Take(one, 7)))]


def heard(samples: Samples, start: float, end: float) -> tuple[float, float]:
    """When the sound between two seconds begins and ends."""
    where = np.flatnonzero(np.abs(samples[round(start * RATE) : round(end * RATE)]) > 0.03)
    return start + where[0] / RATE, start + (where[-1] + 1) / RATE


@pytest.mark.parametrize(
    ("fit", "seconds", "lasts"),
    [
        ("pad", 1.0, 1.0),
        ("pad", 2.5, 2.0),
        ("pad", 4.4, 2.95),
        ("stretch", 1.0, 1.25),
        ("stretch", 1.8, 2.0),
        ("stretch", 2.5, 2.0),
        ("natural", 1.0, 1.0),
        ("natural", 2.5, 2.5),
    ],
)
def test_fit_sets_the_length(job: Job, fit: str, seconds: float, lasts: float) -> None:
    """Speech in a caption of two seconds lasts as its fit says, begins at its start, and the whole ends on time."""
    script, lines = script_of((1.0, 3.0, "One."), (4.0, 4.5, "Two."), (9.0, 9.7, "[Music]"))
    assembly = DubAssembly(script, lines, fit, job)
    spoken(assembly, lines, [seconds, 0.4])
    samples, spans = assembly.joined()
    assert len(samples) == round(9.7 * RATE)
    assert [span.start for span in spans] == [RATE, 4 * RATE]
    start, end = heard(samples, 0.0, 3.99)
    assert 1.0 <= start <= 1.0 + FRAME_S
    assert end - start == pytest.approx(lasts, abs=0.05)
    assert 4.0 <= heard(samples, 4.0, 9.0)[0] <= 4.0 + FRAME_S


def test_caption_that_cannot_fit_takes_the_gap(job: Job) -> None:
    """Nothing is cut off: the speech lasts into the gap, and the warning names the caption, its time and its excess."""
    script, lines = script_of((0.0, 1.0, "One."), (3.0, 4.0, "Two."))
    assembly = DubAssembly(script, lines, "pad", job)
    spoken(assembly, lines, [3.0, 0.5])
    samples, _ = assembly.joined()
    assert len(samples) == 4 * RATE
    assert heard(samples, 0.0, 2.9)[1] == pytest.approx(2.0, abs=0.03)
    (warning,) = job.warnings
    assert warning.code == "cue_too_long"
    assert warning.message.startswith("cue 1 (00:00:00.000 to 00:00:01.000) is 1.0")
    assert "1.5 times the pace, which it takes from the gap" in warning.message


def test_caption_that_cannot_fit_delays_the_next(job: Job) -> None:
    """Captions never sound at once: the next one begins where the first ends, and is faster to end on time."""
    script, lines = script_of((0.0, 1.0, "One."), (1.2, 3.0, "Two."), (3.0, 3.5, "Three."))
    assembly = DubAssembly(script, lines, "pad", job)
    spoken(assembly, lines, [2.4, 1.7, 0.3])
    samples, spans = assembly.joined()
    assert spans[1].start == spans[0].end == pytest.approx(1.6 * RATE, abs=0.03 * RATE)
    assert spans[1].end <= spans[2].start == 3 * RATE
    assert len(samples) == round(3.5 * RATE)
    (warning,) = job.warnings
    assert "and the next cue begins 0.4" in warning.message


def test_warning_says_what_each_caption_lacks(job: Job) -> None:
    """The delay of the captions before is no fault of a caption whose own time is long enough."""
    script, lines = script_of((0.0, 1.0, "One."), (1.0, 2.0, "Two."), (2.0, 3.0, "Three."), (3.0, 9.0, "Four."))
    spoken(DubAssembly(script, lines, "natural", job), lines, [2.0, 1.5, 0.9, 1.0])
    told = [warning.message for warning in job.warnings]
    figures = [float(figure) for each in told for figure in re.findall(r"(?:is|begins) (\d+\.\d+) s", each)]
    assert figures == pytest.approx([1.0, 1.0, 0.5, 1.5, 1.5, 1.4], abs=0.12)
    assert "cannot make up for it" in told[2]


def test_last_caption_that_cannot_fit_makes_the_audio_longer(job: Job) -> None:
    """No word is lost at the end either: the warning says how much longer the audio is than the captions."""
    script, lines = script_of((0.0, 1.0, "One."))
    assembly = DubAssembly(script, lines, "natural", job)
    spoken(assembly, lines, [1.5])
    assert len(assembly.joined()[0]) == pytest.approx(1.5 * RATE, abs=0.05 * RATE)
    assert "at its natural pace, and the audio ends 0.5" in job.warnings[0].message


def test_caption_of_several_chunks_is_one(job: Job) -> None:
    """The chunks of a caption come out as one with all its words, whose times are those of the changed sound."""
    script, lines = script_of((0.5, 2.5, "One two. Three."), (3.0, 4.0, "Four."))
    assembly = DubAssembly(script, lines, "pad", job)
    assert len(lines) == 3
    (whole, take, span), (last, *_) = spoken(assembly, lines, [1.0, 1.2, 0.5])
    assert (whole.index, whole.words, last.index, take.seed) == (0, ("One", "two", "Three"), 1, 7)
    assert take.spoken.words is not None
    ends = [word.end for word in take.spoken.words if word]
    pace = (1.0 + 2 * QUIET_S + 1.2) / 2.0
    assert ends == pytest.approx([0.5 / pace, 1.0 / pace, 2.0], abs=0.03)
    starts = [word.start for word in take.spoken.words if word]
    assert starts == pytest.approx([0.0, 0.5 / pace, (1.0 + 2 * QUIET_S) / pace], abs=0.03)
    assert span.end - span.start == len(take.spoken.samples) == 2 * RATE


def test_quick_engine_speaks_again(job: Job) -> None:
    """An engine whose model knows paces is asked for the right one; what is then near enough is left as it is."""
    engine = Tones(2.6, planned=None)
    script, lines = script_of((0.0, 2.0, "One."), (2.0, 4.0, "Two."), engine=engine)
    assembly = DubAssembly(script, lines, "pad", job)
    done = spoken(assembly, lines, [2.6, 1.9])
    (request,), (again,) = engine.asked, engine.spoken
    assert (request.seed, request.chunk.index) == (7, 0)
    assert request.chunk.rate == pytest.approx(1.32, abs=0.02)
    samples = done[0][1].spoken.samples
    before, after = audio.quiet_edges(again.samples, RATE)
    ends = range(before, len(again.samples) - after)
    assert any(np.array_equal(samples, again.samples[at : at + len(samples)]) for at in ends)


@pytest.mark.parametrize(
    ("fit", "rates"),
    [
        ("pad", [1.2 / 0.985, 1.2 / 0.985, 1.0, 1.5 / 0.985]),
        ("stretch", [1.2 / 0.985, 1.2 / 0.985, 0.8 / 0.985, 1.5 / 0.985]),
        ("natural", [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_engine_that_plans_is_asked_for_the_right_rate(job: Job, fit: str, rates: list[float]) -> None:
    """An engine that tells how long its speech will be gets the rate of each cue beforehand, all its chunks alike."""
    engine = Tones(planned=[1.2, 1.2, 1.0, 2.0])
    script, lines = script_of((0.0, 2.0, "One. Two."), (2.0, 4.0, "Three."), (4.0, 4.5, "Four."), engine=engine)
    paced, assembly = arranged(script, lines, fit, job)
    assert [line.chunk.rate for line in paced] == pytest.approx(rates)
    spoken(assembly, paced, [each / rate for each, rate in zip([1.2, 1.2, 1.0, 2.0], rates, strict=True)])
    assert engine.asked == []


def test_speech_spoken_at_a_rate_counts_at_its_natural_length(job: Job) -> None:
    """What was spoken fast already is not made faster than the fit allows."""
    script, lines = script_of((0.0, 1.0, "One."))
    assembly = DubAssembly(script, lines, "pad", job, rates={0: 1.5})
    spoken(assembly, lines, [2.0])
    assert len(assembly.joined()[0]) == pytest.approx(2.0 * RATE, abs=0.05 * RATE)


def test_very_short_caption_keeps_its_words(job: Job) -> None:
    """A caption shorter than a syllable is spoken as fast as it may be."""
    script, lines = script_of((0.0, 0.05, "No."), (0.05, 3.0, "Yes."))
    assembly = DubAssembly(script, lines, "stretch", job)
    spoken(assembly, lines, [0.3, 0.3])
    samples, spans = assembly.joined()
    assert spans[0].end == spans[1].start == pytest.approx(0.2 * RATE, abs=0.03 * RATE)
    assert len(samples) == 3 * RATE


def test_samples_are_handed_out_as_they_come(job: Job) -> None:
    """What `take` gives while captions are added is the whole, sample for sample."""
    script, lines = script_of((0.5, 1.0, "One."), (2.0, 3.0, "Two."), (3.0, 6.0, "Three."))
    assembly = DubAssembly(script, lines, "pad", job)
    pieces = []
    for line, seconds in zip(lines, (1.5, 0.5, 0.5), strict=True):
        spoken(assembly, [line], [seconds])
        pieces.append(assembly.take())
    pieces.append(assembly.take(last=True))
    assert all(len(piece) for piece in pieces)
    np.testing.assert_array_equal(np.concatenate(pieces), assembly.joined()[0])


def test_wanted_length_is_within_the_paces() -> None:
    """The room is filled as far as the slowest and the fastest pace go, even if there is none left."""
    assert [wanted_length(3.0, room, FITS["stretch"]) for room in (-1.0, 2.5, 3.5, 9.0)] == [2.0, 2.5, 3.5, 3.75]
    assert [wanted_length(3.0, room, FITS["pad"]) for room in (-1.0, 2.5, 9.0)] == [2.0, 2.5, 3.0]
    assert wanted_length(3.0, 1.0, FITS["natural"]) == 3.0
