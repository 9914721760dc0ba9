"""What is published says what the code does: workflows, the Hub's files, release notes, the page on deploying."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from handler.app import make_services
from handler.captions import FORMATS, STYLES
from handler.dispatch import ALIASES, ENDPOINTS, dispatch
from handler.engines import ENGINES
from handler.errors import ConfigError
from handler.protocols import Services
from handler.requests import Limits, parse
from handler.settings import Settings
from setup_network_venv import Deadline, ExitCode
from tools.release_notes import NotReady, main, notes

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / ".github" / "scripts"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HUB = json.loads((ROOT / ".runpod" / "hub.json").read_text("utf-8"))
HUB_TESTS = json.loads((ROOT / ".runpod" / "tests.json").read_text("utf-8"))
DEPLOY = (ROOT / "docs" / "deploy.md").read_text("utf-8")

POOLS = {
    *("AMPERE_16", "AMPERE_24", "ADA_24", "ADA_32_PRO", "AMPERE_48", "ADA_48_PRO"),
    *("AMPERE_80", "ADA_80_PRO", "HOPPER_141", "BLACKWELL_96", "BLACKWELL_180"),
}
"""Groups of GPUs that RunPod knows."""


# --- The Hub ----------------------------------------------------------------------------------------------------------


def inputs() -> list[dict[str, Any]]:
    return [{"key": entry["key"], **entry["input"]} for entry in HUB["config"]["env"]]


def read_by_the_set_up(name: str) -> bool:
    return f'"{name}"' in (ROOT / "setup_network_venv.py").read_text("utf-8")


def test_hub_fields_are_complete() -> None:
    """Every required field of hub.json is well-formed, and no description is too long for the Hub."""
    assert HUB["title"]
    assert HUB["type"] == "serverless"
    assert HUB["category"] in {"audio", "embedding", "language", "video", "image"}
    config = HUB["config"]
    assert config["runsOn"] == "GPU"
    assert config["gpuCount"] == 1
    assert set(config["gpuIds"].split(",")) <= POOLS
    assert isinstance(config["containerDiskInGb"], int)
    described = [HUB, *inputs()]
    assert [entry for entry in described if not 0 < len(entry["description"]) < 191] == []


def test_cuda_versions_fit_the_locked_torch() -> None:
    """The least allowed CUDA is that of the locked torch, and hub.json and tests.json agree."""
    versions = HUB["config"]["allowedCudaVersions"]
    assert versions == HUB_TESTS["config"]["allowedCudaVersions"]
    lock = (ROOT / "requirements" / "worker.txt").read_text("utf-8")
    built = re.search(r"^nvidia-cuda-runtime-cu\d+==(\d+)\.(\d+)", lock, re.MULTILINE)
    assert built
    least = min(tuple(map(int, version.split("."))) for version in versions)
    assert least == (int(built[1]), int(built[2]))


@pytest.mark.parametrize("entry", inputs(), ids=lambda entry: str(entry["key"]))
def test_hub_inputs_are_settings(entry: dict[str, Any]) -> None:
    """Each input is a setting with the setting's default, and every offered value is valid."""
    assert entry["name"]
    assert entry["type"] in {"string", "number", "boolean"}
    name = entry["key"]
    if name.lower() not in Settings.model_fields:
        assert read_by_the_set_up(name), f"nobody reads {name}"
        for value in (entry[key] for key in ("default", "min", "max")):
            Deadline.from_environ({name: str(value)})
        return
    secret = {"GOOGLE_CREDENTIALS_JSON"}
    own = Settings.model_fields[name.lower()].default
    shown = ",".join(own) if isinstance(own, tuple) else own
    assert entry.get("default") == (None if name in secret else shown)
    offered = [entry.get(key) for key in ("default", "min", "max")] + [o["value"] for o in entry.get("options", [])]
    for value in (value for value in offered if value is not None):
        Settings.read({name: str(value)})


