"""Where packages come from: pip's settings for uv, and what uv's failures mean.

People behind a mirror have told pip so, in its configuration files or in ``PIP_`` variables, of which uv reads none.
install.py and setup_network_venv.py pass them on. This module imports only the standard library.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

UV_VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "retries": ("UV_HTTP_RETRIES", " "),
}
"""pip's setting, uv's variable for it, and what stands there between several values."""

OLDER_NAMES = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL", "ALL_PROXY": "HTTPS_PROXY"}
"""Other variables that uv reads for the same."""

SYSTEM_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
"""Where systems keep the certificates that they trust."""

FAILURES = {
    "space": r"os error (28|122)\b|no space left|quota exceeded",
    "hash": r"hash mismatch|do not match the hashes",
    "login": r"HTTP status client error \((401|403|407)|40[137] (unauthorized|forbidden|error: credentials)",
    "certificate": r"invalid peer certificate|certificate.verify.failed|self.signed certificate|UnknownIssuer",
    "network": r"error sending request|timed? ?out|connection (reset|closed|refused)|dns error|error decoding response"
    r"|request or response body|HTTP status (server error|client error \((408|429))|connection ?error"
    r"|network is disabled|failed to (fetch|establish)|retrying \(|max retries exceeded|connectivity is disabled",
    "wheel": r"no solution found|distribution not found|no matching distribution",
}
"""What the output of uv or pip says for each kind of failure; the first that matches counts."""


def failure(output: str) -> str:
    """The name in `FAILURES` of what uv or pip says it failed at, or ``""``."""
    return next((name for name, pattern in FAILURES.items() if re.search(pattern, output, re.IGNORECASE)), "")


def redacted(text: str) -> str:
    """The text without the user names and passwords of its URLs."""
    return re.sub(r"(?<=://)[^/\s@]+@", "***@", text)


def pip_settings(
    environ: Mapping[str, str], prefix: str = sys.prefix, system: Sequence[Path] = (Path("/etc/pip.conf"),)
) -> dict[str, str]:
    """What pip's configuration files and variables say of the index, by pip's own names (``index-url``).

    A later file wins over an earlier one, ``[install]`` over ``[global]``, a variable over all files, as in pip.
    """
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for path in _configuration_files(environ, prefix, system):
        # Not interpolated: a percent sign in a password is one.
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, "utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip says what is wrong with it
        for section, values in found.items():
            if parser.has_section(section):
                values.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    variables = {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_") and value
    }
    merged = {**found["global"], **found["install"], **variables}
    if "default-timeout" in merged:
        merged.setdefault("timeout", merged["default-timeout"])
    # pip asks these for its certificates, too.
    if bundle := environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE"):
        merged.setdefault("cert", bundle)
    return {name: value for name, value in merged.items() if name in {*UV_VARIABLES, "no-index"} and value}


def _configuration_files(environ: Mapping[str, str], prefix: str, system: Sequence[Path]) -> list[Path]:
    """pip's configuration files, the weakest first."""
    chosen = environ.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return []
    files = [Path(folder, "pip", "pip.conf") for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    files += system
    home = environ.get("HOME")
    if home and not Path(chosen or "/").is_file():
        files.append(Path(home, ".pip", "pip.conf"))
        files.append(Path(environ.get("XDG_CONFIG_HOME") or Path(home, ".config"), "pip", "pip.conf"))
    return [*files, Path(prefix, "pip.conf"), *([Path(chosen)] if chosen else [])]


def uv_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with pip's settings under the names that uv reads; what is set for uv itself wins."""
    result = dict(environ)
    settings = pip_settings(environ)
    for name, (variable, between) in UV_VARIABLES.items():
        if name in settings and not (result.get(variable) or result.get(OLDER_NAMES.get(variable, ""))):
            values = [os.path.expanduser(value) for value in settings[name].split()]  # noqa: PTH111 - URLs stay as they are
            result[variable] = between.join(values)
    # As pip: a company's own certificate is among the system's.
    if any(map(os.path.exists, SYSTEM_CERTIFICATES)):
        result.setdefault("UV_SYSTEM_CERTS", "1")
    # As pip: the file that fits, from whichever index has it. The lock's hashes say which file that may be.
    if "extra-index-url" in settings:
        result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return result


def uv_flags(environ: Mapping[str, str]) -> list[str]:
    """What pip's settings mean for ``uv pip install`` and has no variable there."""
    return ["--no-index"] if pip_settings(environ).get("no-index", "").lower() in {"1", "true", "yes", "on"} else []


def pip_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` for pip with its settings of the index and no others: a ``user`` or ``target`` would mislead it."""
    settings = {f"PIP_{name.upper().replace('-', '_')}": value for name, value in pip_settings(environ).items()}
    kept = {name: value for name, value in environ.items() if not name.startswith("PIP_") or "CACHE" in name}
    return {**kept, **settings, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
