"""Settings come from the mapping given, and a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.errors import ConfigError
from handler.settings import GROUPS, Settings


def test_defaults_stand_without_an_environment() -> None:
    """An empty environment gives the documented defaults."""
    settings = Settings.read({})
    assert settings.engines == ("f5",)
    assert settings.aligners == ("engine", "whisperx", "google", "sphinx", "whisper")
    assert settings.max_text_chars == 20_000
    assert settings.presign_ttl == 3600
    assert settings.job_timeout == 540
    assert settings.models_dir == Path("/runpod-volume/models")
    assert settings.s3_bucket is None


def test_empty_values_count_as_unset() -> None:
    """Lists are split at commas, numbers are parsed, and empty variables count as unset."""
    settings = Settings.read(
        {"ALIGNERS": " engine , sphinx,", "PRESIGN_TTL": "60", "S3_BUCKET": "", "LOG_LEVEL": "debug"}
    )
    assert settings.aligners == ("engine", "sphinx")
    assert settings.presign_ttl == 60
    assert settings.s3_bucket is None
    assert settings.log_level == "DEBUG"


def test_the_process_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the mapping counts: what the machine happens to have set does not leak in."""
    monkeypatch.setenv("TTS_ENGINE", "espeak")
    assert Settings.read({}).engines == ("f5",)


def test_every_wrong_variable_is_named_at_once() -> None:
    """Two wrong variables give one error that names both by their environment names."""
    with pytest.raises(ConfigError) as caught:
        Settings.read({"PRESIGN_TTL": "5", "MAX_TEXT_CHARS": "many"})
    assert {issue.field for issue in caught.value.issues} == {"PRESIGN_TTL", "MAX_TEXT_CHARS"}
    assert "PRESIGN_TTL" in caught.value.message
    assert "MAX_TEXT_CHARS" in caught.value.message


@pytest.mark.parametrize("environ", [{"ALIGNERS": ","}, {"JOB_TIMEOUT": "inf"}, {"LANGUAGES": " , "}, {"ENGINES": ","}])
def test_empty_list_or_infinite_time_is_refused(environ: dict[str, str]) -> None:
    """A list of nothing and a time without end are config errors that name the variable."""
    with pytest.raises(ConfigError, match=next(iter(environ))):
        Settings.read(environ)


def test_unknown_model_of_whisperx_is_refused() -> None:
    """WHISPERX_MODEL is MMS_FA or nothing; the refusal names the choice."""
    assert Settings.read({"WHISPERX_MODEL": "MMS_FA"}).whisperx_model == "MMS_FA"
    assert Settings.read({"WHISPERX_MODEL": ""}).whisperx_model is None
    with pytest.raises(ConfigError) as caught:
        Settings.read({"WHISPERX_MODEL": "large"})
    assert caught.value.message == "WHISPERX_MODEL: must be one of 'MMS_FA' (is 'large')"


def test_old_name_of_languages_still_works() -> None:
    """F5_LANGUAGES means LANGUAGES, which counts where both are set."""
    assert Settings.read({"F5_LANGUAGES": "fi, sv"}).languages == ("fi", "sv")
    assert Settings.read({"F5_LANGUAGES": "fi", "LANGUAGES": "de"}).languages == ("de",)


def test_first_engine_is_the_default() -> None:
    """ENGINES is a list whose first is the default; TTS_ENGINE means ENGINES, which counts where both are set."""
    settings = Settings.read({"ENGINES": " espeak, f5"})
    assert (settings.engines, settings.default_engine) == (("espeak", "f5"), "espeak")
    assert Settings.read({"TTS_ENGINE": "espeak"}).engines == ("espeak",)
    assert Settings.read({"TTS_ENGINE": "espeak", "ENGINES": "f5"}).engines == ("f5",)


def test_every_setting_is_in_a_group_of_the_document() -> None:
    """CONFIG.md's groups begin with settings that there are, the first of all with the first setting."""
    assert set(GROUPS) <= set(Settings.model_fields)
    assert next(iter(GROUPS)) == next(iter(Settings.model_fields))


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("value", ["do not\nshow", "do-not-shöw", "do-not\x7fshow"])
def test_malformed_key_is_refused_without_its_value(name: str, value: str) -> None:
    """A key with white space or strange characters in it is refused by its name, and its value stays out of it."""
    with pytest.raises(ConfigError) as caught:
        Settings.read({name: value})
    assert name in caught.value.message
    assert "do" not in caught.value.message.replace("does", "")
    assert "sh" not in caught.value.message


def test_white_space_around_keys_is_stripped() -> None:
    """White space around a key is what pasting leaves, not part of it."""
    secret = Settings.read({"AWS_SECRET_ACCESS_KEY": " abc/+= \r\n"}).aws_secret_access_key
    assert secret is not None
    assert secret.get_secret_value() == "abc/+="


@pytest.mark.parametrize("value", ["s3.example.com", "ftp://s3.example.com", "https://", "http://me:secret@host"])
def test_endpoint_that_is_no_url_is_refused(value: str) -> None:
    """An address without http or https, or with a password in it, is refused with an example, and not shown."""
    with pytest.raises(ConfigError, match=r"AWS_ENDPOINT_URL: must be a URL such as https://") as caught:
        Settings.read({"AWS_ENDPOINT_URL": value})
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("abcdefghijklmnopqrstuvwxyz", "has a key without its name; write NAME:KEY"),
        ("web:abcdefghijklmnopqrstuvwxyz,abcdefghijklmnopqrstuvwxyz", "has a key without its name; write NAME:KEY"),
        ("web:", "has a key of less than 16 characters"),
        ("web:abcdefghijklmno", "has a key of less than 16 characters"),
        ("web:abcdefgh ijklmnopqrst", "has a key with a blank in it"),
        ("my web:abcdefghijklmnopqrst", "must be NAME:KEY pairs"),
    ],
)
def test_api_keys_name_their_fault(value: str, fault: str) -> None:
    """Each fault of API_KEYS has a sentence of its own, and none shows a key."""
    with pytest.raises(ConfigError, match=f"API_KEYS: {fault}") as caught:
        Settings.read({"API_KEYS": value})
    assert "abcd" not in caught.value.message
