"""Transcribers by name. To add one: a module with a class that implements `ports.Transcriber`, and a row here."""

from handler.protocols import Entry

TRANSCRIBERS: dict[str, Entry] = {
    "faster_whisper": Entry(
        "handler.transcribers.faster_whisper:FasterWhisper",
        needs=("faster_whisper",),
        models="handler.transcribers.whisper_models:needed",
    ),
}