def test_hub_inputs_begin_with_the_bucket() -> None:
    """The required bucket settings are the first inputs and not advanced ones."""
    plain = [entry["key"] for entry in inputs() if not entry.get("advanced")]
    assert plain[:3] == ["S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]


@pytest.mark.parametrize("case", HUB_TESTS["tests"], ids=lambda case: str(case["name"]))
def test_hub_tests_are_valid_jobs(case: dict[str, Any]) -> None:
    """Every test of tests.json is a valid request with a timeout in milliseconds."""
    assert set(case) == {"name", "input", "timeout"}
    fields = dict(case["input"])
    name = fields.pop("endpoint", "generate")
    settings = Settings.read({})
    known = Limits(settings.max_text_chars, tuple(ENGINES), tuple(STYLES), tuple(FORMATS))
    parse(ENDPOINTS[str(ALIASES.get(name, name))].model, fields, known)
    assert 10_000 <= case["timeout"] <= settings.job_timeout * 1000


def test_hub_tests_use_known_settings() -> None:
    """The environment of tests.json is valid, and each of its variables is used."""
    environ = {entry["key"]: entry["value"] for entry in HUB_TESTS["config"]["env"]}
    Settings.read(environ)
    assert [key for key in environ if key.lower() not in Settings.model_fields and not read_by_the_set_up(key)] == []
    assert HUB_TESTS["config"]["gpuTypeId"].startswith("NVIDIA ")


def test_hub_files_exist(tmp_path: Path) -> None:
    """The files that the Hub needs are beside hub.json, and handler.py starts the image's own script."""
    folder = ROOT / ".runpod"
    assert {"hub.json", "tests.json", "Dockerfile", "handler.py"} <= {path.name for path in folder.iterdir()}
    environ = {"VOLUME_DIR": str(tmp_path / "none"), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, str(folder / "handler.py")], env=environ, capture_output=True, text=True)
    assert done.returncode == ExitCode.NO_VOLUME
    assert "there is no network volume" in done.stderr


@pytest.fixture(scope="module")
def hubs_tools(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """What a worker of RunPod has under the environment of tests.json, but espeak for a voice and no GPU."""
    environ = {entry["key"]: entry["value"] for entry in HUB_TESTS["config"]["env"]}
    folder = tmp_path_factory.mktemp("hub")
    here = {"LOCAL_STORE": str(folder / "store"), "MODELS_DIR": str(folder / "models"), "HF_HUB_OFFLINE": "1"}
    return make_services(Settings.read(environ | here | {"RUNPOD_POD_ID": "pod", "TTS_ENGINE": "espeak"}))


@pytest.mark.parametrize("case", HUB_TESTS["tests"], ids=lambda case: str(case["name"]))
def test_hub_tests_pass_without_a_bucket(case: dict[str, Any], hubs_tools: Services) -> None:
    """Every job of tests.json succeeds without a bucket, with a warning where it has files."""
    reply = dispatch({"id": f"hub-{case['name']}", "input": case["input"]}, hubs_tools)
    assert "error" not in reply
    if "audio_url" in reply:
        assert "results_local" in [warning["code"] for warning in reply["warnings"]]


def test_invalid_setting_is_refused() -> None:
    """A value that a setting does not accept raises ConfigError, which the tests of defaults rely on."""
    with pytest.raises(ConfigError):
        Settings.read({"PRESIGN_TTL": "59"})


# --- Workflows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_actions_are_pinned(path: Path) -> None:
    """Every action is pinned to a commit with its version, or is in this repository."""
    used = re.findall(r"uses: *(.*)", path.read_text("utf-8"))
    pinned = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert used
    own = {use for use in used if use.startswith("$/") and (ROOT / use[2:]).is_file()}
    assert [use for use in used if use not in own and not pinned.fullmatch(use)] == []


DOCKERFILES = [*ROOT.glob("Dockerfile*"), *ROOT.glob(".*/Dockerfile"), *ROOT.glob(".*/*/Dockerfile")]
DIGEST = r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}"


def test_images_are_pinned_by_digest() -> None:
    """Every Dockerfile begins from one base by its digest, or from a stage of its own; compose pulls no image."""
    assert {str(path.relative_to(ROOT)) for path in DOCKERFILES} == {
        "Dockerfile.runpod", "Dockerfile.baked", ".runpod/Dockerfile", ".github/base/Dockerfile",
    }  # fmt: skip
    bases = set()
    for path in DOCKERFILES:
        text = path.read_text("utf-8")
        named = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
        stages = set(re.findall(r"^FROM .* AS (\w+)$", text, re.MULTILINE))
        used = [named.get(each.strip("${}"), each) for each in re.findall(r"^FROM (\S+)", text, re.MULTILINE)]
        bases |= set(used) - stages
        assert used
    assert len(bases) == 1, f"run make base: the Dockerfiles begin from {sorted(bases)}"
    assert re.fullmatch(DIGEST, bases.pop())
    assert not re.search(r"^\s*image:", (ROOT / "docker-compose.yml").read_text("utf-8"), re.MULTILINE)


