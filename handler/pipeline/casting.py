"""Turns become lines: every voice is resolved first, then each text is cut into chunks for the voices that say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from handler import text
from handler.errors import BadRequest
from handler.jobs import Job
from handler.pipeline import lexicons
from handler.pipeline.lines import Line, Narrator
from handler.pipeline.synthesis import speech_options, with_usable_phonemes, with_usable_sounds
from handler.pipeline.turns import OWN, Role, Turn
from handler.protocols import Engine, Services
from handler.requests import GenerateInput
from handler.text import Lexicon
from handler.text.markup.marks import MAX_SILENCE_S
from handler.types import Budget, JobWarning, Token
from handler.voices import library

Run = tuple[Narrator, Sequence[Token]]
"""Tokens in a row that one narrator says."""


@dataclass(frozen=True)
class Cast:
    """The turns of a job, and for each the narrators of its roles by their names."""

    turns: Sequence[Turn]
    narrators: Sequence[Mapping[str, Narrator]]

    def described(self) -> list[dict[str, Any]]:
        """What the reply says of each turn: ``{speaker, language, start_char, end_char}``, of its own voice if any."""
        return [
            {
                "speaker": next(iter(named.values())),
                "language": next(iter(narrators.values())).voice.language,
                "start_char": turn.start_char,
                "end_char": turn.start_char + len(turn.text),
            }
            for turn, narrators, named in zip(self.turns, self.narrators, _speakers(self), strict=True)
        ]

    def language_warnings(self) -> list[JobWarning]:
        """A warning for each text that is plainly in another language than the one it is spoken in."""
        return [
            warning
            for turn, narrators in zip(self.turns, self.narrators, strict=True)
            for name, role in turn.roles.items()
            for warning in text.language_warnings(role.shown, narrators[name].voice.language, role.request.language)
        ]


def cast(turns: Sequence[Turn], engines: Mapping[str, Engine], job: Job, services: Services) -> Cast:
    """Resolve the voices of all turns, with the engines by name. Roles that are alike have one narrator.

    Raises what `library.resolve` raises, with the turn named, and BadRequest for an option of one voice where there are
    several. Warns of what an engine ignores of a request.
    """
    found: dict[tuple[object, ...], Narrator] = {}

    def narrator(role: Role) -> Narrator:
        asked = text.language_asked(role.request.language, role.shown)
        key = (role.engine, role.request.voice_name, asked, role.request.speed)
        if key not in found:
            with role.named():
                found[key] = _narrator(role, asked, engines[role.engine], job, services)
        return found[key]

    chosen = [{name: narrator(role) for name, role in turn.roles.items()} for turn in turns]
    if len(found) > 1:
        _check_options([role.request for turn in turns for role in turn.roles.values()], services)
    return Cast(turns, chosen)


def _narrator(role: Role, language: str | None, engine: Engine, job: Job, services: Services) -> Narrator:
    backend = services.engines.backends[role.engine]
    options = speech_options(role.request, engine, backend.options, job)
    voice = library.resolve(
        role.request.voice_name,
        language,
        engine,
        services,
        needs_transcript=backend.needs_transcript,
        warn=job.warn,
        cancellation=job.cancellation,
    )
    return Narrator(engine, replace(voice, language=language or voice.language), options, role)


def _check_options(requests: Sequence[GenerateInput], services: Services) -> None:
    options = [backend.options for backend in services.engines.backends.values() if backend.options]
    for name in sorted({name for each in options for name in each.of_one_voice}):
        if any(name in request.model_fields_set for request in requests):
            problem = "is for a script in one voice, and this one has several; leave it out, or send one voice"
            raise BadRequest.of(name, problem)


def lines(cast: Cast, request: GenerateInput, job: Job, services: Services) -> list[Line]:
    """What each voice says, chunk by chunk. Raises BadRequest that names the turn for a text that cannot be spoken."""
    lexicon = lexicons.resolve(request.lexicon, services.store, job.warn)
    speakers = _speakers(cast)
    with job.timed("text"):
        runs: list[Run] = []
        for turn, narrators, named in zip(cast.turns, cast.narrators, speakers, strict=True):
            tokens = _tokens(turn, narrators, lexicon, last=turn is cast.turns[-1])
            for name, run in groupby(tokens, key=lambda token: token.speaker):
                runs.append((narrators[name], [replace(token, speaker=named[name]) for token in run]))
        job.record_lexicon(lexicon.found())
        _check_silence(runs)
        return _chunked(runs, job)


def _tokens(turn: Turn, narrators: Mapping[str, Narrator], lexicon: Lexicon, *, last: bool) -> list[Token]:
    """The tokens of a turn, with offsets in the script. It ends with a paragraph, unless it is the last."""
    languages = {name: narrator.voice.language for name, narrator in narrators.items()}
    own = languages.get(OWN) or next(iter(languages.values()))
    with next(iter(turn.roles.values())).named():
        said = text.tokenize(turn.text, own, lexicon, ssml=turn.ssml, languages=languages)
    start = turn.start_char
    tokens = [replace(token, start_char=token.start_char + start, end_char=token.end_char + start) for token in said]
    end = tokens[-1]
    pause = round(end.pause_after + turn.pause_after, 3)
    tokens[-1] = replace(end, pause_after=pause, paragraph=end.paragraph or not last)
    return tokens


def _speakers(cast: Cast) -> list[dict[str, str]]:
    """Who says what by the captions: for each turn, the speaker of each role. In a job of one speaker it is "".

    Where the turn names nobody it is the voice.
    """
    voices = [
        {name: narrator.role.request.voice_name or narrator.voice.name for name, narrator in narrators.items()}
        for narrators in cast.narrators
    ]
    named = [
        {name: (turn.speaker if not turn.roles[name].marked else "") or voice for name, voice in found.items()}
        for turn, found in zip(cast.turns, voices, strict=True)
    ]
    if any(turn.speaker for turn in cast.turns) or len({name for found in named for name in found.values()}) > 1:
        return named
    return [dict.fromkeys(found, "") for found in named]


def _check_silence(runs: Sequence[Run]) -> None:
    """Raise BadRequest if the pauses of all turns are too long together."""
    silence = sum(token.pause_before + token.pause_after for _, tokens in runs for token in tokens)
    if silence > MAX_SILENCE_S:
        allowed = f"at most {MAX_SILENCE_S:g} are allowed; shorten some"
        raise BadRequest.of("turns", f"the pauses of all turns add up to {silence:g} seconds, {allowed}")


def _chunked(runs: Sequence[Run], job: Job) -> list[Line]:
    """The lines of runs of tokens, in chunks that the engines can speak in one go; those of all runs are numbered."""
    budgets: dict[Narrator, Budget] = {}
    found: list[Line] = []
    for narrator, said in runs:
        engine, voice = narrator.engine, narrator.voice
        tokens = with_usable_sounds(with_usable_phonemes(said, engine, job), engine, job)
        if narrator not in budgets:
            with narrator.role.named():
                budgets[narrator] = job.cancellation.run(engine.budget, voice, narrator.options)
        for chunk in text.chunk(tokens, voice.language, budgets[narrator]):
            found.append(Line(replace(chunk, index=len(found)), narrator))
    return found
