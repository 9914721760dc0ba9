"""The model's files: upstream's configurations, which the package holds, name repository and commit of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from handler import models
from handler.cancellation import NEVER, Cancellation
from handler.errors import ConfigError, suggest
from handler.models import FileInfo, HubModel, Model
from handler.settings import Settings
from handler.types import BuiltinVoice

SCHEME = "hf://"
OWN_CONFIG = "config.yaml"  # of a model in POCKET_DIR that is none of the package's
OPEN = "kyutai/pocket-tts-without-voice-cloning"
VOICES_COMMIT = "a7056f505a4a8ca72d8b5fb1440071d6f1a35739"  # of OPEN: its voices belong to the weights of 4.0.1
LICENSE = "CC-BY-4.0"
UNKNOWN_LICENSE = "unknown (POCKET_DIR has a model of its own)"

KNOWN = {
    "kyutai/pocket-tts/languages/english_2026-09/model.safetensors@983151f13aaeab1b13c1e5e3c2c383d49a9edf3f": FileInfo(
        219_029_196, "fb0dc01b0d4d2e1c905b7a3e0676e3d9c96d5ae460e24e3ab94981805babf997"
    ),
    f"{OPEN}/languages/english_2026-09/model.safetensors@e7205b6ee50e654a5ea19f0e9df2b0813b05e921": FileInfo(
        219_029_196, "916ccd2686e9311cb40054893a3c4284393d658825ffc714a276f3e9b152344f"
    ),
    f"{OPEN}/languages/english_2026-09/tokenizer.json@00eac05ed3d16bdc3f6b5d598874019c34a89214": FileInfo(
        245_020, "f498428e1eafee50492f7be13dc9bfafcfc12e508cd0eb1b01c92ecd5d8c6687"
    ),
}
"""Size and checksum of files at a commit. Those of others are taken from the hub's list of the commit."""

LANGUAGES = {
    "english": "en", "french": "fr", "german": "de", "portuguese": "pt", "italian": "it", "spanish": "es",
    "dutch": "nl", "czech": "cs", "hindi": "hi", "korean": "ko", "persian": "fa", "indonesian": "id",
    "estonian": "et", "welsh": "cy", "turkish": "tr", "polish": "pl",
}  # fmt: skip
"""The language of a model, by the first word of its name. Upstream has the first seven, others are of its users."""

VOICES = {
    "alba": "CC-BY-4.0", "anna": "CC-BY-4.0", "azelma": "CC-BY-4.0", "bill_boerst": "CC0-1.0", "caro_davy": "CC0-1.0",
    "charles": "CC-BY-4.0", "daan": "CC-BY-4.0", "eponine": "CC-BY-4.0", "eve": "CC-BY-4.0", "fantine": "CC-BY-4.0",
    "george": "CC-BY-4.0", "jane": "CC-BY-4.0", "javert": "CC0-1.0", "marius": "CC0-1.0", "mary": "CC-BY-4.0",
    "michael": "CC-BY-4.0", "paul": "CC-BY-4.0", "peter_yearsley": "CC0-1.0", "stuart_bell": "CC0-1.0",
    "vera": "CC-BY-4.0",
}  # fmt: skip
"""Upstream's voices and the licences of their recordings. Those that forbid commercial use, or whose licence is not
known (`cosette`, `jean`, `estelle`, `giovanni`, `juergen`, `lola`, `rafael`), are left out."""

DEFAULT_VOICE = "alba"
DEFAULT_VOICES = {"nl": "daan"}  # of a language whose own speaker is among VOICES

LAYERS_24 = "_24l"  # the end of the names of models with 24 layers; others have 6 or fewer
# Weights in float32, a batch's keys and values, and room to compute.
MEMORY_BYTES, MEMORY_24_BYTES = 1_600_000_000, 3_200_000_000


@dataclass(frozen=True)
class ModelFiles:
    """A model's files on this disk. ``config`` is upstream's configuration, ``version`` tells weights apart."""

    config: dict[str, Any]
    weights: Path
    tokenizer: Path
    version: str
    license: str


def language(settings: Settings) -> str:
    """The language (BCP 47) of POCKET_MODEL. Raises ConfigError for a name that does not begin with one."""
    word = settings.pocket_model.partition("_")[0]
    if word not in LANGUAGES:
        message = f"POCKET_MODEL is {settings.pocket_model!r}; {suggest(word, tuple(LANGUAGES))}"
        raise ConfigError(f"{message}; a model's name begins with its language")
    return LANGUAGES[word]


def needed(settings: Settings) -> dict[str, Model]:
    """The models by purpose: none to fetch where a setting names the folder. Raises ConfigError."""
    if settings.pocket_dir:
        return {}
    weights, tokenizer = _sources(settings)
    return {
        "weights": _hub_model(weights, cloning=settings.pocket_cloning),
        "tokenizer": _hub_model(tokenizer),
        "voice": _hub_model(_voice_source(settings, default_voice(settings))),
    }


def missing(settings: Settings) -> str | None:
    """The files that a start would have to fetch; None if all are on this disk. Fetches and loads nothing."""
    chosen = needed(settings)
    lacking = [model for what, model in chosen.items() if what != "voice" and model.find(settings) is None]
    if not lacking:
        return None
    verb = "are" if len(lacking) > 1 else "is"
    names = " and ".join(model.name for model in lacking)
    return f"{names} {verb} not on this disk, a start would fetch what is missing; {lacking[0].remedy}"


