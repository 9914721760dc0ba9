"""The markup of a script: our marks, Markdown, HTML entities, line breaks, SSML. `handler.text.source` reads it."""

from handler.text.markup.marks import MAX_PAUSE_S, MAX_SOUNDS, Markup

__all__ = ["MAX_PAUSE_S", "MAX_SOUNDS", "Markup"]
