"""delete_voice: a voice of the bucket is removed."""

from __future__ import annotations

from typing import Any

from handler import voice_registry as registry
from handler.job_input import DeleteVoiceInput
from handler.jobs import Job
from handler.ports import Tools


def run(request: DeleteVoiceInput, _: Job, tools: Tools) -> dict[str, Any]:
    """Remove a voice with all that belongs to it. NotFound names the voices that may have been meant."""
    registry.delete(tools.store, request.voice_name)
    return {"status": "deleted", "voice_name": request.voice_name}
