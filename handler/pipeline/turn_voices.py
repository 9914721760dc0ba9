"""The voices of turns: all are resolved first, then each text is cut into lines, chunks for the voices that say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from handler import text
from handler.errors import BadRequest
from handler.jobs import Job
from handler.pipeline import lexicons, reading_pace
from handler.pipeline.lines import EngineVoice, Line
from handler.pipeline.synthesis import speech_options, with_usable_phonemes, with_usable_sounds
from handler.pipeline.turns import OWN, Turn, VoiceRequest
from handler.protocols import Engine, Services
from handler.requests import GenerateInput
from handler.text import Lexicon
from handler.text.markup.marks import MAX_SILENCE_S
from handler.types import Budget, JobWarning, Token
from handler.voices import engine_choice, library

Run = tuple[EngineVoice, Sequence[Token]]
"""Tokens in a row that one voice says."""


@dataclass(frozen=True)
class ResolvedTurns:
    """The turns of a job, and for each its voices by the names that it gives them."""

    turns: Sequence[Turn]
    voices: Sequence[Mapping[str, EngineVoice]]

    def described(self) -> list[dict[str, Any]]:
        """What the reply says of each turn: ``{speaker, language, start_char, end_char}``, of its own voice if any."""
        return [
            {
                "speaker": next(iter(named.values())),
                "language": next(iter(voices.values())).voice.language,
                "start_char": turn.start_char,
                "end_char": turn.start_char + len(turn.text),
            }
            for turn, voices, named in zip(self.turns, self.voices, _speakers(self), strict=True)
        ]

    def language_warnings(self) -> list[JobWarning]:
        """A warning for each text that is plainly in another language than the one it is spoken in."""
        return [
            warning
            for turn, voices in zip(self.turns, self.voices, strict=True)
            for name, asked in turn.voices.items()
            for warning in text.language_warnings(asked.shown, voices[name].voice.language, asked.request.language)
        ]


def resolve(turns: Sequence[Turn], engines: Mapping[str, Engine], job: Job, services: Services) -> ResolvedTurns:
    """Resolve the voices of all turns, with the engines by name. Requests that are alike have one voice.

    Raises what `library.resolve` raises, with the turn named, and BadRequest for an option of one voice where there are
    several. Warns of what an engine ignores of a request.
    """
    found: dict[tuple[object, ...], EngineVoice] = {}
    heard: dict[tuple[object, ...], EngineVoice] = {}

    def voice(asked: VoiceRequest) -> EngineVoice:
        language = text.language_asked(asked.request.language, asked.shown)
        key = (asked.engine, asked.request.voice_name, language, asked.request.speed)
        if key not in found:
            with asked.named():
                made = _resolved(asked, language, engines[asked.engine], job, services)
            # A text may name the voice that is the default.
            name = made.voice.name if made.voice.clip else made.voice.builtin
            found[key] = heard.setdefault((asked.engine, name, made.voice.language, asked.request.speed), made)
        return found[key]

    voices = [{name: voice(asked) for name, asked in turn.voices.items()} for turn in turns]
    if len(heard) > 1:
        _check_options([asked.request for turn in turns for asked in turn.voices.values()], services)
    return ResolvedTurns(turns, voices)


def _resolved(asked: VoiceRequest, language: str | None, engine: Engine, job: Job, services: Services) -> EngineVoice:
    backend = services.engines.backends[asked.engine]
    options = speech_options(asked.request, engine, backend.options, job)
    voice = library.resolve(
        asked.request.voice_name,
        language,
        engine,
        services,
        needs_transcript=backend.needs_transcript,
        warn=job.warn,
        cancellation=job.cancellation,
    )
    return EngineVoice(engine, replace(voice, language=language or voice.language), options, asked)


def _check_options(requests: Sequence[GenerateInput], services: Services) -> None:
    for name in engine_choice.options_of_one_voice(services):
        if any(name in request.model_fields_set for request in requests):
            problem = "is for a script in one voice, and this one has several; leave it out, or send one voice"
            raise BadRequest.of(name, problem)


def lines(resolved: ResolvedTurns, request: GenerateInput, job: Job, services: Services) -> list[Line]:
    """What each voice says, chunk by chunk. Raises BadRequest that names the turn for a text that cannot be spoken."""
    lexicon = lexicons.resolve(request.lexicon, services.store, job.warn)
    speakers = _speakers(resolved)
    with job.timed("text"):
        runs: list[Run] = []
        for turn, voices, named in zip(resolved.turns, resolved.voices, speakers, strict=True):
            languages = {name: each.voice.language for name, each in voices.items()}
            said = tokens(turn, languages, lexicon, last=turn is resolved.turns[-1])
            for name, run in groupby(said, key=lambda token: token.speaker):
                runs.append((voices[name], [replace(token, speaker=named[name]) for token in run]))
        job.record_lexicon(lexicon.found())
        field = request.captions_field or ("text" if request.turns is None else "turns")
        _check_silence(runs, field)
        length = sum(reading_pace.seconds(said, said_by.options.speed) for said_by, said in runs)
        reading_pace.check(length, field, services.settings)
        lines = _chunked(runs, job)
    characters = sum(len(turn.text) for turn in resolved.turns)
    words = sum(len(said) for _, said in runs)
    job.measure("text", characters=characters, words=words, chunks=len(lines))
    return lines


def tokens(turn: Turn, languages: Mapping[str, str], lexicon: Lexicon, *, last: bool) -> list[Token]:
    """The tokens of a turn whose voices speak these languages, with offsets in the script.

    It ends with a paragraph, unless it is the last. Raises BadRequest that names the turn for a text that cannot be
    spoken.
    """
    own = languages.get(OWN) or next(iter(languages.values()))
    with next(iter(turn.voices.values())).named():
        said = text.tokenize(turn.text, own, lexicon, ssml=turn.ssml, languages=languages)
    start = turn.start_char
    found = [replace(token, start_char=token.start_char + start, end_char=token.end_char + start) for token in said]
    end = found[-1]
    pause = round(end.pause_after + turn.pause_after, 3)
    found[-1] = replace(end, pause_after=pause, paragraph=end.paragraph or not last)
    return found


def _speakers(resolved: ResolvedTurns) -> list[dict[str, str]]:
    """The names of speakers in captions: for each turn, who each of its voices is. In a job of one speaker it is "".

    A turn's own voice has the name that the turn gives; others, and those of turns without a name, have the voice's.
    """
    named = [
        {name: _speaker(turn, name, voice) for name, voice in voices.items()}
        for turn, voices in zip(resolved.turns, resolved.voices, strict=True)
    ]
    if any(turn.speaker for turn in resolved.turns) or len({name for each in named for name in each.values()}) > 1:
        return named
    return [dict.fromkeys(each, "") for each in named]


def _speaker(turn: Turn, name: str, voice: EngineVoice) -> str:
    own = "" if turn.voices[name].marked else turn.speaker
    return own or voice.asked.request.voice_name or voice.voice.name


def _check_silence(runs: Sequence[Run], field: str) -> None:
    """Raise BadRequest on ``field`` if all pauses are too long together."""
    silence = sum(token.pause_before + token.pause_after for _, tokens in runs for token in tokens)
    if silence > MAX_SILENCE_S:
        allowed = f"at most {MAX_SILENCE_S:g} are allowed; shorten some"
        raise BadRequest.of(field, f"all pauses add up to {silence:g} seconds, {allowed}")


def _chunked(runs: Sequence[Run], job: Job) -> list[Line]:
    """The lines of runs of tokens, in chunks that the engines can speak in one go; those of all runs are numbered."""
    budgets: dict[EngineVoice, Budget] = {}
    found: list[Line] = []
    for said_by, said in runs:
        engine, voice = said_by.engine, said_by.voice
        usable = with_usable_sounds(with_usable_phonemes(said, engine, job), engine, job)
        if said_by not in budgets:
            with said_by.asked.named():
                budgets[said_by] = job.cancellation.run(engine.budget, voice, said_by.options)
        for chunk in text.chunk(usable, voice.language, budgets[said_by]):
            found.append(Line(replace(chunk, index=len(found)), said_by))
    return found
