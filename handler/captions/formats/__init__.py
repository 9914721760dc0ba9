"""Caption files by format: ``FORMATS["srt"].write(captions)``. To add a format, see `base`."""

from handler.captions.formats.ass import ass_series, write_ass
from handler.captions.formats.base import Captions, Format, Series
from handler.captions.formats.csv import csv_series, write_csv
from handler.captions.formats.json import json_series, write_json
from handler.captions.formats.remotion import remotion_series, write_remotion
from handler.captions.formats.srt import srt_series, write_srt
from handler.captions.formats.textgrid import textgrid_series, write_textgrid
from handler.captions.formats.vtt import vtt_series, write_vtt

# By the name that a request gives in ``timing_format``, in the order in which ``all`` makes them.
FORMATS: dict[str, Format] = {
    "srt": Format("application/x-subrip", write_srt, series=srt_series),
    "vtt": Format("text/vtt", write_vtt, series=vtt_series),
    "csv": Format("text/csv", write_csv, series=csv_series),
    "json": Format("application/json", write_json, series=json_series),
    "ass": Format("text/x-ssa", write_ass, series=ass_series),
    "remotion": Format("application/json", write_remotion, "remotion.json", remotion_series),
    "textgrid": Format("text/plain", write_textgrid, "TextGrid", textgrid_series),
}

__all__ = ["FORMATS", "Captions", "Format", "Series"]
