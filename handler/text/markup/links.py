"""Tell the address of a link from the pronunciation in ``[shown](spoken)``."""

from __future__ import annotations

import re

from handler.text.characters import word_set
from handler.text.phonemes import is_meant_as_ipa

_PICTURES = "png jpg jpeg gif svg webp avif bmp tiff heic ico"
_FILES = word_set(
    f"{_PICTURES} pdf md html htm php aspx txt csv json xml yaml yml zip gz mp3 mp4 m4a wav ogg flac mov webm doc docx "
    "xls xlsx ppt pptx epub py js ts css ipynb"
)
_DOMAINS = word_set(
    "com org net edu gov int info biz dev app io ai co me tv gg ly xyz site online blog shop store cloud news "
    "tech page uk de fr es it nl pl se no dk fi at ch be eu us ca au nz jp cn kr in br mx ru ua tr pt gr cz hu ro "
    "il sa ae za ie sg rs hk tw th vn id my ph ar cl pe"
)
_SCHEME = re.compile(
    r"[a-z][a-z0-9+.\-]{1,20}://|(?:mailto|tel|sms|data|javascript|file|sandbox|urn|attachment):|www\.", re.I
)
_RELATIVE = re.compile(r"#|\?|\.{0,2}/")
_NAME = re.compile(r"[^\s/?#:@]+\.([A-Za-z]{2,12})(?::\d{1,5})?([/?#]\S*)?")
_MAIL = re.compile(r"[^\s@]+@[^\s@.]+\.[^\s@]+")
_TITLE = re.compile(r"""(?<!\s)\s++(?:"[^"]*"|'[^']*'|\([^()]*\))$""")
_PICTURE_NAME = re.compile(rf"\S*\.(?:{'|'.join(_PICTURES.split())})|(?:img|dsc|screenshot)[-_ ]?\d*", re.I)


def is_link(target: str) -> bool:
    """Whether the round part of ``[text](target)`` is the address of a link, with or without a title."""
    target = _TITLE.sub("", target.strip())
    if target.startswith("<") and target.endswith(">"):
        return True
    if is_meant_as_ipa(target):
        return False
    if _SCHEME.match(target) or _MAIL.fullmatch(target):
        return True
    if any(map(str.isspace, target)):
        return False
    if _RELATIVE.match(target):
        return True
    found = _NAME.fullmatch(target)
    return found is not None and (bool(found[2]) or found[1].lower() in _FILES | _DOMAINS)


def is_file_name(text: str) -> bool:
    """Whether the text of a picture is empty or only names its file."""
    return not text.strip() or bool(_PICTURE_NAME.fullmatch(text.strip()))
