"""Certificate and key are read from settings or files; each fault has its sentence, and none shows the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from handler.errors import ConfigError
from handler.marks.signing import read_signature
from handler.settings import Settings
from tests.support.certificates import Pair, pair, pem_of


@pytest.fixture(scope="module")
def good() -> Pair:
    return pair()


def test_pem_or_path(good: Pair, tmp_path: Path) -> None:
    """Both may be given as PEM, as PEM with \\n for its lines, or as the path of a file."""
    (tmp_path / "chain.pem").write_text(good.chain, "utf-8")
    (tmp_path / "key.pem").write_text(good.key, "utf-8")
    given = [
        good.environ,
        {name: value.replace("\n", "\\n") for name, value in good.environ.items()},
        {"C2PA_CERT": str(tmp_path / "chain.pem"), "C2PA_KEY": str(tmp_path / "key.pem")},
    ]
    read = [read_signature(Settings.read(environ)) for environ in given]
    assert [each.algorithm for each in read] == ["ES256"] * 3
    assert {each.key.strip() for each in read} == {good.key.strip().encode()}
    assert read_signature(Settings.read(pair(curve=ec.SECP384R1()).environ)).algorithm == "ES384"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"C2PA_CERT": ""}, "C2PA_CERT is not set"),
        ({"C2PA_KEY": ""}, "C2PA_KEY is not set"),
        ({"C2PA_CERT": "/nowhere/chain.pem"}, "C2PA_CERT is neither PEM nor a file"),
        ({"C2PA_CERT": "-----BEGIN nothing"}, "C2PA_CERT has no certificate"),
        ({"C2PA_KEY": "-----BEGIN nothing"}, "C2PA_KEY is no private key"),
        ({"C2PA_KEY": pem_of(ec.generate_private_key(ec.SECP256R1()))}, "C2PA_KEY is not the key of C2PA_CERT"),
        ({"C2PA_KEY": pem_of(ec.generate_private_key(ec.SECP256R1()), "secret")}, "C2PA_KEY has a password"),
        (pair(days=0).environ, r"C2PA_CERT expired on \d{4}-"),
        (pair(curve=ec.SECP256K1()).environ, "C2PA_KEY is of a kind"),
    ],
)
def test_each_fault_has_its_sentence(changes: dict[str, str], sentence: str, good: Pair) -> None:
    """The setting is named, and neither the key nor a path is repeated."""
    with pytest.raises(ConfigError, match=sentence) as caught:
        read_signature(Settings.read(good.environ | changes))
    assert "nowhere" not in caught.value.message
    assert "PRIVATE KEY-----\n" not in caught.value.message
