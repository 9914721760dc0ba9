"""Script → tokens (what is shown, what is spoken) → chunks (what an engine speaks in one go)."""

from handler.text.chunks import chunk
from handler.text.lexicon import Lexicon
from handler.text.script_marks import ScriptMark, script_marks
from handler.text.scripts import foreign_script, language_asked, language_warnings
from handler.text.source import ScriptSettings, script_settings, shown_by_voice, shown_text
from handler.text.tokens import SpokenPiece, spoken_pieces, tokenize
from handler.text.transcripts import DROP, tokenize_transcript

__all__ = [
    "DROP",
    "Lexicon",
    "ScriptMark",
    "ScriptSettings",
    "SpokenPiece",
    "chunk",
    "foreign_script",
    "language_asked",
    "language_warnings",
    "script_marks",
    "script_settings",
    "shown_by_voice",
    "shown_text",
    "spoken_pieces",
    "tokenize",
    "tokenize_transcript",
]
