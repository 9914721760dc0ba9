"""The certificate and the key that sign manifests: read and checked before any job needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from handler.errors import ConfigError
from handler.settings import Settings

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_KINDS = "an elliptic curve (P-256, P-384, P-521), RSA of 2048 bits or more, or Ed25519"


@dataclass(frozen=True)
class Signature:
    """A certificate chain and its key, as PEM, and C2PA's name of their algorithm."""

    chain: bytes
    key: bytes
    algorithm: str


def read_signature(settings: Settings) -> Signature:
    """Return what C2PA_CERT and C2PA_KEY say. Raises ConfigError, which names the one that is missing or wrong."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    chain, key = _pem(settings.c2pa_cert, "C2PA_CERT"), _pem(settings.c2pa_key, "C2PA_KEY")
    try:
        certificate = x509.load_pem_x509_certificates(chain)[0]
    except (ValueError, IndexError):
        raise ConfigError("C2PA_CERT has no certificate; it begins with -----BEGIN CERTIFICATE-----") from None
    try:
        private: Any = load_pem_private_key(key, password=None)
    except TypeError:
        raise ConfigError("C2PA_KEY has a password; give the key without one") from None
    except Exception:  # noqa: BLE001 - its errors have no common class but Exception
        raise ConfigError("C2PA_KEY is no private key; it begins with -----BEGIN PRIVATE KEY-----") from None
    if private.public_key() != certificate.public_key():
        raise ConfigError("C2PA_KEY is not the key of C2PA_CERT, whose first certificate has to be the signer's own")
    if certificate.not_valid_after_utc < datetime.now(UTC):
        raise ConfigError(f"C2PA_CERT expired on {certificate.not_valid_after_utc:%Y-%m-%d}; get another one")
    return Signature(chain, key, _algorithm(private))


def _pem(setting: SecretStr | None, name: str) -> bytes:
    """The PEM of a setting, which holds it or the path of a file with it."""
    value = setting.get_secret_value().strip() if setting else ""
    if not value:
        raise ConfigError(f"AI_MARK has c2pa and {name} is not set; set it, or leave c2pa out")
    if "-----BEGIN" in value:
        # Where a variable cannot hold lines, people write \n.
        return value.replace("\\n", "\n").encode()
    try:
        return Path(value).read_bytes()
    except OSError:
        raise ConfigError(f"{name} is neither PEM nor a file that can be read") from None


def _algorithm(private: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "PS256"
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ED25519"
    raise ConfigError(f"C2PA_KEY is of a kind that C2PA does not take; take {_KINDS}")
