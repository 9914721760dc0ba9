"""SSML: the tags are taken out of the text, and become pauses, pronunciations, languages and paces.

Expat reads it, and nothing that a document could use to reach beyond itself: DTDs, entities of its own and processing
instructions are refused, depth and attributes are bounded. Its events carry offsets, so those of the text are exact.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from xml.parsers import expat

from handler.errors import BadRequest, quoted, shortened
from handler.text.languages import language_of
from handler.text.markup.marks import MAX_PAUSE_S, Markup, said
from handler.text.markup.rewriting import PARAGRAPH, PAUSE_SIGN, Edit
from handler.text.markup.say_as import is_known, say_as
from handler.text.phonemes import between_slashes, is_plausible

MAX_DEPTH = 32
MAX_ATTRIBUTES = 16  # of an element
MAX_ATTRIBUTE_CHARS = 1000
MAX_LANGUAGES = 16
MAX_NAMED = 12  # elements in a warning
MIN_RATE, MAX_RATE = 0.3, 3.0

_FENCE = r"(?:`{3}(?:xml|ssml|html)?[ \t]*+[\r\n]\s*+)?"
_START = re.compile(rf"\ufeff?\s*+{_FENCE}(?P<document><(?:speak[\s>/]|\?xml\s|!DOCTYPE|!--))", re.IGNORECASE)
_ROOT = "<speak"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_TIME = re.compile(r"\+?(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})(ms|s)")
_RATE = re.compile(r"([+-]?)(\d{1,4}(?:\.\d{1,4})?|\.\d{1,4})(%?)")
_SPACE = re.compile(r"\s+")
_AMPERSAND = re.compile(r"&[\w:.-]{0,40}\Z")

BREAKS_S = {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
"""Seconds of each strength of a break, as Azure documents them; without one it is medium."""
RATES = {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "default": 1.0, "fast": 1.55, "x-fast": 2.0}

_PLAIN = frozenset({"speak", "p", "s", "emphasis", "mark", "bookmark", "lang", "prosody", "phoneme", "sub", "say-as",
                    "break", "voice", "paragraph", "sentence", "meta", "metadata", "desc", "token"})  # fmt: skip
"""Elements that need no warning by themselves."""
_PARAGRAPHS = frozenset({"p", "paragraph"})
_SENTENCES = frozenset({"s", "sentence"})
_TURNS = frozenset({"voice", "speak", "media"})
_SENTENCE_ENDS = frozenset(".!?…。！？:;")
_UNSAID = frozenset({"metadata", "desc", "lookup"})
_PROBLEMS = {
    expat.errors.XML_ERROR_TAG_MISMATCH: "a closing tag of another element",
    expat.errors.XML_ERROR_INVALID_TOKEN: "a wrong sign; write & as &amp;, < as &lt;, values in quotes",
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: "this entity is not known; write &#160; for &nbsp;",
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "text follows </speak>; put it into <speak>",
    expat.errors.XML_ERROR_NO_ELEMENTS: "the text ends before </speak>",
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: "a tag has no >; add it",
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "an attribute stands twice in a tag; leave one out",
}
_UNCLOSED = frozenset({expat.errors.XML_ERROR_TAG_MISMATCH, expat.errors.XML_ERROR_NO_ELEMENTS})


@dataclass(frozen=True)
class Passage:
    """``[start:end]`` of the script is read in a language, at a pace and in a voice: "" and 1 are the script's."""

    start: int
    end: int
    language: str = ""
    rate: float = 1.0
    voice: str = ""


@dataclass(frozen=True)
class Ssml:
    """A document: its edits and markup, where voices are named, and what stands around all of its text."""

    edits: list[Edit]
    markup: list[Markup]
    voices: list[tuple[int, str]]
    passages: tuple[Passage, ...] = ()
    language: str = ""
    voice: str = ""
    rate: float = 1.0
    ignored: tuple[str, ...] = ()
    """The elements that have no effect, by name."""


def is_ssml(script: str) -> bool:
    """Whether a script is an SSML document, as it is or in a fence of Markdown."""
    found = _START.match(script)
    return bool(found) and _ROOT in script.lower()


