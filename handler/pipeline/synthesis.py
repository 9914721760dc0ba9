"""Speak the chunks of a job and join them: each chunk is joined as soon as its take is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice

from handler.errors import EngineError, quoted
from handler.jobs import AudioListener, Job
from handler.media import audio
from handler.pipeline.assembly import Assembly
from handler.pipeline.lines import Line
from handler.pipeline.speaking import speak
from handler.pipeline.takes import Take, TakeSelector, seed_of
from handler.protocols import Engine, SoundMaker
from handler.requests import EngineOptions, GenerateInput
from handler.types import Chunk, Span, Speech, SpeechOptions, SpeechRequest, Token

MAX_NAMED = 5  # words in one warning

ChunkListener = Callable[[Chunk, Take, Span], None]
"""Called for each chunk of the assembly in order, with its take and its span in the whole. Must not block."""


def speech_options(request: GenerateInput, engine: Engine, own: type[EngineOptions] | None, job: Job) -> SpeechOptions:
    """The request's options for the engine, which has ``own`` ones; warns of fields that the engine ignores."""
    honoured = GenerateInput.model_fields.keys() | (own.model_fields.keys() if own else set())
    if not engine.supports_speed:
        honoured -= {"speed"}
    if not engine.supports_seeds:
        honoured -= {"takes"}
    if ignored := request.model_fields_set - honoured:
        job.warn("option_ignored", f"the engine {engine.name} ignores {', '.join(sorted(ignored))}")
    return SpeechOptions(speed=request.speed, own=own_options(request, own))


def with_usable_phonemes(tokens: Sequence[Token], engine: Engine, job: Job) -> Sequence[Token]:
    """The tokens as the engine can say them: without phonemes, and with a warning, if it takes none."""
    phonetic = [token for token in tokens if token.phonemes]
    if engine.supports_phonemes or not phonetic:
        return tokens
    words = list(dict.fromkeys(quoted(" ".join(token.spoken)) for token in phonetic))
    named = ", ".join(words[:MAX_NAMED]) + (" and others" if len(words) > MAX_NAMED else "")
    message = f"the engine {engine.name} takes no IPA and speaks {named} as written"
    job.warn("phonemes_ignored", f"{message}; write how it is said in letters, such as [Nguyen](win)")
    return [replace(token, phonemes=()) for token in tokens]


def with_usable_sounds(tokens: Sequence[Token], engine: Engine, job: Job) -> Sequence[Token]:
    """The tokens with the sounds that the engine makes: without the others, and with a warning that names them."""
    asked = dict.fromkeys(sound for token in tokens for sound in (*token.sounds_before, *token.sounds_after))
    known = engine.sounds if isinstance(engine, SoundMaker) else frozenset[str]()
    if not (unknown := [sound for sound in asked if sound not in known]):
        return tokens
    named = ", ".join(f"[{sound}]" for sound in unknown)
    message = f"{engine.model} makes no sound for {named}; leave it out, or send engine chatterbox with its model turbo"
    job.warn("sounds_ignored", message)

    def usable(sounds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sound for sound in sounds if sound in known)

    return [
        replace(token, sounds_before=usable(token.sounds_before), sounds_after=usable(token.sounds_after))
        for token in tokens
    ]


def own_options(request: GenerateInput, own: type[EngineOptions] | None) -> EngineOptions | None:
    """The part of the request that is the engine's own options, None for an engine without any."""
    if own is None:
        return None
    given = request.model_fields_set & own.model_fields.keys()
    return own.model_construct(**{name: getattr(request, name) for name in given})


def synthesize(
    lines: Sequence[Line],
    assembly: Assembly,
    seed: int,
    job: Job,
    selector: TakeSelector | None = None,
    listeners: Sequence[ChunkListener] = (),
    on_audio: AudioListener | None = None,
    *,
    listener_rate: int | None = None,
) -> tuple[Speech, Sequence[Take]]:
    """Speak the lines and join them; return the speech and the take that was kept of each chunk.

    The speech has the sample rate of the first line's engine. A ``selector`` chooses the best of several takes while
    the next chunk is spoken. The chunk after that is not asked for before, so that the losing takes of only two chunks
    are held. Seconds spent waiting for the engine count as the job's stage ``speak``, those for the selector as
    ``align``. The ``assembly`` makes the whole of the chunks. ``on_audio`` gets the
    samples as soon as they are spoken, at the rate ``listener_rate`` if it is given.
    """
    sample_rate = lines[0].said_by.engine.sample_rate
    keeper = _TakeKeeper(lines, assembly, job, listeners, on_audio, (sample_rate, listener_rate or sample_rate))
    asked = [_requests(line, seed, selector.takes if selector else 1) for line in lines]
    selection = None
    job.progress("speak", 0, len(lines))
    with job.timed("speak"):
        speaking = speak(list(zip(lines, asked, strict=True)), sample_rate, job.cancellation)
    with closing(speaking):  # An engine may have begun what comes next.
        for done, (line, requests) in enumerate(zip(lines, asked, strict=True), 1):
            with job.timed("speak"):
                spoken = list(islice(speaking, len(requests)))
            if len(spoken) < len(requests):
                raise EngineError("the engine stopped before the end of the text; send the job again")
            takes = [Take(each, request.seed) for each, request in zip(spoken, requests, strict=True)]
            job.progress("speak", done, len(lines))
            keeper.keep_selected(selection)
            if selector:
                selection = selector.submit(line.chunk, takes)
            else:
                keeper.keep(takes[0])
        keeper.keep_selected(selection)
    keeper.end()
    with job.timed("speak"):
        samples, spans = assembly.joined()
    job.measure("speak", chunks=len(lines), audio_s=len(samples) / sample_rate)
    return Speech(samples, sample_rate, spans), keeper.takes


class _TakeKeeper:
    """Assembles the takes that are kept, one for each line in order, and tells listeners of them."""

    def __init__(
        self,
        lines: Sequence[Line],
        assembly: Assembly,
        job: Job,
        listeners: Sequence[ChunkListener],
        on_audio: AudioListener | None,
        rates: tuple[int, int],
    ) -> None:
        """``rates`` are those of the speech and of the samples for ``on_audio``."""
        self._lines = lines
        self._assembly = assembly
        self._job = job
        self._listeners = listeners
        self._on_audio = on_audio
        self._resampler = audio.StreamResampler(*rates)
        self._listener_rate = rates[1]
        self.takes: list[Take] = []

    def keep(self, take: Take) -> None:
        """Assemble the take of the next line."""
        chunk = self._lines[len(self.takes)].chunk
        self._job.warn_all(take.spoken.warnings)
        placed = self._assembly.add(chunk, take)
        self.takes.append(take)
        self._send(last=False)
        if placed is not None:
            for on_chunk in self._listeners:
                on_chunk(*placed)

    def keep_selected(self, selection: Callable[[], Take] | None) -> None:
        """Wait for the take that is selected, if one is, and assemble it."""
        if selection is not None:
            with self._job.timed("align"):
                take = selection()
            self.keep(take)

    def end(self) -> None:
        """Send the rest of the audio."""
        self._send(last=True)

    def _send(self, *, last: bool) -> None:
        if self._on_audio is not None:
            samples = self._resampler.add(self._assembly.take(last=last), last=last)
            self._on_audio(samples, self._listener_rate, last)


def _requests(line: Line, seed: int, takes: int) -> list[SpeechRequest]:
    """A request for each take of a line; one where the engine gives no other."""
    count = takes if line.said_by.engine.supports_seeds else 1
    return [SpeechRequest(line.chunk, seed_of(seed, line.chunk.index, take)) for take in range(count)]
