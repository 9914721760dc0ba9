"""Script → tokens (what is shown, what is spoken) → chunks (what an engine speaks in one go)."""

from handler.text.chunks import chunk
from handler.text.lexicon import Lexicon
from handler.text.scripts import foreign_script, language_asked, language_warnings
from handler.text.source import ScriptSettings, script_settings, shown_by_voice, shown_text
from handler.text.tokens import tokenize
from handler.text.transcripts import DROP, tokenize_transcript

__all__ = [
    "DROP",
    "Lexicon",
    "ScriptSettings",
    "chunk",
    "foreign_script",
    "language_asked",
    "language_warnings",
    "script_settings",
    "shown_by_voice",
    "shown_text",
    "tokenize",
    "tokenize_transcript",
]
