"""``handler say``: a text becomes speech, and captions in time with it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from handler.cli import inputs, opening, outputs, recorded_voices
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, UsageError
from handler.cli.workers import Reply, Worker

AUDIO_FORMATS = ("wav", "mp3", "flac", "ogg", "opus", "m4a")

FIELDS = {
    "captions": "timing_format",
    "style": "caption_style",
    "format": "audio_format",
    "engine": "engine",
    "language": "language",
    "speed": "speed",
    "seed": "seed",
    "quality": "quality",
}
"""Options, and the fields of `generate` that they are."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "text", metavar="TEXT", nargs="?", help="what is said; a file of it (.srt, .vtt, .ass: at its own times); or -"
    )
    parser.add_argument("-o", "--output", default=".", metavar="PLACE", help="a folder, a file, or - (this folder)")
    parser.add_argument("--voice", metavar="VOICE", help="a voice (`handler voices list`), or a recording of one")
    parser.add_argument("--voice-text", metavar="TEXT", help="what the recording of --voice says, or a file of it")
    parser.add_argument("--captions", metavar="FORMATS", type=inputs.names_of, help=inputs.FORMATS_HELP)
    parser.add_argument("--style", metavar="STYLE", help=inputs.STYLE_HELP)
    parser.add_argument("--engine", metavar="NAME", help="the engine that speaks")
    parser.add_argument("--language", metavar="TAG", help="the language of the text, such as de; auto: find it")
    parser.add_argument("--speed", metavar="FACTOR", type=float, help="the pace, 0.3 to 3")
    parser.add_argument("--format", choices=AUDIO_FORMATS, help="of the audio (that of -o, else wav)")
    parser.add_argument("--seed", metavar="NUMBER", type=int, help="the same seed gives the same speech")
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), help="for the engines that have it")
    parser.add_argument("--turns", metavar="JSON", help="a script of several voices, in place of TEXT: JSON or a file")
    parser.add_argument(
        "--option",
        metavar="KEY=VALUE",
        action="append",
        type=inputs.field_of,
        default=[],
        help="any other field of `generate` in API.md, such as takes=3; may be repeated",
    )
    opening.add_arguments(parser)


def run(context: Context) -> int:
    options = context.options
    turns = inputs.json_of(options.turns, "--turns") if options.turns else None
    place = _place(options, turns)
    outputs.check_stdout(place, context)
    if place.to_stdout and (options.captions or options.style):
        raise UsageError("-o - writes the audio alone; leave --captions and --style out, or name a folder or a file")
    fields = _fields(options, place, turns)
    script = _script(options)
    engine = recorded_voices.engine_of(options)
    with opening.opened(context, engine=engine, language=options.language or "en") as worker:
        fields |= recorded_voices.voice_of(worker, options, context.terminal)
        reply, files = _spoken(worker, fields, script, place, context)
        outputs.report(context, reply, files) if not place.to_stdout else None
    return DONE


def _spoken(
    worker: Worker, fields: dict[str, Any], script: str | Path | None, place: outputs.Target, context: Context
) -> tuple[Reply, dict[str, Path]]:
    """Do the job, and save its files."""
    with context.terminal.progress() as on_progress:
        if isinstance(script, Path):
            with worker.linked(script) as link:
                reply = worker.run({**fields, "captions_url": link}, on_progress)
        else:
            reply = worker.run({**fields, **({} if script is None else {"text": script})}, on_progress)
    if place.to_stdout:
        outputs.to_stdout(worker, reply["audio_url"])
        return reply, {}
    return reply, outputs.save(worker, reply, place)


def _place(options: argparse.Namespace, turns: Any) -> outputs.Target:
    """Where the files go, and how they are named in a folder: after the file of the text, else its first words."""
    spoken = turns if isinstance(turns, list) else ()
    text = options.text or " ".join(str(turn.get("text", "")) for turn in spoken if isinstance(turn, dict))
    path = inputs.file_of(text) if text and text != inputs.STDIN else None
    stem = path.stem if path else outputs.stem_of("" if text == inputs.STDIN else text)
    return outputs.target(options.output, stem, AUDIO_FORMATS)


def _fields(options: argparse.Namespace, place: outputs.Target, turns: Any) -> dict[str, Any]:
    """The fields of the request, but its text and its voice."""
    given = {field: getattr(options, option) for option, field in FIELDS.items()} | {"turns": turns}
    given["audio_format"] = outputs.audio_format(options, place)
    if options.style:
        given["caption_style"] = inputs.style_of(options.style)
    return {name: value for name, value in given.items() if value is not None} | dict(options.option)


def _script(options: argparse.Namespace) -> str | Path | None:
    """The text, the file of captions that are spoken at their own times, or None for turns. Raises UsageError."""
    if options.text is None:
        if not (options.turns or {"captions_url", "captions", "turns"} & dict(options.option).keys()):
            raise UsageError("what shall be said? Give a text, a file of it, or - for standard input")
        return None
    path = inputs.file_of(options.text) if options.text != inputs.STDIN else None
    if path is not None and path.suffix.lower() in inputs.CAPTION_SUFFIXES:
        return path
    return inputs.text_of(options.text)


COMMAND = Command(
    "speak a text, and make captions in time with it",
    run,
    arguments,
    examples=(
        ("handler say 'It works.'", "writes it-works.wav into this folder, and prints its path"),
        ("handler say 'It works.' -o hello.mp3", "a file of your own name; its suffix is the format"),
        ("handler say script.txt --captions srt,ass --style pop -o out/", "a script of any length, with captions"),
        ("echo Hello | handler say - -o - | ffplay -nodisp -autoexit -", "from standard input to standard output"),
        (
            "handler say 'Hello.' --voice me.wav --voice-text 'What I say in it.'",
            "in the voice of a recording (needs an engine that clones: `make worker`)",
        ),
        ("handler say 'Guten Tag!' --engine espeak --language de --speed 0.9", "another language, slower"),
        ("handler say film.srt --captions srt -o out/", "captions, each spoken at its own time"),
        ("handler say talk.md --option takes=3 --option loudness=-16 -o out/", "any other field of API.md"),
        ("handler say script.txt --server http://127.0.0.1:8000 -o out/", "on a server"),
        ("handler say script.txt --endpoint ENDPOINT_ID --json", "on RunPod; the reply as JSON"),
    ),
)