def test_dependabot_looks_at_all_that_is_pinned() -> None:
    """Actions, the base image and the locks have an entry each, with a wait, and their folders are there."""
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))["updates"]
    folders = {update["package-ecosystem"]: update["directory"] for update in updates}
    assert folders == {"github-actions": "/", "docker": "/.github/base", "pip": "/requirements"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)
    assert all((ROOT / folder.strip("/")).is_dir() for folder in folders.values())


def test_make_base_writes_one_base_into_every_dockerfile(tmp_path: Path) -> None:
    """After Dependabot has moved .github/base, one command moves the Dockerfiles."""
    new = f"debian:bookworm-slim@sha256:{'5' * 64}"
    for path in (*DOCKERFILES, ROOT / "Makefile"):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(re.sub(r"^FROM .*@.*$", f"FROM {new}", path.read_text("utf-8"), flags=re.MULTILINE))
    subprocess.run(["make", "base"], cwd=tmp_path, check=True, capture_output=True)
    for name in ("Dockerfile.runpod", "Dockerfile.baked", ".runpod/Dockerfile"):
        assert f"ARG BASE_IMAGE={new}\n" in (tmp_path / name).read_text("utf-8")


def test_each_action_has_one_version() -> None:
    """An action has the same commit everywhere."""
    used = {use for path in WORKFLOWS for use in re.findall(r"uses: *(\S+@\S+)", path.read_text("utf-8"))}
    assert len(used) == len({use.partition("@")[0] for use in used})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_permissions_are_per_job(path: Path) -> None:
    """A workflow has no permission by default, and a job only those it needs."""
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    writes = {
        name: {what for what, level in job["permissions"].items() if level == "write"}
        for name, job in workflow["jobs"].items()
    }
    expected = {"image": {"packages"}, "release": {"contents"}} if path.name == "publish.yml" else {}
    assert writes == {name: expected.get(name, set()) for name in writes}


def test_release_steps_are_ordered() -> None:
    """Tests and smoke run come before the push, and the push before the release."""
    jobs = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text("utf-8"))["jobs"]
    assert [(name, job.get("needs")) for name, job in jobs.items()] == [
        ("version", None),
        ("test", "version"),
        ("image", "test"),
        ("release", "image"),
    ]
    ran = [step.get("run", "") for step in jobs["image"]["steps"]]
    order = ["buildx create", "build.sh", "smoke.sh", "login.sh", "push.sh"]
    assert [next(i for i, run in enumerate(ran) if word in run) for word in order] == [1, 2, 3, 4, 5]
    assert "--load" in ran[2]


def test_files_named_by_workflows_exist() -> None:
    """Each test, script and lock that a workflow names is in the repository."""
    text = "".join(path.read_text("utf-8") for path in WORKFLOWS)
    named = set(re.findall(r"(?<![\w/])(?:tests|tools|requirements|\.github/scripts)/[\w./-]*\w", text))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


