"""An ASS document of a stranger keeps its styles and events, and brings no file."""

from __future__ import annotations

import pytest

from handler.captions.reading.timed_lines import ass_families
from handler.captions.render.document import without_files

HEAD = "[Script Info]\nPlayResX: 640\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
EVENTS = "[Events]\nFormat: Layer, Start, End, Style, Text\nDialogue: 0,0:00:01.00,0:00:02.00,A,[Hi]\n"


@pytest.mark.parametrize("name", ["[Fonts]", "[FONTS]", " [fonts] ", "[Graphics]"])
def test_fonts_and_pictures_of_a_file_are_left_out(name: str) -> None:
    """Wherever the section stands, however its name is written, and whatever its lines begin with."""
    files = f"{name}\nfontname: a.ttf\n[X!!\n!!!\n"
    kept = HEAD + EVENTS
    assert without_files(kept) == (kept, False)
    for document in (files + kept, HEAD + files + EVENTS, kept + files):
        left, had = without_files(document)
        assert had
        assert left.split() == kept.split()


def test_other_programs_notes_are_left_out() -> None:
    """Aegisub's own section names files of its user."""
    assert without_files(f"[Aegisub Project Garbage]\nAudio File: a.wav\n{EVENTS}") == (EVENTS, False)


def test_families_are_those_of_what_is_drawn() -> None:
    """Of styles that events use, or switch to, and of commands; each once; the first style is that of unknown ones."""
    styles = "Style: A,Arial,20\nStyle: B,@Meiryo,20\nStyle: C,Unused,20\nStyle: D,Deja Vu,20\n"
    text = "{\\fnTimes New Roman\\b1}x{\\r}y{\\rD}z{\\rnd3}{\\fn}"
    events = EVENTS + f"Dialogue: 0,0:00:01.00,0:00:02.00,B,{text}\nDialogue: 0,0:00:01.00,0:00:02.00,Z,x\n"
    assert ass_families(HEAD + styles + events) == ("Arial", "Meiryo", "Deja Vu", "Times New Roman")
