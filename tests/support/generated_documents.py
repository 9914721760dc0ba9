"""docs/generate.py as a module: it is a script, which no package holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "docs" / "generate.py"


def docs_generate() -> ModuleType:
    """The script run anew, so that it sees the tables as they are now."""
    spec = importlib.util.spec_from_file_location("docs_generate", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
