"""Find the model's files: named by a setting, on this disk already, or fetched from the hub."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from handler import models
from handler.errors import ConfigError
from handler.models import RUNPOD_CACHE, FileInfo, GivenFile, HubModel, Model
from handler.settings import Settings

SCHEME = "hf://"

OFFICIAL = {
    "F5TTS_v1_Base": "hf://SWivid/F5-TTS/F5TTS_v1_Base/model_1250000.safetensors",
    "F5TTS_Base": "hf://SWivid/F5-TTS/F5TTS_Base/model_1200000.safetensors",
}
VOCODER = "charactr/vocos-mel-24khz"

# Commit and content of official weights: a change of the repository cannot change the model that is loaded.
PINNED = {
    "SWivid/F5-TTS/F5TTS_v1_Base/model_1250000.safetensors": (
        "84e5a410d9cead4de2f847e7c9369a6440bdfaca",
        FileInfo(1_348_435_761, "670900fd14e6c458b95da6e9ed317cdb20dbaf7a1c02ac06a05475a9d32b6a38"),
    )
}
VOCODER_COMMIT = "0feb3fdd929bcd6649e0e7c5a688cf7dd012ef21"
VOCODER_FILES = (
    ("config.yaml", FileInfo(461, "da9033922f969a47f0c160010226919e59f27761fd5066f3828d46de6650b0fc")),
    ("pytorch_model.bin", FileInfo(54_365_991, "97ec976ad1fd67a33ab2682d29c0ac7df85234fae875aefcc5fb215681a91b2a")),
)

LICENSES = {  # by repository on the hub, from upstream's list of shared models (1.1.22)
    "SWivid/F5-TTS": "CC-BY-NC-4.0",
    "mrfakename/OpenF5-TTS-Base": "Apache-2.0",
    "silma-ai/silma-tts": "Apache-2.0",
    "SPRINGLab/F5-Hindi-24KHz": "CC-BY-4.0",
    "AsmoKoskinen/F5-TTS_Finnish_Model": "CC-BY-NC-4.0",
    "RASPIAUDIO/F5-French-MixedSpeakers-reduced": "CC-BY-NC-4.0",
    "hvoss-techfak/F5-TTS-German": "CC-BY-NC-4.0",
    "alien79/F5-TTS-italian": "CC-BY-NC-4.0",
    "Jmica/F5TTS": "CC-BY-NC-4.0",
    "hotstone228/F5-TTS-Russian": "CC-BY-NC-4.0",
}
UNKNOWN_LICENSE = "unknown (set F5_MODEL_LICENSE)"


@dataclass(frozen=True)
class ModelFile:
    """A file of the model. ``role`` names it in errors: its setting, or the repository it came from."""

    path: Path
    role: str
    remedy: str

    def error(self, problem: str, remedy: str | None = None) -> ConfigError:
        """A ConfigError that names the role, the file's base name, the problem and the remedy."""
        return ConfigError(f"{self.role}: {self.path.name} {problem}; {remedy or self.remedy}")


@dataclass(frozen=True)
class ModelFiles:
    """All files that a model is loaded from, and its licence."""

    config: ModelFile
    checkpoint: ModelFile
    vocab: ModelFile
    vocoder_config: ModelFile
    vocoder: ModelFile
    license: str


def missing(settings: Settings) -> str | None:
    """The files that a start would have to fetch; None if all are on this disk. Fetches and loads nothing."""
    try:
        find_files(settings, may_fetch=False)
    except ConfigError as error:
        return error.message
    return None


def needed(settings: Settings) -> dict[str, Model]:
    """The models by purpose. Raises ConfigError if a setting names none."""
    found: dict[str, Model] = {"weights": _model(_weights(settings), "F5_CKPT_FILE")}
    if settings.f5_vocab_file:
        found["vocabulary"] = _model(settings.f5_vocab_file, "F5_VOCAB_FILE")
    if settings.f5_vocoder_dir is None:
        return found | {"vocoder": _vocoder()}
    for name, _ in VOCODER_FILES:
        found[f"vocoder, {name}"] = GivenFile(settings.f5_vocoder_dir / name, "F5_VOCODER_DIR")
    return found


def find_files(settings: Settings, runpod_cache: Path = RUNPOD_CACHE, *, may_fetch: bool = True) -> ModelFiles:
    """All files, fetched if need be. Raises ConfigError, which names the wrong setting or the file that is missing."""
    config = _config(settings)
    finder = _Finder(settings, runpod_cache, may_fetch)
    wanted = _weights(settings)
    checkpoint = finder.file(wanted, "F5_CKPT_FILE")
    return ModelFiles(
        config=config,
        checkpoint=checkpoint,
        vocab=_vocab(settings, finder),
        vocoder_config=finder.vocoder("config.yaml"),
        vocoder=finder.vocoder("pytorch_model.bin"),
        license=settings.f5_model_license or _license(wanted, checkpoint.path),
    )


