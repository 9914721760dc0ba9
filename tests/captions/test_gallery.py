"""docs/captions.md says what the code does: its tables, its jobs, its pictures' names. None is drawn here."""

from __future__ import annotations

import json
import re

import pytest
from PIL import Image

from docs.gallery import CANVASES, DOCUMENT, HEIGHTS, KEYS, PICTURES, PRESETS, SCRIPTS, Example, examples, generated
from handler.captions import FORMATS, STYLES
from handler.requests import CaptionStyle, GenerateInput, Limits, OverlayInput, parse

TEXT = DOCUMENT.read_text("utf-8")
KNOWN = Limits(max_text_chars=20_000, engines=("espeak",), presets=tuple(STYLES), formats=tuple(FORMATS))


def test_generated_parts_are_up_to_date() -> None:
    """Each marked part is what the presets and the keys give today; `make gallery` mends a difference."""
    assert generated(TEXT) == TEXT
    assert (
        TEXT.count("<!-- generated:") == TEXT.count("<!-- end -->") == 2 + len(STYLES) + len(examples()) - len(PRESETS)
    )


def test_every_preset_is_shown_on_every_canvas() -> None:
    """A new preset or canvas needs a picture."""
    shown = {(example.style["preset"], example.canvas) for example in PRESETS}
    assert shown == {(preset, canvas) for preset in STYLES for canvas in CANVASES}
    assert set(HEIGHTS) == set(CANVASES)


def test_every_key_is_explained() -> None:
    """A new key of caption_style needs a picture or a mention in the text."""
    assert set(KEYS) == set(CaptionStyle.model_fields) - {"preset", "canvas", "fps"}
    assert "### preset, canvas, fps" in TEXT
    for key, example in KEYS.items():
        assert key in example.style
        assert f"### {key}\n" in TEXT


def test_pictures_are_those_of_the_document() -> None:
    """Every picture in the text exists, no other does, and together they are small."""
    shown = set(re.findall(r"\]\(gallery/(.+?)\)", TEXT))
    there = {file.name: file.stat().st_size for file in PICTURES.iterdir()}
    assert shown == set(there) == {f"{example.name}.webp" for example in examples()}
    assert sum(there.values()) <= 1_500_000


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_pictures_have_the_shape_of_their_canvas(example: Example) -> None:
    """Each is a strip of three frames of its own canvas, with 12 pixels around them."""
    width, height = map(int, example.canvas.split("x"))
    with Image.open(PICTURES / f"{example.name}.webp") as picture:
        assert picture.format == "WEBP"
        shown = picture.height - 24
        assert shown == HEIGHTS[example.canvas]
        assert (picture.width - 4 * 12) / 3 == pytest.approx(shown * width / height, abs=2)


def test_jobs_of_the_document_are_taken() -> None:
    """Each job in the document is a request that the worker takes as it stands."""
    jobs = [json.loads(block)["input"] for block in re.findall(r"```json\n(.*?)\n```", TEXT)]
    drawn = [job for job in jobs if job.get("endpoint") == "overlay"]
    assert len(drawn) == len(examples())
    spoken = [job for job in jobs if "endpoint" not in job]
    assert spoken == [example.speech for example in SCRIPTS.values()]
    assert all(parse(GenerateInput, job, KNOWN).script for job in spoken)
    assert len(spoken) + len(drawn) == len(jobs)
    for job in drawn:
        job.pop("endpoint")
        assert parse(OverlayInput, job, KNOWN).caption_style is not None
