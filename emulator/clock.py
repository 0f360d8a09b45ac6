"""Azure's time: the wall clock, made faster.

Everything that takes time in the emulator is a function of this clock and of moments written down in the store; nothing
is scheduled. So a restart loses nothing, and time runs on while the emulator is down, as it does at Azure.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Anchor:
    """Where Azure's time and the wall's were last known together.

    Both are seconds since 1970; speed is Azure's seconds in one second of wall time.
    """

    azure_s: float
    wall_s: float
    speed: float

    def at(self, wall_s: float) -> float:
        """Return Azure's time when the wall shows *wall_s*."""
        return self.azure_s + (wall_s - self.wall_s) * self.speed


class Clock:
    """Azure's seconds since 1970. Never runs backwards while the process lives.

    Args:
        anchor: Where to count from.
    """

    def __init__(self, anchor: Anchor) -> None:
        self.speed = anchor.speed
        self._origin = anchor.at(time.time())
        self._monotonic_origin = time.monotonic()

    @classmethod
    def starting_now(cls, speed: float) -> Clock:
        """Return a clock that agrees with the wall clock at this moment."""
        wall = time.time()
        return cls(Anchor(azure_s=wall, wall_s=wall, speed=speed))

    def now(self) -> float:
        """Return the seconds since 1970 on Azure's clock."""
        return self._origin + (time.monotonic() - self._monotonic_origin) * self.speed

    def anchor(self) -> Anchor:
        """Return what another process needs to continue this clock."""
        return Anchor(azure_s=self.now(), wall_s=time.time(), speed=self.speed)


def timestamp(seconds: float) -> str:
    """Write *seconds* as Compute does: seven digits and an offset, `2021-10-25T23:54:29.2796325+00:00`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0+00:00"


def iso(seconds: float) -> str:
    """Write *seconds* as the Disk provider does: six digits and an offset."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
