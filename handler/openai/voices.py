"""Voices in OpenAI's form, and in that of servers that people run themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handler.openai import lists
from handler.voices.consents import Consent

MAX_PAGE = 1000  # voices: as many as `list_voices` gives at once, for most clients ask for one page alone

EXTRAS = ("language", "builtin", "engine", "description", "license", "duration", "preview_url")
"""What `list_voices` knows of a voice and OpenAI does not."""


def voice(ours: Mapping[str, Any]) -> dict[str, Any]:
    """One of our voices. ``consent`` is the id of the recorded consent that it was made with, if any."""
    return {
        "id": ours["name"],
        "object": "audio.voice",
        "name": ours["name"],
        "created_at": _unix(ours.get("created_at") or ours.get("last_modified")),
        "type": "audio_sample",
        **{name: ours.get(name) for name in EXTRAS},
        "tags": ours["tags"],
        "consent": (ours["consent"] or {}).get("recording"),
    }


def consent(recorded: Consent) -> dict[str, str]:
    """A recorded consent as the field of `upload`."""
    day = datetime.fromtimestamp(recorded.created_at, UTC).date()
    return {"name": recorded.name, "date": day.isoformat(), "recording": recorded.id}


def page(reply: Mapping[str, Any]) -> dict[str, Any]:
    """A reply of `list_voices` as OpenAI's list; ``voices`` is what Open WebUI and others read."""
    data = [voice(ours) for ours in reply["voices"]]
    named = [{"id": each["id"], "name": each["name"]} for each in data]
    return lists.page(data, has_more=reply["cursor"] is not None) | {"voices": named}


def _unix(iso: str | None) -> int:
    """A time of ours in Unix seconds; 0 for none, or one that somebody wrote by hand."""
    try:
        return int(datetime.fromisoformat(iso or "").timestamp())
    except ValueError:
        return 0
