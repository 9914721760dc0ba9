"""Dubbing: the speech of each caption is brought to its caption's length and put at its start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType

from handler.cancellation import Cancellation
from handler.jobs import Job
from handler.media import audio, joining
from handler.media.tempo import at_tempo
from handler.pipeline.assembly import Assembly, ChunkMarker, Placed, unmarked
from handler.pipeline.dub_script import DubCue, DubScript
from handler.pipeline.lines import EngineVoice, Line, engine_voices
from handler.pipeline.speaking import speak
from handler.pipeline.takes import Take
from handler.protocols import PacedEngine
from handler.types import Chunk, ChunkAudio, SpeechRequest, WordTime

LEAD_S = 0.005  # before the first sound: a voice begins softly


@dataclass(frozen=True)
class Paces:
    """How slow and how fast a caption may be spoken, 1 for the natural pace."""

    slowest: float
    fastest: float


# People follow captions of 20 characters a second (the limit of film subtitles for adults) and speak 14 of them: 1.5
# times the pace says what can be read in time. Slower than 0.8, vowels drag, and a stretched wave is heard to repeat.
DEFAULT_FIT = "pad"
FITS: Mapping[str, Paces] = MappingProxyType(
    {"pad": Paces(1.0, 1.5), "stretch": Paces(0.8, 1.5), "natural": Paces(1.0, 1.0)}
)
CLOSE = 0.97  # a part of the wanted length that is near enough to it: the difference is not heard
AIMED = 0.985  # part of the wanted length that an engine is asked for: its speech is about as long as asked
MIN_REPORTED_S = 0.01  # a shorter excess is the quiet after the last sound


def wanted_length(natural: float, room: float, paces: Paces) -> float:
    """The length nearest to ``room`` that speech of a ``natural`` length may be brought to, in the same unit."""
    return min(max(room, natural / paces.fastest), natural / paces.slowest)


def at_rate(chunk: Chunk, rate: float) -> Chunk:
    """The chunk, to be spoken ``rate`` times as fast."""
    return replace(chunk, tokens=tuple(replace(token, rate=token.rate * rate) for token in chunk.tokens))


def arranged(
    script: DubScript, lines: Sequence[Line], fit: str, job: Job, mark: ChunkMarker = unmarked
) -> tuple[list[Line], DubAssembly]:
    """The lines as they are to be spoken, and what assembles them: rates are known before where engines plan."""
    rates = _planned_rates(script, lines, fit)
    paced = [replace(line, chunk=at_rate(line.chunk, rates.get(script.cue_of(line.chunk), 1.0))) for line in lines]
    return paced, DubAssembly(script, lines, fit, job, rates, mark)


def _planned_rates(script: DubScript, lines: Sequence[Line], fit: str) -> Mapping[int, float]:
    """The rates at which cues are to be spoken, by their index, where the engine knows how long its speech will be."""
    natural: dict[int, float] = defaultdict(float)
    for voice in engine_voices(lines):
        if isinstance(voice.engine, PacedEngine):
            chunks = [line.chunk for line in lines if line.said_by is voice]
            seconds = voice.engine.natural_seconds(chunks, voice.voice, voice.options) or ()
            for chunk, duration in zip(chunks, seconds, strict=False):
                natural[script.cue_of(chunk)] += duration
    rates = {}
    for index, duration in natural.items():
        cue = script.cues[index]
        wanted = wanted_length(duration, cue.end - cue.start, FITS[fit])
        rates[index] = 1.0 if wanted == duration else duration / (wanted * AIMED)
    return rates


class DubAssembly(Assembly):
    """Assembles the speech of captions: `add` takes the chunks in order, and returns each caption once it is whole.

    A caption begins at its start, or where the one before it ends if that is too long. What does not fit at the
    fastest pace is kept: it lasts into the gap that follows, and beyond that it delays the next caption. The whole
    lasts as long as the captions, to the sample, unless the last one is too long.
    """

    def __init__(
        self,
        script: DubScript,
        lines: Sequence[Line],
        fit: str,
        job: Job,
        rates: Mapping[int, float] = MappingProxyType({}),
        mark: ChunkMarker = unmarked,
    ) -> None:
        """``rates`` are those that cues are spoken at, by their index, where they are not spoken at their own."""
        super().__init__(lines[0].said_by.engine.sample_rate, mark=mark)
        self._script = script
        self._lines = lines
        self._fit = fit
        self._paces = FITS[fit]
        self._job = job
        self._rates = rates
        groups = groupby((line.chunk for line in lines), key=script.cue_of)
        self._ends = {group[-1].index: number for number, group in enumerate([*each] for _, each in groups)}
        self._pending: list[tuple[Chunk, Take]] = []
        self._end = 0

    def add(self, chunk: Chunk, take: Take) -> Placed | None:
        """Take the next chunk; return its whole caption, as one chunk, if it is the last of it."""
        self._pending.append((chunk, take))
        if chunk.index not in self._ends:
            return None
        pending, self._pending = self._pending, []
        number = self._ends[chunk.index]
        return self._place(number, pending, last=number == len(self._ends) - 1)

    def length_at(self, sample_rate: int) -> int | None:
        """As many samples as the captions last, unless the last one is too long."""
        duration = self._script.duration
        return round(duration * sample_rate) if self._end <= round(duration * self._sample_rate) else None

    def _place(self, number: int, pending: Sequence[tuple[Chunk, Take]], *, last: bool) -> Placed:
        index = self._script.cue_of(pending[0][0])
        cue, rate = self._script.cues[index], self._sample_rate
        start = max(round(cue.start * rate), self._end)
        spoken = self._fitted(pending, self._rates.get(index, 1.0), round(cue.end * rate) - start)
        # What is stretched loses a mark that was in it.
        spoken = self._mark(spoken, rate)
        end = start + len(spoken.samples)
        rest = max(0, round(self._script.duration * rate) - end) if last else 0
        span = self._joiner.add(spoken.samples, (start - self._end) / rate, rest / rate)
        self._end = end
        self._warn(cue, start, end, None if last else self._script.cues[index + 1])
        tokens = tuple(token for chunk, _ in pending for token in chunk.tokens)
        return replace(pending[0][0], index=number, tokens=tokens), Take(spoken, pending[0][1].seed), span

    def _fitted(self, pending: Sequence[tuple[Chunk, Take]], rate: float, room: int) -> ChunkAudio:
        """The speech of a caption that was spoken at ``rate``, in so many samples if it may be brought to them."""
        lines = [self._lines[chunk.index] for chunk, _ in pending]
        spoken = self._voice(lines, [take.spoken for _, take in pending])
        natural = len(spoken.samples) * rate
        wanted = round(wanted_length(natural, room, self._paces))
        if not CLOSE * wanted <= len(spoken.samples) <= wanted:
            spoken = self._spoken_again(pending, natural / (wanted * AIMED)) or spoken
        if CLOSE * wanted <= len(spoken.samples) <= wanted:
            return spoken
        with self._job.timed("fit"):
            return _stretched(spoken, self._sample_rate, wanted, self._job.cancellation)

    def _spoken_again(self, pending: Sequence[tuple[Chunk, Take]], rate: float) -> ChunkAudio | None:
        """A caption spoken at another rate; None where the engine does not, or was asked for the right one before."""
        lines = [self._lines[chunk.index] for chunk, _ in pending]
        if not all(_speaks_twice(line.said_by) for line in lines):
            return None
        lines = [replace(line, chunk=at_rate(line.chunk, rate)) for line in lines]
        seeds = [take.seed for _, take in pending]
        asked = [(line, [SpeechRequest(line.chunk, seed)]) for line, seed in zip(lines, seeds, strict=True)]
        with self._job.timed("speak"):
            return self._voice(lines, list(speak(asked, self._sample_rate, self._job.cancellation)))

    def _voice(self, lines: Sequence[Line], spoken: Sequence[ChunkAudio]) -> ChunkAudio:
        """The lines of a caption as one, from the first sound to the last."""
        pauses = [(line.chunk.pause_before, line.chunk.pause_after) for line in lines]
        cross_fade_s = min(each.engine.cross_fade_s(each.options) for each in engine_voices(lines))
        samples, spans = joining.join([each.samples for each in spoken], self._sample_rate, pauses, cross_fade_s)
        before, after = audio.quiet_edges(samples, self._sample_rate)
        if before == len(samples):
            return ChunkAudio(samples)
        lead = round((audio.MARGIN_S - LEAD_S) * self._sample_rate) if before else 0
        start, end = before + lead, len(samples) - after
        words: tuple[WordTime | None, ...] | None = ()
        for each, span in zip(spoken, spans, strict=True):
            moved = (span.start - start) / self._sample_rate
            words = None if words is None or each.words is None else (*words, *_moved(each.words, moved))
        return ChunkAudio(samples[start:end], words)

    def _warn(self, cue: DubCue, start: int, end: int, following: DubCue | None) -> None:
        """Warn of a caption that ends too late: for its own text, or for the caption before it."""
        if end / self._sample_rate - cue.end < MIN_REPORTED_S:
            return
        lacking = (end - start) / self._sample_rate - (cue.end - cue.start)
        pace = "at its natural pace" if self._fit == "natural" else f"even at {self._paces.fastest:g} times the pace"
        late = end / self._sample_rate - (following.start if following else self._script.duration)
        delayed = "the next cue begins" if following else "the audio ends"
        result = "which it takes from the gap after it" if late < MIN_REPORTED_S else f"and {delayed} {late:.2f} s late"
        if lacking >= MIN_REPORTED_S:
            message = f"{cue} is {lacking:.2f} s too short for its text {pace}, {result}; shorten its text"
        else:
            delay = start / self._sample_rate - cue.start
            message = f"{cue} begins {delay:.2f} s late and cannot make up for it, {result}; shorten the cues before it"
        self._job.warn("cue_too_long", message)


def _speaks_twice(voice: EngineVoice) -> bool:
    """Whether an engine speaks at any rate, so quickly that it may speak a caption again."""
    engine = voice.engine
    return isinstance(engine, PacedEngine) and engine.natural_seconds([], voice.voice, voice.options) is None


def _moved(words: Sequence[WordTime | None], seconds: float) -> list[WordTime | None]:
    return [word and word.moved(seconds) for word in words]


def _stretched(spoken: ChunkAudio, sample_rate: int, length: int, cancellation: Cancellation) -> ChunkAudio:
    """The speech in so many samples, with its words' times."""
    factor = len(spoken.samples) / length
    samples = at_tempo(spoken.samples, sample_rate, factor, cancellation)
    words = spoken.words and tuple(
        word and replace(word, start=word.start / factor, end=word.end / factor) for word in spoken.words
    )
    return ChunkAudio(samples, words)
