"""Speaker models by name. To add one: a class that implements `protocols.SpeakerModel`, and a row here."""

from collections.abc import Mapping

from handler.backends import Backend
from handler.models import Model
from handler.protocols import SpeakerModel
from handler.settings import Settings


def _wavlm(settings: Settings) -> SpeakerModel:
    from handler.speakers.wavlm import WavLM

    return WavLM(settings)


def _wavlm_models(settings: Settings) -> Mapping[str, Model]:
    from handler.speakers import wavlm

    return wavlm.needed(settings)


SPEAKERS = {"wavlm": Backend(_wavlm, requires=("torch", "transformers"), models=_wavlm_models)}
