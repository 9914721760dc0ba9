"""IPTC's digital source types, and which of them say that something was made by AI.

The vocabulary is http://cv.iptc.org/newscodes/digitalsourcetype/; C2PA uses the same one.
"""

from __future__ import annotations

from handler.protocols import Origin

_BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"

TRAINED = f"{_BASE}trainedAlgorithmicMedia"
COMPOSITE = f"{_BASE}compositeWithTrainedAlgorithmicMedia"

_MADE_BY_AI = {"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"}
_NOT_MADE_BY_AI = {
    *("digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print", "humanEdits"),
    *("minorHumanEdits", "compositeCapture", "virtualRecording", "screenCapture"),
}


def source_type(origin: Origin) -> str:
    """The type of what this worker makes: synthetic, alone or beside what is the client's."""
    return COMPOSITE if origin.composite else TRAINED


def made_by_ai(type_: str) -> bool | None:
    """Whether a type means that AI made it, or a part of it; None for a type that says neither."""
    name = type_.rstrip("/").rpartition("/")[2]
    return True if name in _MADE_BY_AI else False if name in _NOT_MADE_BY_AI else None
