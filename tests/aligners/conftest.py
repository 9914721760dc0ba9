"""Credentials for the tests of the aligner `google`."""

from __future__ import annotations

from pathlib import Path

import pytest

from handler.aligners import google_credentials


@pytest.fixture(scope="module")
def key() -> str:
    """A private key like those that Google gives out."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(65537, 2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


@pytest.fixture
def account(key: str) -> dict[str, str]:
    """The fields of a service account's key file."""
    return {
        "type": "service_account",
        "project_id": "captions-1",
        "private_key_id": "0123",
        "private_key": key,
        "client_email": "captions@captions-1.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home folder without gcloud's files, on a machine that is not Google's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(google_credentials, "PRODUCT_NAME", tmp_path / "product_name")
    return tmp_path
