"""Caption files by format: ``FORMATS["srt"].write(captions)``. To add a format, see `base`."""

from handler.captions.formats.ass import write_ass
from handler.captions.formats.base import Captions, Format
from handler.captions.formats.csv import write_csv
from handler.captions.formats.json import write_json
from handler.captions.formats.remotion import write_remotion
from handler.captions.formats.srt import write_srt
from handler.captions.formats.textgrid import write_textgrid
from handler.captions.formats.vtt import write_vtt

# By the name that a request gives in ``timing_format``, in the order in which ``all`` makes them.
FORMATS: dict[str, Format] = {
    "srt": Format("application/x-subrip", write_srt),
    "vtt": Format("text/vtt", write_vtt),
    "csv": Format("text/csv", write_csv),
    "json": Format("application/json", write_json),
    "ass": Format("text/x-ssa", write_ass),
    "remotion": Format("application/json", write_remotion, "remotion.json"),
    "textgrid": Format("text/plain", write_textgrid, "TextGrid"),
}

__all__ = ["FORMATS", "Captions", "Format"]
