"""The mark `c2pa`: a signed manifest (Content Credentials) that says what made the file, and no longer fits if the file
is changed.

Nothing is asked of the network: no time stamp, no manifest kept elsewhere, no certificate's status.
"""

from __future__ import annotations

import io
import json
import logging
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from handler.errors import ConfigError, EngineError
from handler.marks.signing import Signature, read_signature
from handler.marks.source_types import made_by_ai, source_type
from handler.protocols import Origin
from handler.settings import Settings
from handler.telemetry import SOFTWARE

logger = logging.getLogger(__name__)

_SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_ACTIONS = ("c2pa.actions", "c2pa.actions.v2")
_UNTRUSTED = "signingCredential.untrusted"  # no list of trusted certificates is kept here
_MAX_PROBLEMS = 5


class ContentCredentials:
    """Signs WAV, MP3, FLAC, M4A and MP4 where AI_MARK asks for it, and reads manifests, whoever signed them."""

    name = "c2pa"

    def __init__(self, settings: Settings) -> None:
        """Check certificate and key by signing a little sound. Raises ConfigError if that fails."""
        self._signature: Signature | None = None
        if self.name in settings.ai_mark:
            self._signature = read_signature(settings)
            self._prove()

    def mark(self, body: bytes, media_type: str, origin: Origin) -> bytes | None:
        """As `FileMark.mark`. Each signing gives other bytes."""
        if not _can_hold(media_type):
            return None
        signed = io.BytesIO()
        self._sign(io.BytesIO(body), signed, media_type, origin)
        return signed.getvalue()

    def mark_file(self, path: Path, media_type: str, origin: Origin) -> bool:
        """As `FileMark.mark_file`."""
        if not _can_hold(media_type):
            return False
        signed = path.with_name(f"{path.name}.signed")
        with path.open("rb") as source, signed.open("w+b") as file:
            self._sign(source, file, media_type, origin)
        Path(signed).replace(path)
        return True

    def read(self, path: Path) -> dict[str, Any] | None:
        """``valid`` (the signature fits the file), ``issuer``, ``signer``, ``generator``, ``digital_source_type``.

        ``problems`` has C2PA's codes where it is not valid. Whether the issuer is to be trusted is for others to say.
        """
        import c2pa

        try:
            with path.open("rb") as file:
                return _summary(_manifests(file))
        except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
            return None
        except c2pa.C2paError as error:
            logger.info("a manifest cannot be read", exc_info=error)
            return {"valid": False, "problems": [type(error).__name__.removeprefix("_C2pa")]}

    def _sign(self, source: BinaryIO, signed: BinaryIO, media_type: str, origin: Origin) -> None:
        import c2pa

        assert self._signature
        algorithm = c2pa.C2paSigningAlg[self._signature.algorithm]
        info = c2pa.C2paSignerInfo(algorithm, self._signature.chain, self._signature.key, None)
        try:
            with c2pa.Context.from_dict(_SETTINGS) as context, c2pa.Signer.from_info(info) as signer:
                c2pa.Builder(_manifest(origin), context).sign(signer, media_type, source, signed)
        except c2pa.C2paError as error:
            raise EngineError("the file could not be signed (c2pa); the worker's log says why") from error

    def _prove(self) -> None:
        """Sign a little silence and read it back. Raises ConfigError with C2PA's code of what is wrong."""
        signed = io.BytesIO()
        try:
            self._sign(io.BytesIO(_silence()), signed, "audio/wav", Origin(self.name))
            problems = _problems(_manifests(signed))
        except EngineError as error:
            cause = str(error.__cause__).partition(":")[0]
            raise ConfigError(f"C2PA_CERT and C2PA_KEY cannot sign ({cause}); the log says why") from error
        if problems:
            raise ConfigError(
                f"C2PA_CERT signs nothing that is valid ({', '.join(problems)}); get a certificate for C2PA"
            )


def _manifests(file: BinaryIO) -> dict[str, Any]:
    """All that C2PA's library says of a file. Raises C2paError."""
    import c2pa

    with c2pa.Context.from_dict(_SETTINGS) as context, c2pa.Reader(None, file, None, context) as reader:
        found: dict[str, Any] = json.loads(reader.json())
        return found


def _can_hold(media_type: str) -> bool:
    import c2pa

    return media_type in c2pa.Builder.get_supported_mime_types()


def _manifest(origin: Origin) -> dict[str, Any]:
    name, _, version = SOFTWARE.rpartition(" ")
    action = {
        "action": "c2pa.created",
        "digitalSourceType": source_type(origin),
        "softwareAgent": {"name": origin.system},
    }
    return {
        "claim_generator_info": [{"name": name, "version": version}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


def _summary(store: Mapping[str, Any]) -> dict[str, Any]:
    active = store["manifests"][store["active_manifest"]]
    signer = active.get("signature_info", {})
    generator: Mapping[str, Any] = next(iter(active.get("claim_generator_info", ())), {})
    types = [type_ for manifest in (active, *store["manifests"].values()) for type_ in _source_types(manifest)]
    problems = _problems(store)
    values = {
        "issuer": signer.get("issuer"),
        "signer": signer.get("common_name"),
        "generator": " ".join(filter(None, (generator.get("name"), generator.get("version")))),
        "digital_source_type": next(iter(types), None),
        "problems": problems,
    }
    summary = {"valid": not problems} | {name: value for name, value in values.items() if value}
    said = {made_by_ai(type_) for type_ in types} - {None} if not problems else set()
    # What was made of several things is made by AI if one of them is.
    return summary | ({"made_by_ai": True in said} if said else {})


def _source_types(manifest: Mapping[str, Any]) -> Iterator[str]:
    for assertion in manifest.get("assertions", ()):
        if assertion.get("label", "").startswith(_ACTIONS):
            for action in assertion["data"].get("actions", ()):
                if type_ := action.get("digitalSourceType"):
                    yield str(type_)


def _problems(store: Mapping[str, Any]) -> list[str]:
    failures = store.get("validation_results", {}).get("activeManifest", {}).get("failure", ())
    return [failure["code"] for failure in failures if failure["code"] != _UNTRUSTED][:_MAX_PROBLEMS]


def _silence() -> bytes:
    samples = bytes(1600)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    content = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(content)) + content
