"""Language tags: one code for each language, whichever of its names a client uses."""

from __future__ import annotations

import pytest

from handler.aligners.google_limits import language_code
from handler.aligners.whisperx_models import language_of as whisperx_language
from handler.engines.espeak_library import voice_for
from handler.text.languages import language_of
from handler.text.languages.tags import _ALIASES, normalized_tag, primary_language


@pytest.mark.parametrize(
    ("tag", "normalized", "primary"),
    [
        ("en", "en", "en"), (" EN_us ", "en-us", "en"), ("pt-BR", "pt-br", "pt"), ("nb-NO", "no-no", "no"),
        ("cmn_Hans_CN", "zh-hans-cn", "zh"), ("iw", "he", "he"), ("in-ID", "id-id", "id"), ("xx", "xx", "xx"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_tags_are_normalized(tag: str, normalized: str, primary: str) -> None:
    """Tags are in lower case, with hyphens and without aliases; an unknown language keeps its code."""
    assert normalized_tag(tag) == normalized
    assert primary_language(tag) == primary


@pytest.mark.parametrize(("alias", "code"), _ALIASES.items())
def test_alias_is_the_same_language_everywhere(alias: str, code: str) -> None:
    """Text rules, whisperX's models, Google's tags and espeak's voices treat both codes alike, with a region too."""
    assert language_of(alias) == language_of(code)
    assert whisperx_language(alias) == whisperx_language(code)
    assert language_code(alias) == language_code(code)
    assert language_code(f"{alias}-001") == language_code(f"{code}-001")
    assert voice_for(alias) == voice_for(code)
    assert voice_for(f"{alias}-001") == voice_for(f"{code}-001")
