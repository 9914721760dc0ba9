"""docs/studio.md and its pictures."""

from __future__ import annotations

import re
from pathlib import Path

from docs.studio_gallery import PICTURES, SCENES
from tests.support.studio import VIEWS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "studio.md"
MAX_PICTURE_BYTES = 200_000


def test_guide_shows_every_view_and_every_picture() -> None:
    """Each view has a section, each scene of the gallery its picture in the guide, and none is missing or heavy."""
    text = GUIDE.read_text("utf-8")
    assert {f"## {view.capitalize()}" for view in VIEWS} <= set(re.findall(r"^## .*$", text, re.MULTILINE))
    shown = re.findall(r"!\[[^\]]+\]\(studio/([\w-]+)\.webp\)", text)
    assert sorted(shown) == sorted(scene.name for scene in SCENES)
    sizes = {path.stem: path.stat().st_size for path in PICTURES.glob("*.webp")}
    assert sizes.keys() == set(shown)
    assert max(sizes.values()) < MAX_PICTURE_BYTES
