"""Web servers on this machine, plain and with TLS, and a bucket at one of them."""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handler.net.connection import Network
from handler.settings import Settings
from s3_utils import S3Store
from tests.support.web_server import Web, answer


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture
def elsewhere(web: Web) -> Iterator[Web]:
    """A second server on the same port of another address."""
    server = Web("127.0.0.2", web.port)
    server.routes["/"] = answer(body=b"secret")
    yield server
    server.close()


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "body"


@pytest.fixture
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any) -> None:
        raise AssertionError("a connection was attempted")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate, its own authority, for ``voices.example``."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voices.example")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("voices.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Web(tls=context)
    server.routes["/"] = answer(body=b"secured")
    yield server
    server.close()


@pytest.fixture
def trusting(certificate: Path) -> Network:
    """A network that trusts the certificate and knows every name at 127.0.0.1."""
    return Network(resolve=lambda _: ["127.0.0.1"], tls=ssl.create_default_context(cafile=str(certificate)))


@pytest.fixture
def bucket(web: Web) -> S3Store:
    """A store that signs for a bucket at the server of the test."""
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "S3_BUCKET": "mine"}
    return S3Store(Settings.read(keys | {"AWS_ENDPOINT_URL": web.url("")}))
