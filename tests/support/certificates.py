"""A certificate authority of the test's own, which makes certificates that may sign C2PA manifests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ISSUER, SIGNER = "Test Press", "the worker of a test"

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate with those above it, and its key, both as PEM."""

    chain: str
    key: str

    @property
    def environ(self) -> dict[str, str]:
        return {"C2PA_CERT": self.chain, "C2PA_KEY": self.key}


def pem_of(key: Key, password: str = "") -> str:
    secret = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret).decode()


def pair(
    *, days: int = 30, curve: ec.EllipticCurve | None = None, purpose: x509.ObjectIdentifier | None = None
) -> Pair:
    """A certificate that is valid for so many days from yesterday on; ``purpose`` is C2PA's unless it is given."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(curve or ec.SECP256R1())
    root = _certificate("root", root_key, root_key, days=60)
    own = _certificate(SIGNER, key, root_key, days=days, purpose=purpose or ExtendedKeyUsageOID.EMAIL_PROTECTION)
    chain = "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in (own, root))
    return Pair(chain, pem_of(key))


def _name(common: str) -> x509.Name:
    names = ((NameOID.ORGANIZATION_NAME, ISSUER), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in names])


def _certificate(
    name: str, key: Key, issuer: Key, *, days: int, purpose: x509.ObjectIdentifier | None = None
) -> x509.Certificate:
    is_root, begins = purpose is None, datetime.now(UTC) - timedelta(days=1)
    usage = x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("root"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
    )
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(issuer, hashes.SHA256())
