"""One row of the tables of readings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """A pattern of a whole token as it is written, and the function that gives ways to say it; see `text.readings`.

    The function gets the match and the `Language`, which has rows of these and so cannot be imported here.
    """

    pattern: str
    say: Callable[[re.Match[str], Any], Iterator[str]]
