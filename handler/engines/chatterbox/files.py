"""The model's files on the hub: repository, commit and content of each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from handler import models
from handler.models import FileInfo, HubModel, Model
from handler.settings import Settings
from handler.types import BuiltinVoice

CODECS = {"original": "s3gen.safetensors", "multilingual": "s3gen.pt", "turbo": "s3gen_meanflow.safetensors"}
"""The file of each variant's codec, which is all that voice conversion needs."""

BUILTIN = "default"
"""The name of the voice that comes with the weights, in conds.pt."""

WORKING_BYTES = 2_000_000_000  # for the keys and values of 40 s, and the codec's attention

_VE = FileInfo(5_695_784, "f0921cab452fa278bc25cd23ffd59d36f816d7dc5181dd1bef9751a7fb61f63c")
_CONDS = FileInfo(107_374, "6552d70568833628ba019c6b03459e77fe71ca197d5c560cef9411bee9d87f4e")

FILES: dict[str, tuple[str, str, dict[str, FileInfo]]] = {
    "original": (
        "ResembleAI/chatterbox",
        "5bb1f6ee58e50c3b8d408bc82a6d3740c2db6e18",
        {
            "t3_cfg.safetensors": FileInfo(
                2_129_653_744, "914cb1696f47527fe8852ca8f1fe1fa63cb34f76f9c715e84e067b744dd0da81"
            ),
            "s3gen.safetensors": FileInfo(
                1_056_484_620, "2b78103c654207393955e4900aac14a12de8ef25f4b09424f1ef91941f161d4e"
            ),
            "ve.safetensors": _VE,
            "tokenizer.json": FileInfo(25_470, "d71e3a44eabb1784df9a68e9f95b251ecbf1a7af6a9f50835856b2ca9d8c14a5"),
            "conds.pt": _CONDS,
        },
    ),
    # Later commits have another tokenizer under this name, for the weights v3.
    "multilingual": (
        "ResembleAI/chatterbox",
        "05e904af2b5c7f8e482687a9d7336c5c824467d9",
        {
            "t3_mtl23ls_v2.safetensors": FileInfo(
                2_143_989_752, "b1237586127ce98e7800a68e49938eb5092846862aabcb6e17b2fda7889a6c75"
            ),
            "s3gen.pt": FileInfo(1_057_165_844, "9b9ff07e60b20c136e2b1b3d7563a24604e8d2c4c267888d1ee929dd0151d2a3"),
            "ve.pt": FileInfo(5_698_626, "4b16d836bc598509860f6fa068165a8bb5e9ac84f05582dfcf278a5a372879f1"),
            "grapheme_mtl_merged_expanded_v1.json": FileInfo(
                70_011, "df81a7ca7c31796cbe97f7a7142d5a53b12e88e12417ebe98f66602cafaf0461"
            ),
            "Cangjie5_TC.json": FileInfo(1_920_163, "7073fd9de919443ae88e0bd2449917a65fe54898a4413ed1edcc4b67f28bce8c"),
            "conds.pt": _CONDS,
        },
    ),
    "turbo": (
        "ResembleAI/chatterbox-turbo",
        "749d1c1a46eb10492095d68fbcf55691ccf137cd",
        {
            "t3_turbo_v1.safetensors": FileInfo(
                1_915_480_052, "fcf1f8c1d651bb7e3acd69ee5be269b4ac10c02980b7708213d598bc9f7cdf87"
            ),
            "s3gen_meanflow.safetensors": FileInfo(
                1_064_875_036, "d65cb687a2ed581ee6cc297e919ffefa63386944f42364ae13b78a594945514f"
            ),
            "ve.safetensors": _VE,
            "vocab.json": FileInfo(999_186, "f6bd25a65e4e63ca31360e9fb11c7e4f9a391a78385d640acd814092dd6eee4f"),
            "merges.txt": FileInfo(456_318, "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5"),
            "added_tokens.json": FileInfo(418, "72e4ab6acb0d9309ac3df4b526ae5fd80a2da5bc5ab7bb02d85096a374f69193"),
            "special_tokens_map.json": FileInfo(
                470, "92ba8063bf40aa163eadebbfe0de07c2aebe44cf0d4a9e8726580b0781fd2640"
            ),
            "tokenizer_config.json": FileInfo(3878, "bca16a2ac1ddbd78b8d6228f0031884cc74b6ea54b967d6f6d2ebae9ccde23e6"),
            "conds.pt": FileInfo(169_454, "b1852099306fd6a7814eb9d0bd10186caba7249596cc23868f78a0eefbfa5033"),
        },
    ),
}
"""By variant: repository, commit and files."""


