"""How captions come on screen. A new animation is a row of ANIMATIONS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

MAX_MS = 200
MAX_SHARE = 0.4  # of the time for which a word is spoken: the rest of it, the word is still and whole


@dataclass(frozen=True)
class Animation:
    """What changes while something comes on screen.

    ``scales`` are sizes in percent at shares of the time, from 0 to 1. ``clear`` is how transparent it is at first (0
    to 1), ``drop`` how far it is below its place, as a share of the size. With ``typed``, letters come one by one.
    """

    scales: tuple[tuple[float, float], ...] = ()
    clear: float = 0.0
    drop: float = 0.0
    typed: bool = False


ANIMATIONS: dict[str, Animation] = {
    "none": Animation(),
    "fade": Animation(clear=0.75),
    "pop": Animation(scales=((0.0, 60), (0.53, 110), (1.0, 100))),
    "slide": Animation(drop=0.35),
    "typewriter": Animation(typed=True),
}


@dataclass(frozen=True)
class State:
    """What something looks like at one moment: scale and opacity, both 1 at last, and how far below its place it is.

    ``drop`` is a share of the size.
    """

    scale: float = 1.0
    opacity: float = 1.0
    drop: float = 0.0


@dataclass(frozen=True)
class Entrance:
    """An animation of ``length`` milliseconds, ``since`` milliseconds after its begin when an event of ASS begins."""

    animation: Animation
    length: int
    since: int = 0

    def later(self, since: int) -> Entrance:
        """The same entrance for an event that begins later."""
        return replace(self, since=self.since + since)

    @property
    def over(self) -> bool:
        return self.since >= self.length

    @property
    def moves(self) -> bool:
        """Whether it looks different at first."""
        return bool(self.animation.scales or self.animation.clear or self.animation.drop)

    @property
    def scaled(self) -> bool:
        return bool(self.animation.scales) and not self.over

    def position(self, x: float, y: float, size: float) -> str:
        """The command that puts text of this size at its place, or moves it there."""
        if not self.animation.drop or self.over:
            return f"\\pos({x:.1f},{y:.1f})"
        start, end = -self.since, self.length - self.since
        return f"\\move({x:.1f},{y + self.animation.drop * size:.1f},{x:.1f},{y:.1f},{start},{end})"

    def fade(self) -> str:
        """The command that makes an event visible."""
        if not self.animation.clear or self.over:
            return ""
        start, end = -self.since, self.length - self.since
        return f"\\fade({round(self.animation.clear * 255)},0,0,{start},{end},{end},{end})"

    def scale(self, width: float = 100.0) -> str:
        """The commands that make text grow, at last to ``width`` percent of its own width."""
        if not self.scaled:
            return "" if width == 100 else f"\\fscx{width:.2f}"
        steps = [(round(share * self.length) - self.since, percent) for share, percent in self.animation.scales]
        commands = _sized(steps[0][1], width)
        for (start, _), (end, percent) in pairwise(steps):
            sized = _sized(percent, width)
            # A change that ends at 0 would be one over the whole event.
            commands = sized if end <= 0 else f"{commands}\\t({start},{end},{sized})"
        return commands

    def state(self, elapsed: float) -> State:
        """What it looks like so many milliseconds after the begin of the event."""
        share = min(1.0, max(0.0, (elapsed + self.since) / self.length)) if self.length else 1.0
        scale = 100.0
        for (start, low), (end, high) in pairwise(self.animation.scales):
            if start <= share:
                scale = low + (high - low) * min(1.0, (share - start) / (end - start))
        rest = 1 - share
        return State(scale / 100, 1 - self.animation.clear * rest, self.animation.drop * rest)


def _sized(percent: float, width: float) -> str:
    return f"\\fscx{percent * width / 100:.2f}\\fscy{percent:g}"


STILL = Entrance(ANIMATIONS["none"], 0)
