"""The command line as a whole: help whose examples are right, exit codes, output for terminals and pipes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handler.captions import FORMATS, STYLES
from handler.cli import inputs
from handler.cli.commands import COMMANDS
from handler.cli.entry import parse
from handler.cli.exits import EXIT_CODES
from handler.cli.terminal import Terminal, printable
from tests.cli.conftest import Shell

ROOT = Path(__file__).parent.parent.parent


def examples() -> Iterator[tuple[str, str]]:
    for name, command in COMMANDS.items():
        for line, _ in command.examples:
            yield name, line


def words_of_handler(line: str) -> list[str]:
    """The arguments of the one call of ``handler`` in a line of shell."""
    calls = re.split(r"\s[|<>]\s|\$\(|\)\"$", line.replace('eval "', ""))
    (call,) = [call for call in calls if call.startswith("handler ")]
    return shlex.split(call)[1:]


@pytest.mark.parametrize(("name", "line"), [*examples()])
def test_examples_of_the_help_are_right(name: str, line: str) -> None:
    """Every example in a command's help parses, as that command."""
    options, _ = parse(words_of_handler(line))
    assert options.command == name


def test_shells_leave_the_examples_alone() -> None:
    """A `$` or a `!` in an example is in single quotes, so that a shell does not take it for its own."""
    pages = [ROOT / "docs" / name for name in ("cli.md", "adding.md")]
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines() if line.startswith("$ handler ")]
    for line in [*lines, *(line for _, line in examples())]:
        unquoted = re.sub(r"'[^']*'", "", line.removeprefix("$ ").replace('"$(handler', ""))
        assert not re.search(r"[$!]", unquoted), line


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches_by_examples(handler: Shell, name: str) -> None:
    """Every command has examples in its help, each with what it does."""
    shown = handler(f"{name} --help").out
    assert COMMANDS[name].examples
    for line, meaning in COMMANDS[name].examples:
        assert f"  {line}\n      {meaning}" in shown


def test_help_has_the_exit_codes(handler: Shell) -> None:
    """The help lists every exit code, as docs/cli.md does."""
    shown, document = handler("--help").out, (ROOT / "docs" / "cli.md").read_text("utf-8")
    for code, meaning in EXIT_CODES.items():
        assert re.search(rf"^  {code} +{re.escape(meaning)}$", shown, re.MULTILINE)
        assert f"| {code} | {meaning} |" in document


@pytest.mark.parametrize("line", ["fly", "say", "say Hi. --loud", "say nothing.txt", "voices", "jobs list --limit 0"])
def test_wrong_usage_exits_with_two(handler: Shell, line: str) -> None:
    """A command that is used wrongly exits with 2 and writes nothing to standard output."""
    done = handler(line)
    assert (done.code, done.out) == (2, "")
    assert done.err.strip()


@pytest.mark.parametrize(
    ("line", "command", "sentence"),
    [
        ("say --caption srt Hi.", "say", "there is no --caption; did you mean --captions?"),
        ("voices list --servr=x", "voices list", "there is no --servr; did you mean --server?"),
        ("say Hi. --zzzzzz", "say", "there is no --zzzzzz"),
        ("say Hi. you", "say", "too many arguments: you"),
    ],
)
def test_unknown_flag_is_told_with_the_usage_of_its_command(
    handler: Shell, line: str, command: str, sentence: str
) -> None:
    """An unknown flag is named with the one that is near, and what follows it is not blamed."""
    done = handler(line)
    assert done.code == 2
    assert done.err.startswith(f"usage: handler {command} ")
    assert done.err.endswith(f"handler {command}: error: {sentence}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_is_a_script_that_the_shell_reads(handler: Shell, here: Path, shell: str) -> None:
    """The completion names the commands and their flags; bash finds no fault with it."""
    done = handler(f"completion {shell}")
    assert done.code == 0
    assert "captions" in done.out
    assert "--voice-text" in done.out
    assert "karaoke" in done.out
    assert "textgrid" in done.out
    if shell == "bash":
        Path("completion").write_text(done.out)
        subprocess.run(["bash", "-n", "completion"], check=True)


def test_help_lists_styles_and_formats(handler: Shell) -> None:
    """The help of --style and --captions lists what the worker has."""
    assert tuple(STYLES) == inputs.STYLES
    assert (*FORMATS, "all") == inputs.CAPTION_FORMATS
    shown = " ".join(handler("say --help").out.split())
    assert ", ".join(STYLES) in shown
    assert ", ".join(FORMATS) in shown


def test_closed_streams_are_empty(here: Path) -> None:
    """A command whose standard input and output are closed, as a service may start it, has no text to say."""
    environ = {"PYTHONPATH": str(ROOT), "HOME": str(here), "PATH": "/usr/bin:/bin"}
    line = f"{sys.executable} -m handler say - --set engines=espeak <&- >&-"
    run = subprocess.run(["sh", "-c", line], env=environ, stderr=subprocess.PIPE, text=True, check=False)
    assert (run.returncode, run.stderr) == (2, "say: text: is empty; send the script to be spoken\n")


def test_names_cannot_command_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """What a server says is printed without the characters that a terminal obeys."""
    Terminal().table(("voice",), [["\x1b[2Jred\u202e", "x"]])
    assert capsys.readouterr().out == "\ufffd[2Jred\ufffd  x\n"
    assert printable("a\nb\tc") == "a\nb\tc"


def test_import_of_the_command_line_is_light() -> None:
    """The table of commands imports neither the settings nor what draws: help and completion answer at once."""
    heavy = ["pydantic", "numpy", "httpx", "rich", "yaml", "shtab", "handler.settings", "handler.dispatch"]
    script = f"import sys, handler.cli\nprint([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_local_speech_imports_no_client(here: Path) -> None:
    """A command that speaks in this process imports what it needs alone: no HTTP, no YAML, nothing that draws."""
    script = (
        "import sys, handler.cli\n"
        "handler.cli.main(['say', 'Hi.', '--set', 'engines=espeak', '--set', 'local_store=store'])\n"
        "print([name for name in ('httpx', 'rich', 'yaml', 'torch', 'shtab', 'fastapi') if name in sys.modules])"
    )
    environ = {"PYTHONPATH": str(ROOT), "HOME": str(here), "PATH": "/usr/bin:/bin"}
    run = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
