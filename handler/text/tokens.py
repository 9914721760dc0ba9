"""Script → tokens: the shown text for captions, the spoken words for engines, and offsets in the script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from types import MappingProxyType

from handler.errors import BadRequest
from handler.text import phonemes
from handler.text.characters import stronger_mark
from handler.text.languages import language_of
from handler.text.languages.base import Language
from handler.text.lexicon import Lexicon, with_lexicon
from handler.text.segments import Segment, gap, split
from handler.text.source import Source, read
from handler.text.verbalize import Verbalization, verbalize
from handler.types import Token

_CLOSING = ".,;:!?)]}”’»。，！？"


def _verbalizations(segments: list[Segment], language: Language) -> list[Verbalization]:
    """One for each segment. A source of several words is verbalized word by word, and so is one with phonemes."""
    parts_of = [phonemes.parts(segment.pronounced) for segment in segments]
    texts = [
        [text for text, _ in parts] or segment.source.split() or [""]
        for segment, parts in zip(segments, parts_of, strict=True)
    ]
    # The first and the last word of an expression are told by its figures, as "5 km" begins with a digit.
    written = [[segment.shown] * len(several) for segment, several in zip(segments, texts, strict=True)]
    each = iter(verbalize([one for several in texts for one in several], list(chain(*written)), language))
    whole = []
    for several, pronounced in zip(texts, parts_of, strict=True):
        parts = [next(each) for _ in several]
        words = tuple(word for part in parts for word in part.words)
        said = phonemes.of_words([(len(part.words), ipa) for part, (_, ipa) in zip(parts, pronounced, strict=False)])
        whole.append(Verbalization(words, parts[-1].mark, said))
    return whole


def _goes_before(index: int, segments: list[Segment], verbalizations: list[Verbalization]) -> bool:
    """Whether a silent segment begins a line that has words, such as a bullet: it belongs to the next token."""
    if index and "\n" not in segments[index].gap:
        return False
    for following in range(index + 1, len(segments)):
        if "\n" in segments[following].gap or verbalizations[following].words:
            return "\n" not in segments[following].gap
    return False


def _joined(one: Segment, other: Segment) -> Segment:
    blank = " " if other.gap else ""
    return replace(one, end=other.end, shown=f"{one.shown}{blank}{other.shown}")


@dataclass(frozen=True)
class SpokenPiece:
    """A piece of a script as it stands between white space, and what is said for it: nothing for a mere sign.

    A token is one of them, with the silent ones beside it. The fields are those of `Token`.
    """

    shown: str
    spoken: tuple[str, ...]
    start_char: int
    end_char: int
    phonemes: tuple[str, ...] = ()


def spoken_pieces(
    script: str,
    language: str,
    lexicon: Lexicon | None = None,
    *,
    ssml: bool | None = None,
    languages: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[SpokenPiece]:
    """The pieces of a script, in order; the parameters and errors are those of `tokenize`."""
    for source, passage in with_lexicon(read(script, language, ssml), lexicon).parts():
        facts = language_of(passage.language or languages.get(passage.voice, language))
        segments, _ = split(source, facts)
        for segment, said in zip(segments, _verbalizations(segments, facts), strict=True):
            start, end = source.starts[segment.start], source.ends[segment.end - 1]
            yield SpokenPiece(segment.shown, said.words, start, end, said.phonemes)


def tokenize(
    script: str,
    language: str,
    lexicon: Lexicon | None = None,
    *,
    ssml: bool | None = None,
    languages: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Token, ...]:
    """The tokens of a script in a language (BCP 47, such as ``en`` or ``pt-BR``), in order; each has spoken words.

    Words of the ``lexicon`` are said as it says, except where a mark of the script replaces them. A script that begins
    with ``<speak>`` is SSML if ``ssml`` is None. ``languages`` are those of the voices that the script names, where
    they are not its own. Raises BadRequest on ``text`` if the script has no words or malformed markup.
    """
    tokens: list[Token] = []
    before = ""
    for source, passage in with_lexicon(read(script, language, ssml), lexicon).parts():
        following = _tokens(source, language_of(passage.language or languages.get(passage.voice, language)))
        if passage.rate != 1.0 or passage.voice:
            following = [replace(token, rate=passage.rate, speaker=passage.voice) for token in following]
        if tokens:
            tokens[-1], following[0] = _between(tokens[-1], following[0], gap(f"{before[-1:]}{source.text[:1]}"))
        tokens += following
        before = source.text
    if not tokens:
        raise BadRequest.of("text", "there is nothing to speak in the script: give it at least one word or number")
    return tuple(tokens)


def _between(last: Token, first: Token, between: str) -> tuple[Token, Token]:
    """Two tokens of passages that follow one another: the pause and the end of paragraph are those of the former."""
    pause = round(last.pause_after + first.pause_before, 3)
    return (
        replace(last, pause_after=pause, paragraph=last.paragraph or between == "\n\n"),
        replace(first, pause_before=0.0),
    )


def _tokens(source: Source, facts: Language) -> list[Token]:
    """The tokens of a source in one language; none if it has no words."""
    segments, end = split(source, facts)
    verbalizations = _verbalizations(segments, facts)
    tokens: list[Token] = []
    waiting: Segment | None = None
    leading = 0.0
    sounds: tuple[str, ...] = ()  # before the next token
    for index, (segment, verbalization) in enumerate(zip(segments, verbalizations, strict=True)):
        if tokens:
            tokens[-1] = _with_gap(tokens[-1], segment)
        else:
            leading += segment.pause
            sounds += segment.sounds_of_last
        sounds += segment.sounds_before
        if not verbalization.words and tokens and waiting is None and not _goes_before(index, segments, verbalizations):
            tokens[-1] = _with_silent(tokens[-1], segment, verbalization, source)
        elif not verbalization.words:
            waiting = _joined(waiting, segment) if waiting else segment
        else:
            whole = _joined(waiting, segment) if waiting else segment
            token = Token(
                whole.shown,
                verbalization.words,
                source.starts[whole.start],
                source.ends[whole.end - 1],
                verbalization.mark,
                phonemes=verbalization.phonemes,
                sounds_before=sounds,
            )
            tokens.append(token if tokens or not leading else replace(token, pause_before=round(leading, 3)))
            waiting, sounds = None, ()
    if tokens:
        last = (*sounds, *end.sounds_of_last, *end.sounds_before)
        tokens[-1] = _with_gap(tokens[-1], replace(end, sounds_of_last=last))
    return tokens


def _with_gap(token: Token, following: Segment) -> Token:
    """The token with the pause, the sounds and the end of paragraph between it and the next segment."""
    if not following.pause and not following.sounds_of_last and following.gap != "\n\n":
        return token
    return replace(
        token,
        pause_after=round(token.pause_after + following.pause, 3),
        paragraph=token.paragraph or following.gap == "\n\n",
        sounds_after=token.sounds_after + following.sounds_of_last,
    )


def _with_silent(token: Token, segment: Segment, verbalization: Verbalization, source: Source) -> Token:
    """The token with the shown text and the prosody mark of a silent segment after it."""
    # "ok [pause:1s]." is shown as "ok.", without the blank.
    marked = segment.pause or segment.sounds_of_last
    closing = marked and segment.shown[0] in _CLOSING
    blank = " " if segment.gap and not closing else ""
    shown, mark = f"{token.shown}{blank}{segment.shown}", stronger_mark(token.mark, verbalization.mark)
    return replace(token, shown=shown, end_char=source.ends[segment.end - 1], mark=mark)
