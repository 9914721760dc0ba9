"""``handler say``: a text becomes speech, and captions in time with it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from handler.cli import flags, inputs, opening, outputs, recorded_voices
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, UsageError
from handler.cli.workers import Reply, Worker


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "text", metavar="TEXT", nargs="?", help="what is said; a file of it (.srt, .vtt, .ass: at its own times); or -"
    )
    flags.add_output(parser)
    flags.add_speech(
        parser, "text", seed="the same seed gives the same speech", audio="of the audio (that of -o, else wav)"
    )
    parser.add_argument("--turns", metavar="JSON", help="a script of several voices, in place of TEXT: JSON or a file")
    flags.add_option(parser, "`generate` in API.md, such as takes=3")
    opening.add_arguments(parser)


def run(context: Context) -> int:
    options = context.options
    turns = inputs.json_of(options.turns, "--turns") if options.turns else None
    place = _place(options, turns)
    outputs.check_stdout(place, context)
    if place.to_stdout and (options.captions or options.style):
        raise UsageError("-o - writes the audio alone; leave --captions and --style out, or name a folder or a file")
    audio_format = outputs.audio_format(options, place)
    fields = flags.fields_of(options, flags.SPEECH_FIELDS, turns=turns, audio_format=audio_format)
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
    return outputs.target(options.output, stem, flags.AUDIO_FORMATS)


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
