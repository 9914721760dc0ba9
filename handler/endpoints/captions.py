"""captions: captions that are there already become files in other formats and styles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handler.captions import FORMATS, burn_in_command
from handler.jobs import File, Job
from handler.pipeline import caption_source, captioning, client_captions
from handler.protocols import Services
from handler.requests import CaptionsInput


def run(request: CaptionsInput, job: Job, services: Services) -> dict[str, Any]:
    """Write the captions in each format, keep the files; returns the reply without their URLs."""
    found = caption_source.read(request, job, services)
    captions, drawn = replace(found.captions, csv_safe=request.csv_safe), "ass" in request.timing_format
    files: dict[str, File] = {}
    for name in request.timing_format:
        # A style draws one cue at a time; the other formats can have several.
        shown = client_captions.drawn(captions) if name == "ass" else captions
        files |= captioning.files_of(shown, [name], job)
    if "json" not in request.timing_format:
        files["words"] = File(f"jobs/{job.id}/words.json", FORMATS["json"].write(captions), "application/json")
    job.store(files)
    style = found.asked.model_dump(exclude_none=True)
    if request.words_per_cue:
        style["words_per_cue"] = request.words_per_cue
    job.record_captions(style, [], request.speaker_colours)
    burn_in = {"ffmpeg": burn_in_command(f"{job.id}.ass", None, captions.duration)} if drawn else {}
    return {
        "job_id": job.id,
        "status": "completed",
        "duration": round(captions.duration, 3),
        "language": captions.language,
        "timing_files": {},
        "timing_format": list(request.timing_format),
        "timing_method": captions.method,
        "word_count": len(captions.words),
        "cue_count": len(captions.cues),
    } | burn_in
