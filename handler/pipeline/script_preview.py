"""What will be spoken of a script, found without an engine: its words, its marks, and about how long it will take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from handler import text
from handler.jobs import Job
from handler.pipeline import lexicons, reading_pace, turn_voices, turns
from handler.pipeline.turns import OWN, Turn, VoiceRequest
from handler.protocols import Services
from handler.requests import DEFAULT_LANGUAGE, GenerateInput, builtin_engine
from handler.text import Lexicon, ScriptMark, SpokenPiece
from handler.text.languages.tags import primary_language
from handler.types import LINKED, Budget, SpeechOptions, Token, Voice
from handler.voices import builtin, registry

USUAL_BUDGET = Budget(limit=250)  # of a chunk, for an engine that is not loaded or whose chunks depend on the clip


@dataclass(frozen=True)
class _TurnText:
    """A turn of a script, the language of each voice that it names, and its tokens with offsets in the script."""

    turn: Turn
    languages: Mapping[str, str]
    tokens: Sequence[Token]

    @property
    def own_language(self) -> str:
        return self.languages.get(OWN) or next(iter(self.languages.values()))


def preview(request: GenerateInput, job: Job, services: Services) -> dict[str, Any]:
    """The reply of `text`. Raises what `generate` would for the script, the voices and the lexicon."""
    read = turns.read(request, services, job)
    lexicon = lexicons.resolve(request.lexicon, services.store, job.warn)
    texts: list[_TurnText] = []
    for turn in read:
        languages = {name: _language(asked, services) for name, asked in turn.voices.items()}
        tokens = turn_voices.tokens(turn, languages, lexicon, last=turn is read[-1])
        texts.append(_TurnText(turn, languages, tokens))
        for name, asked in turn.voices.items():
            job.warn_all(text.language_warnings(asked.shown, languages[name], asked.request.language))
    length = sum(map(_seconds, texts))
    reading_pace.check(length, "text" if request.turns is None else "turns", services.settings)
    return {
        "language": texts[0].own_language,
        "characters": len(request.script),
        "seconds": round(length, 1),
        "chunks": sum(_chunks(each, services) for each in texts),
        "words": [_word(piece, each.turn.start_char) for each in texts for piece in _pieces(each, lexicon)],
        "marks": [_mark(mark, each.turn.start_char) for each in texts for mark in _marks(each)],
    }


def _language(asked: VoiceRequest, services: Services) -> str:
    """The language that a voice will speak: the one asked for, else its own. Raises NotFound for no such voice."""
    name = asked.request.voice_name
    language = text.language_asked(asked.request.language, asked.shown)
    if name is not None and builtin_engine(name):
        return builtin.resolve(name, language, services).language
    if name is None:
        return language or _default_language(asked.engine, services)
    with asked.named():
        record = registry.snapshot(services.store, name).record
    return language or (record and record.language) or DEFAULT_LANGUAGE


def _default_language(engine: str, services: Services) -> str:
    """That of an engine's default voice: `DEFAULT_LANGUAGE`, unless it has voices and none speaks that."""
    voices = services.engines.backends[engine].voices(services.settings)
    known = [voice.language for voice in voices if voice.language]
    speaks = any(primary_language(tag) == DEFAULT_LANGUAGE for tag in known)
    return DEFAULT_LANGUAGE if speaks or not known else known[0]


def _seconds(said: _TurnText) -> float:
    runs = groupby(said.tokens, key=lambda token: token.speaker)
    return sum(reading_pace.seconds(list(run), said.turn.voices[name].request.speed) for name, run in runs)


def _chunks(said: _TurnText, services: Services) -> int:
    runs = groupby(said.tokens, key=lambda token: token.speaker)
    return sum(
        len(text.chunk(list(run), said.languages[name], _budget(said.turn.voices[name].engine, services)))
        for name, run in runs
    )


def _budget(name: str, services: Services) -> Budget:
    """What a chunk of an engine may hold, as far as can be told without a voice's clip and without loading it."""
    engine = services.engines.loaded(name)
    if engine is None or engine.supports_cloning:
        return USUAL_BUDGET
    return engine.budget(Voice("", DEFAULT_LANGUAGE), SpeechOptions())


def _pieces(said: _TurnText, lexicon: Lexicon) -> Iterator[SpokenPiece]:
    turn = said.turn
    return text.spoken_pieces(turn.text, said.own_language, lexicon, ssml=turn.ssml, languages=said.languages)


def _marks(said: _TurnText) -> list[ScriptMark]:
    return text.script_marks(said.turn.text, said.own_language, said.turn.ssml)


def _word(piece: SpokenPiece, start: int) -> dict[str, Any]:
    word = {
        "word": piece.shown,
        "spoken": " ".join(piece.spoken),
        "start_char": start + piece.start_char,
        "end_char": start + piece.end_char,
    }
    phonemes = " ".join(each for each in piece.phonemes if each and each != LINKED)
    return word | ({"phonemes": phonemes} if phonemes else {})


def _mark(mark: ScriptMark, start: int) -> dict[str, Any]:
    return {"kind": mark.kind, "start_char": start + mark.start, "end_char": start + mark.end, **mark.says}
