"""A request is checked whole: every problem at once, by field, in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from handler.dispatch import ENDPOINTS
from handler.engines.f5.options import F5Options
from handler.errors import MAX_QUOTED_CHARS, BadRequest
from handler.pipeline.synthesis import own_options
from handler.requests import (
    AlignInput,
    CaptionStyle,
    DownloadInput,
    EngineOptions,
    GenerateInput,
    JobInput,
    Limits,
    OverlayInput,
    StatusInput,
    job_id_problem,
    parse,
)

FORMATS = ("srt", "vtt", "csv", "json", "ass")


class Expressive(EngineOptions):
    """The options of an engine whose fields no other engine takes."""

    exaggeration: float = Field(default=0.5, ge=0, le=2)


KNOWN = Limits(
    max_text_chars=100,
    engines=("espeak", "f5", "expressive"),
    presets=("word", "classic", "karaoke"),
    formats=FORMATS,
    aligners=("whisperx", "sphinx"),
    default_engine="espeak",
    engine_options={"f5": F5Options, "expressive": Expressive},
)


def problems(data: dict[str, Any], model: type[JobInput] = GenerateInput) -> dict[str, str]:
    with pytest.raises(BadRequest) as caught:
        parse(model, data, KNOWN)
    for issue in caught.value.issues:
        assert issue.field in caught.value.message
    return {issue.field: issue.message for issue in caught.value.issues}


def f5_options(fields: dict[str, Any]) -> F5Options:
    own = own_options(parse(GenerateInput, {"text": "Hi", "engine": "f5"} | fields, KNOWN), F5Options)
    assert isinstance(own, F5Options)
    return own


def test_defaults_follow_the_contract() -> None:
    """A request with text alone has the documented defaults."""
    request, own = parse(GenerateInput, {"text": "Hi"}, KNOWN), f5_options({})
    assert (request.speed, own.steps, request.audio_format, request.timing_format) == (1.0, 32, "wav", ("srt",))
    assert (own.cfg_strength, own.sway_sampling_coef, own.target_rms) == (2.0, -1.0, 0.1)
    assert (own.cross_fade_duration, request.takes, request.seed, request.voice_name) == (0.15, 1, None, None)
    assert not request.wants_timings


def test_every_problem_is_reported_at_once() -> None:
    """Wrong type, out of range, unknown and missing are four issues of one reply."""
    found = problems({"speed": "fast", "seed": -1, "vioce": "anna"})
    assert found == {
        "text": "is required",
        "speed": "must be a number, without quotes",
        "seed": "must be at least 0",
        "vioce": "is not a known field; did you mean voice?",
    }


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("text", "", "is empty; send the script to be spoken"),
        ("text", " \n\t", "is empty; send the script to be spoken"),
        ("text", "x" * 101, "has 101 characters, at most 100 are allowed; send it in several jobs"),
        ("text", ["a"], "must be text"),
        ("speed", 0.2, "must be at least 0.3"),
        ("speed", 3.1, "must be at most 3"),
        ("speed", True, "must be a number"),
        ("speed", float("nan"), "must be a finite number"),
        ("seed", 2**32, "must be at most 4294967295"),
        ("seed", 1.5, "must be a whole number"),
        ("nfe_step", 3, "must be at least 4"),
        ("takes", 6, "must be at most 5"),
        ("quality", "great", "must be one of 'fast', 'balanced' or 'best'"),
        ("audio_format", "aac", "must be one of 'wav', 'mp3', 'flac', 'ogg', 'opus' or 'm4a'"),
        ("loudness", -41, "must be at least -40"),
        ("loudness", -4, "must be at most -5"),
        ("loudness", "-16", "must be a number, without quotes"),
        ("true_peak", 0.5, "must be at most 0"),
        ("true_peak", -10, "must be at least -9"),
        ("engine", "espeek", "'espeek' is not known; did you mean espeak?"),
        ("caption_style", "karoake", "'karoake' is not known; did you mean karaoke?"),
        ("caption_style", 7, "must be a preset's name or an object"),
        ("timing_format", [], "must name at least one"),
        ("timing_format", "txt", "'txt' is not known; did you mean vtt? (send one, a list, or all)"),
        (
            "timing_format",
            ["srt", "xml"],
            "'xml' is not known; known are srt, vtt, csv, json, ass (send one, a list, or all)",
        ),
        ("timing_format", {"srt": True}, "must be a list"),
        ("return_word_timings", "yes", "must be true or false, without quotes"),
        (
            "language",
            "English!",
            "does not have the form of a language tag (BCP 47): a code and subtags of letters and digits, "
            "such as en or pt-BR; or auto",
        ),
        ("expires_in", 59, "must be at least 60"),
        ("expires_in", 604801, "must be at most 604800"),
        ("target_duration", 0, "must be greater than 0"),
    ],
)
def test_bad_value_has_its_own_message(field: str, value: object, sentence: str) -> None:
    """The message for a wrong type, range or name says what is allowed."""
    found = problems({"text": "Hi", field: value})
    name = "caption_style.preset" if sentence.startswith("'karoake") else field
    assert found == {name: sentence}


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65, "ä"])
def test_voice_name_cannot_leave_its_folder(name: str) -> None:
    """Names with slashes, leading dots or non-ASCII letters are refused."""
    assert "voice" in problems({"text": "Hi", "voice": name})


def test_null_counts_as_missing() -> None:
    """A null, also inside an object, is the same as a missing field."""
    request = parse(
        GenerateInput, {"text": "Hi", "seed": None, "caption_style": {"preset": "word", "size": None}}, KNOWN
    )
    assert request == parse(GenerateInput, {"text": "Hi", "caption_style": "word"}, KNOWN)


@pytest.mark.parametrize(("given_", "name"), [("anna", "anna"), ("anna.wav", "anna"), ("Anna.WAV", "Anna")])
def test_voice_and_local_voice_are_synonyms(given_: str, name: str) -> None:
    """Both spellings of the predecessor name the same voice, with or without .wav."""
    assert parse(GenerateInput, {"text": "Hi", "voice": given_}, KNOWN).voice_name == name
    assert parse(GenerateInput, {"text": "Hi", "local_voice": given_}, KNOWN).voice_name == name
    assert problems({"text": "Hi", "voice": "a", "local_voice": "b"})


@pytest.mark.parametrize(
    ("asked", "formats"),
    [
        ("all", FORMATS),
        ("vtt", ("vtt",)),
        ("SRT", ("srt",)),
        (["ass", "srt", "ass"], ("ass", "srt")),
        (["all"], FORMATS),
    ],
)
def test_formats_are_one_or_a_list_or_all(asked: object, formats: tuple[str, ...]) -> None:
    """timing_format takes a name, a list without doubles, or all."""
    assert parse(GenerateInput, {"text": "Hi", "timing_format": asked}, KNOWN).timing_format == formats


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"caption_style": {"rotation": 181}}, "caption_style.rotation", "at most 180"),
        ({"caption_style": {"x": -0.1}}, "caption_style.x", "at least 0"),
        ({"caption_style": {"letter_spacing": 61}}, "caption_style.letter_spacing", "at most 60"),
        ({"caption_style": {"animation": "bounce"}}, "caption_style.animation", "'none', 'fade', 'pop', 'slide' or"),
        ({"speaker_colours": {"Anna": "red"}}, "speaker_colours.Anna", "the form #RRGGBB"),
        ({"speaker_colours": {"Anna": 5}}, "speaker_colours.Anna", "must be text"),
    ],
)
def test_wrong_looks_are_named(fields: dict[str, Any], field: str, said: str) -> None:
    """A wrong value of a style or of a speaker's colour names its key, or the speaker, and what is allowed."""
    with pytest.raises(BadRequest) as caught:
        parse(GenerateInput, {"text": "Hi"} | fields, KNOWN)
    (issue,) = caught.value.issues
    assert issue.field == field
    assert said in issue.message


