"""Writes handler/text/sign_names.json: what CLDR calls a sign in each language of the worker.

python tools/sign_names.py FOLDER: the unpacked npm package cldr-annotations-full (Unicode License V3), by hand, when
CLDR has a new version or the worker a new language.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from handler.text.languages import LANGUAGES  # noqa: E402 - the path first

SIGNS = "-–%‰°§¶@*/\\&#_^~|+−±×÷=≠<>≤≥≈≡√∞∑∏∫∂∆∇∈∉∪∩⊂⊃∀∃∅∴→←↑↓↔⇒⇔†‡©®¢$£¥₩€₱₽₹₺₿"


def names(folder: Path, code: str) -> dict[str, str]:
    """The names of the signs in a language, {} if CLDR has none; letters only, as engines get them."""
    path = folder / "annotations" / code / "annotations.json"
    if not path.is_file():
        return {}
    entries = json.loads(path.read_text("utf-8"))["annotations"]["annotations"]
    found = {sign: entries[sign]["tts"][0] for sign in SIGNS if sign in entries and "tts" in entries[sign]}
    words = {sign: "".join(c if c.isalpha() or c in "'’\u200c\u200d" or not c.isascii() else " " for c in name)
             for sign, name in found.items()}  # fmt: skip
    return {sign: " ".join(name.split()) for sign, name in words.items()}


def main() -> None:
    folder = Path(sys.argv[1])
    table = {code: found for code in sorted(LANGUAGES) if (found := names(folder, code))}
    text = json.dumps(table, ensure_ascii=False, indent=0, sort_keys=True)
    (ROOT / "handler" / "text" / "sign_names.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
