"""The model's files on the hub: repository, commit and content of each."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from handler import models
from handler.backends import memory
from handler.models import FileInfo, HubModel, Model
from handler.settings import Settings

# The same in all repositories.
SHARED = {
    "generation_config.json": FileInfo(245, "f1b90b4513f3b34c62851049e2492d7b4c5940daf1276f89c82b8ef04127f3aa"),
    "vocab.json": FileInfo(2_776_833, "ca10d7e9fb3ed18575dd1e277a2579c16d108e32f27439684afa0e10b1440910"),
    "merges.txt": FileInfo(1_671_839, "599bab54075088774b1733fde865d5bd747cbcc7a547c5bc12610e874e26f5e3"),
    "tokenizer_config.json": FileInfo(7344, "dc3c31c3bdaedd5016382bb3cbe07323026775ad51f5a4fb564505992ae4a670"),
    "speech_tokenizer/model.safetensors": FileInfo(
        682_293_092, "836b7b357f5ea43e889936a3709af68dfe3751881acefe4ecf0dbd30ba571258"
    ),
    "speech_tokenizer/config.json": FileInfo(2336, "ee65bb901c876664ab8707c487157aa1a6ee57c65969b28fb5ec9dc211e68167"),
    "speech_tokenizer/preprocessor_config.json": FileInfo(
        234, "fcb3805e597e786d4067706e602f6688524640f8d3396790e2e09b5942fcbdfb"
    ),
}
# Keys and values of two batches of eight rows, 0.11 MB for each of some 700 positions, the decoder and torch itself.
WORKING_BYTES = 3_000_000_000


class Weights(NamedTuple):
    """Where a model's weights are, and the files that are its own."""

    repository: str
    commit: str
    model: FileInfo
    config: FileInfo


WEIGHTS = {
    "base-1.7b": Weights(
        "Qwen/Qwen3-TTS-12Hz-1.7B-Base",
        "fd4b254389122332181a7c3db7f27e918eec64e3",
        FileInfo(3_857_413_744, "38fc7fc51c5e776e840414b6fd443962e9411b9654888fd7913e4da643cb857c"),
        FileInfo(4494, "b4f01752d15a488abde3e1ab44723ae4f4b9e68a4037257b098b3737893cc1f9"),
    ),
    "base-0.6b": Weights(
        "Qwen/Qwen3-TTS-12Hz-0.6B-Base",
        "5d83992436eae1d760afd27aff78a71d676296fc",
        FileInfo(1_829_344_272, "180b3b10eb1c9f1b4db7806d5475bae3071c0243c299d49926bab1da3b6946f6"),
        FileInfo(4494, "2e714c787c8edb98b05432685cddb634add2de4d4e645f653d68251ef72ba011"),
    ),
    "custom-voice-1.7b": Weights(
        "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice",
        "0c0e3051f131929182e2c023b9537f8b1c68adfe",
        FileInfo(3_833_402_552, "38b1d5971bdbd982b561cccec982669a53b0537c3cf5e9bd4778ed07bb2f5137"),
        FileInfo(4908, "17a07f527a1c25ea30b4e023a184482a23d3e279d697b1dc81b1bde498d29cf9"),
    ),
    "custom-voice-0.6b": Weights(
        "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
        "85e237c12c027371202489a0ec509ded67b5e4b5",
        FileInfo(1_811_626_576, "bc3c7e785eb961179c25450d1acff03f839e0002f2f3a5aeb67b5735c0fa2adb"),
        FileInfo(4908, "81aca2b6fac304944d8acf345272d8a9a727d5fc2e2e66b222ab4729340c7455"),
    ),
    "voice-design-1.7b": Weights(
        "Qwen/Qwen3-TTS-12Hz-1.7B-VoiceDesign",
        "5ecdb67327fd37bb2e042aab12ff7391903235d3",
        FileInfo(3_833_402_552, "391e8db219f292c515297cdceeb43e4eae67cdde35fa57e79a6a8a532fca0522"),
        FileInfo(4421, "aecd2cc4c1fe9edef1cb7ca7c401685a43879ad43f3f9e883f1c6760b61731e0"),
    ),
}


def model(name: str) -> HubModel:
    """The files of a model by its name in WEIGHTS."""
    weights = WEIGHTS[name]
    known = {"model.safetensors": weights.model, "config.json": weights.config, **SHARED}
    return HubModel(
        weights.repository,
        needed=tuple(known),
        revision=weights.commit,
        known=tuple(known.items()),
        remedy="let the worker reach the hub, or set QWEN3_DIR to a folder with the files",
    )


def needed(settings: Settings) -> dict[str, Model]:
    """The models by purpose: none to fetch where a setting names the folder."""
    return {} if settings.qwen3_dir else {"weights": model(settings.qwen3_model)}


def missing(settings: Settings) -> str | None:
    """The files that a start would have to fetch; None if all are on this disk. Fetches and loads nothing."""
    wanted = model(settings.qwen3_model)
    if settings.qwen3_dir or wanted.find(settings):
        return None
    return f"{wanted.name} is not on this disk, a start would fetch it"


def memory_bytes(settings: Settings) -> int:
    """An estimate: the weights, which are twice as large in the float32 of a CPU, and WORKING_BYTES."""
    weights = WEIGHTS[settings.qwen3_model].model.size * (1 if memory.has_gpu() else 2)
    return weights + SHARED["speech_tokenizer/model.safetensors"].size + WORKING_BYTES


def folder(settings: Settings) -> Path:
    """The folder of all files, fetched if need be. Raises ConfigError if the fetch fails."""
    return settings.qwen3_dir or models.fetch(settings, model(settings.qwen3_model))
