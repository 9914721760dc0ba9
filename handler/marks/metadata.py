"""The mark `metadata`: IPTC's digital source type, the software and the model, in the tags of a file."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import Any

from handler.marks.source_types import made_by_ai, source_type
from handler.media import tags
from handler.media.tags import Tags
from handler.protocols import Origin
from handler.settings import Settings
from handler.telemetry import SOFTWARE

_SYSTEM, _LICENSE, _SOURCE_TYPE = "AISystemUsed", "ModelLicense", "DigitalSourceType"
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:model="urn:runpod-tts-captions:model"{properties}/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
_PROPERTIES = {
    "CreatorTool": "xmp:CreatorTool",
    _SOURCE_TYPE: "Iptc4xmpExt:DigitalSourceType",
    _SYSTEM: "Iptc4xmpExt:AISystemUsed",
    _LICENSE: "model:ModelLicense",
}
_MP4 = {"video/mp4", "audio/mp4"}
_MAX_VALUE_CHARS = 500  # of another program's tag, in a reply


class Metadata:
    """Writes the mark into WAV, MP3, FLAC, Ogg, M4A and MP4, and reads it, whoever wrote it."""

    name = "metadata"

    def __init__(self, settings: Settings) -> None:
        del settings

    def mark(self, body: bytes, media_type: str, origin: Origin) -> bytes | None:
        """As `FileMark.mark`. Neither time nor place is written: the same speech gives the same file."""
        del media_type
        try:
            return tags.write(body, self.tags(origin))
        except ValueError:
            return None

    def mark_file(self, path: Path, media_type: str, origin: Origin) -> bool:
        """As `FileMark.mark_file`, for MP4: the mark is written behind the rest, whatever its size."""
        if media_type not in _MP4:
            return False
        tags.append(path, self.tags(origin))
        return True

    def tags(self, origin: Origin) -> Tags:
        """As `TagMark.tags`."""
        fields = {_SOURCE_TYPE: source_type(origin), _SYSTEM: origin.system, _LICENSE: origin.model_license or ""}
        fields = {name: value for name, value in fields.items() if value}
        values = {"CreatorTool": SOFTWARE} | fields
        properties = "".join(f' {_PROPERTIES[name]}="{escape(value)}"' for name, value in values.items())
        return Tags(SOFTWARE, fields, _XMP.format(properties=properties).encode())

    def read(self, path: Path) -> dict[str, Any] | None:
        """``digital_source_type``, ``software``, ``system`` and ``model_license``, each where the file says it."""
        found = tags.read(path)
        xmp = found.xmp.decode("utf-8", "replace")
        # Of the two, XMP is the one that no container shortens or splits.
        values = {
            "digital_source_type": _property(xmp, _SOURCE_TYPE) or found.get(_SOURCE_TYPE),
            "software": _property(xmp, "CreatorTool") or found.software,
            "system": _property(xmp, _SYSTEM) or found.get(_SYSTEM),
            "model_license": _property(xmp, _LICENSE) or found.get(_LICENSE),
        }
        if not values["digital_source_type"]:
            return None
        said = made_by_ai(values["digital_source_type"])
        shown = {name: value[:_MAX_VALUE_CHARS] for name, value in values.items() if value}
        return shown if said is None else shown | {"made_by_ai": said}


def _property(xmp: str, name: str) -> str:
    """The value of an XMP property, as an attribute, an element or a resource; empty if there is none.

    A pattern, not a parser of XML: packets come from clients, and a parser can be made to work without end.
    """
    found = re.search(rf'[:\s<]{name}(?:="([^"<]*)"|>\s*([^<]*)<|\s+rdf:resource="([^"<]*)")', xmp)
    return unescape(next(filter(None, found.groups()), "")).strip() if found else ""
