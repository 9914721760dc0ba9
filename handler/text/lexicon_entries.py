"""Entries of a lexicon: how a client writes them, checked and ready to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handler.errors import BadRequest, quoted
from handler.requests import MAX_LEXICON_ENTRIES
from handler.text.characters import plain
from handler.text.phonemes import MAX_IPA_CHARS, between_slashes, is_plausible
from handler.text.units import BLANK, MARK, divide

MAX_WRITTEN_CHARS = 60
MAX_SPOKEN_CHARS = 200
FIELD = "lexicon"


@dataclass(frozen=True)
class Entry:
    """A written form, and how it is said: ``spoken`` text, or ``phonemes`` in IPA.

    ``any_case``: capitals and small letters are the same, and ``spelling`` is in small ones; see `plain`.
    """

    written: str
    spoken: str
    phonemes: str
    any_case: bool
    spelling: str

    def as_given(self) -> dict[str, str]:
        """The entry as a client may write it, with what else goes by default."""
        said = f"/{self.phonemes}/" if self.phonemes else self.spoken
        return {"spoken": said, "case": "any" if self.any_case else "exact"}


def read_entries(given: Mapping[str, Any]) -> list[Entry]:
    """The entries of a lexicon as a client writes it. Raises BadRequest on ``lexicon`` for the first that is wrong."""
    if len(given) > MAX_LEXICON_ENTRIES:
        message = f"has {len(given)} entries, at most {MAX_LEXICON_ENTRIES} are allowed; leave out the rarest"
        raise BadRequest.of(FIELD, message)
    entries: dict[tuple[str, bool], Entry] = {}
    for written, value in given.items():
        entry = _entry(written, value)
        entries[entry.spelling, entry.any_case] = entry
    return list(entries.values())


def _entry(written: str, value: object) -> Entry:
    form = " ".join(written.split())
    parts = divide(form)
    spelling = "".join(unit.spelling for unit in parts)
    if not any(unit.kind not in (BLANK, MARK) for unit in parts):
        raise _wrong(written, "has no word to look for; write the word as the script has it")
    if len(form) > MAX_WRITTEN_CHARS:
        raise _wrong(written, f"has {len(form)} characters, at most {MAX_WRITTEN_CHARS} are allowed; shorten it")
    spoken, case = _spoken_and_case(written, value)
    if len(spoken) > MAX_SPOKEN_CHARS:
        raise _wrong(written, f"is said in {len(spoken)} characters, at most {MAX_SPOKEN_CHARS} are allowed")
    any_case = form == form.lower() if case is None else case == "any"
    if any_case:
        spelling = spelling.casefold()
    phonemes = between_slashes(spoken)
    if phonemes is not None:
        if not is_plausible(phonemes):
            message = f"must have IPA between its slashes, at most {MAX_IPA_CHARS} characters"
            raise _wrong(written, f"{message}; leave the slashes out to write it in letters")
        return Entry(form, "", phonemes, any_case, spelling)
    if not any(map(str.isalnum, plain(spoken))):
        raise _wrong(written, 'has nothing to say; give it words, such as "win", or leave it out')
    return Entry(form, spoken, "", any_case, spelling)


def _spoken_and_case(written: str, value: object) -> tuple[str, str | None]:
    """How an entry is said, and in which case its written form is looked for, None to go by its letters."""
    case = None
    if isinstance(value, Mapping):
        case = value.get("case")
        if case not in (None, "any", "exact") or not value.keys() <= {"spoken", "case"}:
            raise _wrong(written, 'must be text, or an object such as {"spoken": "win", "case": "any"} (any or exact)')
        value = value.get("spoken")
    if not isinstance(value, str):
        raise _wrong(written, 'must be text, such as "win", or IPA between slashes, such as "/wɪn/"')
    return " ".join(value.split()), case


def _wrong(written: str, message: str) -> BadRequest:
    return BadRequest.of(FIELD, f"the entry {quoted(written)} {message}")
