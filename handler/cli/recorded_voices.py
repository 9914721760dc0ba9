"""A recording in place of a voice: a voice is made of it, and found again by the next command."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

from handler.cli import inputs, outputs
from handler.cli.exits import UsageError
from handler.cli.terminal import Terminal
from handler.cli.workers import Worker

MAX_STEM_CHARS = 40
DIGEST_CHARS = 12
CLONING = "--engine takes one that does: f5, pocket, chatterbox or qwen3 (in a clone, `make worker`)"


def engine_of(options: argparse.Namespace) -> str | None:
    """The engine that ``--engine`` names, else the one in the name of ``--voice``."""
    if options.engine or not options.voice or ":" not in options.voice or inputs.file_of(options.voice):
        return str(options.engine) if options.engine else None
    return str(options.voice.partition(":")[0])


def voice_of(worker: Worker, options: argparse.Namespace, terminal: Terminal) -> dict[str, str]:
    """The field of a request for ``--voice``: a voice, or a recording with ``--voice-text``, of which one is made."""
    if not options.voice:
        return {}
    recording = inputs.file_of(options.voice)
    if recording is None:
        return {"voice": options.voice}
    _check_cloning(worker, dict(options.option).get("engine") or options.engine, recording)
    text = inputs.text_of(options.voice_text) if options.voice_text else None
    return {"voice": voice_of_recording(worker, recording, text, options.language, terminal)}


def _check_cloning(worker: Worker, engine: str | None, recording: Path) -> None:
    """Raise UsageError where the engine that will speak cannot do it in the voice of a recording."""
    speaks, cloning = engine or worker.default_engine, worker.cloning_engines
    if cloning is None or speaks in cloning:
        return
    way_out = f"give --engine {' or '.join(cloning)}" if cloning else CLONING
    raise UsageError(f"--voice {recording}: {speaks} does not clone; {way_out}")


def voice_of_recording(
    worker: Worker, recording: Path, text: str | None, language: str | None, terminal: Terminal
) -> str:
    """The name of the voice of a recording that says ``text`` (None: it is written down).

    The name comes from the recording's content and its text: the voice is made once.
    """
    name = name_of(recording, text)
    found = worker.run({"endpoint": "list_voices", "prefix": name})["voices"]
    if any(voice["name"] == name for voice in found):
        return name
    terminal.note(f"making a voice of {recording}: {name}")
    add(worker, name, recording, {"ref_text": text, "language": language}, terminal)
    return name


def add(worker: Worker, name: str, recording: Path, fields: dict[str, Any], terminal: Terminal) -> dict[str, Any]:
    """Make a voice of a recording; ``fields`` are those of `upload`, None for those left out. Returns its reply."""
    given = {key: value for key, value in fields.items() if value is not None}
    with terminal.progress() as on_progress, worker.linked(recording) as link:
        reply = worker.run({"endpoint": "upload", "voice_name": name, "voice_file_url": link, **given}, on_progress)
    for warning in reply.get("warnings") or ():
        terminal.note(f"warning: {warning['message']}")
    return dict(reply)


def name_of(recording: Path, text: str | None) -> str:
    """A voice's name that two recordings, or two texts of one, do not share."""
    with recording.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(b"\0" + (text or "").strip().encode())
    stem = outputs.stem_of(recording.stem, "voice")[:MAX_STEM_CHARS].encode("ascii", "ignore").decode().strip("-")
    return f"{stem or 'voice'}-{digest.hexdigest()[:DIGEST_CHARS]}"
