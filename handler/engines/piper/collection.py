"""Voices of the public collection of Piper whose licence is known and permissive: where each is, and its content."""

from __future__ import annotations

from dataclasses import dataclass

from handler.engines.piper.licenses import LESSAC
from handler.models import FileInfo, HubModel

REPOSITORY = "rhasspy/piper-voices"
COMMIT = "c10ece1aade47bb51c153c893d14e5bf8e5b7117"


@dataclass(frozen=True)
class HubVoice:
    """A voice of the collection: the licence by its card, its model and its description."""

    license: str
    model: FileInfo
    config: FileInfo


# The first voice of a language is its default.
VOICES = {
    "en_US-kristin-medium": HubVoice(
        "public domain (LibriVox)",
        FileInfo(63_531_379, "5849957f929cbf720c258f8458692d6103fff2f0e3d3b19c8259474bb06a18d4"),
        FileInfo(4968, "5681426d4aead22195de70531eeeeddb46493cfaffc5764b2ea3db73428b651c"),
    ),
    "en_GB-cori-medium": HubVoice(
        "public domain (LibriVox)",
        FileInfo(63_531_379, "1899f98e5fb8310154f3c2973f4b8a929ba7245e722b3d3a85680b833d95f10d"),
        FileInfo(4966, "e262c16d7f192f69d4edd6b4ef8a5915379e67495fcc402f1ab15eeb33da3d36"),
    ),
    "cs_CZ-jirka-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "cbd5c900acacc8e8cbecd64347abb8de39c00a9d3104bed06fee92e4f319efc8"),
        FileInfo(5025, "fb38b1799b7354808227c065efa97b1ffa2b0cde59505babb56a36d35af9c637"),
    ),
    "da_DK-talesyntese-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "b9271efd25f7b8494bbd28d48dd675c8c119daa284f3ee488008935f515f1241"),
        FileInfo(4878, "89fe13bd251406cc0088570d103ea7ac35823211d8466faf913268ab8506f41b"),
    ),
    "de_DE-thorsten-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "7e64762d8e5118bb578f2eea6207e1a35a8e0c30595010b666f983fc87bb7819"),
        FileInfo(4819, "974adee790533adb273a1ac88f49027d2a1b8f0f2cf4905954a4791e79264e85"),
    ),
    "es_ES-davefx-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "6658b03b1a6c316ee4c265a9896abc1393353c2d9e1bca7d66c2c442e222a917"),
        FileInfo(4817, "0e0dda87c732f6f38771ff274a6380d9252f327dca77aa2963d5fbdf9ec54842"),
    ),
    "fi_FI-harri-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "a44167faa34caed940e4fcad139fcc35922266b2593bcebe77701774c0fb2389"),
        FileInfo(4873, "3f9c9f76f74adf1fbe7279e41eea17d6610757e45effd6808bbea6be74b8916d"),
    ),
    "fr_FR-siwis-medium": HubVoice(
        f"CC BY 4.0 (SIWIS, University of Edinburgh); {LESSAC}",
        FileInfo(63_201_294, "641d1ab097da2b81128c076810edb052b385decc8be3381814802a64a73baf99"),
        FileInfo(4875, "39479916c2db192b5ac9764daddd0c744d83e023ad890c6976c0633ae4df8959"),
    ),
    "hu_HU-anna-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "968c0c3a66cb667811242cc88653bff9247395fc7a0517fbeef7d8c08cdae62a"),
        FileInfo(5018, "ccf967d8db8018c9d8ffdb0edc8814ffcb6b75273bb0d84337317240f710283a"),
    ),
    "nl_NL-mls-medium": HubVoice(
        "CC BY 4.0 (Multilingual LibriSpeech)",
        FileInfo(76_584_246, "88312e0fbf505b87caf2373d94c1384892e86b1bf2ee482cf65dc8ba179cc7d3"),
        FileInfo(5856, "6ddb215d38f1392ab935ad45441b82ada1eeae0452a2d6849ed71ea4f2e0aa63"),
    ),
    "pl_PL-darkman-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "db505438a5364e8e2e0242c4324130a873ed660dfbe8d9689cef428ffb1b645f"),
        FileInfo(4816, "70f999f11fa8ad13d3ef779041ee93c9f38be5abdbacdfad42449712fe91c81b"),
    ),
    "pt_BR-faber-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "858555e3a064209c57088fe6bd70c4c3dc54d03eaa00c45d5ecaf43a33f95aa7"),
        FileInfo(4855, "7e694de195ae3fc36dd732c445eb04fb49b649854893cb5506b978f0d50a1d6f"),
    ),
    "ro_RO-mihai-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "e0608bbbd53c80267c09ece681b09f5199f54e792356684c8073738e5f15d29f"),
        FileInfo(4877, "8cc0c9f077dc0cec3c25a6a055ec8046db8e40a2510591582f2c9c869f4bc47e"),
    ),
    "ru_RU-denis-medium": HubVoice(
        f"CC0; {LESSAC}",
        FileInfo(63_201_294, "15fab56e11a097858ee115545d0f697fc2a316c41a291a5362349fb870411b0a"),
        FileInfo(4823, "831c860dac0b5073eaa81610a0a638ec23d90a6cf8e5f871b4485c2cec3767c8"),
    ),
    "sv_SE-nst-medium": HubVoice(
        "CC0 (NST)",
        FileInfo(63_104_526, "df011f56825a59dd1efc080c38a65a1ef70407e60f63050e9246f43a3d7e471e"),
        FileInfo(4157, "d45dd74cbb4eca58694bf04a97e243044092476f28a55ae26424f0653086980a"),
    ),
    "uk_UA-ukrainian_tts-medium": HubVoice(
        "CC0",
        FileInfo(76_735_663, "7920419ac5f6fd8b6450520f24b52ed5a319cb53dd018fbcd71c9e079cbac84f"),
        FileInfo(2002, "4e96e72917ca9b94edc77d6ccfee03a73f450ba2fc1ca93c2e562bc014e5aa55"),
    ),
}


def hub_model(name: str) -> HubModel:
    """The files of a voice by its name in VOICES."""
    voice, path = VOICES[name], model_path(name)
    return HubModel(
        REPOSITORY,
        needed=(path, f"{path}.json"),
        revision=COMMIT,
        known=((path, voice.model), (f"{path}.json", voice.config)),
        remedy=f"let the worker reach the hub, or put the voice's files into the folder piper/{name} of MODELS_DIR",
    )


def model_path(name: str) -> str:
    """Where a voice's model is in the collection: ``de/de_DE/thorsten/medium/de_DE-thorsten-medium.onnx``."""
    locale, dataset, quality = name.split("-")
    return f"{locale.partition('_')[0]}/{locale}/{dataset}/{quality}/{name}.onnx"
