"""list_voices: the voices of the bucket, a page at a time."""

from __future__ import annotations

from typing import Any

from handler.jobs import Job
from handler.protocols import Services
from handler.requests import ListVoicesInput
from handler.voices import library, registry


def run(request: ListVoicesInput, _: Job, services: Services) -> dict[str, Any]:
    """One page of voices; ``cursor`` asks for the next, null at the end."""
    page = registry.listing(services.store, request.prefix, request.limit, request.cursor)
    return {
        "status": "success",
        "voices": [
            library.described(name, record, services) | {"size": wav.size, "last_modified": registry.iso(wav.modified)}
            for name, wav, record in page.voices
        ],
        "count": len(page.voices),
        "cursor": page.cursor,
    }
