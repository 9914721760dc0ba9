"""What several views are made of: the waveform, forms of a schema, sound read and recorded."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.studio import Studio

SCHEMA = {
    "properties": {
        "size": {
            "anyOf": [{"type": "number", "minimum": 8, "maximum": 400}, {"type": "null"}],
            "description": "Height.",
        },
        "colour": {"anyOf": [{"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$"}, {"type": "null"}]},
        "case": {"anyOf": [{"enum": ["as_is", "upper"], "type": "string"}, {"type": "null"}]},
        "underline": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        "style": {"$ref": "#/$defs/Style"},
        "hidden": {"type": "string"},
    },
    "$defs": {"Style": {"type": "object"}},
}

FORM = """async (schema) => {
  const { schemaForm } = await import("/studio/js/components/schema_form.js");
  window.changes = [];
  window.form = schemaForm(schema, { omit: ["hidden"], values: { size: 90 }, defaults: { case: "upper" },
    onChange: (values) => changes.push(values) });
  document.querySelector("main").append(form.element);
}"""

WAVE = """async () => {
  await import("/studio/js/components/waveform.js");
  const wave = document.createElement("wave-form");
  document.querySelector("main").append(wave);
  wave.setSamples(Float32Array.from({ length: 96000 }, (_, index) => Math.sin(index / 20)), 48000);
  wave.handles = [{ id: "start", time: 0.5, label: "Start", min: 0, max: 1 }];
  wave.playhead = 1;
  window.moves = [];
  wave.addEventListener("handle", (event) => moves.push(event.detail));
  wave.addEventListener("seek", (event) => moves.push(event.detail.time));
}"""


@pytest.fixture
def page(studio: Studio) -> Page:
    return studio.open("runs")


def test_form_has_a_control_for_each_property(page: Page, studio: Studio) -> None:
    """A schema's properties become labelled controls with their limits; what is left empty stays unset."""
    page.evaluate(FORM, SCHEMA)
    size = page.get_by_label("size")
    expect(size).to_have_attribute("max", "400")
    expect(size).to_have_value("90")
    size.fill("120.5")
    page.get_by_label("underline").select_option("no")
    page.get_by_label("colour", exact=True).fill("#00ff00")
    page.get_by_label("style").fill('{"a": 1}')
    values: Any = page.evaluate("form.values()")
    assert values == {"size": 120.5, "underline": False, "colour": "#00ff00", "style": {"a": 1}}
    assert page.evaluate("changes.at(-1)") == values
    assert page.get_by_label("hidden").count() == 0
    expect(page.get_by_label("case").locator("option").first).to_have_text("default (upper)")
    assert studio.barriers() == []


def test_form_shows_problems_at_its_controls(page: Page) -> None:
    """The worker's issues are shown at the controls they name, and the others are returned."""
    page.evaluate(FORM, SCHEMA)
    issues = [{"field": "caption_style.size", "message": "must be at most 400"}, {"field": "voice", "message": "no"}]
    left = page.evaluate("(issues) => form.showIssues(issues)", issues)
    assert left == issues[1:]
    expect(page.get_by_label("size")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("must be at most 400")).to_be_visible()


def test_handles_move_by_keyboard_and_pointer(page: Page, studio: Studio) -> None:
    """A handle is a slider: arrows move it 10 ms, with Shift 100 ms, a pointer drags it, and it stays in range."""
    page.evaluate(WAVE)
    handle = page.get_by_role("slider", name="Start")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate("moves.at(-1)") == {"id": "start", "time": pytest.approx(0.61), "done": True}
    page.keyboard.press("End")
    expect(handle).to_have_attribute("aria-valuenow", "1.000")
    box = page.locator("wave-form").bounding_box()
    assert box
    held = handle.bounding_box()
    assert held
    page.mouse.move(held["x"] + held["width"] / 2, held["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 8, box["y"] + 20)
    page.mouse.up()
    assert page.evaluate("moves.at(-1)") == {"id": "start", "time": pytest.approx(0.25, abs=0.01), "done": True}
    assert studio.barriers() == []


def test_waveform_has_the_colours_of_the_page(page: Page) -> None:
    """The button for colours has the sound drawn anew in those that were chosen."""
    page.evaluate(WAVE)
    middle = """() => {
      const canvas = document.querySelector("wave-form canvas");
      return canvas.getContext("2d").getImageData(canvas.width / 4, canvas.height / 2, 1, 1).data.join();
    }"""
    button = page.get_by_role("button", name="Colours")
    for theme, muted in (("light", "84,93,108,255"), ("dark", "168,176,191,255")):
        button.click()
        expect(button).to_have_accessible_name(f"Colours: {theme}")
        page.evaluate(f"async () => {{ while (({middle})() !== '{muted}') await new Promise(requestAnimationFrame); }}")


def test_click_on_the_sound_seeks(page: Page) -> None:
    """A click on the waveform asks for its time, in what is shown of the sound."""
    page.evaluate(WAVE)
    page.evaluate("document.querySelector('wave-form').view = { start: 1, end: 2 }")
    page.locator("wave-form").click(position={"x": 10, "y": 10})
    assert page.evaluate("moves.at(-1)") == pytest.approx(1.0, abs=0.02)


def test_sound_survives_wav(page: Page) -> None:
    """Samples written as WAV are read again as they were, at their rate."""
    script = """async () => {
      const { decode, encodeWav } = await import("/studio/js/audio.js");
      const samples = Float32Array.from({ length: 4410 }, (_, index) => 0.5 * Math.sin(index / 10));
      const read = await decode(encodeWav(samples, 44100));
      const off = Math.max(...read.samples.map((sample, index) => Math.abs(sample - samples[index])));
      return { off, length: read.samples.length, sampleRate: read.sampleRate };
    }"""
    read = page.evaluate(script)
    assert read == {"off": pytest.approx(0, abs=1e-4), "length": 4410, "sampleRate": 44100}


def test_microphone_is_recorded(page: Page) -> None:
    """The microphone's samples and level come while it is recorded, and nothing before its start."""
    script = """async () => {
      const { openMicrophone } = await import("/studio/js/audio.js");
      let levels = 0;
      let loudest = 0;
      let enough = null;
      const heard = new Promise((resolve) => (enough = resolve));
      const microphone = await openMicrophone({ onLevel: ({ peak }) => {
        levels += 1;
        loudest = Math.max(loudest, peak);
        if (levels > 60) enough();
      } });
      microphone.start();
      await heard;
      const { samples, sampleRate } = microphone.stop();
      return { seconds: samples.length / sampleRate, loudest, peak: samples.reduce((a, b) => Math.max(a, b), 0) };
    }"""
    recorded = page.evaluate(script)
    assert recorded["seconds"] > 1
    # Chromium's own microphone beeps once a second.
    assert recorded["loudest"] > 0.1
    assert recorded["peak"] == pytest.approx(recorded["loudest"], rel=0.5)
