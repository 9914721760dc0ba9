"""What must never stand in a log: text of clients, the queries of links, secrets. `found` looks for it in each line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from pydantic import SecretStr

from handler.settings import Settings, named_keys

RUN = 4
"""Words of a script in a row that are no chance: log messages have words of their own."""

QUERIES = re.compile(
    r"X-Amz-(?:Signature|Credential|Security-Token)|[?&](?:signature|sig|token|expires|key|AWSAccessKeyId)=",
    re.IGNORECASE,
)
"""What a signed link carries, of a bucket or of the worker's own store."""

_WORD = re.compile(r"\w+")


def found(log: str, *, texts: Iterable[str] = (), marks: Iterable[str] = (), secrets: Iterable[str] = ()) -> list[str]:
    """What stands in a log of the worker and must not, each with the line that has it; empty for a clean log.

    ``texts`` are scripts, transcripts and captions: `RUN` of their words in a row must not be there. ``marks`` are
    single strings, such as an unusual word or the name of an uploaded file. ``secrets`` are the values of `secrets_of`.
    Signed links are always looked for.
    """
    runs = {run for text in texts for run in _runs(text)}
    exact = [("a mark", mark.casefold()) for mark in marks] + [("a secret", secret.casefold()) for secret in secrets]
    leaks = []
    for line in log.splitlines():
        told = _decoded(line)
        folded = told.casefold()
        what = [f"{kind} {value!r}" for kind, value in exact if value in folded]
        what += ["a signed link"] if QUERIES.search(told) else []
        what += [f"a text {' '.join(run)!r}" for run in runs & {*_runs(told)}]
        leaks += [f"{each} in: {line[:500]}" for each in what]
    return leaks


def secrets_of(settings: Settings) -> list[str]:
    """The values of a worker's settings that nobody may read: keys, tokens, and passwords inside URLs."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    secrets += named_keys(settings.api_keys).values()
    passwords = [urlsplit(value).password for value in values if isinstance(value, str) and "://" in value]
    return [secret for secret in (*secrets, *passwords) if secret]


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    """Every `RUN` words in a row."""
    words = _WORD.findall(text.casefold())
    return zip(*(words[at:] for at in range(RUN)), strict=False)


def _decoded(line: str) -> str:
    """A line's strings as they were before they became JSON; a line that is no JSON, as it is."""
    try:
        value = json.loads(line)
    except ValueError:
        return line
    return "\n".join(_strings(value))


def _strings(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    else:
        yield str(value)
