"""The names of signs by CLDR, in ``sign_names.json`` (Unicode License V3; tools/sign_names.py writes it)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return table


def sign_name(sign: str, tag: str) -> str:
    """What a sign is called in a language; its English name of Unicode if CLDR does not name it there."""
    known = _table().get(tag.partition("-")[0], {})
    return known.get(sign) or unicodedata.name(sign, "sign").removesuffix(" SIGN").lower().replace("-", " ")
