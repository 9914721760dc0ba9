"""handler say: a text in, files out, here and on a server."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest
from pydantic import SecretStr

from handler.cli import main
from handler.cli.recorded_voices import name_of
from handler.protocols import Services
from tests.cli.conftest import Shell
from tests.support.http_server import running
from tests.support.human_clip import HUMAN_CLIP, HUMAN_TEXT
from tests.support.signals import interruptible
from tests.support.stub_backends import with_settings

ROOT = Path(__file__).parent.parent.parent


def seconds(path: str | Path | io.BytesIO) -> float:
    with wave.open(path if isinstance(path, io.BytesIO) else str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def test_speech_and_captions_are_files(handler: Shell, place: str) -> None:
    """The files are named after the first words, lie in the folder of -o, and their paths are all of the output."""
    done = handler(f"say 'It cost $4.50. Worth it!' --captions srt,ass --style pop -o out/{place}")
    assert done.code == 0, done.err
    *files, font = done.lines
    assert files == [f"out/it-cost-4-50-worth-it.{suffix}" for suffix in ("wav", "srt", "ass")]
    assert font.startswith("out/fonts/Inter")
    assert Path(font).is_file()
    assert seconds(done.lines[0]) > 1
    assert "$4.50." in Path(done.lines[1]).read_text("utf-8")
    assert "Inter" in Path(done.lines[2]).read_text("utf-8")
    assert done.err == ""


def test_file_of_a_text_gives_its_name(handler: Shell, here: Path) -> None:
    """A file is read in its own encoding, and its name is that of the speech; -o FILE has a name and a format."""
    Path("script.txt").write_text("Wörld.", "utf-16")
    assert handler("say script.txt -o .").lines == ["script.wav"]
    done = handler("say script.txt -o my/own.flac --json")
    assert done.json["files"] == {"audio": "my/own.flac"}
    assert done.json["text"] == "Wörld."
    assert Path("my/own.flac").read_bytes()[:4] == b"fLaC"


def test_names_of_files_are_kept(handler: Shell, here: Path) -> None:
    """A name that somebody has chosen stays as it is, with its blanks."""
    assert handler("say Hi. -o 'my talk (1).wav'").lines == ["my talk (1).wav"]
    Path("my script.txt").write_text("Hi.")
    assert handler("say 'my script.txt' --captions srt").lines == ["my script.wav", "my script.srt"]


def test_book_by_its_endpoint(handler: Shell, place: str) -> None:
    """The files of a book are the whole and those of each chapter, also when they are downloaded later."""
    Path("sea.md").write_text("# One\n\nHello.\n\n# Two\n\nBye.")
    done = handler(f"say sea.md --option endpoint=book --captions srt --format flac --json -o out/{place}")
    assert done.code == 0, done.err
    chapters = ["sea/01-one.flac", "sea/01-one.srt", "sea/02-two.flac", "sea/02-two.srt"]
    assert list(done.json["files"].values()) == [f"out/{name}" for name in ["sea.m4b", "sea.srt", *chapters]]
    names = ["sea.m4b", "sea.srt", "sea-01.flac", "sea-01.srt", "sea-02.flac", "sea-02.srt"]
    job = done.json["job_id"]
    later = handler(f"jobs download {job} -o later{place}").lines
    assert sorted(later) == sorted(f"later/{job}{name.removeprefix('sea')}" for name in names)
    assert handler(f"jobs download {job} audio --chapter 2 -o .{place}").lines == [f"{job}-02.flac"]
    assert handler(f"jobs download {job} book --json{place}").json == {"book": f"{job}.m4b"}


def test_standard_input_and_output(
    environ: dict[str, str],
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    place: str,
) -> None:
    """With - the text comes from standard input, and standard output has the audio alone."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Hallö.".encode())))
    assert main(["say", "-", "-o", "-", *place.split()], environ) == 0
    written = capsysbinary.readouterr().out
    assert written[:4] == b"RIFF"
    assert seconds(io.BytesIO(written)) > 0.3


def test_captions_are_spoken_at_their_own_times(handler: Shell, place: str) -> None:
    """A file of captions is dubbed: the speech of the second caption begins with it."""
    Path("film.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello.\n\n2\n00:00:03,000 --> 00:00:04,500\nBye.\n")
    done = handler(f"say film.srt --captions json{place}")
    assert done.lines == ["film.wav", "film.json"], done.err
    words = json.loads(Path("film.json").read_text("utf-8"))["words"]
    assert words[-1]["word"] == "Bye."
    assert words[-1]["start"] >= 2.9


