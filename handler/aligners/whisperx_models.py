"""Find whisperX's models: put into a folder by hand, on this disk already, or fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from handler import models
from handler.cancellation import NEVER, Cancellation
from handler.errors import AlignmentError
from handler.models import FileInfo, HubModel, Model, WebFile
from handler.settings import Settings
from handler.text.languages.tags import primary_language

# In MODELS_DIR: torchaudio's files, and a folder for each language (``align/sw``) with a model of the user's.
FOLDER = "align"

# The torchaudio model of whisperX for a language. A test compares both tables with whisperX's.
BUNDLES = {
    "en": "wav2vec2_fairseq_base_ls960_asr_ls960.pth",
    "fr": "wav2vec2_voxpopuli_base_10k_asr_fr.pt",
    "de": "wav2vec2_voxpopuli_base_10k_asr_de.pt",
    "es": "wav2vec2_voxpopuli_base_10k_asr_es.pt",
    "it": "wav2vec2_voxpopuli_base_10k_asr_it.pt",
}
BUNDLE_ADDRESS = "https://download.pytorch.org/torchaudio/models/"
# Known content of torchaudio's files; for the others, the first download counts.
PINNED = {BUNDLES["en"]: FileInfo(377_664_473, "488fd4f16de84438ffc945334278c1b9fb9b7159a806c1080b16111a958c945d")}
# The Hugging Face model of whisperX for a language.
REPOSITORIES = {
    "ar": "jonatasgrosman/wav2vec2-large-xlsr-53-arabic", "ca": "softcatala/wav2vec2-large-xlsr-catala",
    "cs": "comodoro/wav2vec2-xls-r-300m-cs-250", "da": "saattrupdan/wav2vec2-xls-r-300m-ftspeech",
    "el": "jonatasgrosman/wav2vec2-large-xlsr-53-greek", "eu": "stefan-it/wav2vec2-large-xlsr-53-basque",
    "fa": "jonatasgrosman/wav2vec2-large-xlsr-53-persian", "fi": "jonatasgrosman/wav2vec2-large-xlsr-53-finnish",
    "gl": "ifrz/wav2vec2-large-xlsr-galician", "he": "imvladikon/wav2vec2-xls-r-300m-hebrew",
    "hi": "theainerd/Wav2Vec2-large-xlsr-hindi", "hr": "classla/wav2vec2-xls-r-parlaspeech-hr",
    "hu": "jonatasgrosman/wav2vec2-large-xlsr-53-hungarian", "id": "cahya/wav2vec2-large-xlsr-indonesian",
    "ja": "jonatasgrosman/wav2vec2-large-xlsr-53-japanese", "ka": "xsway/wav2vec2-large-xlsr-georgian",
    "ko": "kresnik/wav2vec2-large-xlsr-korean", "lv": "jimregan/wav2vec2-large-xlsr-latvian-cv",
    "ml": "gvs/wav2vec2-large-xlsr-malayalam", "nl": "jonatasgrosman/wav2vec2-large-xlsr-53-dutch",
    "nn": "NbAiLab/nb-wav2vec2-1b-nynorsk", "no": "NbAiLab/nb-wav2vec2-1b-bokmaal-v2",
    "pl": "jonatasgrosman/wav2vec2-large-xlsr-53-polish", "pt": "jonatasgrosman/wav2vec2-large-xlsr-53-portuguese",
    "ro": "gigant/romanian-wav2vec2", "ru": "jonatasgrosman/wav2vec2-large-xlsr-53-russian",
    "sk": "comodoro/wav2vec2-xls-r-300m-sk-cv8", "sl": "anton-l/wav2vec2-large-xlsr-53-slovenian",
    "sv": "KBLab/wav2vec2-large-voxrex-swedish", "te": "anuragshas/wav2vec2-large-xlsr-53-telugu",
    "tl": "Khalsuu/filipino-wav2vec2-l-xls-r-300m-official", "tr": "mpoyraz/wav2vec2-xls-r-300m-cv7-turkish",
    "uk": "Yehor/wav2vec2-xls-r-300m-uk-with-small-lm", "ur": "kingabzpro/wav2vec2-large-xls-r-300m-Urdu",
    "vi": "nguyenvulebinh/wav2vec2-base-vi-vlsp2020", "zh": "jonatasgrosman/wav2vec2-large-xlsr-53-chinese-zh-cn",
}  # fmt: skip

# The model of WHISPERX_MODEL, for languages without one in the tables, by its name in torchaudio.
MMS_FA = "MMS_FA"
MMS_FA_ADDRESS = "https://dl.fbaipublicfiles.com/mms/torchaudio/ctc_alignment_mling_uroman/model.pt"
MMS_FA_LICENCE = "CC-BY-NC-4.0"
_SUBSTITUTES = {"yue": "zh"}  # languages without a model of their own that another language's model can align

_SMALL = ("preprocessor_config.json", "tokenizer_config.json", "special_tokens_map.json")
# Many repositories also have the weights in a second format, and a language model.
_REQUIRED = ("config.json", "vocab.json", "model*.safetensors*|pytorch_model*.bin*")
_REMEDY = "let the worker reach the hub, put the model into MODELS_DIR, or use another timing_method"


@dataclass(frozen=True)
class ModelSource:
    """A model on this disk: a folder in the format of transformers, or the folder of a torchaudio file.

    ``mms_fa`` is whether the file is that of MMS-FA, which reads all languages in Latin letters.
    """

    path: Path
    bundle: bool = False
    mms_fa: bool = False


def language_of(tag: str) -> str:
    """The tables' key for a language tag: ``no`` for ``nb-NO``."""
    primary = primary_language(tag)
    return _SUBSTITUTES.get(primary, primary)