def test_one_of_x_and_y_is_enough() -> None:
    """Captions may be placed along one side of the canvas alone."""
    style = parse(GenerateInput, {"text": "Hi", "caption_style": {"x": 0.5}}, KNOWN).caption_style
    assert style is not None
    assert (style.x, style.y) == (0.5, None)


def test_color_is_colour() -> None:
    """caption_style takes `color` for `colour`, names what was sent in errors, and refuses both at once."""

    def style(**fields: str) -> CaptionStyle | None:
        return parse(GenerateInput, {"text": "Hi", "caption_style": fields}, KNOWN).caption_style

    assert style(color="#112233") == style(colour="#112233") != style()
    with pytest.raises(BadRequest, match=r"^caption_style.color: does not have the form #RRGGBB, such as #FFD60A$"):
        style(color="red")
    with pytest.raises(BadRequest, match=r"^caption_style: colour and color are the same; send one of them$"):
        style(color="#112233", colour="#112233")


def test_captions_are_made_on_request() -> None:
    """return_word_timings decides; without it any caption field does."""
    assert parse(GenerateInput, {"text": "Hi", "return_word_timings": True}, KNOWN).wants_timings
    assert parse(GenerateInput, {"text": "Hi", "timing_format": "srt"}, KNOWN).wants_timings
    assert not parse(
        GenerateInput, {"text": "Hi", "timing_format": "srt", "return_word_timings": False}, KNOWN
    ).wants_timings


