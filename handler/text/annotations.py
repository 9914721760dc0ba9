"""Find what a transcript has beside the words that are said: sound descriptions, speaker labels and times.

A transcript is written for readers. These rules tell its annotations from speech:

* **Square brackets** (`[Music]`, `【音楽】`) hold no speech, but for markup (`[pause:1s]`, `[Nguyen](win)`, links) and
  for letters put into a word (`[a]nd`).
* **Parentheses** and `<…>` are a sound description if all their words are known sounds or say how a sound is, or if
  at most three words have a verb of sound among them (`(door slams)`) and none of a remark (`(I laughed)`). Alone on a
  line one known sound is enough. Between asterisks all words must be known,
  one of them a verb: `*laughs*`, but not `*very*` and `*music*`.
* **♪** and its like are no words; the sung words between them are, unless all of them are known sounds.
* **A time** at the start of a line is pasted if it is in brackets, counts from 0 (`0:03`), or has seconds or fractions
  (`00:01:15`, `1:02.5`). Any other time (`3:15`) is pasted if several lines begin with one, none earlier than the one
  before it. "at 3:15 we" is speech, and so is a time with "am" or "Uhr".
* **A label** stands at the start of a line before a colon, as at most four words. It is one if it calls a speaker by a
  role (`Speaker 1`), is in capitals in a text that is not, comes back in another line, is one of several on two
  thirds of the lines, or is a name of several words before a text of three lines or more. Words that announce something
  ("Note:", "Step 1:", "Monday:") never are. A name and a time alone on a line are a label without a colon.
  So is a role in parentheses at the start of a line, `(MAN) Hello`.
* **>>** marks another speaker, and what follows it is like the start of a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from handler.text.characters import is_unspaced, word_set
from handler.text.sound_words import (
    NOT_FIRST_NAMES,
    NOT_NAMES,
    QUALIFIERS,
    ROLES,
    SOUND_VERBS,
    SOUNDS,
    SPEECH_WORDS,
    UNSPACED_SOUNDS,
)

MAX_LABEL_CHARS = 40
MAX_LABEL_WORDS = 4
MAX_DESCRIPTION_WORDS = 6
MAX_UNSPACED_CHARS = 12  # of a description in a language without blanks
_LABELLED_LINES = 2 / 3  # share of the lines of a dialogue that begin with a label

# Each expression reads at most some hundred characters from where it begins, so the search is linear.
_MARKUP = (
    r"\[[^\[\]\n]{0,200}\](?:\([^()\n]{0,200}\)|\[\d{1,3}\]|:[ \t]{0,3}<?(?:https?://|www\.))"
    r"|\[\s*pause\b[^\[\]\n]{0,40}\]|\[\^[^\[\]\s]{1,40}\]"
)
DIALOGUE_DASH = re.compile(r"^[ \t]*[-–—‐•][ \t]*(?=[^\W\d])", re.MULTILINE)  # before what one of two says, or an item
_ASIDE = re.compile(
    rf"(?P<markup>{_MARKUP})|(?P<square>\[[^\[\]]{{0,200}}\]|【[^【】]{{0,200}}】|［[^［］]{{0,200}}］|〔[^〔〕]{{0,200}}〕)"
    r"|(?P<round>\([^()]{1,80}\)|（[^（）]{1,80}）|<[^<>\n]{1,80}>)|(?P<star>(?<!\*)\*(?=[^\s*])[^*\n]{1,60}(?<!\s)\*(?!\*))"
    r"|(?P<notes>[♩-♯🎵🎶]+(?:[^♩-♯🎵🎶\n]{1,80}[♩-♯🎵🎶]+)?)|(?P<arrows>(?:>|&gt;){2,}|⟫)",
    re.IGNORECASE,
)
_NOTES = re.compile(r"[♩-♯🎵🎶]+")
_CLOCK = r"\d{1,3}(?::[0-5]\d){1,2}(?:[.,]\d{1,3})?"
_TIME = re.compile(
    rf"(?P<open>[\[(][ \t]*)?(?P<first>{_CLOCK})(?:[ \t]*(?:-{{1,3}}>?|[–—→])[ \t]*{_CLOCK}(?![\d:]))?"
    r"(?(open)[ \t]*[\])]|(?=[\s:|=\[(*–—-]|$))(?:[ \t]*[:|=–—-](?=\s|$)|[:|=](?=[^\W\d]))?"
)
_CLOCK_WORDS = re.compile(r"[ \t]*(?:[ap]\.?m\b|uhr\b|o['’]clock|h\b|heures\b|noon\b|часов|[时時]|시)", re.IGNORECASE)
_SPELLED_TIME = re.compile(r"(?:\d{1,3} (?:hours?|minutes?|seconds?)[, ]*){1,3}", re.IGNORECASE)
_ANOTHER_SPEAKER = re.compile(r"(?<=[ \t])(?=>>)")
_BLANKS = re.compile(r"[ \t\u00a0*_]*")
_WORD = re.compile(r"[^\W\d_](?:[\w.'’\-]*\w)?")
_PARTICLES = word_set("de da di du van von der den del la le bin al el of and und y et e & + the")
_CLAUSE = frozenset({"i", "was", "were", "is", "are"})  # a line with one of these is a sentence
_NAMED = re.compile(r"(?P<name>[^:：]+)[:：]")
_STAMPED = re.compile(
    rf"(?P<name>[^\W\d][^:：\n(\[]{{0,{MAX_LABEL_CHARS}}}?)(?<![ \t,])[ \t,]*+"
    rf"(?:[\[(]{_CLOCK}[\])]|(?<=[ \t]){_CLOCK})[ \t]*(?:[:：]|$)"
)
_NO_LABEL = re.compile(r"[,;!?\"“”«»<>|=\\/]|\.\s*[a-z]|\.$")


@dataclass(frozen=True)
class Annotation:
    """``text[start:end]`` is not said: a ``sound``, or a ``label`` or a ``time``, which belong to what follows."""

    start: int
    end: int
    kind: str


@dataclass
class _Line:
    """A line, the label and the time that it may begin with, and where its speech begins after them."""

    text: str
    start: int
    time: tuple[Annotation, float, bool] | None = None  # with its seconds, and whether it is one for sure
    label: tuple[Annotation, str, bool] | None = None  # with the name, and whether a time follows it
    speech: int = 0  # where what is said begins, in the text

    @property
    def rest(self) -> str:
        return self.text[self.speech - self.start :].strip()


def find_annotations(text: str) -> list[Annotation]:
    """All annotations of a transcript in order, none within another; see the module's rules. Takes linear time."""
    asides = list(_asides(text))
    lines = [line for line in _lines(text, asides) if line.text.strip()]
    found = [*asides, *_pasted_times(lines), *_labels(lines), *_cue_numbers(lines)]
    return _apart(sorted(found, key=lambda one: (one.start, -one.end)))


