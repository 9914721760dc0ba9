"""Where the model's files are: named by a setting, on the worker's disk already, or fetched from the hub once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handler.engines.f5.imports import package_file
from handler.errors import ConfigError
from handler.settings import Settings

logger = logging.getLogger(__name__)

RUNPOD_CACHE = Path("/runpod-volume/huggingface-cache/hub")
"""Where RunPod puts an endpoint's cached model, in the hub's own layout."""

SCHEME = "hf://"

OFFICIAL = {
    "F5TTS_v1_Base": "hf://SWivid/F5-TTS/F5TTS_v1_Base/model_1250000.safetensors",
    "F5TTS_Base": "hf://SWivid/F5-TTS/F5TTS_Base/model_1200000.safetensors",
}
VOCODER = "hf://charactr/vocos-mel-24khz/"

LICENSES = {
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
"""Licences of weights by their repository on the hub, as upstream's list of shared models gives them (1.1.22)."""
UNKNOWN_LICENSE = "unknown (set F5_MODEL_LICENSE)"


@dataclass(frozen=True)
class ModelFile:
    """A file of the model, and what to call it when it is no good: its setting, or the repository it came from."""

    path: Path
    role: str
    remedy: str

    def error(self, problem: str, remedy: str | None = None) -> ConfigError:
        """ConfigError that names the role and the file's base name, what is wrong, and what to do."""
        return ConfigError(f"{self.role}: {self.path.name} {problem}; {remedy or self.remedy}")


@dataclass(frozen=True)
class ModelFiles:
    """Everything that a model is loaded from."""

    config: ModelFile
    checkpoint: ModelFile
    vocab: ModelFile
    vocoder_config: ModelFile
    vocoder: ModelFile
    license: str


def missing(settings: Settings) -> str | None:
    """What a start would lack or have to fetch, None if every file is on this disk. Fetches and loads nothing."""
    try:
        find_files(settings, may_fetch=False)
    except ConfigError as error:
        return error.message
    return None


def find_files(settings: Settings, runpod_cache: Path = RUNPOD_CACHE, *, may_fetch: bool = True) -> ModelFiles:
    """Every file, fetched where it has to be. ConfigError names the setting that is wrong, or what is out of reach."""
    config = _config(settings)
    wanted = settings.f5_ckpt_file or OFFICIAL.get(settings.f5_model)
    if wanted is None:
        known = ", ".join(OFFICIAL)
        raise ConfigError(f"F5_CKPT_FILE is not set, and F5_MODEL has official weights only for {known}; set it")
    hub = _Hub(settings, runpod_cache, may_fetch)
    checkpoint = hub.find(wanted, "F5_CKPT_FILE")
    return ModelFiles(
        config=config,
        checkpoint=checkpoint,
        vocab=_vocab(settings, hub),
        vocoder_config=_of_vocoder(settings, hub, "config.yaml"),
        vocoder=_of_vocoder(settings, hub, "pytorch_model.bin"),
        license=settings.f5_model_license or _license(wanted, checkpoint.path),
    )


def _config(settings: Settings) -> ModelFile:
    if "/" in settings.f5_model or settings.f5_model.endswith((".yaml", ".yml")):
        return _given(settings.f5_model, "F5_MODEL")
    folder = package_file("f5_tts", "configs")
    path = folder / f"{settings.f5_model}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("F5*.yaml")))
        raise ConfigError(f"F5_MODEL is {settings.f5_model!r}; known are {known}, or give the path of a YAML file")
    return ModelFile(path, "F5_MODEL", "install f5-tts again")


def _vocab(settings: Settings, hub: _Hub) -> ModelFile:
    if settings.f5_vocab_file:
        return hub.find(settings.f5_vocab_file, "F5_VOCAB_FILE")
    remedy = "set F5_VOCAB_FILE to the vocab.txt that belongs to the weights"
    return ModelFile(package_file("f5_tts", "infer", "examples", "vocab.txt"), "F5_VOCAB_FILE", remedy)


