"""Settings: flags over the environment over the file over the defaults; wrong ones are named with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.cli.config import ENVIRONMENT, FLAG, read
from handler.cli.exits import UsageError
from handler.errors import ConfigError
from tests.cli.conftest import Shell

YAML = "engines: [piper, espeak]\nPRESIGN_TTL: 120\nlanguages: [en, no]\nretention_days:\npocket_cloning: no\n"
TOML = 'engines = ["piper", "espeak"]\nPRESIGN_TTL = 120\nlanguages = ["en", "no"]\npocket_cloning = false\n'


@pytest.fixture(params=["yaml", "toml"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"speech.{request.param}"
    path.write_text(YAML if request.param == "yaml" else TOML, "utf-8")
    return path


def test_file_has_settings_in_either_case(file: Path) -> None:
    """Keys are settings in either case, lists are lists, `no` is a language and false, and no value is the default."""
    settings = read({}, str(file)).settings
    assert settings.engines == ("piper", "espeak")
    assert settings.languages == ("en", "no")
    assert (settings.presign_ttl, settings.pocket_cloning, settings.retention_days) == (120, False, 0)


def test_flags_override_the_environment_and_that_the_file(file: Path) -> None:
    """Each source overrides those below it, old names included, and every setting knows its source."""
    configuration = read({"TTS_ENGINE": "espeak", "PRESIGN_TTL": "90"}, str(file), ["presign_ttl=60"])
    assert configuration.settings.engines == ("espeak",)
    assert configuration.settings.presign_ttl == 60
    assert configuration.settings.languages == ("en", "no")
    assert configuration.origins == {
        "engines": ENVIRONMENT,
        "presign_ttl": FLAG,
        "languages": str(file),
        "pocket_cloning": str(file),
    }


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.yaml", "engine: piper\n", "'engine' is no setting; did you mean engines"),
        ("a.yaml", "qqqqqq: piper\n", "'qqqqqq' is no setting; CONFIG.md lists them"),
        ("a.yaml", "engines: piper\nENGINES: f5\n", "has engines twice"),
        ("a.yaml", "engines: [piper\n", "is not YAML"),
        ("a.toml", "engines = [\n", "is not TOML"),
        ("a.yaml", "- piper\n", "has no settings"),
        ("a.ini", "engines=piper\n", "neither YAML nor TOML"),
        ("a.yaml", "presign_ttl: soon\n", r"PRESIGN_TTL \(in .*a.yaml\): must be a whole number"),
    ],
)
def test_wrong_file_is_one_sentence(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    """What is wrong with a settings file is said in one sentence that names the file."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ConfigError, match=sentence) as caught:
        read({}, str(path))
    assert name in caught.value.message
    assert "\n" not in caught.value.message


def test_damaged_file_shows_no_key(tmp_path: Path) -> None:
    """The line where a file is damaged may hold a key: its number alone is told."""
    path = tmp_path / "a.yaml"
    path.write_text('engines: piper\napi_keys: "me:do-not-show\n')
    with pytest.raises(ConfigError, match=r"is not YAML: .* in line 3") as caught:
        read({}, str(path))
    assert "do-not-show" not in caught.value.message


def test_empty_flag_unsets(file: Path) -> None:
    """A flag without a value gives a setting its default, whatever the environment and the file say."""
    configuration = read({"S3_BUCKET": "voices"}, str(file), ["s3_bucket=", "engines="])
    assert configuration.settings.s3_bucket is None
    assert configuration.settings.engines == ("f5",)
    assert set(configuration.origins) == {"presign_ttl", "languages", "pocket_cloning"}


def test_missing_file_is_named() -> None:
    """A settings file that is not there is named."""
    with pytest.raises(ConfigError, match=r"nowhere.yaml cannot be read: No such file"):
        read({}, "nowhere.yaml")


@pytest.mark.parametrize("flag", ["engines", "engine=piper"])
def test_wrong_flag_is_wrong_usage(flag: str) -> None:
    """A flag without a value, or for a setting that there is not, is wrong usage."""
    with pytest.raises(UsageError, match="--set"):
        read({}, None, [flag])


def test_doctor_tells_where_settings_come_from(handler: Shell, here: Path) -> None:
    """doctor shows the file, and each setting's value and origin, but the value of no secret."""
    Path("speech.yaml").write_text("aws_secret_access_key: do-not-show\npresign_ttl: 120\n")
    done = handler("doctor --set retention_days=3", SPEECH_CONFIG="speech.yaml")
    assert "settings file: speech.yaml" in done.out
    assert "setting PRESIGN_TTL: 120 (from speech.yaml)" in done.out
    assert "setting RETENTION_DAYS: 3 (from --set)" in done.out
    assert "setting ENGINES: espeak (from the environment)" in done.out
    assert "setting AWS_SECRET_ACCESS_KEY: (not shown) (from speech.yaml)" in done.out
    assert "do-not-show" not in done.out + done.err


@pytest.mark.parametrize("line", ["--config speech.yaml {}", "{} --config speech.yaml"])
@pytest.mark.parametrize("command", ["worker", "serve", "doctor", "models list", "run '{}'", "say Hello.", "jobs list"])
def test_every_command_reads_the_file(handler: Shell, here: Path, line: str, command: str) -> None:
    """A wrong settings file, named before the command or after it, ends every command with 2 and its name."""
    Path("speech.yaml").write_text("presign_ttl: 1\n")
    done = handler(line.format(command))
    assert done.code == 2
    assert "PRESIGN_TTL (in speech.yaml): must be at least 60" in done.err


def test_settings_before_no_command_are_those_of_the_worker(handler: Shell, here: Path) -> None:
    """Without a command the worker starts, with the settings file that is named."""
    Path("speech.yaml").write_text("presign_ttl: 1\n")
    assert "PRESIGN_TTL (in speech.yaml)" in handler("--config=speech.yaml --rp_serve_api").err
