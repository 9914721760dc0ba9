"""Real speech that comes with a package of the lock: f5-tts ships a human clip and says what it says."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_PACKAGE = find_spec("f5_tts")
assert _PACKAGE, "f5-tts is not installed: make test sets everything up"
assert _PACKAGE.submodule_search_locations

HUMAN_CLIP = Path(next(iter(_PACKAGE.submodule_search_locations))) / "infer/examples/basic/basic_ref_en.wav"
HUMAN_TEXT = "Some call me nature, others call me mother nature."
