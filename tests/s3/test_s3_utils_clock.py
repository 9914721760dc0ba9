"""A machine whose clock is wrong: requests and URLs are signed by the bucket's clock, as its answers tell it."""

from __future__ import annotations

import logging
import re
import time
import urllib.request
from email.utils import formatdate

import pytest

import s3_utils
from handler.settings import Settings
from handler.storage.bucket_clock import BucketClock
from s3_utils import S3Store


@pytest.fixture(params=[-5000.0, -800.0, 800.0, 5000.0])
def wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """How far this machine's clock is ahead."""
    ahead = float(request.param)
    monkeypatch.setattr(s3_utils, "_bucket_clock", BucketClock(lambda: time.time() + ahead))
    return ahead


def test_urls_live_as_long_as_they_were_asked_for(
    s3_environ: dict[str, str], wrong: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond what the bucket accepts the first request is signed again; URLs of ten minutes open."""
    with caplog.at_level(logging.WARNING, "handler.storage.bucket_clock"):
        store = S3Store(Settings.read(s3_environ))
        store.put("output/a.wav", b"sound", "audio/wav")
        assert store.head("output/none.wav") is None
    url = store.presign_get("output/a.wav", 600, media_type="audio/wav", filename="a.wav")
    with urllib.request.urlopen(url) as reply:
        assert reply.read() == b"sound"
    (warning,) = caplog.messages
    told = re.search(r"is (\d+) s (ahead of|behind) the bucket's", warning)
    assert told
    assert int(told[1]) == pytest.approx(abs(wrong), abs=60)
    assert told[2] == ("ahead of" if wrong > 0 else "behind")


def test_small_differences_are_none() -> None:
    """A slow answer corrects nothing; a clock that has been set ends the correction; what is no date is ignored."""
    now = 1_000_000.0
    clock = BucketClock(lambda: now)
    assert not clock.note(formatdate(now + 30, usegmt=True))
    assert clock.note(formatdate(now + 300, usegmt=True))
    assert clock.time().timestamp() == now + 300
    assert not clock.note("yesterday")
    assert not clock.note(formatdate(now + 310, usegmt=True))
    assert clock.note(formatdate(now, usegmt=True))
    assert clock.ahead_s == 0
