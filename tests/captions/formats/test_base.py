import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.captions.formats.base import clock, ticks
from tests.support.caption_words import in_seconds


@given(st.floats(0, 1e5), st.sampled_from([100, 1000]))
def test_ticks_round_to_the_nearest(seconds: float, per_second: int) -> None:
    """A time is never more than half a unit off, and a clock reads back as the same ticks."""
    units = ticks(seconds, per_second)
    assert abs(units / per_second - seconds) <= 0.5 / per_second + 1e-9
    read = clock(units, per_second, ".")
    assert all(float(part) < 60 for part in read.split(":")[1:])
    assert in_seconds(read) == pytest.approx(units / per_second)
