"""Flags that several commands have, and the fields of a request that they are."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from handler.cli import inputs

AUDIO_FORMATS = ("wav", "mp3", "flac", "ogg", "opus", "m4a")

SPEECH_FIELDS = {
    "captions": "timing_format",
    "format": "audio_format",
    "engine": "engine",
    "language": "language",
    "speed": "speed",
    "seed": "seed",
    "quality": "quality",
}
"""Flags of what speaks, and the fields of `generate` and `book` that they are."""


def add_output(parser: argparse.ArgumentParser, places: str = "a folder, a file, or - (this folder)") -> None:
    parser.add_argument("-o", "--output", default=".", metavar="PLACE", help=places)


def add_voice_text(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--voice-text", metavar="TEXT", help="what the recording of --voice says, or a file of it")


def add_captions(parser: argparse.ArgumentParser, usual: str = "") -> None:
    """``--captions`` and ``--style``; ``usual`` says which formats are made without the flag."""
    formats = f"{inputs.FORMATS_HELP} ({usual})" if usual else inputs.FORMATS_HELP
    parser.add_argument("--captions", metavar="FORMATS", type=inputs.names_of, help=formats)
    parser.add_argument("--style", metavar="STYLE", help=inputs.STYLE_HELP)


def add_speech(parser: argparse.ArgumentParser, spoken: str, *, seed: str, audio: str) -> None:
    """The flags of what speaks; ``spoken`` is what it speaks, the others are words of the help."""
    parser.add_argument("--voice", metavar="VOICE", help="a voice (`handler voices list`), or a recording of one")
    add_voice_text(parser)
    add_captions(parser)
    parser.add_argument("--engine", metavar="NAME", help="the engine that speaks")
    parser.add_argument("--language", metavar="TAG", help=f"the language of the {spoken}, such as de; auto: find it")
    parser.add_argument("--speed", metavar="FACTOR", type=float, help="the pace, 0.3 to 3")
    parser.add_argument("--format", choices=AUDIO_FORMATS, help=audio)
    parser.add_argument("--seed", metavar="NUMBER", type=int, help=seed)
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), help="for the engines that have it")


def add_option(parser: argparse.ArgumentParser, fields: str) -> None:
    """``--option``: any other field of the request; ``fields`` is how the help names them."""
    parser.add_argument(
        "--option",
        metavar="KEY=VALUE",
        action="append",
        type=inputs.field_of,
        default=[],
        help=f"any other field of {fields}; may be repeated",
    )


def fields_of(options: argparse.Namespace, table: Mapping[str, str], **given: Any) -> dict[str, Any]:
    """The fields of the flags in ``table``, of ``--style`` and ``--option``, and those ``given``; None is left out."""
    fields = {field: getattr(options, flag) for flag, field in table.items()} | given
    if options.style:
        fields["caption_style"] = inputs.style_of(options.style)
    return {name: value for name, value in fields.items() if value is not None} | dict(options.option)
