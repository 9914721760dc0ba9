"""Arguments → a command of the table, and how it ends: `main`."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from handler.cli.command import Command, Context
from handler.cli.commands import COMMANDS
from handler.cli.exits import EXIT_CODES, FAILED, INTERRUPTED, USAGE, CommandFailed, UsageError, WrongSettings
from handler.cli.sentences import sentence
from handler.cli.terminal import Terminal, sentence_of
from handler.cli.workers import JobFailed
from handler.errors import BadRequest, WorkerError, nearest

PROGRAM = "handler"

SETTINGS_FLAGS = ("--config", "--set")
"""Flags with a value that every command has; they may stand before it, too."""

WORKER_FLAGS = ("--rp_", "--test_input")
"""How the flags of RunPod's SDK begin."""


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command and return its exit code."""
    _open_streams()
    options, rest = parse(sys.argv[1:] if arguments is None else arguments)
    terminal = Terminal(quiet=getattr(options, "quiet", False), json=getattr(options, "json", False))
    try:
        return COMMANDS[options.command].run(Context(options, terminal, environ, parser, rest))
    except UsageError as error:
        terminal.error(f"{options.command}: {error}")
        return USAGE
    except CommandFailed as error:
        terminal.error(f"{options.command}: {error}")
        return FAILED
    except JobFailed as error:
        if terminal.json:
            terminal.out_json(error.reply)
        terminal.error(f"{options.command}: {sentence(error.reply, options)}")
        return USAGE if error.reply["error_code"] == BadRequest.code else FAILED
    except WorkerError as error:
        if error.__cause__ is not None:
            logging.getLogger(__name__).warning("the cause", exc_info=error.__cause__)
        terminal.error(sentence_of(error))
        return USAGE if isinstance(error, WrongSettings | BadRequest) else FAILED
    except KeyboardInterrupt:
        terminal.error(f"{options.command}: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Who read the output has enough, as head does. Nothing may be written any more, not even at the exit.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        # A file or a folder that cannot be read or written, or a full disk: whoever typed the command can mend that.
        logging.getLogger(__name__).info("the cause", exc_info=error)
        place = f"{error.filename}: " if error.filename else ""
        terminal.error(f"{options.command}: {place}{error.strerror or error}")
        return FAILED


def program() -> NoReturn:
    """`main` as the whole process."""
    code = main()
    if code == INTERRUPTED:
        # Now, whatever its threads are at: a library in the midst of its start would abort the process.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options of a command line, and the flags that its command passes on. Exits where it is used wrongly."""
    whole = parser()
    options, rest = whole.parse_known_args(_with_command(list(arguments)))
    if rest and not COMMANDS[options.command].passes_flags:
        _refuse(rest, _parser_of(whole, options))
    return options, rest


def _parser_of(whole: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.ArgumentParser:
    """The parser of the command, or of its action."""
    found = whole
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction) and (name := getattr(options, action.dest, None)):
            found = _parser_of(action.choices[name], options)
    return found


def _refuse(rest: Sequence[str], parser: argparse.ArgumentParser) -> NoReturn:
    """Exit with the usage of the command. What follows an unknown flag may be its value, and is not blamed."""
    flags = [each for each in rest if each.startswith("-") and each != "-"]
    if not flags:
        parser.error(f"too many arguments: {' '.join(rest)}")
    name = flags[0].partition("=")[0]
    near = nearest(name, [flag for flag in parser._option_string_actions if flag.startswith("--")])
    parser.error(f"there is no {name}" + (f"; did you mean {near}?" if near else ""))


def parser() -> argparse.ArgumentParser:
    """The parser of all commands, with the help of each."""
    codes = "\n".join(f"  {code:<4}{meaning}" for code, meaning in EXIT_CODES.items())
    whole = argparse.ArgumentParser(
        PROGRAM,
        description="Speech and captions: on this machine, against a server, and as the worker itself.",
        epilog=f"{_FIRST_STEPS}\nexit codes:\n{codes}\n\n`{PROGRAM} COMMAND --help` has the options and examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_settings_flags(whole)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        own = commands.add_parser(
            name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=_examples(command),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.arguments(own)
        for each in _leaves(own):
            _add_settings_flags(each.add_argument_group("settings"))
    return whole


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser itself, or those of its actions."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in below:
        yield from action.choices.values()
    if not below:
        yield parser


_FIRST_STEPS = f"""\
first steps:
  {PROGRAM} say 'It works.' -o hello.mp3                             speech, as a file
  {PROGRAM} say script.txt --captions srt,ass -o out/              and captions in time with it
  {PROGRAM} captions holiday.mp4 --text words.txt --burn -o out/   what is said in a video, drawn on it
"""


def _examples(command: Command) -> str:
    return "\n".join(["examples:", *(f"  {line}\n      {meaning}" for line, meaning in command.examples)])


def _add_settings_flags(parser: argparse._ActionsContainer) -> None:
    # Without defaults of their own: what stands before the command would be lost to those of the command.
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="a YAML or TOML file of settings (SPEECH_CONFIG); the environment overrides it",
    )
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=argparse.SUPPRESS,
        help="a setting of CONFIG.md, over the environment and the file; may be repeated",
    )


def _with_command(arguments: list[str]) -> list[str]:
    """The arguments with the command that is meant where none stands: the worker, for RunPod's own flags or nothing."""
    at = 0
    while at < len(arguments) and arguments[at].partition("=")[0] in SETTINGS_FLAGS:
        at += 1 if "=" in arguments[at] else 2
    if at >= len(arguments) or arguments[at].startswith(WORKER_FLAGS):
        arguments.insert(at, "worker")
    return arguments


def _open_streams() -> None:
    """Write UTF-8 in any locale: replies are JSON, and hold what people write. A stream that is closed is empty."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)
