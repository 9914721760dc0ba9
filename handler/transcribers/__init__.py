"""Transcribers by name. To add one: a module with a class that implements `ports.Transcriber`, and a row here."""

from handler.ports import Entry

TRANSCRIBERS: dict[str, Entry] = {}
