"""Headers of answers that are no JSON of ours: the job's warnings, and the name of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

ANSWER_HEADERS = ("X-Job-Id", "X-Sample-Rate", "X-Warnings", "X-Ignored-Fields", "X-Alternative-Formats")
"""What an answer with audio says beside it, for pages of other origins, too."""

MAX_WARNINGS_CHARS = 4000  # proxies take headers of 8 kB in all


def warnings_header(warnings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """``X-Warnings``: a reply's ``warnings`` as JSON, without the last ones if it would be too long; none for none.

    It is ASCII without controls: a message may quote a client's words.
    """
    shown = list(warnings)
    while shown and len(_ascii(shown)) > MAX_WARNINGS_CHARS:
        shown.pop()
    return {"X-Warnings": _ascii(shown)} if shown else {}


def attachment(filename: str) -> dict[str, str]:
    """``Content-Disposition``: browsers save the answer under this name, which is ours and plain."""
    return {"Content-Disposition": f'attachment; filename="{filename}"'}


def _ascii(warnings: Sequence[Mapping[str, str]]) -> str:
    return json.dumps(warnings).replace("\x7f", "\\u007f")