def read_ssml(script: str, language: str = "") -> Ssml:
    """Read an SSML document, or what stands in one; ``language`` is that of the script, "" the document's own.

    Raises BadRequest on ``text`` for what is not well-formed or not allowed.
    """
    found = _START.match(script) if is_ssml(script) else None
    start, end = found.start("document") if found else 0, len(script)
    if found and "`" in script[:start]:
        end = max(script.rfind("```"), start) if script.rstrip().endswith("```") else end
    document = script[start:end] if found else f"<speak>{script}</speak>"
    reader = _Reader(script, start if found else -len("<speak>"), document, language)
    return reader.read()


@dataclass
class _Element:
    """An open element, and what it says about the text in it."""

    name: str
    attributes: Mapping[str, str]
    language: str
    voice: str
    rate: float
    start: int = 0  # where its tag begins in the script
    text: list[str] = field(default_factory=list)  # what stands in it, if it is replaced by spoken words


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    language: str
    voice: str
    rate: float


def _refuse(what: str) -> BadRequest:
    return BadRequest.of("text", f"its SSML has {what}, which is not allowed; leave it out")


class _Reader:
    """Collects edits from the events of expat. Every tag is cut out up to where the next event begins."""

    def __init__(self, script: str, start: int, document: str, language: str) -> None:
        self.script, self.document, self.language = script, document, language
        self.base = start  # where the document begins in the script
        sizes = [len(character.encode()) for character in document] if not document.isascii() else []
        self.offsets = [0, *accumulate(sizes)] if sizes else range(len(document) + 1)
        self.stack: list[_Element] = []
        self.edits: list[Edit] = []
        self.markup: list[Markup] = []
        self.voices: list[tuple[int, str]] = []  # where the tag begins that names one
        self.pieces: list[_Piece] = []
        self.ignored: dict[str, None] = {}
        self.cut: tuple[int, str] | None = None  # where a tag begins, and what takes its place
        self.last = ""  # the last character of the text
        self.languages: set[str] = set()
        self.root_language = ""
        self.literal = False  # within CDATA, where & is no entity
        self.ending: list[_Element] = []  # replacements whose closing tag ends at the next event

    def read(self) -> Ssml:
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = False
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._nothing
        parser.XmlDeclHandler = self._nothing
        parser.StartCdataSectionHandler = partial(self._section, True)
        parser.EndCdataSectionHandler = partial(self._section, False)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(self.document.encode(), True)
        except expat.ExpatError as error:
            raise self._malformed(error) from None
        self._close_cut(min(self.base + len(self.document), len(self.script)))
        if self.base > 0:
            self.edits.append(Edit(0, self.base))
        if self.base + len(self.document) < len(self.script):
            self.edits.append(Edit(self.base + len(self.document), len(self.script)))
        return self._document()

    def _malformed(self, error: expat.ExpatError) -> BadRequest:
        kind = expat.ErrorString(error.code)
        problem = _PROBLEMS.get(kind, kind)
        # Expat finds a single & wrong at what follows it, or at the end of the word: "& ", "AT&T ".
        before = _AMPERSAND.sub("", self.script[: max(self._place(self.parser.ErrorByteIndex), 0)])
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        name = shortened(self.stack[-1].name) if self.stack and kind in _UNCLOSED else ""
        still = f" (<{name}> is open: add </{name}>)" if name else ""
        forced = "; leave out ssml if the text is not SSML" if self.base < 0 else ""
        return BadRequest.of("text", f"is not well-formed SSML: line {line}, column {column}: {problem}{still}{forced}")

    def _place(self, byte: int) -> int:
        """The offset in the script of a byte of the document."""
        return min(max(self.base + bisect_left(self.offsets, byte), 0), len(self.script))

    def _now(self) -> int:
        place = self._place(self.parser.CurrentByteIndex)
        self._close_cut(place)
        return place

    def _close_cut(self, place: int) -> None:
        """The last tag, which reaches up to here, is cut out; replacements that it ended reach up to here, too."""
        if self.cut is not None and self.cut[0] <= place:
            start, text = self.cut
            if place > start or text:
                self.edits.append(Edit(start, place, text if place > start else ""))
            self.cut = None
        for element in self.ending:
            self._replace(element, place)
        self.ending = []

    def _nothing(self, *_: object) -> None:
        self.cut = (self._now(), "")

    def _section(self, begins: bool) -> None:
        self.literal = begins
        self._nothing()

    def _doctype(self, *_: object) -> None:
        raise _refuse("a DOCTYPE")

    def _entity(self, *_: object) -> None:
        raise _refuse("an entity of its own")

    def _instruction(self, target: str, _data: str) -> None:
        raise _refuse(f"the processing instruction {quoted(target)}")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        start = self._now()
        if len(self.stack) >= MAX_DEPTH:
            raise BadRequest.of("text", f"its SSML is more than {MAX_DEPTH} elements deep; nest fewer")
        long = any(len(one) > MAX_ATTRIBUTE_CHARS for one in (name, *attributes, *attributes.values()))
        if len(attributes) > MAX_ATTRIBUTES or long:
            limits = f"at most {MAX_ATTRIBUTES} attributes of {MAX_ATTRIBUTE_CHARS} characters are allowed"
            raise BadRequest.of("text", f"its SSML element <{shortened(name)}> is too large: {limits}")
        if not self.stack and name != "speak":
            begins = f"its SSML begins with <{shortened(name)}>"
            raise BadRequest.of("text", f"{begins}; put it all into <speak>, in small letters")
        above = self.stack[-1] if self.stack else _Element("", {}, "", "", 1.0)
        element = _Element(name, attributes, above.language, above.voice, above.rate, start)
        element.language = self._language_in(element)
        if name == "speak" and not self.stack:
            self.root_language = element.language
        if name == "voice":
            element.voice = attributes.get("name", above.voice).strip()
            self.voices.append((start, element.voice))
        elif name == "prosody":
            element.rate = min(max(above.rate * self._rate_in(element), MIN_RATE), MAX_RATE)
        if name not in _PLAIN:
            self._ignore(name)
        self.stack.append(element)
        pause = PAUSE_SIGN if name == "break" and self._pause(element) else ""
        turn = " " if name in _TURNS else ""
        self.cut = (start, pause or self._end_of_text(name) or turn)

    def _end_of_text(self, name: str) -> str:
        """What an element ends before and after it: a paragraph, a sentence without a full stop, what a voice said."""
        ended = self.last in _SENTENCE_ENDS
        if name in _PARAGRAPHS or (name in _SENTENCES and not ended) or (name in _TURNS and ended):
            return PARAGRAPH
        return " " if name in _SENTENCES else ""

    def _end(self, name: str) -> None:
        start = self._now()
        element = self.stack.pop()
        self.cut = (start, self._end_of_text(name))
        if name in {"sub", "say-as", "phoneme"} and not any(map(_replaces, self.stack)):
            self.ending.append(element)

    def _text(self, data: str) -> None:
        start = self._now()
        end = start + len(data)
        if any(element.name in _UNSAID for element in self.stack):
            self.cut = (start, "")
            return
        if not self.literal and self.script.startswith("&", start):
            self.cut = (start, data)
            end = start + 1
        above = self.stack[-1]
        if data.strip():
            self.last = data.rstrip()[-1]
            self.pieces.append(_Piece(start, end, above.language, above.voice, above.rate))
        for element in self.stack:
            if _replaces(element):
                element.text.append(data)

    def _language_in(self, element: _Element) -> str:
        tag = element.attributes.get("xml:lang") or (
            element.attributes.get("language") if element.name == "voice" else None
        )
        if tag is None:
            return element.language
        self.languages.add(tag)
        if not _LANGUAGE.fullmatch(tag.strip()) or len(self.languages) > MAX_LANGUAGES:
            self._ignore(f"xml:lang {tag}")
            return element.language
        return tag.strip()

    def _rate_in(self, element: _Element) -> float:
        for other in sorted(element.attributes.keys() - {"rate", "xml:lang"}):
            self._ignore(f"prosody {other}")
        rate = element.attributes.get("rate", "medium").strip().lower()
        if rate in RATES:
            return RATES[rate]
        found = _RATE.fullmatch(rate)
        if not found:
            self._ignore(f"prosody rate {rate}")
            return 1.0
        value = float(found[2]) / (100 if found[3] else 1)
        return {"": value, "+": 1 + value, "-": max(1 - value, MIN_RATE)}[found[1]]

    def _pause(self, element: _Element) -> bool:
        """Whether an element is a pause, which is kept then."""
        time, strength = element.attributes.get("time"), element.attributes.get("strength", "medium").strip()
        if time is None and strength not in BREAKS_S:
            self._ignore(f"break strength {strength}")
        found = _TIME.fullmatch(time.strip().lower()) if time is not None else None
        if time is not None and found is None:
            raise BadRequest.of("text", f"the time {quoted(time)} of a break must have the form 500ms or 1.5s")
        seconds = float(found[1]) * (0.001 if found[2] == "ms" else 1) if found else BREAKS_S.get(strength, 0.75)
        if seconds > MAX_PAUSE_S:
            raise BadRequest.of("text", f"the break {quoted(time or '')} is too long: at most {MAX_PAUSE_S:g}s")
        if seconds:
            self.markup.append(Markup(element.start, element.start, pause=round(seconds, 3)))
        return bool(seconds)

    def _replace(self, element: _Element, end: int) -> None:
        """An element that has its own spoken words."""
        shown = "".join(element.text)
        spoken = self._spoken(element, shown)
        if spoken and any(map(str.isalnum, shown)):
            while self.markup and self.markup[-1].start >= element.start:
                self.markup.pop()  # none stands within another
            self.markup.append(said(element.start, end, shown, spoken, certainly_ipa=element.name == "phoneme"))

    def _spoken(self, element: _Element, shown: str) -> str | None:
        attributes = element.attributes
        if element.name == "sub":
            return attributes.get("alias")
        if element.name == "phoneme":
            alphabet = attributes.get("alphabet", "ipa").lower()
            phonemes = f"/{attributes.get('ph', '').strip('/')}/"
            if alphabet == "ipa" and is_plausible(between_slashes(phonemes) or ""):
                return phonemes
            self._ignore(f"phoneme {alphabet}" + (f" {phonemes}" if alphabet == "ipa" else ""))
            return None
        kind = attributes.get("interpret-as", attributes.get("type", ""))
        language = language_of(self._language_of(attributes.get("language", element.language)))
        if not is_known(kind):
            self._ignore(f"say-as {kind}" if kind else "say-as without interpret-as")
            return None
        return say_as(shown, kind, attributes.get("format", ""), language)

    def _language_of(self, tag: str) -> str:
        """The language that text of a tag is read in: where the document has one language, the request's goes first."""
        return tag if tag and _LANGUAGE.fullmatch(tag) else self.language or "en"

    def _ignore(self, name: str) -> None:
        self.ignored[shortened(name)] = None

    def _document(self) -> Ssml:
        languages, voices, rates = (
            {getattr(one, what) for one in self.pieces} for what in ("language", "voice", "rate")
        )
        several = len(languages) > 1 or len(rates) > 1 or len(voices) > 1
        root = next(iter(languages)) if len(languages) == 1 else self.root_language
        passages = [
            Passage(
                one.start,
                one.end,
                one.language if one.language != root else "",
                one.rate if len(rates) > 1 else 1.0,
                one.voice if len(voices) > 1 else "",
            )
            for one in self.pieces
        ]
        return Ssml(
            self.edits,
            self.markup,
            self.voices,
            tuple(passages) if several else (),
            root,
            next(iter(voices)) if len(voices) == 1 else "",
            next(iter(rates)) if len(rates) == 1 else 1.0,
            tuple(self.ignored)[:MAX_NAMED],
        )


def _replaces(element: _Element) -> bool:
    return element.name in {"sub", "say-as", "phoneme"}


def space_edits(text: str) -> list[Edit]:
    """The edits of white space of XML: an end of paragraph, or a blank; its line breaks mean nothing."""
    return [
        Edit(*found.span(), PARAGRAPH if PARAGRAPH in found[0] else " ")
        for found in _SPACE.finditer(text)
        if found[0] not in (" ", PARAGRAPH)
    ]