def test_engine_gets_its_own_options() -> None:
    """An engine's options are checked as flat fields of the request, and handed over as an object of its model."""
    request = parse(GenerateInput, {"text": "Hi", "engine": "expressive", "exaggeration": 1.5}, KNOWN)
    assert own_options(request, Expressive) == Expressive(exaggeration=1.5)
    assert problems({"text": "Hi", "engine": "expressive", "exaggeration": 3}) == {"exaggeration": "must be at most 2"}


def test_options_of_another_engine_are_refused_by_name() -> None:
    """Where an engine does not allow its options elsewhere, the error names it; a misspelled one is guessed."""
    assert problems({"text": "Hi", "exaggeration": 1.0}) == {
        "exaggeration": "is an option of the engine expressive; leave it out, or send engine: expressive"
    }
    assert problems({"text": "Hi", "exageration": 1.0}) == {
        "exageration": "is not a known field; did you mean exaggeration?"
    }
    assert problems({"text": "Hi", "cfg_strenght": 1.0}) == {
        "cfg_strenght": "is not a known field; did you mean cfg_strength?"
    }


def test_f5_options_are_checked_for_every_engine() -> None:
    """F5's options may be sent with another engine, which ignores them, but not with a value out of range."""
    request = parse(GenerateInput, {"text": "Hi", "engine": "espeak", "nfe_step": 16}, KNOWN)
    assert own_options(request, None) is None
    assert problems({"text": "Hi", "engine": "espeak", "nfe_step": 100}) == {"nfe_step": "must be at most 64"}


def test_timing_method_is_one_of_the_aligners() -> None:
    """The tables say which methods there are: `engine` is one of generate's, not of align's."""
    assert parse(GenerateInput, {"text": "Hi", "timing_method": "engine"}, KNOWN).timing_method == "engine"
    found = {"timing_method": "'wisperx' is not known; did you mean whisperx?"}
    assert problems({"text": "Hi", "timing_method": "wisperx"}) == found
    recording = {"audio_url": "https://example.com/a.wav", "text": "Hi"}
    assert problems(recording | {"timing_method": "wisperx"}, AlignInput) == found
    assert "timing_method" in problems(recording | {"timing_method": "engine"}, AlignInput)


