"""``handler doctor --fix-lifecycle`` has a bucket remove old results, and asks before."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Shell
from tests.support.lifecycle_service import LifecycleService, lifecycle_service

OTHER = (
    b'<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>logs</ID><Status>Enabled'
    b"</Status><Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>3</Days></Expiration></Rule>"
    b"<Rule><ID>records</ID><Status>Enabled</Status><Filter><Prefix>jobs/</Prefix></Filter>"
    b"<Expiration><Days>2</Days></Expiration></Rule></LifecycleConfiguration>"
)
FIX = "doctor --fix-lifecycle"
MONTH = "--set retention_days=30"


@pytest.fixture
def bucket(handler: Shell) -> Iterator[LifecycleService]:
    """A bucket with two rules of somebody else's, one of which covers the records."""
    with lifecycle_service() as made:
        made.body = OTHER
        handler.environ |= made.environ()
        yield made


class Typed(io.StringIO):
    """A terminal at which somebody has typed something."""

    def isatty(self) -> bool:
        return True


def rules(bucket: LifecycleService) -> dict[str, tuple[str, int]]:
    """The prefix and the days of each rule, by its id."""
    found = re.findall(r"<Rule>(.*?)</Rule>", (bucket.body or b"").decode())
    parts = [[re.search(rf"<{name}>(.*?)</{name}>", rule) for name in ("ID", "Prefix", "Days")] for rule in found]
    return {id_[1]: (prefix[1], int(days[1])) for id_, prefix, days in parts if id_ and prefix and days}


def test_rules_are_written(handler: Shell, bucket: LifecycleService) -> None:
    """Those that are missing are; the others stay, and a second time nothing is to do."""
    done = handler(f"{FIX} {MONTH} --yes")
    assert done.code == 0, done.err
    assert rules(bucket) == {
        "logs": ("logs/", 3),
        "records": ("jobs/", 2),
        "speech-output": ("output/", 30),
        "speech-timings": ("timings/", 30),
        "speech-videos": ("videos/", 30),
        "speech-uploads": ("uploads/", 2),
    }
    assert all(name in done.out for name in ("speech-output", "output/*", "30 days"))
    written = bucket.body
    again = handler(f"{FIX} {MONTH} --yes")
    assert (again.code, "nothing to do" in again.out, bucket.body) == (0, True, written)


def test_another_number_of_days_replaces_them(handler: Shell, bucket: LifecycleService) -> None:
    """Rules of its own get the shorter time."""
    for days in (30, 7):
        assert handler(f"{FIX} --set retention_days={days} --yes").code == 0
    assert rules(bucket)["speech-output"] == ("output/", 7)
    assert len(rules(bucket)) == 6


@pytest.mark.parametrize(("typed", "written"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_it_asks(
    handler: Shell, bucket: LifecycleService, monkeypatch: pytest.MonkeyPatch, typed: str, written: bool
) -> None:
    """It shows the rules, and writes them if somebody says yes."""
    monkeypatch.setattr("sys.stdin", Typed(typed))
    done = handler(f"{FIX} {MONTH}")
    assert (done.code == 0, bucket.body != OTHER) == (written, written)
    assert "speech-output" in done.out


def test_it_asks_for_the_days(handler: Shell, bucket: LifecycleService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without RETENTION_DAYS it asks for how long; what is no number is refused."""
    monkeypatch.setattr("sys.stdin", Typed("14\ny\n"))
    assert handler(FIX).code == 0
    assert rules(bucket)["speech-videos"] == ("videos/", 14)
    for typed in ("soon\n", "0\n", "-1\n", "\n"):
        monkeypatch.setattr("sys.stdin", Typed(typed))
        assert handler(FIX).code == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [(FIX, "set RETENTION_DAYS"), (f"{FIX} {MONTH}", "add --yes"), ("doctor --yes", "--yes needs --fix-lifecycle")],
)
def test_a_script_is_told_what_to_add(
    handler: Shell, bucket: LifecycleService, monkeypatch: pytest.MonkeyPatch, line: str, sentence: str
) -> None:
    """Where nobody can be asked nothing is written."""
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    done = handler(line)
    assert (done.code, bucket.body) == (2, OTHER)
    assert sentence in done.err


@pytest.mark.parametrize(("method", "right"), [("GET", "s3:GetLifecycle"), ("PUT", "s3:PutLifecycle")])
def test_a_missing_right_is_named(handler: Shell, bucket: LifecycleService, method: str, right: str) -> None:
    """Keys that may not do it are told which right they lack."""
    bucket.denied = (method,)
    done = handler(f"{FIX} {MONTH} --yes")
    assert (done.code, bucket.body) == (1, OTHER)
    assert right in done.err


def test_a_service_without_rules(handler: Shell, s3_environ: dict[str, str]) -> None:
    """Swift has none: then RETENTION_DAYS is the way."""
    done = handler(f"{FIX} {MONTH} --yes", **s3_environ)
    assert done.code == 1
    assert "has no lifecycle rules; set RETENTION_DAYS" in done.err


def test_a_folder_needs_none(handler: Shell) -> None:
    """A folder has no rules, and its workers remove results."""
    done = handler(f"{FIX} {MONTH} --yes")
    assert done.code == 2
    assert "needs a bucket" in done.err
