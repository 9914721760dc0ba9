"""Script → tokens: what captions show beside what is spoken, with offsets into the script."""

from __future__ import annotations

from dataclasses import replace

from handler.errors import BadRequest
from handler.text.characters import stronger
from handler.text.segments import Piece, split
from handler.text.verbalize import Reading, read
from handler.types import Token

_CLOSING = ".,;:!?)]}”’»。，！？"
NOTHING_TO_SAY = "there is nothing to speak in the script: give it at least one word or number"


def _readings(pieces: list[Piece], language: str) -> list[Reading]:
    """One reading a piece: a replacement of several words is read word by word and put together."""
    texts = [piece.say.split() or [""] for piece in pieces]
    said = iter(read([text for several in texts for text in several], language))
    readings = []
    for several in texts:
        parts = [next(said) for _ in several]
        readings.append(Reading(tuple(word for part in parts for word in part.words), parts[-1].mark))
    return readings


def _goes_before(place: int, pieces: list[Piece], readings: list[Reading]) -> bool:
    """Whether a silent piece belongs to the next word: it begins its line and the line goes on (a bullet)."""
    if place and "\n" not in pieces[place].gap:
        return False
    for following in range(place + 1, len(pieces)):
        if "\n" in pieces[following].gap:
            return False
        if readings[following].words:
            return True
    return False


def _glued(one: Piece, other: Piece) -> Piece:
    blank = " " if other.gap else ""
    return replace(one, end=other.end, shown=f"{one.shown}{blank}{other.shown}")


def tokenize(script: str, language: str) -> tuple[Token, ...]:
    """The tokens of a script in a language (BCP 47, such as ``en`` or ``pt-BR``), in order, none without words.

    Raises BadRequest on ``text`` when nothing can be spoken or a mark is malformed.
    """
    pieces, pause_at_end = split(script)
    readings = _readings(pieces, language)
    tokens: list[Token] = []
    waiting: Piece | None = None
    leading = 0.0
    for place, (piece, reading) in enumerate(zip(pieces, readings, strict=True)):
        # Silence before the first token has no token before it to belong to.
        leading += 0.0 if tokens else piece.pause
        tokens = _with_gap(tokens, piece)
        if not reading.words and tokens and waiting is None and not _goes_before(place, pieces, readings):
            tokens[-1] = _with_silent(tokens[-1], piece, reading)
        elif not reading.words:
            waiting = _glued(waiting, piece) if waiting else piece
        else:
            whole = _glued(waiting, piece) if waiting else piece
            tokens.append(
                Token(
                    shown=whole.shown,
                    spoken=reading.words,
                    start_char=whole.start,
                    end_char=whole.end,
                    mark=reading.mark,
                    pause_before=0.0 if tokens else round(leading, 3),
                )
            )
            waiting = None
    if not tokens:
        raise BadRequest.of("text", NOTHING_TO_SAY)
    tokens[-1] = replace(tokens[-1], pause_after=round(tokens[-1].pause_after + pause_at_end, 3))
    return tuple(tokens)


def _with_gap(tokens: list[Token], piece: Piece) -> list[Token]:
    """The last token knows what follows it: a pause, a blank line."""
    if tokens and (piece.pause or piece.gap == "\n\n"):
        last = tokens[-1]
        tokens[-1] = replace(
            last,
            pause_after=round(last.pause_after + piece.pause, 3),
            paragraph=last.paragraph or piece.gap == "\n\n",
        )
    return tokens


def _with_silent(token: Token, piece: Piece, reading: Reading) -> Token:
    # What the script has in place of the blank is a mark: "ok [pause:1s]." is shown as "ok."
    closing = piece.pause and piece.shown[0] in _CLOSING
    blank = " " if piece.gap and not closing else ""
    return replace(
        token,
        shown=f"{token.shown}{blank}{piece.shown}",
        end_char=piece.end,
        mark=stronger(token.mark, reading.mark),
    )