def _of_vocoder(settings: Settings, hub: _Hub, name: str) -> ModelFile:
    if settings.f5_vocoder_dir:
        return _given(str(settings.f5_vocoder_dir / name), "F5_VOCODER_DIR")
    return hub.find(VOCODER + name, "F5_VOCODER_DIR")


def _given(wanted: str, setting: str) -> ModelFile:
    path = Path(wanted)
    if not path.is_file():
        raise ConfigError(f"{setting}: there is no file {path.name}; mend the setting, or leave it out")
    return ModelFile(path, setting, "put a whole file in its place")


def _license(wanted: str, path: Path) -> str:
    parts = path.parts if not wanted.startswith(SCHEME) else ()
    repositories = [part.removeprefix("models--").replace("--", "/") for part in parts if part.startswith("models--")]
    repository = "/".join(wanted.removeprefix(SCHEME).split("/")[:2]) if not repositories else repositories[0]
    return LICENSES.get(repository, UNKNOWN_LICENSE)


class _Hub:
    """The Hugging Face hub: folders in its layout that may hold a file already, and itself as the last resort."""

    def __init__(self, settings: Settings, runpod_cache: Path, may_fetch: bool) -> None:
        self._may_fetch = may_fetch
        self._own = settings.hub_cache
        self._folders = (runpod_cache, self._own)

    def find(self, wanted: str, setting: str) -> ModelFile:
        """A path, or ``hf://owner/repo/path``, as a file on this disk."""
        if not wanted.startswith(SCHEME):
            return _given(wanted, setting)
        owner, _, rest = wanted.removeprefix(SCHEME).partition("/")
        repo, _, name = rest.partition("/")
        if not (owner and repo and name):
            raise ConfigError(f"{setting}: {wanted!r} must be a path, or hf://owner/repo/file")
        repository = f"{owner}/{repo}"
        for folder in self._folders:
            if found := next(_snapshots(folder, repository, name), None):
                return ModelFile(found, repository, "delete it from the cache of models, and start again")
        if not self._may_fetch:
            raise ConfigError(f"{Path(name).name} of {repository} is not on this disk, a start would fetch it")
        return ModelFile(
            self._fetch(repository, name, setting), repository, "delete it from the cache of models, and start again"
        )

    def _fetch(self, repository: str, name: str, setting: str) -> Path:
        from huggingface_hub import hf_hub_download

        # It warns of every retry, in a format of its own; what matters is raised in the end.
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        logger.info("fetching %s of %s", Path(name).name, repository)
        try:
            self._own.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the folder for models cannot be made ({error.strerror}); set MODELS_DIR, or HF_HOME, to one that can"
            ) from error
        try:
            # Into the one cache that is looked into first at the next start: never a second copy elsewhere.
            return Path(hf_hub_download(repository, name, cache_dir=self._own))
        except (OSError, ValueError) as error:  # what the hub's client raises for no network, no file, no such name
            logger.warning("%s of %s could not be fetched", Path(name).name, repository, exc_info=True)
            raise ConfigError(
                f"{setting} is not local, and {Path(name).name} of {repository} could not be fetched from the Hugging"
                f" Face hub ({type(error).__name__}); let the worker reach the hub, or set {setting} to files on disk"
            ) from error


def _snapshots(folder: Path, repository: str, name: str) -> Iterator[Path]:
    """The file in each snapshot that a folder of the hub's layout has, the main branch's first."""
    model = folder / f"models--{repository.replace('/', '--')}"
    main = model / "refs" / "main"
    first = [main.read_text("ascii").strip()] if main.is_file() else []
    others = sorted(path.name for path in (model / "snapshots").glob("*"))
    for commit in dict.fromkeys([*first, *others]):
        path = model / "snapshots" / commit / name
        if path.is_file():
            yield path
