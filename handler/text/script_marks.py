"""The marks of a script: its spans that are markup and no words, so that an editor can draw them as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from handler.text.markup import Markup
from handler.text.markup.markdown import read_markdown
from handler.text.markup.rewriting import Edit
from handler.text.markup.ssml import is_ssml, read_ssml

PAUSE, SOUND, VOICE, PRONUNCIATION = "pause", "sound", "voice", "pronunciation"
TAG, SIGN = "tag", "sign"
"""A tag of SSML or HTML with nothing of the above, and a sign of Markdown, such as ``**`` or the address of a link."""


@dataclass(frozen=True)
class ScriptMark:
    """The mark ``script[start:end]`` of a ``kind``; ``says`` has what it says, such as the ``seconds`` of a pause.

    That of a PRONUNCIATION includes the word that is shown.
    """

    start: int
    end: int
    kind: str
    says: Mapping[str, str | float] = field(default_factory=dict)


def script_marks(script: str, language: str = "en", ssml: bool | None = None) -> list[ScriptMark]:
    """The marks of a script in order, none within another. Raises BadRequest on ``text`` as `source.read` does."""
    edits: Sequence[Edit]
    if is_ssml(script) if ssml is None else ssml:
        document = read_ssml(script, language)
        edits, markup, voices = document.edits, document.markup, document.voices
    else:
        edits, markup, named = read_markdown(script)
        begins = {edit.end: edit.start for edit in edits}
        # Markdown tells where what a voice says begins, which is where its mark ends.
        voices = [(begins[end], name) for end, name in named]
    return _apart([*_replacements(markup, edits), *_voices(voices, edits), *_signs(script, edits)])


def _replacements(markup: Sequence[Markup], edits: Sequence[Edit]) -> Iterator[ScriptMark]:
    ends = _ends(edits)
    for one in markup:
        end = max(one.end, ends.get(one.start, one.end))
        if one.sound:
            yield ScriptMark(one.start, end, SOUND, {"sound": one.sound})
        elif one.pause is not None:
            yield ScriptMark(one.start, end, PAUSE, {"seconds": round(one.pause, 3)})
        else:
            said = {"phonemes": one.phonemes} if one.phonemes else {"spoken": one.spoken.strip()}
            yield ScriptMark(one.start, one.end, PRONUNCIATION, said)


def _voices(voices: Sequence[tuple[int, str]], edits: Sequence[Edit]) -> Iterator[ScriptMark]:
    ends = _ends(edits)
    for start, name in voices:
        if start in ends:
            yield ScriptMark(start, ends[start], VOICE, {"voice": name})


def _ends(edits: Sequence[Edit]) -> dict[int, int]:
    return {edit.start: edit.end for edit in edits}


def _signs(script: str, edits: Sequence[Edit]) -> Iterator[ScriptMark]:
    """What else is taken out of the script. What other text takes the place of is a word, such as ``&amp;``."""
    for edit in edits:
        if not edit.text.strip() and script[edit.start : edit.end].strip():
            yield ScriptMark(edit.start, edit.end, TAG if script[edit.start] == "<" else SIGN)


def _apart(marks: Sequence[ScriptMark]) -> list[ScriptMark]:
    """In order; of marks that overlap the one that begins first, then the longest, then the one that says more."""
    kept: list[ScriptMark] = []
    for one in sorted(marks, key=lambda mark: (mark.start, -mark.end, not mark.says)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept
