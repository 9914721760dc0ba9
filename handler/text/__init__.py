"""Script → tokens (what is shown, what is spoken) → chunks (what an engine speaks in one go)."""

from handler.text.chunks import chunk
from handler.text.scripts import foreign_script, language_asked, language_warnings
from handler.text.tokens import tokenize
from handler.text.transcripts import DROP, tokenize_transcript

__all__ = ["DROP", "chunk", "foreign_script", "language_asked", "language_warnings", "tokenize", "tokenize_transcript"]