# --- The scripts of publishing ----------------------------------------------------------------------------------------

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a script of the workflow with a docker in its path that notes how it was called and does as it is told."""
    fake = tmp_path / "bin" / "docker"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$*" >> "$RUNNER_TEMP/calls"\n'
        'case "$1" in login) cat > /dev/null;; esac\n'
        'case "$*" in *--metadata-file*) echo \'{"containerimage.digest": "sha256:1f"}\' > "$RUNNER_TEMP/pushed.json";;'
        ' esac\ncase "$*" in\n'
        '"buildx imagetools inspect "*) case " $THERE " in *" $4 "*) exit 0;; esac;\n'
        'echo "${ABSENT:-ERROR: not found}" >&2; exit 1;;\n'
        '"manifest inspect "*) case " $PUBLIC " in *" $3 "*) exit 0;; esac; exit 1;;\n'
        '"run --rm --entrypoint python3 worker:candidate -c "*) exit "${INSIDE:-0}";;\n'
        '"run --rm worker:candidate --check") echo "$CHECK_SAYS"; exit "$CHECK_CODE";;\n'
        '"run --rm --entrypoint dpkg-query "*) printf "tini\\t0.19.0-1\\n";;\n'
        '"run --rm worker:candidate") echo "$START_SAYS" >&2; exit "$START_CODE";;\nesac\n'
    )
    fake.chmod(0o755)
    given = {
        "PATH": f"{fake.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_REPOSITORY": "Some-Body/Speech-Worker",
        "GITHUB_ACTOR": "anna",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REF_NAME": "v1.2.3",
        "GHCR_TOKEN": "ghcr-token-of-the-run",
    }

    def run(script: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(SCRIPTS / script), *arguments]
        return subprocess.run(command, env=given | more, cwd=ROOT, capture_output=True, text=True)

    return run


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text().splitlines()


def test_login_to_both_registries(run: Run, tmp_path: Path) -> None:
    """With both secrets, the image goes to GHCR and Docker Hub under lower-case names; no token is an argument."""
    done = run("login.sh", DOCKER_USERNAME="Anna", DOCKER_PASSWORD="secret-of-the-hub")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "images.txt").read_text().split() == [
        "ghcr.io/some-body/speech-worker",
        "docker.io/anna/speech-worker",
    ]
    output = "\n".join(calls(tmp_path)) + done.stdout + done.stderr
    assert "secret-of-the-hub" not in output
    assert "ghcr-token-of-the-run" not in output


@pytest.mark.parametrize("given", [{}, {"DOCKER_USERNAME": "anna"}, {"DOCKER_USERNAME": "", "DOCKER_PASSWORD": ""}])
def test_docker_hub_is_optional(run: Run, tmp_path: Path, given: dict[str, str]) -> None:
    """Without both secrets only GHCR is used, and a notice gives the reason."""
    done = run("login.sh", **given)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "images.txt").read_text().split() == ["ghcr.io/some-body/speech-worker"]
    assert done.stdout.startswith("::notice")
    assert "DOCKER_USERNAME and DOCKER_PASSWORD" in done.stdout


NAMES = ["ghcr.io/some-body/worker:1.2.3", "docker.io/anna/worker:1.2.3"]
BUILT = "buildx build --platform linux/amd64 --file Dockerfile.runpod "
BASE = (ROOT / ".github/base/Dockerfile").read_text("utf-8").rpartition("FROM ")[2].strip()


def push(run: Run, tmp_path: Path, **more: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Push to both registries; what the script did, and the tags that it pushed."""
    (tmp_path / "images.txt").write_text("ghcr.io/some-body/worker\ndocker.io/anna/worker\n")
    done = run("push.sh", **{"PUBLIC": " ".join(NAMES), **more, "THERE": f"{BASE} {more.get('THERE', '')}"})
    assert done.returncode == 0, done.stderr
    built = [call for call in calls(tmp_path) if call.startswith("buildx build")]
    return done, re.findall(r"--tag=(\S+)", "".join(built))


def test_image_is_pushed_under_its_version(run: Run, tmp_path: Path) -> None:
    """Each name gets the tag X.Y.Z alone, with provenance and SBOM, in one push."""
    done, tags = push(run, tmp_path)
    assert tags == NAMES
    [call] = [call for call in calls(tmp_path) if call.startswith("buildx build")]
    for flag in ("--provenance mode=max", "--sbom true", "--push"):
        assert flag in call
    summary = (tmp_path / "summary").read_text()
    assert "sha256:1f" in summary
    assert summary.count("- ") == 2
    assert "::" not in done.stdout


def test_existing_version_is_not_pushed_again(run: Run, tmp_path: Path) -> None:
    """A repeated run pushes only what is missing."""
    done, tags = push(run, tmp_path, THERE=NAMES[0])
    assert tags == NAMES[1:]
    assert f"::notice title=Already there::{NAMES[0]}" in done.stdout
    (tmp_path / "calls").unlink()
    done, tags = push(run, tmp_path, THERE=" ".join(NAMES))
    assert tags == []
    assert done.stdout.count("::notice") == 2


def test_unreachable_registry_stops_the_push(run: Run, tmp_path: Path) -> None:
    """Nothing is pushed if the existing versions cannot be read."""
    (tmp_path / "images.txt").write_text("ghcr.io/some-body/worker\n")
    done = run("push.sh", ABSENT="429 Too Many Requests")
    assert done.returncode == 1
    assert "::error title=Not known::" in done.stdout
    assert not any(call.startswith("buildx build") for call in calls(tmp_path))


def test_private_package_is_a_warning(run: Run, tmp_path: Path) -> None:
    """The run warns of a private GitHub package without failing."""
    done, tags = push(run, tmp_path, PUBLIC=NAMES[1])
    assert tags == NAMES
    assert done.stdout.count("::warning") == 1
    assert NAMES[0] in done.stdout


