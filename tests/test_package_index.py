"""pip's settings reach uv, whichever way they were made, and passwords reach no log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import package_index
import setup_network_venv
from tests.support.network_volume import Volume
from tests.support.package_index import Index

URL = "https://mirror.example/simple"


def settings(tmp_path: Path, content: str, **variables: str) -> dict[str, str]:
    """pip's settings with this file in the home folder, and no file of the machine."""
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text(content, "utf-8")
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none"), **variables}
    return package_index.pip_settings(environ, str(tmp_path / "prefix"), ())


def test_variable_wins_over_file(tmp_path: Path) -> None:
    """[install] wins over [global], a variable over both, and either way of writing a name is read."""
    content = (
        "[global]\nindex_url = a\ntimeout = 1\nretries = 1\n[install]\ntimeout = 2\nretries = 2\n[list]\nproxy = x"
    )
    found = settings(tmp_path, content, PIP_RETRIES="3", PIP_QUIET="1")
    assert found == {"index-url": "a", "timeout": "2", "retries": "3"}


def test_file_of_the_environment_wins_over_that_of_the_user(tmp_path: Path) -> None:
    """Files are read in pip's order: system, user, environment."""
    (tmp_path / "prefix").mkdir()
    (tmp_path / "prefix" / "pip.conf").write_text("[global]\nindex-url = environment\n")
    assert settings(tmp_path, "[global]\nindex-url = user\n") == {"index-url": "environment"}


def test_named_file_replaces_that_of_the_user(tmp_path: Path) -> None:
    """PIP_CONFIG_FILE names the file that counts; /dev/null means none."""
    (tmp_path / "mine.conf").write_text(f"[global]\nindex-url = {URL}%20\n")
    content = "[global]\nindex-url = user\nproxy = user\n"
    assert settings(tmp_path, content, PIP_CONFIG_FILE=str(tmp_path / "mine.conf")) == {"index-url": f"{URL}%20"}
    assert package_index.pip_settings({"HOME": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"}) == {}


def test_damaged_file_is_left_to_pip(tmp_path: Path) -> None:
    """A file that cannot be read as pip's does not stop the others."""
    assert settings(tmp_path, "index-url = no section\n", PIP_INDEX_URL=URL) == {"index-url": URL}


def test_settings_get_the_names_that_uv_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of pip's settings has its variable of uv, with the separator that it takes."""
    given = {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": URL,
        "PIP_EXTRA_INDEX_URL": "https://a https://b",
        "PIP_FIND_LINKS": "/wheels ~/more",
        "PIP_TRUSTED_HOST": "a b",
        "PIP_CERT": "~/ca.pem",
        "PIP_PROXY": "http://proxy:1",
        "PIP_DEFAULT_TIMEOUT": "180",
    }
    monkeypatch.setenv("HOME", "/home/me")
    made = package_index.uv_environ(given)
    assert made.items() >= given.items()
    assert {name: made[name] for name in made.keys() - given.keys() - {"UV_SYSTEM_CERTS"}} == {
        "UV_DEFAULT_INDEX": URL,
        "UV_INDEX": "https://a https://b",
        "UV_FIND_LINKS": "/wheels,/home/me/more",
        "UV_INSECURE_HOST": "a b",
        "SSL_CERT_FILE": "/home/me/ca.pem",
        "ALL_PROXY": "http://proxy:1",
        "UV_HTTP_TIMEOUT": "180",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_settings_of_uv_win(name: str) -> None:
    """What is set for uv itself stays, under either of its names."""
    made = package_index.uv_environ({"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": URL, name: "https://mine"})
    assert {made.get("UV_DEFAULT_INDEX"), made.get("UV_INDEX_URL")} <= {None, "https://mine"}


def test_no_index_is_a_flag() -> None:
    """pip's no-index has no variable in uv: it becomes a flag."""
    assert package_index.uv_flags({"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1"}) == ["--no-index"]
    assert package_index.uv_flags({"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "0"}) == []


def test_pip_hears_of_the_index_alone() -> None:
    """A target or the wish for a user's installation would put uv elsewhere: pip is told of the index alone."""
    made = package_index.pip_environ({"PIP_TARGET": "/x", "PIP_USER": "1", "PIP_INDEX_URL": URL, "PATH": "/bin"})
    assert made["PIP_INDEX_URL"] == URL
    assert made["PATH"] == "/bin"
    assert not {"PIP_TARGET", "PIP_USER"} & set(made)
    assert made["PIP_CONFIG_FILE"] == "/dev/null"


def test_passwords_are_redacted() -> None:
    """Of a URL with a user and a password only the rest is printed."""
    said = "error: https://me:p%40ss@mirror.example/simple/a/ and http://token@b/, but not https://c/@d"
    shown = "error: https://***@mirror.example/simple/a/ and http://***@b/, but not https://c/@d"
    assert package_index.redacted(said) == shown


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("error: No space left on device (os error 28)", "space"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash"),
        ("cause: HTTP status client error (401 Unauthorized) for url", "login"),
        ("error sending request for url\n  cause: invalid peer certificate: UnknownIssuer", "certificate"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("ConnectionError: Max retries exceeded with url", "network"),
        ("cause: dns error", "network"),
        ("Because pocketsphinx==5.1.1 has no usable wheels … No solution found", "wheel"),
        ("error: something else", ""),
    ],
)
def test_failure_is_recognised(output: str, name: str) -> None:
    """What uv and pip say of a failure tells its kind."""
    assert package_index.failure(output) == name


def test_set_up_uses_the_index_of_pip(tmp_path: Path) -> None:
    """The set-up on a volume installs from the index in pip.conf, and nothing printed has its password."""
    volume = Volume(tmp_path)
    del volume.environ["UV_DEFAULT_INDEX"]
    (tmp_path / ".pip").mkdir()
    with Index(tmp_path / "wheels", "me:secret") as index:
        url = index.url.replace("://", "://me:{}@")
        (tmp_path / ".pip" / "pip.conf").write_text(f"[global]\nindex-url = {url.format('secret')}\n")
        code, out, err = volume.run("--prepare")
        assert code == 0, err
        assert index.asked
        (tmp_path / ".pip" / "pip.conf").write_text(f"[global]\nindex-url = {url.format('hidden')}\n")
        (tmp_path / "other").mkdir()
        code, _, refused = volume.run("--prepare", VOLUME_DIR=str(tmp_path / "other"))
    assert code == 5, refused
    assert "the package index refuses this user" in refused
    assert not {"secret", "hidden"} & set(re.split(r"\W+", out + err + refused))


def test_set_up_says_what_to_do_about_an_untrusted_certificate() -> None:
    """The set-up's message for a certificate that nobody here trusts names the setting that helps."""
    name = package_index.failure("error sending request for url\n  cause: invalid peer certificate: UnknownIssuer")
    code, message = setup_network_venv.UV_ERRORS[name]
    assert code == 5
    assert message.startswith("the certificate of the package index is not trusted; name a file")
    assert "SSL_CERT_FILE" in message