def model(variant: str) -> HubModel:
    """The files of a variant."""
    repository, commit, known = FILES[variant]
    return HubModel(
        repository,
        needed=tuple(known),
        revision=commit,
        pinned=True,
        known=tuple(known.items()),
        remedy="let the worker reach the hub, or set CHATTERBOX_DIR to a folder with the files",
    )


def codec_model(variant: str) -> HubModel:
    """The file of a variant's codec alone."""
    name = CODECS[variant]
    return replace(model(variant), needed=(name,), known=((name, FILES[variant][2][name]),))


def needed(settings: Settings) -> dict[str, Model]:
    """The models by purpose: none to fetch where a setting names the folder."""
    return {} if settings.chatterbox_dir else {"weights": model(settings.chatterbox_model)}


def needed_to_convert(settings: Settings) -> dict[str, Model]:
    """As `needed`, of the voice converter."""
    return {} if settings.chatterbox_dir else {"voice conversion": codec_model(settings.chatterbox_model)}


def missing(settings: Settings) -> str | None:
    """The files that a start would have to fetch; None if all are on this disk. Fetches and loads nothing."""
    return _missing(settings, model(settings.chatterbox_model))


def missing_to_convert(settings: Settings) -> str | None:
    """As `missing`, of the voice converter."""
    return _missing(settings, codec_model(settings.chatterbox_model))


def folder(settings: Settings) -> Path:
    """The folder of all files, fetched if need be. Raises ConfigError if the fetch fails."""
    return _folder(settings, model(settings.chatterbox_model))


def codec_folder(settings: Settings) -> Path:
    """The folder of the codec's file, fetched if need be. Raises ConfigError if the fetch fails."""
    return _folder(settings, codec_model(settings.chatterbox_model))


def version(settings: Settings) -> str:
    """A name for the weights: what was computed by others is not used with them."""
    variant = settings.chatterbox_model
    if settings.chatterbox_dir is None:
        return f"{variant}-{FILES[variant][1][:8]}"
    facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in settings.chatterbox_dir.glob("*")]
    return f"{variant}-{hashlib.sha256(repr(sorted(facts)).encode()).hexdigest()[:8]}"


def voices(settings: Settings) -> tuple[BuiltinVoice, ...]:
    """The voice that comes with the weights. Loads and fetches nothing."""
    language = None if settings.chatterbox_model == "multilingual" else "en"
    return (BuiltinVoice(BUILTIN, language, "MIT", on_disk=missing(settings) is None),)


def memory_bytes(settings: Settings) -> int:
    """Memory for the weights, as large as their files, and to work with."""
    return model(settings.chatterbox_model).size + WORKING_BYTES


def _missing(settings: Settings, wanted: HubModel) -> str | None:
    if settings.chatterbox_dir:
        lacking = [name for name in wanted.needed if not (settings.chatterbox_dir / name).is_file()]
        return f"CHATTERBOX_DIR has no {', no '.join(lacking)}; add what is missing" if lacking else None
    if wanted.find(settings):
        return None
    return f"{wanted.name} is not on this disk, a start would fetch it"


def _folder(settings: Settings, wanted: HubModel) -> Path:
    return settings.chatterbox_dir or models.fetch(settings, wanted)
