"""The error of a job as whoever typed the command reads it: options and files for the fields of its request."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any

FLAGS = {
    "timing_format": "--captions", "caption_style": "--style", "audio_format": "--format", "voice": "--voice",
    "ref_text": "--voice-text", "transcript": "--voice-text", "voice_name": "--voice", "engine": "--engine",
    "language": "--language", "speed": "--speed", "seed": "--seed", "quality": "--quality", "turns": "--turns",
    "title": "--title", "author": "--author", "chapters": "--chapters", "job_id": "JOB",
}  # fmt: skip
"""What fields of requests are called here."""

OWN_FLAGS = {
    "captions": {"text": "--text"},
    "bench": {"text": "--text"},
    "voices": {"ref_text": "--text", "transcript": "--text", "voice_name": "NAME"},
}
"""What a command calls them in place of that."""

FILES = {
    "say": {"captions_url": "text", "voice_file_url": "voice"},
    "captions": {"audio_url": "media", "video_url": "media"},
    "book": {"text_url": "file", "cover_url": "cover", "voice_file_url": "voice"},
    "convert": {"audio_url": "audio", "voice_file_url": "voice"},
    "voices": {"voice_file_url": "audio"},
}
"""The arguments of a command that name the files behind the links of its requests."""

PHRASES = (
    (
        r"(--[\w-]+): is missing and nothing here can write it; send the words that the (?:recording|clip) says",
        r"\1: is missing, and nothing here can write down what is said; give \1 FILE, or install what can "
        "(in a clone, `make worker`)",
    ),
    (r"ask list_voices for those there are", "`handler voices list` shows them"),
    (r"(?:send )?list_voices with prefix (\w+:)", r"`handler voices list \1`"),
    (r"send engine: ", "give --engine "),
)
"""Ways out that API.md has, and those of the command line."""

_FIELD = re.compile(r"(?:(?<=^)|(?<=; ))([a-z_]{1,40})((?:\.\w+)*)(?=: )")


def sentence(reply: Mapping[str, Any], options: argparse.Namespace) -> str:
    """The error of a failed job of the command with these options."""
    command = options.command
    asked = dict(getattr(options, "option", None) or ())
    names = FLAGS | OWN_FLAGS.get(command, {})
    files = {field: getattr(options, argument, None) for field, argument in FILES.get(command, {}).items()}
    names |= {field: file for field, file in files.items() if file} | {field: f"--option {field}" for field in asked}

    def named(found: re.Match[str]) -> str:
        field, below = found[1], found[2].removeprefix(".")
        if field not in names:
            return found[0]
        # A style is its name, unless it is an object.
        return names[field] if below in ("", "preset") else f"{names[field]}: {below}"

    message = _FIELD.sub(named, reply["error"])
    for phrase, here in PHRASES:
        message = re.sub(phrase, here, message)
    return message