def blank_annotations(text: str) -> str:
    """The text with blanks in place of its annotations: every other character keeps its offset."""
    parts, position = [], 0
    for one in find_annotations(text):
        parts += [text[position : one.start], re.sub(r"\S", " ", text[one.start : one.end])]
        position = one.end
    bare = "".join([*parts, text[position:]])
    # A line of annotations alone becomes no blank line, which would end a paragraph.
    lines = zip(bare.splitlines(keepends=True), text.splitlines(keepends=True), strict=True)
    return "".join(" " * len(line) if not line.strip() and old.strip() else line for line, old in lines)


def _apart(found: Sequence[Annotation]) -> list[Annotation]:
    kept: list[Annotation] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.end > kept[-1].end:
            kept[-1] = Annotation(kept[-1].start, one.end, kept[-1].kind)
    return kept


def _asides(text: str) -> Iterator[Annotation]:
    for match in _ASIDE.finditer(text):
        start, end = match.span()
        inside, words = match[0][1:-1], _words(match[0])
        known = bool(words) and all(map(_known, words))
        if match["square"] and not _within_word(text, start, end):
            yield Annotation(start, end + (text[end : end + 1] == ":"), _square_kind(inside))
        elif match["round"] and _is_role(inside) and (text[end : end + 1] == ":" or _begins_line(text, start)):
            yield Annotation(start, end + (text[end : end + 1] == ":"), "label")
        elif match["round"] and _is_sound(inside, alone=_alone(text, start, end)):
            yield Annotation(start, end, "sound")
        elif match["round"] and match[0][0] == "<" and re.fullmatch(_CLOCK, inside):
            yield Annotation(start, end, "time")
        elif match["arrows"]:
            yield Annotation(start, end, "label")
        elif known and (match["notes"] or (match["star"] and _makes_sound(words, text, start, end))):
            yield Annotation(start, end, "sound")
        elif match["notes"]:
            signs = _NOTES.finditer(text, start, end)
            yield from (Annotation(*sign.span(), "sound") for sign in signs)


