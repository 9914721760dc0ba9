"""The caption files that this worker makes are transcripts, in every format and style."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handler.captions import FORMATS, STYLES
from handler.voices.transcript_files import read
from tests.support.caption_words import captions, timed

SENTENCE = "No, no: some call me nature, others call me mother nature."


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", ["captions", ""])
def test_own_captions_give_their_words(format_: str, style: str, name: str) -> None:
    """Each word is read once, also where captions show a line once for each of its words."""
    made = captions(timed(SENTENCE), replace(STYLES[style], case="as_is"))
    assert read(FORMATS[format_].write(made), f"{name}.{format_}" if name else "") == SENTENCE
