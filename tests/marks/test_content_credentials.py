"""The mark `c2pa`: signed by a chain of the test's own, validated by C2PA's own reader, and broken by any change."""

from __future__ import annotations

import io
import json
from pathlib import Path

import c2pa
import numpy as np
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from handler.errors import ConfigError, EngineError
from handler.marks.content_credentials import ContentCredentials
from handler.marks.source_types import COMPOSITE, TRAINED
from handler.protocols import Origin
from handler.settings import Settings
from handler.telemetry import SOFTWARE
from tests.support.certificates import ISSUER, SIGNER, Pair, pair
from tests.support.listening import decoded
from tests.support.marked_files import MEDIA_TYPES, made

ORIGIN = Origin("piper en_US-joe-medium", "CC0")


@pytest.fixture(scope="module")
def signer() -> Pair:
    return pair()


@pytest.fixture(scope="module")
def mark(signer: Pair) -> ContentCredentials:
    return ContentCredentials(Settings.read({"AI_MARK": "c2pa", **signer.environ}))


@pytest.mark.parametrize("format_", [name for name in MEDIA_TYPES if name != "ogg"])
def test_signed_file_is_valid_and_sounds_the_same(
    format_: str, mark: ContentCredentials, signer: Pair, tmp_path: Path
) -> None:
    """C2PA's own reader trusts it under the test's root; the samples are those of the file without it."""
    body, path = made(format_), tmp_path / "file"
    signed = mark.mark(body, MEDIA_TYPES[format_], ORIGIN)
    assert signed
    path.write_bytes(signed)
    assert mark.read(path) == {
        "valid": True,
        "issuer": ISSUER,
        "signer": SIGNER,
        "generator": SOFTWARE,
        "digital_source_type": TRAINED,
        "made_by_ai": True,
    }
    assert np.array_equal(decoded(signed), decoded(body))
    trust = {"trust": {"user_anchors": signer.chain[signer.chain.rindex("-----BEGIN") :]}}
    with c2pa.Context.from_dict(trust) as context, c2pa.Reader(None, io.BytesIO(signed), None, context) as reader:
        assert reader.get_validation_state() == "Trusted"
        (action,) = json.loads(reader.json())["manifests"][reader.get_active_manifest()["label"]]["assertions"][-1][
            "data"
        ]["actions"]
    assert (action["action"], action["softwareAgent"]) == ("c2pa.created", {"name": ORIGIN.system})


def test_changed_file_is_not_valid(mark: ContentCredentials, tmp_path: Path) -> None:
    """One other sample, and the manifest no longer fits: then it does not say that AI made the file."""
    signed, path = bytearray(mark.mark(made("wav"), "audio/wav", ORIGIN) or b""), tmp_path / "file"
    signed[5000] ^= 1
    path.write_bytes(signed)
    found = mark.read(path)
    assert found
    assert (found["valid"], found["problems"]) == (False, ["assertion.dataHash.mismatch"])
    assert "made_by_ai" not in found
    path.write_bytes(signed[:-1000])
    assert (mark.read(path) or {}).get("valid") is False


def test_video_is_signed_on_the_disk(mark: ContentCredentials, tmp_path: Path) -> None:
    """The file is replaced by the signed one, and nothing else is left in its folder."""
    path = tmp_path / "v.mp4"
    path.write_bytes(made("m4a"))
    assert mark.mark_file(path, "video/mp4", Origin("f5", composite=True))
    found = mark.read(path)
    assert found
    assert (found["valid"], found["digital_source_type"]) == (True, COMPOSITE)
    assert [*tmp_path.iterdir()] == [path]


def test_file_that_cannot_be_signed_is_told_apart(mark: ContentCredentials, tmp_path: Path) -> None:
    """Ogg has no place for a manifest; a broken file is the job's error; a file without a manifest has none."""
    path = tmp_path / "file.ogg"
    path.write_bytes(made("ogg"))
    assert mark.mark(path.read_bytes(), "audio/ogg", ORIGIN) is None
    assert not mark.mark_file(path, "audio/ogg", ORIGIN)
    assert mark.read(path) is None
    with pytest.raises(EngineError, match="could not be signed"):
        mark.mark(b"no wav", "audio/wav", ORIGIN)


def test_reading_needs_no_certificate(mark: ContentCredentials, tmp_path: Path) -> None:
    """A worker that does not sign still reads others' manifests."""
    path = tmp_path / "file"
    path.write_bytes(mark.mark(made("mp3"), "audio/mpeg", ORIGIN) or b"")
    found = ContentCredentials(Settings.read({})).read(path)
    assert found
    assert found["valid"]


def test_certificate_for_another_purpose_is_refused_at_the_start() -> None:
    """A certificate that may not sign content is found out before any job, with C2PA's own word for it."""
    wrong = pair(purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    with pytest.raises(ConfigError, match="C2PA_CERT"):
        ContentCredentials(Settings.read({"AI_MARK": "c2pa", **wrong.environ}))
