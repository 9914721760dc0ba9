"""``handler convert``: a recording in another voice."""

from __future__ import annotations

import argparse

from handler.cli import flags, inputs, opening, outputs
from handler.cli.command import Command, Context
from handler.cli.exits import DONE
from handler.cli.recorded_voices import voice_of_recording


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("audio", metavar="AUDIO", help="the recording")
    parser.add_argument("--voice", metavar="VOICE", required=True, help="a voice of the store, or a recording of one")
    flags.add_voice_text(parser)
    flags.add_output(parser)
    parser.add_argument("--format", choices=flags.AUDIO_FORMATS, help="of the audio (that of -o, else wav)")
    parser.add_argument("--seed", metavar="NUMBER", type=int, help="the same seed gives the same speech")
    opening.add_arguments(parser)


def run(context: Context) -> int:
    options = context.options
    audio = inputs.existing(options.audio)
    place = outputs.target(
        options.output, f"{audio.stem}-{outputs.stem_of(options.voice, 'voice')}", flags.AUDIO_FORMATS
    )
    outputs.check_stdout(place, context)
    given = {"audio_format": outputs.audio_format(options, place), "seed": options.seed}
    fields = {name: value for name, value in given.items() if value is not None}
    recording = inputs.file_of(options.voice)
    with opening.opened(context) as worker:
        voice = options.voice
        if recording is not None:
            text = inputs.text_of(options.voice_text) if options.voice_text else None
            voice = voice_of_recording(worker, recording, text, None, context.terminal)
        with context.terminal.progress() as on_progress, worker.linked(audio) as link:
            job = {"endpoint": "convert", "audio_url": link, "voice": voice, **fields}
            reply = worker.run(job, on_progress)
        if place.to_stdout:
            outputs.to_stdout(worker, reply["audio_url"])
        else:
            outputs.report(context, reply, outputs.save(worker, reply, place))
    return DONE


COMMAND = Command(
    "speak a recording again in another voice",
    run,
    arguments,
    examples=(
        ("handler convert talk.wav --voice anna -o out/", "in a voice of the store (needs a converter: `make worker`)"),
        ("handler convert talk.wav --voice me.wav -o talk-as-me.mp3", "in the voice of another recording"),
    ),
)
