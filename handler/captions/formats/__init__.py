"""Caption files by format: ``FORMATS["srt"].write(captions)``."""

from handler.captions.formats.ass import write_ass
from handler.captions.formats.base import Captions, Format
from handler.captions.formats.csv_json import write_csv, write_json
from handler.captions.formats.timed_text import write_srt, write_vtt

FORMATS: dict[str, Format] = {
    "srt": Format("srt", "application/x-subrip", write_srt),
    "vtt": Format("vtt", "text/vtt", write_vtt),
    "csv": Format("csv", "text/csv", write_csv),
    "json": Format("json", "application/json", write_json),
    "ass": Format("ass", "text/x-ssa", write_ass),
}

__all__ = ["FORMATS", "Captions", "Format"]
