"""list_voices: the engines' own voices and those of the bucket, a page at a time."""

from __future__ import annotations

from typing import Any

from handler.jobs import Job
from handler.protocols import Services
from handler.requests import ListVoicesInput
from handler.voices import builtin, descriptions, registry


def run(request: ListVoicesInput, _: Job, services: Services) -> dict[str, Any]:
    """One page of voices; ``cursor`` asks for the next, null at the end.

    The engines' own are on the first page, before those of the bucket, and ``limit`` does not count them.
    """
    page = registry.listing(services.store, request.prefix, request.limit, request.cursor)
    own = [] if request.cursor else [descriptions.builtin(*each) for each in builtin.on_disk(request.prefix, services)]
    voices = own + [descriptions.listed(name, wav, record, services) for name, wav, record in page.voices]
    return {"status": "success", "voices": voices, "count": len(voices), "cursor": page.cursor}
