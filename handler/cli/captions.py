"""``handler captions``: captions for a recording or a video, as files or drawn on it."""

from __future__ import annotations

import argparse
from pathlib import Path

from handler.cli import flags, inputs, opening, outputs
from handler.cli.command import Command, Context
from handler.cli.exits import DONE, UsageError
from handler.cli.workers import Reply, Worker

AUDIO_SUFFIXES = (".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".oga", ".opus", ".wma", ".aiff")
VIDEO = "mp4"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("media", metavar="MEDIA", help="a recording or a video")
    flags.add_output(parser)
    parser.add_argument(
        "--text",
        metavar="TEXT",
        help="what is said, a file of it, or -; without it, it is written down, which takes a transcriber "
        "(in a clone, `make worker`)",
    )
    flags.add_captions(parser, usual="srt")
    parser.add_argument("--burn", action="store_true", help="draw them: on the video, or on a picture of the sound")
    parser.add_argument("--language", metavar="TAG", help="the language of the speech, such as de; auto: find it")
    flags.add_option(parser, "`align`, with --burn of `overlay`, in API.md")
    opening.add_arguments(parser)


def run(context: Context) -> int:
    options = context.options
    media = inputs.existing(options.media)
    suffix = Path(options.output).suffix[1:].lower()
    place = outputs.target(options.output, media.stem, (VIDEO,) if options.burn else _formats())
    outputs.check_stdout(place, context)
    formats = options.captions
    if place.suffix and not options.burn:
        formats = list(dict.fromkeys([suffix, *(formats or ())]))
    if place.to_stdout and (options.burn or len(formats or ["srt"]) > 1 or formats == ["all"]):
        raise UsageError("-o - writes one caption format; leave --burn out, and name one with --captions")
    text = None if options.text is None else inputs.text_of(options.text)
    fields = flags.fields_of(options, {"language": "language"}, text=text)
    with opening.opened(context) as worker, context.terminal.progress() as on_progress, worker.linked(media) as link:
        files: dict[str, Path] = {}
        reply: Reply = {}
        if formats or not options.burn:
            asked = {"endpoint": "align", "audio_url": link, "timing_format": formats or ["srt"]}
            reply = worker.run({**fields, **asked}, on_progress)
            files = _saved(worker, reply, place)
        if options.burn:
            source = "audio_url" if media.suffix.lower() in AUDIO_SUFFIXES else "video_url"
            reply = worker.run({**fields, "endpoint": "overlay", source: link}, on_progress)
            files |= _saved(worker, reply, place)
    if not place.to_stdout:
        outputs.report(context, reply, files)
    return DONE


def _saved(worker: Worker, reply: Reply, place: outputs.Target) -> dict[str, Path]:
    if place.to_stdout:
        (link,) = reply["timing_files"].values()
        outputs.to_stdout(worker, link)
        return {}
    return outputs.save(worker, reply, place)


def _formats() -> tuple[str, ...]:
    from handler.captions import FORMATS

    return tuple(FORMATS)


COMMAND = Command(
    "make captions for a recording or a video, with its text or without",
    run,
    arguments,
    examples=(
        ("handler captions talk.wav --text 'What I say in it.' -o talk.srt", "captions of a text that you have"),
        ("handler captions holiday.mp4 --text words.txt --style box --burn -o out/", "drawn on the video"),
        ("handler captions talk.wav --text - -o - < words.txt", "from standard input to standard output, as SRT"),
        (
            "handler captions talk.mp3 --text words.txt --burn --option canvas=1080x1080 -o out/",
            "a video of a recording",
        ),
        ("handler captions holiday.mp4 --captions srt,vtt -o out/", "without its text (needs `make worker`)"),
    ),
)