def _weights(settings: Settings) -> str:
    if wanted := settings.f5_ckpt_file or OFFICIAL.get(settings.f5_model):
        return wanted
    known = ", ".join(OFFICIAL)
    raise ConfigError(f"F5_CKPT_FILE is not set, and F5_MODEL has official weights only for {known}; set it")


def _config(settings: Settings) -> ModelFile:
    # Not at the top: this import loads torch, and `needed` must work without it.
    from handler.engines.f5.upstream_modules import package_file

    if "/" in settings.f5_model or settings.f5_model.endswith((".yaml", ".yml")):
        return _given(settings.f5_model, "F5_MODEL")
    folder = package_file("f5_tts", "configs")
    path = folder / f"{settings.f5_model}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("F5*.yaml")))
        raise ConfigError(f"F5_MODEL is {settings.f5_model!r}; known are {known}, or give the path of a YAML file")
    return ModelFile(path, "F5_MODEL", "install f5-tts again")


def _vocab(settings: Settings, finder: _Finder) -> ModelFile:
    from handler.engines.f5.upstream_modules import package_file

    if settings.f5_vocab_file:
        return finder.file(settings.f5_vocab_file, "F5_VOCAB_FILE")
    remedy = "set F5_VOCAB_FILE to the vocab.txt that belongs to the weights"
    return ModelFile(package_file("f5_tts", "infer", "examples", "vocab.txt"), "F5_VOCAB_FILE", remedy)


def _given(wanted: str, setting: str) -> ModelFile:
    path = Path(wanted)
    if not path.is_file():
        raise ConfigError(f"{setting}: there is no file {path.name}; mend the setting, or leave it out")
    return ModelFile(path, setting, "replace it with a complete file")


def _model(wanted: str, setting: str) -> GivenFile | HubModel:
    """A path, or ``hf://owner/repo/path``, as a model of one file."""
    if not wanted.startswith(SCHEME):
        return GivenFile(Path(wanted), setting)
    owner, _, rest = wanted.removeprefix(SCHEME).partition("/")
    repo, _, name = rest.partition("/")
    if not (owner and repo and name):
        raise ConfigError(f"{setting}: {wanted!r} must be a path, or hf://owner/repo/file")
    commit, info = PINNED.get(wanted.removeprefix(SCHEME), ("", None))
    return HubModel(
        f"{owner}/{repo}",
        needed=(name,),
        revision=commit,
        known=((name, info),) if info else (),
        remedy=f"let the worker reach the hub, or set {setting} to files on disk",
    )


def _vocoder() -> HubModel:
    return HubModel(
        VOCODER,
        needed=tuple(name for name, _ in VOCODER_FILES),
        revision=VOCODER_COMMIT,
        known=VOCODER_FILES,
        remedy="let the worker reach the hub, or set F5_VOCODER_DIR to files on disk",
    )


@dataclass(frozen=True)
class _Finder:
    """Finds files; fetches missing ones if it may."""

    settings: Settings
    runpod_cache: Path
    may_fetch: bool

    def file(self, wanted: str, setting: str) -> ModelFile:
        model = _model(wanted, setting)
        return _given(wanted, setting) if isinstance(model, GivenFile) else self._in_cache(model, model.needed[0])

    def vocoder(self, name: str) -> ModelFile:
        if self.settings.f5_vocoder_dir:
            return _given(str(self.settings.f5_vocoder_dir / name), "F5_VOCODER_DIR")
        return self._in_cache(_vocoder(), name)

    def _in_cache(self, model: HubModel, name: str) -> ModelFile:
        model = replace(model, caches=(self.runpod_cache, self.settings.hub_cache))
        folder = model.find(self.settings)
        if folder is None and not self.may_fetch:
            raise ConfigError(f"{model.name} is not on this disk, a start would fetch it")
        folder = folder or models.fetch(self.settings, model)
        return ModelFile(folder / name, model.repository, "run `python -m handler models pull f5`, which mends it")


def _license(wanted: str, path: Path) -> str:
    if wanted.startswith(SCHEME):
        repository = "/".join(wanted.removeprefix(SCHEME).split("/")[:2])
    else:
        folder = next((part for part in path.parts if part.startswith("models--")), "")
        repository = folder.removeprefix("models--").replace("--", "/")
    return LICENSES.get(repository, UNKNOWN_LICENSE)