def _makes_sound(words: Sequence[str], text: str, start: int, end: int) -> bool:
    """Whether words between asterisks are a sound rather than stressed: they have a verb of one, or a line alone."""
    return not SOUND_VERBS.isdisjoint(words) or (not SOUNDS.isdisjoint(words) and _alone(text, start, end))


def stars_sound(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]``, which stands between asterisks, is a sound: ``*sighs*``."""
    words = _words(text[start:end]) if end - start <= MAX_LABEL_CHARS else []
    return bool(words) and all(map(_known, words)) and _makes_sound(words, text, start, end)


def _square_kind(text: str) -> str:
    return "label" if _is_role(text) or re.fullmatch(_CLOCK, text.strip()) else "sound"


def _within_word(text: str, start: int, end: int) -> bool:
    """Whether brackets put letters into a word."""
    touches = [at.isalnum() and not is_unspaced(at) for at in (text[start - 1 : start], text[end : end + 1])]
    return all(touches) or (any(touches) and end - start == 3 and text[start + 1].isalpha())


def _begins_line(text: str, start: int) -> bool:
    return not text[max(0, start - MAX_LABEL_CHARS) : start].rpartition("\n")[2].strip(" -–—")


def _alone(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` has its line, or lines, for itself; signs do not count."""
    before = text[max(0, start - 80) : start].rpartition("\n")[2]
    after = text[end : end + 80].partition("\n")[0]
    return not any(map(str.isalnum, before + after))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _known(word: str) -> bool:
    return word in SOUNDS or word in SOUND_VERBS or word in QUALIFIERS


def _is_sound(text: str, *, alone: bool) -> bool:
    """Whether a text is a sound description: all of its line if ``alone``, else a parenthesis in a sentence."""
    words = _words(text)
    if not 0 < len(words) <= MAX_DESCRIPTION_WORDS:
        return False
    if len(text) <= MAX_UNSPACED_CHARS and any(part in text for part in UNSPACED_SOUNDS):
        return True
    sounds = [word for word in words if word in SOUNDS or word in SOUND_VERBS]
    if not sounds:
        return False
    remark = any(word in SPEECH_WORDS for word in words if word not in QUALIFIERS)
    if alone:
        return not remark or _CLAUSE.isdisjoint(words)
    verb = any(word in SOUND_VERBS for word in words)
    return all(map(_known, words)) or (verb and len(words) <= 3 and not remark)


def _lines(text: str, asides: Sequence[Annotation]) -> Iterator[_Line]:
    """The lines, with the time and the label that each may begin with."""
    ends = {one.start: one.end for one in asides}
    start = 0
    for whole in (part for line in text.splitlines(keepends=True) for part in _ANOTHER_SPEAKER.split(line)):
        line = _Line(whole.rstrip(), start)
        start += len(whole)
        _read_head(line, text, ends)
        yield line


def _read_head(line: _Line, text: str, asides: dict[int, int]) -> None:
    position, stop = line.start, line.start + len(line.text)
    for _ in range(8):  # a head has no more parts
        position = min(stop, _skip(text, position))
        if line.time is None and (time := _time(text, position, stop)):
            line.time, position = time, time[0].end
        elif position in asides:
            position = asides[position]
        elif line.label is None and (label := _label(text, position, stop)):
            line.label, position = label, label[0].end
        else:
            break
    line.speech = min(position, stop)


