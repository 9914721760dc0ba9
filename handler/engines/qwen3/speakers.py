"""The speakers of the CustomVoice models."""

from __future__ import annotations

import json
import logging

from handler.engines.qwen3 import files
from handler.settings import Settings
from handler.types import BuiltinVoice

logger = logging.getLogger(__name__)

LICENSE = "Apache-2.0"
# By the language that each speaks best. Of a language the first is the default, of others that of English.
NATIVE = {
    "zh": ("vivian", "serena", "uncle_fu", "dylan", "eric"),
    "en": ("ryan", "aiden"),
    "ja": ("ono_anna",),
    "ko": ("sohee",),
}


def voices(settings: Settings) -> tuple[BuiltinVoice, ...]:
    """The speakers of QWEN3_MODEL, each of all its languages; none of Base and VoiceDesign."""
    on_disk = files.missing(settings) is None
    return tuple(BuiltinVoice(name, None, LICENSE, on_disk) for name in _names(settings))


def _names(settings: Settings) -> tuple[str, ...]:
    if settings.qwen3_dir is None:
        known = (name for names in NATIVE.values() for name in names)
        return tuple(known) if settings.qwen3_model.startswith("custom-voice") else ()
    try:
        config = json.loads((settings.qwen3_dir / "config.json").read_bytes())
        return tuple(sorted(config["talker_config"]["spk_id"]))
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("the speakers in QWEN3_DIR cannot be read", exc_info=True)
        return ()


def default(language: str, known: tuple[str, ...]) -> str:
    """The speaker of a language (``en``) for a request that names none."""
    preferred = (*NATIVE.get(language, ()), *NATIVE["en"], *known)
    return next(name for name in preferred if name in known)
