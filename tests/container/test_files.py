"""The files that make the image, without making it: what they share, what they leave out, what start.sh passes on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from handler.settings import Settings

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE, BAKED = ((ROOT / name).read_text("utf-8") for name in ("Dockerfile.runpod", "Dockerfile.baked"))


def instructions(text: str) -> str:
    """A Dockerfile without the remarks at its top."""
    return text[text.index("ARG ") :]


def test_hub_dockerfile_is_the_baked_one() -> None:
    """.runpod/Dockerfile is Dockerfile.baked, as a Hub endpoint may have no volume."""
    assert (ROOT / ".runpod" / "Dockerfile").read_bytes() == (ROOT / "Dockerfile.baked").read_bytes()


def test_baked_dockerfile_extends_the_other() -> None:
    """Dockerfile.baked repeats Dockerfile.runpod literally, then installs."""
    assert instructions(BAKED).startswith(instructions(DOCKERFILE))
    more = instructions(BAKED).removeprefix(instructions(DOCKERFILE))
    assert "setup_network_venv.py --prepare --all" in more
    assert "ENTRYPOINT" not in more


@pytest.mark.parametrize("text", [DOCKERFILE, BAKED], ids=["runpod", "baked"])
def test_dockerfiles_need_no_new_builder(text: str) -> None:
    """They have no heredoc, no COPY --link, no secret and no private index."""
    assert "<<" not in text
    assert "--link" not in text
    assert [word for word in ("PASSWORD", "TOKEN", "SECRET", "INDEX", "CERT") if word in text] == []


def test_dockerignore_excludes_by_default() -> None:
    """.dockerignore excludes everything, and each exception exists."""
    lines = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    named = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert {"handler", "start.sh", "setup_network_venv.py", "s3_utils.py", "volume_lock.py", "package_index.py"} <= set(
        named
    )


def test_compose_variables_are_settings() -> None:
    """Each variable of docker-compose.yml is a setting, and its ports are open to this machine alone."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    for service in services.values():
        unread = [name for name in service["environment"] if name.lower() not in Settings.model_fields]
        assert unread == ["RUNPOD_INIT_TIMEOUT"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert service["build"]["dockerfile"] == "Dockerfile.runpod"


def test_compose_starts_either_door() -> None:
    """By default the HTTP server starts, and its health check asks the port that it listens on; the queue by name."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    assert [name for name, service in services.items() if "profiles" not in service] == ["worker"]
    assert {name: service["command"][1] for name, service in services.items()} == {"worker": "serve", "queue": "worker"}
    port = services["worker"]["environment"]["PORT"]
    check = services["worker"]["healthcheck"]["test"][-1]
    compile(check, "healthcheck", "exec")
    assert f"http://127.0.0.1:{port}{Settings.read({}).health_check_path}" in check
    assert services["worker"]["ports"] == [f"127.0.0.1:{port}:{port}"]


# --- start.sh ---------------------------------------------------------------------------------------------------------

STAND_IN = """#!/bin/sh
echo "$(basename "$0")" "$@"
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for the PATH: programs that tell how they were called, and a user who is root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {"python3": STAND_IN, "setpriv": STAND_IN, "id": "#!/bin/sh\necho 0\n"}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def start(programs: Path, *arguments: str, owner: str = "0", **environ: str) -> subprocess.CompletedProcess[str]:
    (programs / "stat").write_text(f"#!/bin/sh\necho {owner}\n")
    (programs / "stat").chmod(0o755)
    given = {"PATH": f"{programs}:{os.environ['PATH']}", "TTS_ENGINE": "espeak", **environ}
    return subprocess.run([str(ROOT / "start.sh"), *arguments], env=given, capture_output=True, text=True)


def test_arguments_are_passed_unchanged(programs: Path) -> None:
    """Spaces, quotes and stars in arguments arrive, and stdout has only the worker's output."""
    done = start(programs, "--", "run", '{"input": {"text": "a * b"}}')
    assert done.stdout == 'python3 setup_network_venv.py -- run {"input": {"text": "a * b"}}\n'
    assert done.stderr == "start: python3 setup_network_venv.py\n"
    assert done.returncode == 0


@pytest.mark.parametrize("arguments", [(), ("",)])
def test_worker_starts_without_arguments(programs: Path, arguments: tuple[str, ...]) -> None:
    """No argument or one empty argument starts the worker."""
    assert start(programs, *arguments).stdout == "python3 setup_network_venv.py\n"


def test_command_replaces_the_worker(programs: Path) -> None:
    """Arguments that do not begin with a dash are run as a command."""
    done = start(programs, "python3", "setup_network_venv.py", "--", "models", "pull", owner="1000")
    assert done.stdout.endswith("--clear-groups python3 setup_network_venv.py -- models pull\n")
    assert start(programs, "env", "echo", "a  b").stdout == "a  b\n"


@pytest.mark.parametrize("owner", ["0", "65534"])
def test_volume_of_root_or_an_unknown_owner_is_used_as_root(programs: Path, owner: str) -> None:
    """The worker stays root where root or a user unknown to the container owns the volume."""
    assert start(programs, owner=owner).stdout == "python3 setup_network_venv.py\n"


def test_worker_runs_as_the_owner_of_the_volume(programs: Path) -> None:
    """The worker gives up root for the owner of the volume."""
    done = start(programs, "--prepare", owner="1000")
    assert done.stdout == ("setpriv --reuid 1000 --regid 1000 --clear-groups python3 setup_network_venv.py --prepare\n")
    assert "as user 1000, who owns /runpod-volume" in done.stderr


def test_exit_code_is_that_of_the_setup(programs: Path) -> None:
    """The exit code of start.sh is that of the setup."""
    (programs / "python3").write_text("#!/bin/sh\nexit 5\n")
    assert start(programs).returncode == 5