def _skip(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    position = blanks.end() if blanks else position
    # The dash of a dialogue or a list.
    return position + 1 if text[position : position + 1] in set("-–—‐•") else position


def _time(text: str, position: int, stop: int) -> tuple[Annotation, float, bool] | None:
    match = _TIME.match(text, position, stop)
    if match is None or _CLOCK_WORDS.match(text, match.end(), stop):
        return None
    parts = match["first"].replace(",", ".").split(":")
    seconds = sum(float(part) * 60**power for power, part in enumerate(reversed(parts)))
    sure = bool(match["open"]) or len(parts) == 3 or "." in parts[-1] or not int(parts[0]) or "-->" in match[0]
    return Annotation(*match.span(), "time"), seconds, sure


def _label(text: str, position: int, stop: int) -> tuple[Annotation, str, bool] | None:
    """The text before a colon, if it can be the name of a speaker."""
    window = text[position : min(stop, position + MAX_LABEL_CHARS + 30)]
    # "Anna (0:03):" has a colon within its time.
    stamped = _STAMPED.match(window)
    found = stamped or _NAMED.match(window)
    if found is None:
        return None
    name, end = found["name"], found.end()
    if window[end : end + 1].isdigit() or window[end : end + 2] == "//":
        return None
    bare = re.sub(r"[(\[（][^()\[\]]*[)\]）]", "", name).strip(" \t*_-\u00a0")
    if not bare or len(bare) > MAX_LABEL_CHARS or _NO_LABEL.search(bare) or len(bare.split()) > MAX_LABEL_WORDS:
        return None
    bold = "**" in (name[-2:], window[end : end + 2]) and text[max(0, position - 2) : position] == "**"
    closing = 2 if bold and window[end : end + 2] == "**" else 0
    return Annotation(position - 2 * bold, position + end + closing, "label"), bare, stamped is not None


def _pasted_times(lines: Sequence[_Line]) -> Iterator[Annotation]:
    timed = [line for line in lines if line.time]
    seconds = [line.time[1] for line in timed if line.time]
    # Times that lines of a sentence happen to begin with are few, and not on the first line.
    at_first = bool(lines and lines[0].time)
    frequent = 3 * len(timed) >= len(lines) if at_first else 2 * len(timed) >= max(5, len(lines))
    several = len(timed) > 1 and frequent and seconds == sorted(seconds)
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        if line.time is None:
            continue
        if several or line.time[2]:
            yield line.time[0]
            # The page of a video also spells each time for screen readers.
            if not line.rest and after and _SPELLED_TIME.fullmatch(after.text.strip()):
                yield Annotation(after.start, after.start + len(after.text), "time")


def _cue_numbers(lines: Sequence[_Line]) -> Iterator[Annotation]:
    for line, after in pairwise(lines):
        if line.text.strip().isdecimal() and after.time and not after.rest and "-->" in after.text:
            yield Annotation(line.start, line.start + len(line.text), "time")


def _labels(lines: Sequence[_Line]) -> Iterator[Annotation]:
    named = [(line, *line.label) for line in lines if line.label]
    counts = Counter(name.casefold() for _, _, name, _ in named)
    stamps = sum(stamped for *_, stamped in named)
    spoken = "".join(line.rest for line in lines)
    shouted = sum(map(str.isupper, spoken)) > sum(map(str.islower, spoken))
    names = [name for _, _, name, _ in named if _is_name(name) or counts[name.casefold()] > 1]
    dialogue = 2 <= len(names) >= _LABELLED_LINES * len(lines) and not any(map(_announces, names))
    for line, at, name, stamped in named:
        words = len(name.split())
        several = counts[name.casefold()] > 1 or (stamped and stamps > 1)
        opening = line is lines[0] and len(lines) > 2 and words > 1 and name[0].isupper()
        is_label = (
            (_in_capitals(name) and not shouted)
            or (_is_name(name) and (several or dialogue or opening))
            or (dialogue and words == 1)
        )
        if _is_role(name) or (is_label and not _announces(name)):
            yield at
    yield from _names_with_times(lines)


def _names_with_times(lines: Sequence[_Line]) -> Iterator[Annotation]:
    """The lines "0:03 Anna Smith" before what is said."""
    headed = [
        (line, line.rest)
        for line, after in pairwise(lines)
        if line.time and not line.label and not after.time and len(line.rest.split()) <= MAX_LABEL_WORDS
    ]
    counts = Counter(name for _, name in headed)
    for line, name in headed:
        if name and (_is_role(name) or (counts[name] > 1 and _is_name(name) and not _NO_LABEL.search(name))):
            yield Annotation(line.speech, line.start + len(line.text), "label")


def _announces(name: str) -> bool:
    words = name.casefold().split()
    article = len(words) > 1 and words[0] in NOT_FIRST_NAMES
    return article or words[0].rstrip("0123456789#") in NOT_NAMES or all(word.isdigit() for word in words)


def _is_role(name: str) -> bool:
    """Whether a name is a role, such as ``Speaker 1``, ``SPEAKER_00`` or ``MAN #2``."""
    folded = name.casefold()
    bare = re.sub(r"(?<![\W_])[\W_]*+\d{1,3}$|(?<!\s)\s++[a-z]$", "", folded).strip("_# \t\n")
    return bare in ROLES or (bare.rpartition(" ")[2] in ROLES and _in_capitals(name))


def _in_capitals(name: str) -> bool:
    cased = [character for character in name if character.isupper() or character.islower()]
    return len(cased) > 1 and all(map(str.isupper, cased))


def _is_name(name: str) -> bool:
    """Whether every word begins as those of names do."""
    words = name.split()
    if any(character.isupper() or character.islower() for character in name):
        return all(not word[0].islower() or word in _PARTICLES for word in words) and not words[0][0].islower()
    return len(name) <= 12 and any(map(str.isalpha, name))
