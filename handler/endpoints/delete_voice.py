"""delete_voice: a voice of the bucket is removed."""

from __future__ import annotations

from typing import Any

from handler.jobs import Job
from handler.protocols import Services
from handler.requests import DeleteVoiceInput
from handler.voices import registry


def run(request: DeleteVoiceInput, job: Job, _: Services) -> dict[str, Any]:
    """Remove a voice with all that belongs to it. NotFound names the voices that may have been meant."""
    job.write_together(lambda store: registry.delete(store, request.voice_name))
    return {"status": "deleted", "voice_name": request.voice_name}