def known(settings: Settings, language: str) -> bool:
    """Whether there is a model for a language, on this disk or on the hub."""
    return _has_its_own(settings, language) or _reads_mms_fa(settings, language)


def key(settings: Settings, language: str) -> str:
    """The name under which the model for a language is kept in memory: languages share MMS-FA."""
    return MMS_FA if _reads_mms_fa(settings, language) else language


def on_disk(settings: Settings, language: str) -> ModelSource | None:
    """The model for a language if it is on this disk; one that the user put there comes first."""
    if by_hand := _by_hand(settings, language):
        return by_hand
    model = _model(settings, language)
    found = model.find(settings) if model else None
    return _source(found) if found else None


def find(settings: Settings, language: str, cancellation: Cancellation = NEVER) -> ModelSource:
    """Find the model for a language, and fetch it if it is not on this disk.

    Raises AlignmentError for a language without one, ConfigError if it cannot be fetched.
    """
    if found := on_disk(settings, language):
        return found
    model = _model(settings, language)
    if model is None:
        remedy = f"put one into MODELS_DIR as {FOLDER}/{language}, or use another timing_method"
        raise AlignmentError(f"language: whisperx has no model for {language}; {remedy}")
    return _source(models.fetch(settings, model, cancellation))


def missing(settings: Settings) -> str | None:
    """Say which models for LANGUAGES are not on this disk; None if all are. Fetches and loads nothing."""
    absent = [f"{model.name} for {tag}" for tag, model in needed(settings).items() if on_disk(settings, tag) is None]
    return f"{' and '.join(absent)} not on this disk, the first job that needs it would fetch it" if absent else None


def at_hand(settings: Settings) -> tuple[str, ...]:
    """The LANGUAGES whose models are on this disk."""
    return tuple(language for language in _languages(settings) if on_disk(settings, language))


def needed(settings: Settings) -> dict[str, Model]:
    """The models for LANGUAGES by language; one that the user put there comes first."""
    languages = _languages(settings)
    found = {
        language: _hand(language) if _by_hand(settings, language) else _model(settings, language)
        for language in languages
    }
    return {language: model for language, model in found.items() if model}


def _languages(settings: Settings) -> list[str]:
    return list(dict.fromkeys(map(language_of, settings.languages)))


def _has_its_own(settings: Settings, language: str) -> bool:
    return language in BUNDLES or language in REPOSITORIES or _by_hand(settings, language) is not None


def _reads_mms_fa(settings: Settings, language: str) -> bool:
    """Whether a language is left to MMS-FA: any language's code, as uroman reads every script."""
    chosen = settings.whisperx_model == MMS_FA and re.fullmatch("[a-z]{2,3}", language) is not None
    return chosen and not _has_its_own(settings, language)


def _model(settings: Settings, language: str) -> HubModel | WebFile | None:
    """The model of whisperX, or MMS-FA."""
    if name := BUNDLES.get(language):
        return WebFile(BUNDLE_ADDRESS + name, FOLDER, "pytorch.org", PINNED.get(name, FileInfo()), _REMEDY)
    if repository := REPOSITORIES.get(language):
        return HubModel(repository, _REQUIRED, _SMALL, remedy=_REMEDY)
    if _reads_mms_fa(settings, language):
        folder = f"{FOLDER}/{MMS_FA.lower()}"
        return WebFile(MMS_FA_ADDRESS, folder, "fbaipublicfiles.com", remedy=_REMEDY, title="MMS-FA")
    return None


def _hand(language: str) -> HubModel:
    name = REPOSITORIES.get(language, language)
    return HubModel(name, _REQUIRED, _SMALL, by_hand=f"{FOLDER}/{language}", remedy=_REMEDY)


def _by_hand(settings: Settings, language: str) -> ModelSource | None:
    folder = settings.models_dir / FOLDER / language
    # A client sends the language, which must not lead out of the folder.
    return ModelSource(folder) if language.isalpha() and _hand(language).is_complete(folder) else None


def _source(found: Path) -> ModelSource:
    if found.is_dir():
        return ModelSource(found)
    return ModelSource(found.parent, bundle=True, mms_fa=found.parent.name == MMS_FA.lower())
