"""Make one channel of many: their mean, or some of them where the mean would lose what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf, log10

MEAN = "pan=mono|c0<" + "+".join(f"c{channel}" for channel in range(64))  # of all channels, however many there are

# The peak of the mean of n channels is at most 20 log n dB below that of the loudest: one of them alone speaks then.
# Where it is so many dB more, channels cancel each other, as by a cable with one of two upside down.
_LOST_DB = 6.0
_HEARD_DB = -60.0  # of full scale: the peak of a channel or track that has something to hear
_FEW = 0.25  # share of the channels: where only so many are heard, the empty ones are left out

_MEASURED = "measure_perchannel=Peak_level:measure_overall=Peak_level"  # peaks alone cost little time
_LINE = re.compile(r"\[Parsed_astats_(\d+) @ \w+\] (Peak level|Overall|Channel)(?: dB)?:?\s*(\S*)")


def measured(mix: str) -> str:
    """Return the filters that mix and log the levels before and after it, for `Levels`."""
    return f"astats={_MEASURED},aformat=sample_fmts=fltp,{mix},astats={_MEASURED}"


@dataclass
class _Measured:
    """What one filter logs, in dB: the peak of each channel, and of all."""

    channels: list[float] = field(default_factory=list)
    peak: float = -inf
    overall: bool = False


class Levels:
    """The peaks that the filters `measured` log, in dB of full scale."""

    def __init__(self) -> None:
        self._filters: dict[int, _Measured] = {}  # by their place in the chain; they log in any order

    @property
    def channels(self) -> list[float]:
        """The peak of each channel before the mix."""
        return self._filters[min(self._filters)].channels if self._filters else []

    @property
    def mix(self) -> float:
        """The peak of the mix."""
        return self._filters[max(self._filters)].peak if self._filters else -inf

    @property
    def heard(self) -> bool:
        """Whether the mix is more than silence."""
        return self.mix > _HEARD_DB

    def read_log(self, line: str) -> None:
        """Take the levels from a line of ffmpeg's log."""
        found = _LINE.match(line)
        if not found:
            return
        name, value = found[2], found[3]
        filter_ = self._filters.setdefault(int(found[1]), _Measured())
        if name in ("Channel", "Overall"):
            filter_.overall = name == "Overall"
            if (name, value) == ("Channel", "1"):
                filter_.channels = []
            return
        level = float(value) if re.fullmatch(r"-?(\d+(\.\d+)?|inf)", value) else -inf
        if filter_.overall:
            filter_.peak = level
        else:
            filter_.channels.append(level)


def remix(levels: Levels) -> str | None:
    """Return the filter for another mix, where the mean of all channels loses what some say; else None."""
    channels = levels.channels
    heard = [channel for channel, peak in enumerate(channels) if peak > _HEARD_DB]
    if len(channels) < 2 or not heard:
        return None
    loudest = channels.index(max(channels))
    if channels[loudest] - levels.mix > 20 * log10(len(channels)) + _LOST_DB:
        return f"pan=mono|c0=c{loudest}"
    if len(heard) <= _FEW * len(channels):
        return "pan=mono|c0<" + "+".join(f"c{channel}" for channel in heard)
    return None