def find(settings: Settings) -> ModelFiles:
    """The model's files, fetched if need be. Raises ConfigError if they cannot be had."""
    language(settings)
    config = _configuration(settings)
    if settings.pocket_dir:
        return _given(settings.pocket_dir, config)
    sources = _sources(settings)
    weights = models.fetch(settings, _hub_model(sources[0], cloning=settings.pocket_cloning))
    tokenizer = models.fetch(settings, _hub_model(sources[1]))
    (_, path, commit), (_, tokenizer_path, _) = map(_split, sources)
    return ModelFiles(config, weights / path, tokenizer / tokenizer_path, commit[:8], LICENSE)


def _given(folder: Path, config: dict[str, Any]) -> ModelFiles:
    """The files in POCKET_DIR, in which the version of the weights is that of their content."""
    tokenizer = _tokenizer_source(config).partition("@")[0].rpartition("/")[2]
    files = ModelFiles(config, folder / "model.safetensors", folder / tokenizer, "", LICENSE)
    for path in (files.weights, files.tokenizer):
        if not path.is_file():
            raise ConfigError(f"POCKET_DIR has no {path.name}; put the files of POCKET_MODEL there")
    license_ = UNKNOWN_LICENSE if (folder / OWN_CONFIG).is_file() else LICENSE
    with files.weights.open("rb") as file:
        return replace(files, version=hashlib.file_digest(file, "sha256").hexdigest()[:8], license=license_)


def voices(settings: Settings) -> Sequence[BuiltinVoice]:
    """Upstream's voices, or with POCKET_DIR those in its folder ``embeddings``. Raises ConfigError."""
    tag = language(settings)
    if folder := settings.pocket_dir:
        return [BuiltinVoice(path.stem, tag) for path in sorted((folder / "embeddings").glob("*.safetensors"))]
    found = {name: _hub_model(_voice_source(settings, name)).find(settings) is not None for name in VOICES}
    return [BuiltinVoice(name, tag, _with_weights(VOICES[name]), on_disk) for name, on_disk in found.items()]


def _with_weights(license_: str) -> str:
    """The licence of speech in a voice: that of the weights, and that of the recording where it is another."""
    return LICENSE if license_ == LICENSE else f"{LICENSE}; the recording of the voice {license_}"


def default_voice(settings: Settings) -> str:
    """The name of the voice for requests that name none; "" if the model comes without a voice."""
    if not settings.pocket_dir:
        return DEFAULT_VOICES.get(language(settings), DEFAULT_VOICE)
    names = [voice.name for voice in voices(settings)]
    return DEFAULT_VOICE if DEFAULT_VOICE in names else next(iter(names), "")


def voice_file(settings: Settings, name: str, cancellation: Cancellation = NEVER) -> Path:
    """The file of one of `voices`, fetched if need be. Raises ConfigError if the fetch fails."""
    if settings.pocket_dir:
        return settings.pocket_dir / "embeddings" / f"{name}.safetensors"
    source = _voice_source(settings, name)
    return models.fetch(settings, _hub_model(source), cancellation) / _split(source)[1]


def memory_bytes(settings: Settings) -> int:
    """Memory that a loaded model takes at work."""
    return MEMORY_24_BYTES if settings.pocket_model.endswith(LAYERS_24) else MEMORY_BYTES


def _sources(settings: Settings) -> tuple[str, str]:
    """Where the weights and the tokenizer are, as ``hf://owner/repository/path@commit``."""
    config = _configuration(settings)
    weights = "weights_path" if settings.pocket_cloning else "weights_path_without_voice_cloning"
    return str(config[weights]), _tokenizer_source(config)


def _tokenizer_source(config: dict[str, Any]) -> str:
    return str(config["flow_lm"]["lookup_table"]["tokenizer_path"])


def _voice_source(settings: Settings, name: str) -> str:
    return f"{SCHEME}{OPEN}/languages/{settings.pocket_model}/embeddings/{name}.safetensors@{VOICES_COMMIT}"


def _split(source: str) -> tuple[str, str, str]:
    """Repository, path and commit of ``hf://owner/repository/path@commit``."""
    name, _, commit = source.removeprefix(SCHEME).partition("@")
    owner, repository, path = name.split("/", 2)
    return f"{owner}/{repository}", path, commit


def _hub_model(source: str, *, cloning: bool = False) -> HubModel:
    repository, path, commit = _split(source)
    info = KNOWN.get(source.removeprefix(SCHEME))
    remedy = "let the worker reach the hub, or set POCKET_DIR to a folder with the files"
    if cloning:
        remedy = (
            f"accept the terms of the gated repository {repository} on its page and set HF_TOKEN to a token of that"
            " account, or set POCKET_CLONING=false for the open weights, which speak in voices of their own alone"
        )
    return HubModel(
        repository,
        needed=(path,),
        revision=commit,
        pinned=True,
        known=((path, info),) if info else (),
        remedy=remedy,
    )


def _configuration(settings: Settings) -> dict[str, Any]:
    """Upstream's configuration of POCKET_MODEL, or POCKET_DIR's own. Raises ConfigError."""
    import yaml

    own = settings.pocket_dir / OWN_CONFIG if settings.pocket_dir else None
    path = own if own and own.is_file() else _packaged(settings.pocket_model)
    try:
        config: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        _tokenizer_source(config)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError(f"{path.name} is no configuration of Pocket TTS; mend POCKET_DIR") from error
    return config


def _packaged(name: str) -> Path:
    """The package's own configuration of a name, found without importing it."""
    spec = find_spec("pocket_tts")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("the engine pocket needs pocket-tts, which is not installed here")
    folder = Path(next(iter(spec.submodule_search_locations)), "config")
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = tuple(sorted(file.stem for file in folder.glob("*.yaml")))
        raise ConfigError(f"POCKET_MODEL is {name!r}; {suggest(name, known)}")
    return path