def test_turns_and_any_field(handler: Shell) -> None:
    """--turns is a script of several voices, and --option any field of the request."""
    turns = json.dumps([{"text": "Hi.", "speaker": "Anna"}, {"text": "Bye.", "speaker": "Ben"}])
    done = handler("say --json --option audio-format=mp3 --option sample_rate=16000 -o out/talk.mp3", "--turns", turns)
    assert done.code == 0, done.err
    assert done.json["sample_rate"] == 16000
    assert [turn["speaker"] for turn in done.json["turns"]] == ["Anna", "Ben"]
    assert handler("say", "--turns", turns).lines == ["hi-bye.wav"]


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("say Hi. --speed 9", 2, "say: --speed: must be at most 3"),
        ("say Hi. --captions lrc", 2, "--captions: 'lrc' is not known"),
        ("say Hi. --captions srt --style nope", 2, "say: --style: 'nope' is not known"),
        ("say Hi. --option takes=99", 2, "say: --option takes: must be"),
        ("say Hi. --engine nope", 2, "say: there is no engine 'nope'; known are f5"),
        ("say Hi. --set engines=nope", 2, "ENGINES has 'nope'"),
        ("say Hi. --set presign_ttl=soon", 2, "PRESIGN_TTL (in --set): must be a whole number"),
        ("say Hi. --config nope.yaml", 2, "nope.yaml cannot be read"),
        ("captions taken --captions lrc", 2, "captions: --captions: 'lrc' is not known"),
        ("captions taken --text Hi.", 2, "captions: taken: "),
        ("voices delete nobody", 1, "voices: NAME: there is no voice nobody; `handler voices list` shows them"),
        ("say Hi. --voice nobody", 1, "--voice: "),
        ("say Hi. -o a.txt", 2, "-o a.txt: takes a folder, or a file that ends in wav"),
        ("say Hi. -o a.mp3 --format wav", 2, "are two formats"),
        ("say Hi. -o - --captions srt", 2, "-o - writes the audio alone"),
        ("say Hi. --server http://x --endpoint y", 2, "are two places"),
        ("say Hi. --endpoint y", 2, "--api-key"),
        ("say Hi. -o taken/a.wav", 1, "taken/a.wav cannot be written: "),
        ("captions /proc/self/mem --text Hi.", 1, "captions: Input/output error"),
        ("say Hi. --turns nonsense", 2, "--turns: is not JSON"),
    ],
)
def test_errors_name_the_flag(handler: Shell, here: Path, line: str, code: int, sentence: str) -> None:
    """What cannot be done is one sentence that names the flag or the file, and no log line is beside it."""
    Path("taken").touch()
    done = handler(line)
    assert (done.code, done.out) == (code, "")
    (told,) = done.err.splitlines()
    assert sentence in told


def test_failed_job_is_json_too(handler: Shell, place: str) -> None:
    """With --json a failed job prints its reply, as API.md describes errors."""
    done = handler(f"say Hi. --speed 9 --json{place}")
    assert done.code == 2
    assert done.json["error_code"] == "bad_request"


def test_unreachable_server_is_one_sentence(handler: Shell) -> None:
    """A server that is not there is named."""
    done = handler("jobs list --server http://127.0.0.1:9")
    assert done.code == 1
    assert "127.0.0.1:9 cannot be reached" in done.err


def test_server_with_keys_asks_for_one(handler: Shell, services: Services) -> None:
    """A server that has keys, and gets none or a wrong one, is answered by what gives one here."""
    with running(with_settings(services, api_keys=SecretStr("me:secret-key-1234567890"))) as server:
        for key in ("", " --api-key wrong-key-1234567890"):
            done = handler(f"jobs list --server {server.url}{key}")
            assert done.code == 1
            assert done.err.endswith("; set SPEECH_API_KEY (for RunPod RUNPOD_API_KEY), or give --api-key\n")
            assert "Bearer" not in done.err
        assert handler(f"jobs list --server {server.url}", SPEECH_API_KEY="secret-key-1234567890").code == 0


def test_recording_is_a_voice_that_is_found_again(handler: Shell) -> None:
    """A recording becomes a voice of the store once; its name depends on its sound and its text."""
    arguments = ["--voice", str(HUMAN_CLIP), "--voice-text", HUMAN_TEXT]
    convert = f"convert {HUMAN_CLIP}"  # which then finds no converter
    first = handler(convert, *arguments)
    name = name_of(HUMAN_CLIP, HUMAN_TEXT)
    assert f"making a voice of {HUMAN_CLIP}: {name}" in first.err
    assert "making a voice" not in handler(convert, *arguments).err
    assert [voice["name"] for voice in handler(f"voices list {name} --json").json] == [name]
    assert name_of(HUMAN_CLIP, "Another text.") != name


def test_engine_that_does_not_clone_makes_no_voice(handler: Shell) -> None:
    """A recording as --voice is refused before a voice is made of it where the engine could not speak in it."""
    done = handler("say Hi.", "--voice", str(HUMAN_CLIP), "--voice-text", HUMAN_TEXT)
    assert done.code == 2
    assert f"--voice {HUMAN_CLIP}: espeak does not clone; --engine takes one that does: " in done.err
    done = handler("say Hi. --set engines=espeak,pocket", "--voice", str(HUMAN_CLIP), "--voice-text", HUMAN_TEXT)
    assert "espeak does not clone; give --engine pocket" in done.err
    assert "making a voice" not in done.err
    assert handler("voices list --json").json == []


def test_fresh_environment_speaks_with_piper(here: Path) -> None:
    """With nothing set, the command speaks with piper where f5 has no files, says so, and keeps its store at home."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(here), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "handler", "say", "It works.", "-o", "out/"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "out/it-works.wav\n"
    assert done.stderr == "speaking with piper, as f5 is not here; --engine or ENGINES chooses another\n"
    assert seconds("out/it-works.wav") > 0.5
    assert list(Path(".local/share/tts-captions/store/output").iterdir())


def test_interrupt_cancels_the_job(here: Path, environ: dict[str, str]) -> None:
    """Ctrl-C ends the command with 130 and one line, and the job's record says that it was cancelled."""
    Path("long.txt").write_text("This sentence is one of very many. " * 500)
    command = [sys.executable, "-m", "handler", "say", "long.txt", "--captions", "all"]
    given = {"PATH": os.environ["PATH"], "HOME": str(here), "PYTHONPATH": str(ROOT)} | environ
    records = Path(environ["LOCAL_STORE"]) / "jobs"
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=given, stdout=pipe, stderr=pipe, text=True, preexec_fn=interruptible) as running:
        while not list(records.glob("*.json")) and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "say: interrupted\n")
    (record,) = records.glob("*.json")
    assert json.loads(record.read_text())["state"] == "CANCELLED"
