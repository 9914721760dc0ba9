"""Script → source: the text that captions may show, with the offset of each character in the client's script."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from handler.text.markup import Markup
from handler.text.markup.lines import line_edits
from handler.text.markup.markdown import read_markdown
from handler.text.markup.marks import check_silence
from handler.text.markup.rewriting import Rewritten
from handler.text.markup.ssml import Passage, is_ssml, read_ssml, space_edits
from handler.types import JobWarning

_OPENING = "\"'“‘«‹„([{¿¡「『（【"


@dataclass(frozen=True)
class Source:
    """A script without its tags.

    Character ``text[i]`` stands in the client's script from ``starts[i]`` to ``ends[i]``. The spans of ``markup`` are
    of ``text``; they rise and never overlap. So do those of ``passages``, which cover the whole text.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    markup: tuple[Markup, ...] = ()
    passages: tuple[Passage, ...] = ()

    def parts(self) -> Iterator[tuple[Source, Passage]]:
        """The source of each passage by itself."""
        for one in self.passages:
            start, end = one.start, one.end
            first, last = (bisect_left(self.markup, at, key=lambda each: each.start) for at in (start, end))
            markup = tuple(
                replace(each, start=each.start - start, end=each.end - start)
                for each in self.markup[first:last]
                if each.end <= end
            )
            yield Source(self.text[start:end], self.starts[start:end], self.ends[start:end], markup), one


@dataclass(frozen=True)
class ScriptSettings:
    """What a script itself says about all of it: "" and 1 for nothing. SSML does."""

    language: str = ""
    voice: str = ""
    speed: float = 1.0
    warnings: tuple[JobWarning, ...] = ()
    is_ssml: bool = False


def read(script: str, language: str = "en", ssml: bool | None = None) -> Source:
    """Read a script in a language: Markdown, HTML entities and our own marks, or SSML.

    A script that begins with ``<speak>`` is SSML if ``ssml`` is None. Raises BadRequest on ``text`` for malformed
    markup.
    """
    whole = Rewritten.of(script)
    if _is_ssml(script, ssml):
        document = read_ssml(script, language)
        whole, markup, passages = whole.edited(document.edits), document.markup, document.passages
        whole = whole.edited(space_edits(whole.text))
    else:
        edits, markup, voices = read_markdown(script)
        passages = _spoken_by(voices, len(script))
        whole = whole.edited(edits) if edits else whole
        breaks = list(line_edits(whole.text, language))
        whole = whole.edited(breaks) if breaks else whole
    check_silence(markup)
    whole, placed = whole.place(markup)
    return Source(whole.text, whole.starts, whole.ends, placed, _passages(whole, placed, passages))


def shown_text(script: str, ssml: bool | None = None) -> str:
    """The text of a script that captions may show, without its tags. Raises BadRequest as `read` does."""
    return read(script, ssml=ssml).text


def shown_by_voice(script: str, ssml: bool | None = None) -> dict[str, str]:
    """As `shown_text`, by the voices that the script names for its words; "" has those that it names none for."""
    texts: dict[str, str] = {}
    for source, passage in read(script, ssml=ssml).parts():
        before = texts.get(passage.voice)
        texts[passage.voice] = source.text if before is None else f"{before}\n{source.text}"
    return texts


def script_settings(script: str, ssml: bool | None = None) -> ScriptSettings:
    """What an SSML script says about all of it, and the warning that names what has no effect."""
    if not _is_ssml(script, ssml):
        return ScriptSettings()
    document = read_ssml(script)
    message = f"these parts of the SSML have no effect: {', '.join(document.ignored)}; their text is spoken as usual"
    warnings = (JobWarning("ssml_ignored", message),) if document.ignored else ()
    return ScriptSettings(document.language, document.voice, document.rate, warnings, is_ssml=True)


def _spoken_by(voices: Sequence[tuple[int, str]], length: int) -> tuple[Passage, ...]:
    """The passages of a script of so many characters, from where each of its voices begins."""
    if not voices:
        return ()
    starts = [*(start for start, _ in voices), length]
    after = [Passage(*span, voice=name) for span, (_, name) in zip(pairwise(starts), voices, strict=True)]
    return (Passage(0, starts[0]), *after)


def _is_ssml(script: str, ssml: bool | None) -> bool:
    return is_ssml(script) if ssml is None else ssml


def _passages(whole: Rewritten, markup: Sequence[Markup], passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages with their spans in the text: neighbours that are alike are one, and each has words."""
    text, end = whole.text, len(whole.text)
    replaced = [one for one in markup if one.pause is None]
    ends = [one.end for one in replaced]
    bounds: list[tuple[int, Passage]] = []
    for one in passages:
        start = _boundary(text, bisect_left(whole.starts, one.start))
        if (at := bisect_left(ends, start + 1)) < len(replaced) and replaced[at].start < start:
            start = replaced[at].end
        if bounds and not any(map(str.isalnum, text[bounds[-1][0] : start])):
            start = bounds.pop()[0]
        if not bounds or _manner(bounds[-1][1]) != _manner(one):
            bounds.append((start, one))
    if len(bounds) > 1 and not any(map(str.isalnum, text[bounds[-1][0] :])):
        bounds.pop()
    starts = [0, *(start for start, _ in bounds[1:]), end]
    found = [one for _, one in bounds] or [Passage(0, end)]
    return tuple(
        replace(one, start=first, end=last) for one, (first, last) in zip(found, pairwise(starts), strict=True)
    )


def _manner(one: Passage) -> tuple[str, float, str]:
    """How a passage is spoken."""
    return one.language, one.rate, one.voice


def _boundary(text: str, index: int) -> int:
    """Where a passage begins: closing punctuation that touches the word before it belongs to that."""
    if not index or text[index - 1].isspace():
        return index
    if text[index - 1] in _OPENING:
        return index - 1
    while index < len(text) and not text[index].isspace() and not text[index].isalnum() and text[index] not in _OPENING:
        index += 1
    return index
