"""The licence of a voice, by its MODEL_CARD: that of its data, and the voice that it was tuned from."""

from __future__ import annotations

import re

UNKNOWN = "unknown: no MODEL_CARD names it"
LESSAC = "tuned from the voice lessac, whose corpus is said to restrict commercial synthesis"
RYAN = "tuned from the voice ryan, whose data are under CC BY-NC-SA 4.0"

_LICENSE = re.compile(r"^[^\w\n]*Licen[sc]e:[^\S\n]*(\S.*)", re.IGNORECASE | re.MULTILINE)
_URL = re.compile(r"^[^\w\n]*URL:[^\S\n]*(\S+)", re.IGNORECASE | re.MULTILINE)
_ORIGINS = {"lessac": LESSAC, "ryan": RYAN}
_TUNED = re.compile(r"fine-?tuned from (.*)", re.IGNORECASE)
_ORIGIN = re.compile(rf"\b({'|'.join(_ORIGINS)})\b", re.IGNORECASE)


def of_card(card: str) -> str:
    """What a card tells of a voice's licence, in one line."""
    found, address, tuned = _LICENSE.search(card), _URL.search(card), _TUNED.search(card)
    origin = _ORIGIN.search(tuned[1]) if tuned else None
    license_ = found[1].rstrip() if found else UNKNOWN
    if license_.lower() == "see url" and address:
        license_ = f"see {address[1]}"
    return f"{license_}; {_ORIGINS[origin[1].lower()]}" if origin else license_
