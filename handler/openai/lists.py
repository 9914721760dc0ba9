"""Lists in OpenAI's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def page(data: Sequence[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """A page of objects that have an ``id``; ``last_id`` is what the next page comes after."""
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": has_more}