@pytest.mark.parametrize("job_id", ["", "../x", "a b", "-x", "x" * 129, "a\n"])
def test_job_id_cannot_leave_its_folder(job_id: str) -> None:
    """A job id that could change the folder of its key is refused."""
    assert problems({"job_id": job_id}, StatusInput)
    assert job_id_problem(job_id)
    assert job_id_problem("sync-a1b2.c-u1") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*GenerateInput.model_fields]) | st.text(max_size=10), JSON, max_size=6),
    st.sampled_from([GenerateInput, DownloadInput, StatusInput]),
)
def test_anything_is_parsed_or_refused(data: dict[str, Any], model: type[JobInput]) -> None:
    """Any JSON gives a request or a BadRequest with printable issues."""
    refused: BadRequest | None = None
    try:
        parse(model, data, KNOWN)
    except BadRequest as error:
        refused = error
    if refused is not None:
        assert refused.issues
        assert all(issue.field and issue.message for issue in refused.issues)


def test_field_of_an_object_beside_it_names_the_object() -> None:
    """A field of caption_style or of a turn that is sent beside it: the refusal says where it belongs."""
    assert problems({"text": "Hi", "animation": "pop"}) == {
        "animation": "is not a known field; it belongs into caption_style"
    }
    assert problems({"turns": [{"text": "Hi", "engine": "espeak"}]}) == {
        "turns.0.engine": "is not a known field; it is one of the request, not of its parts"
    }


LONG = "a" * 2_100_000


def _issue_of(model: type[JobInput], field: str, value: object) -> str:
    return problems({field: value}, model).get(field) or problems({field: value}, model).get(f"{field}.0", "")


@pytest.mark.parametrize("model", [endpoint.model for endpoint in ENDPOINTS.values()])
def test_every_text_has_a_length_and_every_list_a_number(model: type[JobInput]) -> None:
    """No field takes a text of two million characters or a list of 10,000, and no message repeats such a value."""
    options = F5Options.model_fields | Expressive.model_fields if model is GenerateInput else {}
    for name, field in (model.model_fields | options).items():
        refused = problems({name: LONG}, model)
        assert name in refused or f"{name}.0" in refused or f"{name}.preset" in refused, name
        assert all(len(message) < 300 and LONG[:MAX_QUOTED_CHARS] not in message for message in refused.values())
        if "tuple" in str(field.annotation):
            assert name in problems({name: ["srt"] * 10_000}, model), name


def test_every_key_of_a_style_has_a_length() -> None:
    """No key of a caption style takes a text of two million characters."""
    for name in CaptionStyle.model_fields:
        assert f"caption_style.{name}" in problems({"text": "Hi", "caption_style": {name: LONG}})


@pytest.mark.parametrize("language", ["en", "pt-BR", "zh_Hant_TW", "sl-rozaj-biske-1994", "yue"])
def test_language_tags_are_accepted(language: str) -> None:
    """A code and its subtags, of at most 35 characters together."""
    assert parse(GenerateInput, {"text": "Hi", "language": language}, KNOWN).language == language


@pytest.mark.parametrize("language", ["en" + "-latn" * 7, "en" * 100_000, "en-" * 50_000])
def test_language_has_at_most_35_characters(language: str) -> None:
    """A longer one is refused, and the message says what a tag is."""
    message = problems({"text": "Hi", "language": language})["language"]
    assert "at most 35 characters" in message or "BCP 47" in message
    assert "subtags" in problems({"text": "Hi", "language": "english!"})["language"]


@pytest.mark.parametrize("model", [AlignInput, OverlayInput])
def test_annotations_need_a_text(model: type[JobInput]) -> None:
    """The script of a job was spoken as it is written, so what to do with its annotations cannot be asked."""
    with pytest.raises(BadRequest, match="annotations is about the text"):
        parse(model, {"job_id": "a", "annotations": "show"}, KNOWN)