def test_pushed_image_is_the_tested_one(run: Run, tmp_path: Path) -> None:
    """One script builds both images, on the base that the Dockerfile names by digest, with the same options."""
    assert run("build.sh", "--tag", "worker:candidate", "--load", THERE=BASE).returncode == 0
    push(run, tmp_path)
    built = [call for call in calls(tmp_path) if call.startswith("buildx build")]
    assert [call.startswith(BUILT) for call in built] == [True, True]
    assert "--build-arg" not in "".join(built)
    assert not re.search(r"--(label|no-cache|target)", built[1])


def test_build_on_a_base_that_is_not_there_says_what_to_correct(run: Run, tmp_path: Path) -> None:
    """A digest that the registry does not have ends the build before it begins, with the file that names it."""
    done = run("build.sh", "--load")
    assert done.returncode == 1
    assert done.stdout.startswith(f"::error title=No base::{BASE} cannot be had: ERROR: not found.")
    assert ".github/base/Dockerfile" in done.stdout
    assert not any(call.startswith("buildx build") for call in calls(tmp_path))


def test_list_of_contents_has_the_packages_of_the_pushed_image(run: Run, tmp_path: Path) -> None:
    """The release's list is of the image under its version, which may need a login; no token is an argument."""
    done = run("sbom.sh", str(tmp_path / "sbom.json"))
    assert done.returncode == 0, done.stderr
    login, listed = calls(tmp_path)
    assert login.startswith("login ghcr.io --username anna")
    assert listed == "run --rm --entrypoint dpkg-query ghcr.io/some-body/speech-worker:1.2.3 --show"
    found = {component["name"] for component in json.loads((tmp_path / "sbom.json").read_text("utf-8"))["components"]}
    assert {"tini", "pydantic", "SWivid/F5-TTS"} <= found
    assert "ghcr-token-of-the-run" not in login + listed + done.stdout + done.stderr


def test_image_that_cannot_be_listed_ends_the_release(run: Run, tmp_path: Path) -> None:
    """Without the system's packages there is no list."""
    docker = tmp_path / "bin" / "docker"
    docker.write_text(docker.read_text().replace('printf "tini\\t0.19.0-1\\n"', "exit 1"))
    assert run("sbom.sh", str(tmp_path / "sbom.json")).returncode != 0
    assert not (tmp_path / "sbom.json").exists()


GOOD_IMAGE = {
    "START_CODE": "3",
    "START_SAYS": "setup: there is no network volume at /runpod-volume; attach one",
    "CHECK_CODE": "1",
    "CHECK_SAYS": "environment  0123456789abcdef: not ready",
}


def test_good_image_passes_the_smoke_run(run: Run, tmp_path: Path) -> None:
    """An image that reports its missing volume and runs --check passes."""
    done = run("smoke.sh", "docker", "worker:candidate", **GOOD_IMAGE)
    assert done.returncode == 0, done.stdout
    assert len(calls(tmp_path)) == 3


def test_image_without_the_worker_fails_the_smoke_run(run: Run) -> None:
    """An image that has only the setup fails."""
    done = run("smoke.sh", "docker", "worker:candidate", **GOOD_IMAGE, INSIDE="1")
    assert done.returncode == 1
    assert "the package handler is not in the image" in done.stdout


@pytest.mark.parametrize(
    "wrong",
    [
        {"START_CODE": "0"},
        {"START_SAYS": "Traceback (most recent call last)"},
        {"CHECK_CODE": "127"},
        {"CHECK_SAYS": "exec: no such file"},
    ],
)
def test_wrong_image_fails_the_smoke_run(run: Run, wrong: dict[str, str]) -> None:
    """Another exit code or message at either step fails and shows the image's output."""
    given = GOOD_IMAGE | wrong
    done = run("smoke.sh", "docker", "worker:candidate", **given)
    assert done.returncode == 1
    assert given["START_SAYS"] in done.stdout or given["CHECK_SAYS"] in done.stdout


def test_smoke_run_matches_the_setup() -> None:
    """The exit code and messages of the smoke run are those of setup_network_venv.py."""
    smoke = (SCRIPTS / "smoke.sh").read_text("utf-8")
    wanted = re.findall(r'^expect (\d+) "([^"]+)"(.*)$', smoke, re.MULTILINE)
    assert [(code, rest.strip()) for code, _, rest in wanted] == [(str(ExitCode.NO_VOLUME.value), ""), ("1", "--check")]
    source = " ".join(strings_of(ROOT / "setup_network_venv.py"))
    assert all(sentence in source for _, sentence, _ in wanted)


