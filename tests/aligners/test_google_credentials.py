"""Google's credentials are found, repaired or refused before any library of Google's is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handler.aligners import google_credentials
from handler.aligners.google_speech import GoogleSpeechAligner
from handler.errors import ConfigError
from handler.settings import Settings
from tests.support.google_server import GoogleServer, google

__all__ = ["google"]

ROOT = Path(__file__).parent.parent.parent


LEAST = {"type", "project_id", "private_key", "client_email"}


def missing(environ: dict[str, str]) -> str | None:
    return google_credentials.missing(Settings.read(environ))


@pytest.mark.parametrize("name", sorted(LEAST))
def test_a_field_that_is_missing_is_named(account: dict[str, str], name: str) -> None:
    """A key without one of the four fields, or with an empty one, names that field and no other."""
    for fields in (account | {name: ""}, {field: value for field, value in account.items() if field != name}):
        message = missing({"GOOGLE_CREDENTIALS_JSON": json.dumps(fields)})
        assert message
        assert f"GOOGLE_CREDENTIALS_JSON lacks {name};" in message


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("/runpod-volume/secret-key.json", "holds a path, not JSON; put the whole content"),
        ("secret-key.json", "holds a path, not JSON"),
        ("C:\\keys\\secret-key.json", "holds a path, not JSON"),
        ("~/secret-key", "holds a path, not JSON"),
        ('{"type": "service_account", "private_key": "secret-key', "not whole JSON"),
        ("c2VjcmV0LWtleQ==", "not whole JSON"),
        ('{"type": "external_account", "credential_source": "secret-key"}', "its type is none of service_account"),
        ('{"installed": {"client_secret": "secret-key"}}', "lacks type, project_id, private_key, client_email"),
        ('{"type": "authorized_user", "client_secret": "secret-key"}', "lacks client_id, refresh_token"),
        ("{}", "lacks type"),
    ],
)
def test_anything_but_a_key_is_reported_without_quoting_it(pasted: str, sentence: str) -> None:
    """A path, half a key and other kinds of JSON get different messages, which quote nothing."""
    message = missing({"GOOGLE_CREDENTIALS_JSON": pasted})
    assert message
    assert sentence in message
    assert "secret-key" not in message
    with pytest.raises(ConfigError, match="GOOGLE_CREDENTIALS_JSON"):
        GoogleSpeechAligner(Settings.read({"GOOGLE_CREDENTIALS_JSON": pasted}))


@pytest.mark.parametrize(
    "key_text", ["not a key", "-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN CERTIFICATE-----\n"]
)
def test_a_malformed_private_key_is_reported(account: dict[str, str], key_text: str) -> None:
    """A private key without both of its ends is refused without Google's libraries and without showing it."""
    message = missing({"GOOGLE_CREDENTIALS_JSON": json.dumps(account | {"private_key": key_text})})
    assert message == "GOOGLE_CREDENTIALS_JSON: its private_key is not a whole key (PEM); copy the key file again"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\\n", "\\\\n"),
        lambda text: text.replace("\\n", "\n"),
        lambda text: text.replace("\\n", "\\r\\n"),
        lambda text: f"'{text}'\n",
        lambda text: f"\ufeff{text}",
    ],
)
def test_damage_by_pasting_is_repaired(account: dict[str, str], google: GoogleServer, damage: Any) -> None:
    """Line breaks doubled or made real, quotes around it and a byte order mark leave a key that signs."""
    pasted = damage(json.dumps(account))
    assert pasted != json.dumps(account)
    environ = {"GOOGLE_CREDENTIALS_JSON": pasted}
    fields = google_credentials.find(Settings.read(environ))
    assert fields == account
    GoogleSpeechAligner(Settings.read(environ | {"GOOGLE_SPEECH_ENDPOINT": f"http://{google.address}"}))


def test_a_key_file_is_read_by_its_path(account: dict[str, str], tmp_path: Path) -> None:
    """A path to a good file is enough; the JSON itself goes before it; a key without token_uri gets Google's."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps({name: value for name, value in account.items() if name != "token_uri"}), "utf-8-sig")
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": str(path)}
    assert google_credentials.find(Settings.read(environ)) == account
    both = environ | {"GOOGLE_CREDENTIALS_JSON": json.dumps(account | {"project_id": "other"})}
    fields = google_credentials.find(Settings.read(both))
    assert fields
    assert fields["project_id"] == "other"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file"),
        ("half of {", "not whole JSON"),
        ("[]", "not a JSON object"),
        ("{}", "lacks type"),
    ],
)
def test_a_wrong_path_is_reported_without_quoting_it(tmp_path: Path, content: str | None, sentence: str) -> None:
    """A file that is not there or is no key is reported by the setting's name, without the path."""
    path = tmp_path / "secret-key.json"
    if content is not None:
        path.write_text(content)
    message = missing({"GOOGLE_APPLICATION_CREDENTIALS": str(path)})
    assert message
    assert "GOOGLE_APPLICATION_CREDENTIALS" in message
    assert sentence in message
    assert "secret-key" not in message
    assert str(tmp_path) not in message


def test_json_instead_of_a_path_is_reported(account: dict[str, str]) -> None:
    """JSON in the setting for a path is reported with the name of the right setting."""
    message = missing({"GOOGLE_APPLICATION_CREDENTIALS": json.dumps(account)})
    assert message == "GOOGLE_APPLICATION_CREDENTIALS holds JSON, not a path; put it into GOOGLE_CREDENTIALS_JSON"


def test_without_settings_the_machines_credentials_are_used(nowhere: Path) -> None:
    """gcloud's file in the home folder or a machine of Google's is enough; with neither the setting is named."""
    message = missing({})
    assert message
    assert "set GOOGLE_CREDENTIALS_JSON" in message
    (nowhere / "product_name").write_text("Google Compute Engine\n")
    assert missing({}) is None
    user = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
    path = nowhere / google_credentials.WELL_KNOWN
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(user))
    assert google_credentials.find(Settings.read({})) == user


def test_user_without_a_home_names_the_setting(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder, as in a container, gets the name of the setting instead of an error."""
    monkeypatch.setattr(Path, "home", lambda: Path("~nobody-of-that-name").expanduser())
    assert "set GOOGLE_CREDENTIALS_JSON" in (missing({}) or "")
    message = missing({"GOOGLE_APPLICATION_CREDENTIALS": "~nobody-of-that-name/key.json"}) or ""
    assert message.startswith("GOOGLE_APPLICATION_CREDENTIALS: the file cannot be read")


def test_the_check_loads_no_library_of_googles(account: dict[str, str]) -> None:
    """A fresh interpreter tells what is missing by way of the table, and has neither google nor grpc loaded."""
    script = (
        "import json, sys\n"
        "from handler.backends import Registry\n"
        "from handler.aligners import ALIGNERS\n"
        "from handler.settings import Settings\n"
        "aligners = Registry('aligner', ALIGNERS, Settings.read({'GOOGLE_CREDENTIALS_JSON': '/a/key.json'}))\n"
        "print(aligners.problem('google'), '|', aligners.missing_files('google'))\n"
        "print([name for name in ('google', 'grpc', 'numpy') if name in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    message, loaded = run.stdout.splitlines()
    assert message.startswith("None | GOOGLE_CREDENTIALS_JSON holds a path")
    assert loaded == "[]"
