"""``handler voices``: those of the engines, and those that were made of recordings."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handler import temporary
from handler.cli import inputs, opening, outputs
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, CommandFailed
from handler.cli.recorded_voices import CLONING, add
from handler.cli.terminal import cell
from handler.cli.workers import Worker

PAGE = 1000
SAMPLE_TEXT = "Hello! This is how I sound."
PLAYERS = {
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error"),
    "paplay": (),
    "pw-play": (),
    "aplay": ("-q",),
    "play": ("-q",),
    "afplay": (),
}
"""Programs that play a wav file, and their flags before its name."""


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    parsers = {name: actions.add_parser(name, help=does, description=does) for name, (does, _) in ACTIONS.items()}
    parsers["list"].add_argument("prefix", nargs="?", default="", help="only voices whose names begin with this")
    for name in ("add", "show", "play", "delete"):
        parsers[name].add_argument("name", metavar="NAME", help="the voice")
    recorded = parsers["add"]
    recorded.add_argument("audio", metavar="AUDIO", help="a recording of 3 to 12 seconds of the voice")
    recorded.add_argument("--text", metavar="TEXT", help="what it says, or a file of it; else it is written down")
    recorded.add_argument("--language", metavar="TAG", help="its language, such as de")
    recorded.add_argument("--description", metavar="TEXT", help="kept with the voice")
    recorded.add_argument("--tags", metavar="TAGS", type=inputs.names_of, help="with commas between; kept with it")
    recorded.add_argument("--license", metavar="TERMS", help="on which terms the voice may be used")
    recorded.add_argument("--consent", metavar="JSON", help="who allows it: {name, date, statement or url}, or a file")
    recorded.add_argument("--keep", action="store_true", help="fail if there is a voice of that name")
    parsers["play"].add_argument("-o", "--output", metavar="FILE", help="write the sample there; - is standard output")
    for each in parsers.values():
        opening.add_arguments(each)


def run(context: Context) -> int:
    return ACTIONS[context.options.action][1](context)


def _list(context: Context) -> int:
    with opening.opened(context) as worker:
        found = everything(worker, context.options.prefix)
    if context.terminal.json:
        context.terminal.out_json(found)
    elif found:
        context.terminal.table(("voice", "engine", "language", "length", "licence"), outputs.voice_table(found))
    else:
        context.terminal.note("there is no such voice; `handler voices add` makes one of a recording")
    return DONE


def _add(context: Context) -> int:
    options = context.options
    recording = inputs.existing(options.audio)
    fields: dict[str, Any] = {
        "ref_text": inputs.text_of(options.text) if options.text else None,
        "language": options.language,
        "description": options.description,
        "tags": options.tags,
        "license": options.license,
        "consent": inputs.json_of(options.consent, "--consent") if options.consent else None,
        "overwrite": False if options.keep else None,
    }
    with opening.opened(context) as worker:
        reply = add(worker, options.name, recording, fields, context.terminal)
        if worker.cloning_engines == []:
            context.terminal.note(
                f"warning: no engine here clones, and so none speaks in this voice; in `handler say` {CLONING}"
            )
    voice = reply["voice"]
    if context.terminal.json:
        context.terminal.out_json(reply)
    else:
        context.terminal.out(f"{voice['name']}: {voice['duration']:.1f} s, “{voice.get('text') or 'without a text'}”")
    return DONE


def _show(context: Context) -> int:
    with opening.opened(context) as worker:
        voice = _one(worker, context.options.name)
    if context.terminal.json:
        context.terminal.out_json(voice)
    else:
        shown = {key: value for key, value in voice.items() if value not in (None, "", [], False)}
        context.terminal.table(("", ""), [[key, cell(value)] for key, value in shown.items()])
    return DONE


def _play(context: Context) -> int:
    options = context.options
    player = None if options.output else _player()
    with opening.opened(context) as worker, temporary.folder("command") as folder:
        voice = _one(worker, options.name)
        link = voice.get("preview_url")
        if not link:
            # A voice of an engine has no recording: it says something.
            job = {"text": SAMPLE_TEXT, "voice": voice["name"]}
            link = worker.run(job if _speaks_english(voice) else {**job, "language": voice["language"]})["audio_url"]
        if options.output == outputs.STDOUT:
            outputs.to_stdout(worker, link)
            return DONE
        path = Path(options.output or folder / "voice.wav")
        outputs.fetch(worker, link, path)
        if player is None:
            context.terminal.out(str(path))
            return DONE
        if subprocess.run([*player, str(path)], check=False).returncode:
            raise CommandFailed(f"{player[0]} could not play it; write it to a file with -o")
    return DONE


def _delete(context: Context) -> int:
    with opening.opened(context) as worker:
        reply = worker.run({"endpoint": "delete_voice", "voice_name": context.options.name})
    context.terminal.out_json(dict(reply)) if context.terminal.json else context.terminal.note("deleted")
    return DONE


def everything(worker: Worker, prefix: str = "") -> list[dict[str, Any]]:
    """All voices whose names begin so, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        fields = {"endpoint": "list_voices", "prefix": prefix, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        reply = worker.run(fields)
        found += reply["voices"]
        if not (cursor := reply.get("cursor")):
            return found


def _one(worker: Worker, name: str) -> dict[str, Any]:
    found = everything(worker, name)
    for voice in found:
        if voice["name"] == name:
            return voice
    raise CommandFailed(f"there is no voice {name}; `handler voices list` shows them")


def _player() -> list[str]:
    for name, flags in PLAYERS.items():
        if program := shutil.which(name):
            return [program, *flags]
    raise CommandFailed(f"this machine has no player ({', '.join(PLAYERS)}); write the sample to a file with -o")


def _speaks_english(voice: Mapping[str, Any]) -> bool:
    return str(voice.get("language") or "en").partition("-")[0] == "en"


ACTIONS = {
    "list": ("the voices of the engines and of the store", _list),
    "add": ("make a voice of a recording", _add),
    "show": ("what is known of a voice", _show),
    "play": ("hear a voice", _play),
    "delete": ("remove a voice of the store", _delete),
}

COMMAND = Command(
    "the voices: list, add, show, play and delete them",
    run,
    arguments,
    examples=(
        ("handler voices list", "all voices: those of the engines, and those of the store"),
        ("handler voices list piper:", "those whose names begin so"),
        ("handler voices add anna anna.wav --text 'Some call me nature.'", "a voice of a recording and what it says"),
        ("handler voices show anna --json", "all that is known of it"),
        ("handler voices play piper:en_US-joe-medium", "hear it"),
        ("handler voices play anna -o anna-clip.wav", "write its clip to a file"),
        ("handler voices delete anna --server http://127.0.0.1:8000", "remove it from a server"),
    ),
)
