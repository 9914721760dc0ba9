"""Voices put into a store as an upload leaves them, without what an upload costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handler.protocols import Store
from handler.voices import registry
from handler.voices.registry import Record
from tests.support.human_clip import HUMAN_TEXT
from tests.support.voice_recordings import human


def put(store: Store, name: str, **fields: Any) -> Record:
    """A voice of the human clip; ``fields`` are those of its record that differ."""
    wav = human()
    made = Record(
        name=name,
        sha256=registry.digest(wav),
        size=len(wav),
        etag="",
        prepared=registry.digest(wav),
        duration=5.3,
        text=HUMAN_TEXT,
        language="en",
        created_at="2026-11-28T12:00:00Z",
    )
    return registry.publish(store, replace(made, **fields), wav, wav, overwrite=True)


def put_by_hand(store: Store, name: str, wav: bytes) -> None:
    """Only a wav, as somebody with the bucket's keys puts it there."""
    store.put(f"{registry.FOLDER}{name}.wav", wav, registry.WAV)
