"""What commands are given: texts, JSON, recordings; from an argument, a file, or standard input."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from handler.cli.exits import UsageError

STDIN = "-"
TEXT_SUFFIXES = (".txt", ".md", ".srt", ".vtt", ".ass", ".ssml", ".xml", ".csv")
CAPTION_SUFFIXES = (".srt", ".vtt", ".ass")
CAPTION_FORMATS = ("srt", "vtt", "csv", "json", "ass", "remotion", "textgrid", "all")
STYLES = ("word", "classic", "karaoke", "highlight", "pop", "box", "bold", "minimal")
"""What the help lists and a shell completes: the names of `handler.captions`, which takes long to import."""
FORMATS_HELP = f"with commas between: {', '.join(CAPTION_FORMATS)}"
STYLE_HELP = f"a caption style: {', '.join(STYLES)}; or a style object as JSON"


def file_of(argument: str) -> Path | None:
    """The file that an argument names; None for a text. Raises UsageError for the name of a file that is not there."""
    try:
        path = Path(argument)
        if path.is_file():
            return path
    except (OSError, ValueError):
        return None  # Too long for a name, or not one.
    if path.suffix.lower() in TEXT_SUFFIXES and not re.search(r"\s", argument):
        raise UsageError(f"there is no file {argument}")
    return None


def text_of(argument: str) -> str:
    """The text that an argument is or names: ``-`` is standard input. Raises UsageError."""
    if argument == STDIN:
        return decoded(sys.stdin.buffer.read(), "standard input")
    path = file_of(argument)
    return argument if path is None else decoded(_read(path), argument)


def decoded(body: bytes, place: str) -> str:
    """The text in bytes of any usual encoding. Raises UsageError."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        from handler.text import encodings

        text = encodings.decode(body)
        if text is None:
            raise UsageError(f"{place} is no text; save it as UTF-8") from None
        return text


def existing(argument: str) -> Path:
    """A file that must be there. Raises UsageError."""
    path = Path(argument)
    if not path.is_file():
        raise UsageError(f"there is no file {argument}")
    return path


def json_of(argument: str, flag: str) -> Any:
    """The JSON that an argument is or names. Raises UsageError."""
    given = argument if argument.lstrip().startswith(("[", "{")) else text_of(argument)
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{flag}: is not JSON: {error}") from None


def field_of(option: str) -> tuple[str, Any]:
    """``key=value`` as a field of a request: a value that is JSON is that, another one is text."""
    key, equals, value = option.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{option}: write KEY=VALUE, such as takes=3")
    try:
        return key.replace("-", "_"), json.loads(value)
    except (ValueError, RecursionError):
        return key.replace("-", "_"), value


def names_of(argument: str) -> list[str]:
    """Names with commas between, as a list."""
    return [name.strip() for name in argument.split(",") if name.strip()]


def style_of(argument: str) -> Any:
    """A caption style: the name of a preset, or an object as JSON."""
    return json_of(argument, "--style") if argument.lstrip().startswith("{") else argument


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
