"""Headers of answers that are no JSON: what they say, and that no client's words break them."""

from __future__ import annotations

import json

from handler.http_api.answer_headers import MAX_WARNINGS_CHARS, attachment, warnings_header

HOSTILE = "'Grüße\r\nX-Evil: 1\x00\x7f\ud800\u2028'"


def test_warnings_are_those_of_a_reply() -> None:
    """The header is JSON with codes and messages; it is left out where there is no warning."""
    warnings = [{"code": "option_ignored", "message": HOSTILE}, {"code": "clip_short", "message": "…"}]
    header = warnings_header(warnings)["X-Warnings"]
    assert json.loads(header) == warnings
    assert header.isascii()
    assert header.isprintable()
    assert warnings_header([]) == {}


def test_long_warnings_are_cut_at_the_end() -> None:
    """The first ones are kept as far as they fit; a single one that does not fit is no header."""
    warnings = [{"code": "chunk_cut", "message": f"chunk {number}: " + "ü" * 50} for number in range(50)]
    header = warnings_header(warnings)["X-Warnings"]
    shown = json.loads(header)
    assert len(header) <= MAX_WARNINGS_CHARS
    assert shown == warnings[: len(shown)]
    assert len(json.dumps(warnings[: len(shown) + 1])) > MAX_WARNINGS_CHARS
    assert warnings_header([{"code": "chunk_cut", "message": "x" * MAX_WARNINGS_CHARS}]) == {}


def test_name_of_a_file() -> None:
    """Browsers save the answer under the name."""
    assert attachment("speech.mp3") == {"Content-Disposition": 'attachment; filename="speech.mp3"'}
