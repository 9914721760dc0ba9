"""Marks of AI by name. To add one: a class that implements `protocols.SoundMark` or `FileMark`, and a row here.

Files are marked in this order: a signature comes last, for it signs the rest.
"""

from handler.backends import Backend
from handler.protocols import Mark
from handler.settings import Settings


def _metadata(settings: Settings) -> Mark:
    from handler.marks.metadata import Metadata

    return Metadata(settings)


def _watermark(settings: Settings) -> Mark:
    from handler.marks.watermark import Watermark

    return Watermark(settings)


def _c2pa(settings: Settings) -> Mark:
    from handler.marks.content_credentials import ContentCredentials

    return ContentCredentials(settings)


_SET_UP = "add it to AI_MARK, so that the set-up installs it, or run `make worker` in a clone"

MARKS = {
    "metadata": Backend(_metadata),
    "watermark": Backend(_watermark, requires=("perth", "torch", "torchaudio", "librosa"), remedy=_SET_UP),
    "c2pa": Backend(_c2pa, requires=("c2pa", "cryptography"), remedy=_SET_UP),
}
