"""Find, check and repair Google credentials, without Google's libraries or the network."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from handler.errors import ConfigError
from handler.settings import Settings

SERVICE_ACCOUNT, AUTHORIZED_USER = "service_account", "authorized_user"
# The accepted types of credentials, with their required fields.
REQUIRED = {
    SERVICE_ACCOUNT: ("type", "project_id", "private_key", "client_email"),
    AUTHORIZED_USER: ("type", "client_id", "client_secret", "refresh_token"),
}
# The same in every key of Google's public cloud, so a copied key may lack it.
TOKEN_URI = "https://oauth2.googleapis.com/token"
# In the home folder: the file of ``gcloud auth application-default login``.
WELL_KNOWN = Path(".config/gcloud/application_default_credentials.json")
# Starts with "Google" on a machine of Google's cloud, whose metadata server has credentials.
PRODUCT_NAME = Path("/sys/class/dmi/id/product_name")

_JSON, _PATH = "GOOGLE_CREDENTIALS_JSON", "GOOGLE_APPLICATION_CREDENTIALS"
_PRIVATE_KEY = re.compile(r"(?s)\s*-----BEGIN (?:RSA )?PRIVATE KEY-----\n.+\n-----END (?:RSA )?PRIVATE KEY-----\s*")


def missing(settings: Settings) -> str | None:
    """Say what is wrong with the credentials; None if nothing is."""
    try:
        find(settings)
    except ConfigError as error:
        return error.message
    return None


def find(settings: Settings) -> dict[str, Any] | None:
    """Return the fields of Google's credentials file, or None for the account of a machine in Google's cloud.

    The first that exists counts: GOOGLE_CREDENTIALS_JSON, GOOGLE_APPLICATION_CREDENTIALS, gcloud's own file, the
    machine's account. Raises ConfigError with the setting's name and its fault.
    """
    if settings.google_credentials_json is not None:
        return _checked(_pasted(settings.google_credentials_json.get_secret_value()), _JSON)
    if settings.google_application_credentials is not None:
        return _checked(_read(settings.google_application_credentials), _PATH)
    well_known = _home() / WELL_KNOWN
    if os.access(well_known, os.R_OK):
        return _checked(_read(well_known), "gcloud's application default credentials")
    if PRODUCT_NAME.is_file() and PRODUCT_NAME.read_text("utf-8", "replace").startswith("Google"):
        return None
    raise ConfigError(f"there are no Google credentials; set {_JSON} to the content of a service account's key file")


def _home() -> Path:
    """The user's home folder, or a folder that is not there: a container's user may have none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def _pasted(text: str) -> str:
    """Strip what environment files leave around the JSON: blanks, quotes, a byte order mark."""
    bare = text.strip("\ufeff'\" \t\r\n")
    if not bare.startswith("{") and (bare.endswith(".json") or re.match(r"[~./\\]|[A-Za-z]:[\\/]", bare)):
        remedy = f"put the whole content of that file there, or the path into {_PATH}"
        raise ConfigError(f"{_JSON} holds a path, not JSON; {remedy}")
    return bare


def _read(path: Path) -> str:
    if str(path).lstrip("'\" ").startswith("{"):
        raise ConfigError(f"{_PATH} holds JSON, not a path; put it into {_JSON}")
    try:
        return Path(str(path).strip()).expanduser().read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        # Without the cause: its message contains the path.
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else "the file cannot be read"
        raise ConfigError(f"{_PATH}: {reason}; correct the path, or put the file's content into {_JSON}") from None


def _checked(text: str, source: str) -> dict[str, Any]:
    try:
        # Not strict: the key's escaped line breaks may have become real ones.
        fields = json.loads(text, strict=False)
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigError(f"{source} is not whole JSON{where}; copy the key file again, from {{ to }}") from None
    if not isinstance(fields, dict):
        raise ConfigError(f"{source} is not a JSON object; copy the key file again, from {{ to }}")
    kind = fields.get("type") or SERVICE_ACCOUNT
    if kind not in REQUIRED:
        raise ConfigError(f"{source}: its type is none of {', '.join(REQUIRED)}; make a JSON key of a service account")
    if lacking := [name for name in REQUIRED[kind] if not (isinstance(fields.get(name), str) and fields[name].strip())]:
        raise ConfigError(f"{source} lacks {', '.join(lacking)}; make a new JSON key of the service account")
    if kind != SERVICE_ACCOUNT:
        return fields
    key = fields["private_key"].replace("\\r", "").replace("\\n", "\n").replace("\r", "")
    if not _PRIVATE_KEY.fullmatch(key):
        raise ConfigError(f"{source}: its private_key is not a whole key (PEM); copy the key file again")
    return {"token_uri": TOKEN_URI} | fields | {"private_key": key}