# --- Release notes ----------------------------------------------------------------------------------------------------

PYPROJECT = '[project]\nname = "worker"\nversion = "1.2.0"\n'
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added
- Something still to come.

## [1.2.0] - 2026-11-20

### Added
- A new door. [docs](docs/deploy.md)

### Fixed
- An old one.

## [1.1.0] - 2026-01-02
- Before.

[Unreleased]: https://example.com/compare/v1.2.0...HEAD
[1.2.0]: https://example.com/v1.2.0
"""


def test_notes_are_those_of_the_version() -> None:
    """The notes are the version's own section, whole, without its heading and without its neighbours'."""
    assert notes("v1.2.0", PYPROJECT, CHANGELOG) == (
        "### Added\n- A new door. [docs](docs/deploy.md)\n\n### Fixed\n- An old one.\n"
    )


def test_notes_of_the_first_version_end_before_the_links() -> None:
    """The last section of the file does not take the definitions of links with it."""
    assert notes("v1.1.0", PYPROJECT.replace("1.2.0", "1.1.0"), CHANGELOG) == "- Before.\n"


@pytest.mark.parametrize(
    ("tag", "pyproject", "changelog", "message"),
    [
        ("1.2.0", PYPROJECT, CHANGELOG, "a tag such as v1.2.3"),
        ("v1.2", PYPROJECT, CHANGELOG, "a tag such as v1.2.3"),
        ("v1.2.0-rc.1", PYPROJECT, CHANGELOG, "a tag such as v1.2.3"),
        ("v01.2.0", PYPROJECT, CHANGELOG, "a tag such as v1.2.3"),
        ("v1.2.1", PYPROJECT, CHANGELOG, "the tag is v1.2.1 and pyproject.toml has version 1.2.0"),
        ("v1.2.0", PYPROJECT, CHANGELOG.replace("## [1.2.0]", "## 1.2.0"), r"has no section \[1.2.0\]"),
        ("v1.2.0", PYPROJECT, CHANGELOG.replace(" - 2026-11-20", ""), "has no date"),
        ("v1.2.0", PYPROJECT, "## [1.2.0] - 2026-11-20\n\n## [1.1.0] - 2026-01-02\n- Before.\n", "is empty"),
    ],
)
def test_wrong_tag_is_refused(tag: str, pyproject: str, changelog: str, message: str) -> None:
    """A tag that is not a version, or differs from the files' version, is refused with advice."""
    with pytest.raises(NotReady, match=message):
        notes(tag, pyproject, changelog)


def test_command_line_reports_errors_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use and a wrong tag give a message on stderr, an exit code, and nothing on stdout."""
    assert main([]) == 2
    assert main(["v999.0.0"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 2


# --- docs/deploy.md ---------------------------------------------------------------------------------------------------


def strings_of(path: Path) -> Iterator[str]:
    """Every string of a module, with … where an f-string or a log line puts a value."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"%(\.\d+)?[dfs]", "…", node.value)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


def documented_messages() -> list[str]:
    """The messages of the table in deploy.md."""
    table = DEPLOY.partition("<!-- start-up messages -->")[2].partition("<!-- end -->")[0]
    return re.findall(r"^\| `([^`]+)` ", table, re.MULTILINE)


SOURCES = [*ROOT.glob("*.py"), *(ROOT / "handler").rglob("*.py")]


@pytest.fixture(scope="module")
def strings() -> str:
    return "\n".join(text for path in SOURCES for text in strings_of(path))


def test_start_up_messages_are_those_of_the_code(strings: str) -> None:
    """The code has each message that deploy.md explains; … stands for varying parts."""
    messages = documented_messages()
    assert len(messages) > 20
    assert [message for message in messages if message not in strings] == []


def test_every_exit_code_is_explained() -> None:
    """deploy.md has a row for each exit code of the set-up."""
    rows = re.findall(r"^\| (\d+) \|", DEPLOY, re.MULTILINE)
    assert {int(row) for row in rows} >= {code.value for code in ExitCode}


def test_setup_variables_are_used() -> None:
    """The setup uses each of its variables in CONFIG.md."""
    section = (ROOT / "CONFIG.md").read_text("utf-8").partition("## The network volume")[2].partition("\n## ")[0]
    names = re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE)
    source = (ROOT / "setup_network_venv.py").read_text("utf-8")
    assert len(names) > 5
    assert [name for name in names if not re.search(rf"\b{name}\b", source)] == []
