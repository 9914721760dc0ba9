"""GET /v1/options: what a worker offers, as its tables and its own checks have it."""

from __future__ import annotations

from typing import Any

import pytest

from handler.app import make_services
from handler.captions import STYLES, resolve
from handler.dispatch import ENDPOINTS, dispatch, limits
from handler.requests import CaptionStyle
from handler.settings import Settings
from tests.support.http_server import RunningServer, running


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """Of a worker with two engines."""
    return environ | {"ENGINES": "piper,espeak", "ALIGNERS": "engine,sphinx", "MAX_TEXT_CHARS": "1234"}


@pytest.fixture
def options(server: RunningServer) -> dict[str, Any]:
    answer = server.client.get("/v1/options")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_engines_have_their_languages_and_options(options: dict[str, Any]) -> None:
    """Each of ENGINES has its state, its languages and the schema of the options that it alone knows."""
    assert list(options["engines"]) == ["piper", "espeak"]
    assert options["default_engine"] == "piper"
    piper, espeak = options["engines"]["piper"], options["engines"]["espeak"]
    assert piper["state"] == "ready"
    assert {"en-US", "de-DE"} <= set(piper["languages"])
    assert set(piper["options"]["properties"]) == {"speaker", "noise_scale", "noise_w", "sentence_silence"}
    assert piper["options"]["properties"]["sentence_silence"] | {"description": "", "title": ""} == {
        "type": "number", "minimum": 0, "maximum": 5, "default": 0.2, "description": "", "title": "",
    }  # fmt: skip
    assert espeak["options"] is None


def test_no_engine_is_loaded(server: RunningServer, options: dict[str, Any]) -> None:
    """To tell what there is, nothing is loaded."""
    assert options["engines"]["piper"]["supports_seeds"] is None
    assert not any(server.api.services.engines.loaded(name) for name in ("piper", "espeak"))


def test_schemas_are_those_of_the_requests(options: dict[str, Any]) -> None:
    """Every endpoint has the schema of its fields, with the names of this worker where it takes one of a table."""
    assert {name: set(each["properties"]) for name, each in options["endpoints"].items()} == {
        name: set(endpoint.model.model_fields) for name, endpoint in ENDPOINTS.items()
    }
    generate = options["endpoints"]["generate"]["properties"]
    assert generate["engine"]["enum"] == ["piper", "espeak"]
    assert generate["timing_format"]["items"]["enum"] == options["formats"]
    assert generate["audio_format"]["enum"] == options["audio_formats"]
    assert options["caption_style"]["properties"]["preset"]["enum"] == list(options["presets"])
    assert (generate["speed"]["minimum"], generate["speed"]["maximum"], generate["speed"]["default"]) == (0.3, 3, 1)
    assert "x-names" not in str(options)
    assert {"type": "null"} not in [part for each in generate.values() for part in each.get("anyOf", ())]


@pytest.mark.parametrize("name", STYLES)
def test_preset_as_a_request_is_the_preset(environ: dict[str, str], options: dict[str, Any], name: str) -> None:
    """The values of a preset, sent as ``caption_style``, give the style of the preset; each can be sent."""
    values = options["presets"][name]
    assert set(values) == set(CaptionStyle.model_fields) - {"preset"}
    sent = {key: value for key, value in values.items() if value is not None}
    known = limits(make_services(Settings.read(environ)))
    assert resolve(CaptionStyle.model_validate({"preset": name, **sent}, context=known)) == STYLES[name]
    assert options["looks"][name]["effect"] == STYLES[name].effect


def test_values_of_a_preset_are_taken(environ: dict[str, str], options: dict[str, Any]) -> None:
    """A job takes all values of each preset as its ``caption_style``."""
    services = make_services(Settings.read(environ))
    for name, values in options["presets"].items():
        fields = {"text": "Hello.", "engine": "espeak", "timing_format": "ass", "caption_style": values}
        assert "error" not in dispatch({"input": fields}, services), name


def test_limits_are_those_of_the_settings(options: dict[str, Any]) -> None:
    """The limits are those that jobs are refused by."""
    told = options["limits"]
    assert (told["max_text_chars"], told["max_takes"], told["max_video_bytes"]) == (1234, 5, 200_000_000)
    assert options["ai_mark"] == ["metadata"]
    assert options["require_consent"] is False
    assert options["aligners"] == {"sphinx": "ready"}


def test_consent_and_marks_are_told(environ: dict[str, str]) -> None:
    """A page knows before it asks for a recording that a consent is required."""
    strict = {"REQUIRE_CONSENT": "true", "AI_MARK": "none"}
    with running(make_services(Settings.read(environ | strict))) as server:
        options = server.client.get("/v1/options").json()
    assert (options["require_consent"], options["ai_mark"]) == (True, [])
