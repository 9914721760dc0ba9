"""list_voices: the voices of the bucket, a page at a time."""

from __future__ import annotations

from typing import Any

from handler import voice_registry as registry
from handler import voices
from handler.job_input import ListVoicesInput
from handler.jobs import Job
from handler.ports import Tools


def run(request: ListVoicesInput, _: Job, tools: Tools) -> dict[str, Any]:
    """One page of voices; ``cursor`` asks for the next, null at the end."""
    page = registry.listing(tools.store, request.prefix, request.limit, request.cursor)
    return {
        "status": "success",
        "voices": [
            voices.described(name, record, tools) | {"size": wav.size, "last_modified": registry.iso(wav.modified)}
            for name, wav, record in page.voices
        ],
        "count": len(page.voices),
        "cursor": page.cursor,
    }
